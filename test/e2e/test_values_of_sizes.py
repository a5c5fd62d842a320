"""Open sizes as values: numbers, places, masks and positions counted from them, parts that are changed in place."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers
from buddy_attention import export_layer
from dynamic import Function, check_steps, compile_dynamic
from layers import buddy
from refusals import refused
from torch import nn
from torch.export import Dim


class OfSizes(nn.Module):
    """Sizes as numbers, as starts and ends of ranges, as places, as divisors."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        length = x.shape[0]
        written = x.select_scatter(x[0], 0, -1).index_copy(0, torch.tensor([1]), x[-1:])
        return (
            torch.arange(length, length + 4) + x[:4, 0].long(),
            torch.arange(length, 2 * length) - length,
            torch.arange(x.numel(), dtype=torch.float32) * 0.5,
            torch.arange(3, length + 4, dtype=torch.float64).float(),
            x.argmax(0),
            x.min(0).values,
            (x * 0.37).mean(0),  # of whole numbers eager rounds once, a product with 1/n twice
            x * length + length,
            written,
            x.roll(2, 0),
            x[length - 3 :],
            torch.cat([x, x[1:]]).cumsum(0),
            x.t() @ x,
        )


def test_values_that_depend_on_sizes(tmp_path: Path) -> None:
    torch.manual_seed(3)
    module = OfSizes().eval()
    package = compile_dynamic(
        tmp_path, module, (torch.randint(-9, 9, (16, 24)).float(),), {0: Dim("n", min=4, max=300)}
    )
    check_steps(package, module, [(torch.randint(-9, 9, (n, 24)).float(),) for n in (4, 16, 5, 33, 64, 131, 300)])


#: Sizes of y as numbers of operations whose own sizes are fixed.
PLACES = {
    "triu": lambda x, n, m: x.triu(n),
    "tril": lambda x, n, m: x.tril(n - 5),
    "constant-tril": lambda x, n, m: torch.ones(12, 16).tril(n) * x,
    "mask": lambda x, n, m: torch.where(torch.full((64, 64), 1.0).triu(n)[:12, :16] > 0, x, -1.0),
    "block": lambda x, n, m: x * torch.ones(64, 64).tril()[n : n + 12, m : m + 16],
    "rows": lambda x, n, m: x + torch.arange(64.0).view(64, 1)[n : n + 12],
    "constant-row": lambda x, n, m: x * (torch.arange(64.0) * 3 + 1).view(64, 1)[n],
    "positions": lambda x, n, m: x + torch.arange(64.0)[torch.arange(n, n + 16)],
    "written": lambda x, n, m: torch.zeros(64, 16).index_copy(0, torch.arange(n, n + 12), x),
}


@pytest.mark.parametrize("name", PLACES)
def test_places_that_a_run_chooses(name: str, tmp_path: Path) -> None:
    module = Function(lambda x, y: PLACES[name](x, *y.shape) + y.sum()).eval()
    x = torch.randn(12, 16)
    shapes = {"x": None, "y": {0: Dim("n", min=1, max=48), 1: Dim("m", min=1, max=48)}}
    export_layer(module, (), tmp_path / "layer.pt2", {"x": x, "y": torch.randn(7, 3)}, dynamic_shapes=shapes)
    buddy("compile", tmp_path / "layer.pt2", "-o", tmp_path / "layer.buddy")
    sizes = ((1, 3), (4, 1), (5, 9), (11, 5), (17, 33), (48, 48))
    check_steps(tmp_path / "layer.buddy", module, [(x, torch.randn(*size)) for size in sizes])


