"""Sliding windows and soft-caps in the attention kernel, against eager PyTorch in f64."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from layers import check_numbers, compile_module


class Attention(torch.nn.Module):
    """Attention over given heads: queries see the keys after ``query - window``."""

    def __init__(self, window: int, causal: bool, softcap: float | None, padded: bool) -> None:
        super().__init__()
        self.window, self.causal, self.softcap, self.padded = window, causal, softcap, padded

    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        query, key = torch.arange(q.shape[2])[:, None], torch.arange(k.shape[2])[None, :]
        keep = key > query - self.window
        if self.causal:
            keep = keep & (key <= query)
        if self.padded:
            keep = keep & mask[:, None, None, :]
        if self.softcap is None:
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=keep)
        scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        scores = torch.tanh(scores / self.softcap) * self.softcap
        return torch.softmax(scores.masked_fill(~keep, -torch.inf), -1) @ v


def cases() -> list[tuple[int, int, int, bool, float | None, bool]]:
    """(queries, keys, window, causal, softcap, padded)."""
    return [
        (11, 11, 1, True, None, False),
        (64, 64, 200, True, None, False),  # wider than the sequence: no window
        (300, 300, 5, True, None, False),  # narrower than a block of queries
        (300, 300, 100, True, None, True),
        (521, 521, 256, True, None, False),  # whole blocks of keys inside of it
        (131, 131, 16, False, None, False),
        (300, 37, 20, True, None, False),  # queries that see no key at all
        (200, 200, 64, True, 3.0, False),
        (40, 40, 100, True, 0.5, False),
        (40, 57, 100, False, 30.0, False),
    ]


@pytest.mark.parametrize(
    ("queries", "keys", "window", "causal", "softcap", "padded"),
    [pytest.param(*c, id="-".join(map(str, c))) for c in cases()],
)
def test_window(
    queries: int, keys: int, window: int, causal: bool, softcap: float | None, padded: bool, tmp_path: Path
) -> None:
    generator = torch.Generator().manual_seed(queries + window)

    def heads(length: int) -> torch.Tensor:
        # Scores with a standard deviation of about 4: softmax is far from uniform.
        return 2 * torch.randn(2, 3, length, 16, generator=generator)

    mask = torch.rand(2, keys, generator=generator) > 0.3
    module = Attention(window, causal, softcap, padded).eval()
    layer = compile_module(tmp_path, module, (heads(queries), heads(keys), heads(keys), mask), f"--save-stages={tmp_path}")
    check_numbers(layer, layer.inputs, tmp_path)
    # Nothing the size of the scores is in the program: the mask became attributes.
    text = (tmp_path / "subgraph0.mlir").read_text()
    body = text[: text.index("func.func private @attention_0")]
    assert f"{queries}x{keys}x" not in body


def test_keys_outside_of_the_window_are_not_visited(tmp_path: Path) -> None:
    """A NaN behind the window would show in the result if its block were read."""
    seq, window = 600, 64
    q, k, v = (torch.randn(1, 1, seq, 16, generator=torch.Generator().manual_seed(i)) for i in range(3))
    mask = torch.ones(1, seq, dtype=torch.bool)
    layer = compile_module(tmp_path, Attention(window, True, None, False).eval(), (q, k, v, mask))
    from layers import run_package

    v[:, :, : seq - window - 128] = torch.nan
    out = run_package(layer.package, {"q": q, "k": k, "v": v, "mask": mask}, tmp_path)["output0"]
    assert torch.isfinite(out[:, :, -64:]).all()
    assert torch.isnan(out[:, :, 0]).all()
