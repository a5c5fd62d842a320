"""The layers of the example against eager PyTorch in f64, over variants, sizes, lengths and padding."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
import torch
from layers import FULL, GROUPED, ODD, TINY, check_numbers, compile_layer, padding_masks

SIZES = {"full": FULL, "grouped": GROUPED, "odd": ODD, "tiny": TINY}


def cases() -> list[tuple[str, str, int, int, bool]]:
    """(size, variant, batch, seq, masked); each is tested with plain and with sharp weights."""
    full = [
        ("full", variant, batch, seq, True)
        for variant in ("default", "mha")
        for batch, seq in ((1, 1), (1, 40), (2, 37), (2, 128))
    ]
    full += [("full", "default", 1, 40, False), ("full", "mha", 1, 37, False)]
    # The product of lengths and padding at a size that compiles quickly.
    small = [
        ("grouped", variant, batch, seq, masked)
        for variant in ("default", "mha")
        for batch in (1, 2)
        for seq in (1, 7, 37, 40, 128)
        for masked in (True, False)
        if masked or (batch == 2 and seq in (1, 40, 128))
    ]
    others = [
        (size, variant, 2, 19, masked)
        for size in ("odd", "tiny")
        for variant in ("default", "mha")
        for masked in (True, False)
    ]
    # Longer than a block of rows (256) and a block of keys (128), and divided by neither.
    long = [
        ("grouped", "default", 1, 263, True),
        ("grouped", "mha", 1, 263, True),
        ("odd", "default", 1, 521, False),
        ("tiny", "default", 2, 600, True),
    ]
    return full + small + others + long


@pytest.mark.parametrize("weights", ["plain", "sharp"])
@pytest.mark.parametrize(
    ("size", "variant", "batch", "seq", "masked"),
    [pytest.param(*c, id="-".join(map(str, c[:4])) + ("" if c[4] else "-nomask")) for c in cases()],
)
def test_layer(
    size: str,
    variant: str,
    batch: int,
    seq: int,
    masked: bool,
    weights: str,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    layer = compile_layer(tmp_path, SIZES[size], variant, batch, seq, masked=masked, sharp=weights == "sharp")
    if not masked:
        check_numbers(layer, layer.inputs, tmp_path)
        return
    hidden_states = layer.inputs[0]
    for pattern, mask in padding_masks(batch, seq).items():
        with subtests.test(padding=pattern):
            check_numbers(layer, (hidden_states, mask), tmp_path)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="code for x86-64 runs on x86-64")
@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4"])
@pytest.mark.parametrize("variant", ["default", "mha"])
@pytest.mark.parametrize(("size", "seq"), [("full", 40), ("grouped", 1), ("grouped", 37), ("grouped", 300), ("odd", 131)])
def test_every_level_of_x86(size: str, seq: int, variant: str, target: str, tmp_path: Path) -> None:
    """The schedules for 16 registers of 8 lanes and for 32 of 16, whatever this machine's own are."""
    if target == "x86-64-v4" and " avx512f " not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this machine has no AVX-512")
    layer = compile_layer(tmp_path, SIZES[size], variant, 1, seq, sharp=True, options=[f"--target={target}"])
    mask = padding_masks(1, seq)["left"] if seq > 1 else layer.inputs[1]
    check_numbers(layer, (layer.inputs[0], mask), tmp_path)


@pytest.mark.parametrize("variant", ["default", "mha"])
def test_sharp_weights_are_sharp(variant: str, tmp_path: Path) -> None:
    """The scores of the sharpened layers have the standard deviation that the tests rely on."""
    import attention_model
    from layers import sharpen

    module = attention_model.make_model(variant)
    sharpen(module)
    (x,) = attention_model.make_inputs(1, 64, with_mask=False)
    with torch.no_grad():
        q = module.q_proj(x).view(1, 64, -1, 128).transpose(1, 2)
        k = module.k_proj(x).view(1, 64, -1, 128).transpose(1, 2)
        k = k.repeat_interleave(q.shape[1] // k.shape[1], dim=1)
        deviation = (q @ k.transpose(2, 3) / 128**0.5).std().item()
    assert 3 <= deviation <= 6


def test_other_inputs_than_the_exported_ones(default, tmp_path: Path) -> None:
    """The numbers come from the inputs given, not from those of the export."""
    generator = torch.Generator().manual_seed(77)
    for scale in (1e-3, 1.0, 30.0):
        hidden_states = scale * torch.randn(1, 40, 1536, generator=generator)
        mask = (torch.rand(1, 40, generator=generator) > 0.4).to(torch.int64)
        check_numbers(default, (hidden_states, mask), tmp_path)


def test_threads_do_not_change_the_result(default, tmp_path: Path) -> None:
    from layers import buddy
    from safetensors.torch import load_file, save_file

    save_file(dict(zip(("hidden_states", "mask"), default.inputs)), tmp_path / "in.safetensors")
    results = []
    for threads in (1, 2, 5):
        out = tmp_path / f"{threads}.safetensors"
        buddy("run", default.package, "--inputs", tmp_path / "in.safetensors", "--outputs", out, "--threads", threads)
        results.append(load_file(out)["output0"])
    assert all(torch.equal(results[0], other) for other in results[1:])