def test_a_result_of_other_rows(tmp_path: Path) -> None:
    """Computed as [a, b] and returned as [b, a]: the same memory under the other shape, whichever is larger."""

    class Turned(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.softmax(x, -1).reshape(x.shape[1], x.shape[0])

    dims = {0: Dim("a", min=2, max=64), 1: Dim("b", min=2, max=64)}
    package = compile_dynamic(tmp_path, Turned(), (torch.randn(5, 7),), dims)
    check_steps(package, Turned(), [(torch.randn(a, b),) for a, b in ((5, 7), (23, 9), (9, 23), (64, 2), (2, 64))])


class ShiftedMask(nn.Module):
    """Masks in which two lengths stand against each other: a difference of two open sizes is no number."""

    def forward(self, q: torch.Tensor, k: torch.Tensor) -> tuple[torch.Tensor, ...]:
        queries, keys = q.shape[2], k.shape[2]
        band = torch.arange(queries, queries + keys)[None] <= torch.arange(keys, keys + queries)[:, None]
        late = torch.arange(keys)[None] + queries > torch.arange(queries)[:, None] + keys
        last = torch.arange(keys)[None] - keys <= torch.arange(queries)[:, None] - queries
        attended = nn.functional.scaled_dot_product_attention(q, k, k, attn_mask=band)
        return attended, torch.where(late, q @ k.mT, 0.5), torch.softmax((q @ k.mT).masked_fill(~last, -1e9), -1)


@pytest.mark.parametrize("largest", [64, 1 << 22])
def test_differences_of_two_lengths_in_masks(largest: int, tmp_path: Path) -> None:
    def inputs(queries: int, keys: int) -> dict[str, torch.Tensor]:
        return {"q": torch.randn(2, 6, queries, 16), "k": torch.randn(2, 6, keys, 16)}

    shapes = {name: {2: Dim(name, min=2, max=largest)} for name in ("q", "k")}
    archive, package = tmp_path / "masks.pt2", tmp_path / "masks.buddy"
    export_layer(ShiftedMask(), (), archive, inputs(5, 9), dynamic_shapes=shapes)
    buddy("compile", archive, "-o", package)
    lengths = ((5, 9), (9, 5), (7, 7), (30, 3), (2, 41))
    check_steps(package, ShiftedMask(), [tuple(inputs(*n).values()) for n in lengths])


class LearnedPositions(nn.Module):
    """A table of positions of which a run uses the first: sliced, and looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(100, 24)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        length = x.shape[1]
        first, looked_up = self.table.weight[:length], self.table(torch.arange(length))
        later = self.table.weight[1 : length + 1]
        return x + first, x * looked_up, x - later, self.table.weight[100 - 99 :][:length] @ x.mT


def test_learned_positions(tmp_path: Path) -> None:
    torch.manual_seed(4)
    module = LearnedPositions().eval()
    dims = {1: Dim("n", min=1, max=99)}
    package = compile_dynamic(tmp_path, module, (torch.randn(2, 9, 24),), dims)
    check_steps(package, module, [(torch.randn(2, n, 24),) for n in (9, 1, 2, 33, 98, 99)])


@pytest.mark.parametrize("name", ["gpt2", "bert"])
def test_model_with_learned_positions(name: str, tmp_path: Path) -> None:
    """Whole models of transformers whose positions are a table."""
    sizes = {"vocab_size": 99, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    if name == "gpt2":
        config = transformers.GPT2Config(n_embd=64, n_layer=2, n_head=4, n_positions=128, use_cache=False, **sizes)
        model: nn.Module = transformers.GPT2Model(config)
    else:
        sizes |= {"num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
        config = transformers.BertConfig(hidden_size=64, intermediate_size=96, **sizes)
        model = transformers.BertModel(config)

    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=ids).last_hidden_state

    module = Hidden().eval()
    package = compile_dynamic(tmp_path, module, (torch.randint(1, 90, (1, 9)),), {1: Dim("n", min=2, max=128)})
    check_steps(package, module, [(torch.randint(1, 90, (1, n)),) for n in (9, 2, 3, 64, 128)])


def test_changes_in_place_of_parts_that_a_run_chooses(tmp_path: Path) -> None:
    class Changed(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            x = x.clone()
            x[1:].add_(1)
            x[-1].mul_(2)
            x.t()[1:, :-1].mul_(3)
            y = x * 2
            x[:-1].copy_(y[1:])
            return x, y

    package = compile_dynamic(tmp_path, Changed(), (torch.randn(5, 16),), {0: Dim("rows", min=3, max=99)})
    check_steps(package, Changed(), [(torch.randn(rows, 16),) for rows in (11, 3, 4, 17, 64, 99)])


def test_views_and_copies_of_open_sizes(tmp_path: Path) -> None:
    """What is a view at every size, and what is a copy at all but some: of that nothing is needed after a change."""

    class Views(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            h = x * 1
            flat, turned = h.reshape(-1), h.unflatten(1, (2, 8)).flatten(1)
            h.add_(1)
            k = x * 2
            perhaps = k.t().reshape(-1)
            perhaps.mul_(2)  # nobody needs k any more
            return flat, turned, h, perhaps

    rows = {0: Dim("rows", min=1, max=99)}
    package = compile_dynamic(tmp_path, Views(), (torch.randn(5, 16),), rows)
    check_steps(package, Views(), [(torch.randn(size, 16),) for size in (5, 1, 2, 17)])

    class Perhaps(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            h = x * 1
            flat = h.t().reshape(-1)  # a view of one row, a copy of more
            h.add_(1)
            return flat, h

    archive = tmp_path / "perhaps.pt2"
    export_layer(Perhaps(), (torch.randn(5, 16),), archive, dynamic_shapes=(rows,))
    says = ["test_values_of_sizes.py", "aten.reshape.default", "a view or a copy"]
    refused(tmp_path, 1, "compile", archive, "-o", tmp_path / "no.buddy", says=says)
