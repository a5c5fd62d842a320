"""Sizes that each run chooses: one package, many lengths and batches, against eager PyTorch."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import attention_model
import cached
import decoders
import encoders
import pytest
import torch
from buddy_attention import export_layer, export_programs, write_reference, write_steps_reference
from dynamic import BATCH, SEQUENCE, STAND_INS, Function, Inputs, check_lengths, check_steps, compile_dynamic
from layers import GROUPED, ODD, TINY, buddy, padding_masks, sharpen
from refusals import refused
from safetensors.torch import save_file
from test_stages import check_continued
from torch import nn
from torch.export import Dim

LENGTHS = [11, 1, 2, 5, 17, 40, 64, 99]


def layer_inputs(batch: int, seq: int, hidden: int, pattern: str) -> Inputs:
    hidden_states, mask = attention_model.make_inputs(batch, seq, hidden)
    return hidden_states, mask if seq == 1 else padding_masks(batch, seq)[pattern]


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    """The example's layer at its default sizes, with both batch and sequence dynamic."""
    module = attention_model.make_model("default")
    sharpen(module)
    dims = {0: BATCH, 1: Dim("sequence", min=1, max=32768)}
    inputs = layer_inputs(2, 40, 1536, "none")
    return module, compile_dynamic(tmp_path_factory.mktemp("dynamic"), module, inputs, dims)


# The default layer -----------------------------------------------------------------------------------


def test_lengths_and_batches(default: tuple[nn.Module, Path]) -> None:
    """Around every block and tile, in an order in which buffers grow and are larger than needed."""
    module, package = default
    shapes = [(1, 40), (1, 1), (2, 7), (1, 8), (3, 9), (1, 33), (8, 5), (1, 129), (2, 64), (1, 513), (1, 2)]
    patterns = ["left", "right", "empty-row"]
    check_steps(package, module, [layer_inputs(b, s, 1536, patterns[i % 3]) for i, (b, s) in enumerate(shapes)])


def test_a_run_that_is_refused_changes_nothing(default: tuple[nn.Module, Path], tmp_path: Path) -> None:
    _, package = default
    hidden_states, mask = layer_inputs(2, 9, 1536, "left")

    def run(tensors: dict[str, torch.Tensor], *says: str) -> None:
        save_file({name: t.contiguous() for name, t in tensors.items()}, tmp_path / "in.safetensors")
        arguments = ("--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out.safetensors")
        refused(tmp_path, 1, "run", package, *arguments, says=list(says))

    run({"hidden_states": hidden_states, "mask": mask[:, :8]}, "input 1 (mask)", "[2, 8]", "= 9 (from input 0")
    run({"hidden_states": hidden_states, "mask": mask[:1]}, "input 1 (mask)", "[1, 9]", "= 2 (from input 0")
    run({"hidden_states": hidden_states[:, :0], "mask": mask[:, :0]}, "hidden_states", "is 0", "1 to 32768")
    nine = hidden_states.expand(2, 9, 1536).repeat(5, 1, 1)[:9]
    run({"hidden_states": nine, "mask": mask.repeat(5, 1)[:9]}, "hidden_states", "is 9", "1 to 8")


def test_inspect_says_what_may_be_chosen(default: tuple[nn.Module, Path]) -> None:
    _, package = default
    entry = json.loads(buddy("inspect", package, "--json").stdout)["entries"][0]
    assert [(s["min"], s["max"]) for s in entry["symbols"]] == [(1, 8), (1, 32768)]
    batch, sequence = (s["name"] for s in entry["symbols"])
    assert entry["inputs"][0]["shape"] == entry["outputs"][0]["shape"] == [batch, sequence, 1536]
    text = buddy("inspect", package).stdout
    assert f"f32[{batch}, {sequence}, 1536]" in text and "1 to 32768" in text
    archive = package.with_name("layer.pt2")
    program = json.loads(buddy("inspect", archive, "--json").stdout)["programs"][0]
    assert program["inputs"][0]["type"] == program["outputs"][0]["type"] == f"f32[{batch}, {sequence}, 1536]"
    assert [(s["min"], s["max"]) for s in program["symbols"]] == [(1, 8), (1, 32768)]
    assert "1 to 32768" in buddy("inspect", archive).stdout


# Remainders of every kind ----------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["native", "x86-64-v3"])
@pytest.mark.parametrize("variant", ["default", "mha"])
@pytest.mark.parametrize("size", [TINY, ODD, GROUPED], ids=["tiny", "odd", "grouped"])
def test_all_lengths_to_70(size: dict[str, int], variant: str, target: str, tmp_path: Path) -> None:
    if variant == "mha":
        size = {k: v for k, v in size.items() if k != "num_key_value_heads"}
    module = attention_model.make_model(variant, **size)
    sharpen(module)
    hidden, choose = size["hidden_size"], random.Random(f"{size}{variant}{target}")

    def make(seq: int) -> Inputs:
        return layer_inputs(2, seq, hidden, choose.choice(["none", "left", "right", "empty-row"]))

    package = compile_dynamic(tmp_path, module, make(40), {1: SEQUENCE}, [f"--target={target}"])
    # An average over few elements says little: one token is in the default layer's test.
    check_steps(package, module, [make(seq) for seq in range(4, 71)])


# Models of transformers ------------------------------------------------------------------------------

MODELS = [
    ("qwen2", "model-padded", "eager"),
    ("qwen2-window", "model-padded", "sdpa"),
    ("qwen3", "layer", "sdpa"),
    ("llama", "lm", "eager"),
    ("gemma2", "model-padded", "eager"),
    ("phi3", "layer", "sdpa"),
    ("gpt-neox", "model", "sdpa"),
    ("stablelm", "model-padded", "sdpa"),
    ("olmo2", "attention", "eager"),
]


@pytest.mark.parametrize(("family", "form", "attention"), MODELS, ids=["-".join(model) for model in MODELS])
def test_decoder(family: str, form: str, attention: str, tmp_path: Path) -> None:
    # The padding of `make` needs a few tokens.
    lengths = [n for n in LENGTHS if n >= 5]
    check_lengths(tmp_path, lambda n: decoders.make(family, form, attention, seq=n), lengths)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", ["gpt2", "bert"])
def test_layer_with_a_padding_mask(name: str, attention: str, tmp_path: Path) -> None:
    lengths = [n for n in LENGTHS if n >= 5]
    check_lengths(tmp_path, lambda n: encoders.make(name, "layer-padded", attention, length=n), lengths)


def test_images_of_any_batch(tmp_path: Path) -> None:
    module, inputs = encoders.make("vit", "model", "sdpa", batch=2)
    program = export_layer(module, inputs, tmp_path / "vit.pt2", dynamic_shapes=(({0: BATCH},),))
    buddy("compile", tmp_path / "vit.pt2", "-o", tmp_path / "vit.buddy")
    for batch in (1, 2, 5):
        inputs = encoders.make("vit", "model", "sdpa", batch=batch)[1]
        write_reference(module, inputs, tmp_path / "ref.safetensors", program=program)
        buddy("verify", tmp_path / "vit.buddy", "--reference", tmp_path / "ref.safetensors")


def test_group_norm_of_any_batch_and_images(tmp_path: Path) -> None:
    """The product of all sizes is beyond 64 bits, that of a group is not."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.GroupNorm(4, 8), nn.SiLU()).eval()
    dims = {0: Dim("batch", min=1, max=64), 2: Dim("height", min=1, max=64), 3: Dim("width", min=1, max=64)}
    package = compile_dynamic(tmp_path, module, (torch.randn(3, 8, 5, 7),), dims)
    check_steps(package, module, [(torch.randn(*shape),) for shape in ((3, 8, 5, 7), (1, 8, 1, 2), (2, 8, 17, 9))])


# A prompt of any length, then token by token ----------------------------------------------------------

ENTRIES = ["prefill", "decode", "decode", "prefill", "decode"]


def test_prefill_of_any_length_by_hand(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = cached.CachedAttention().eval()

    def step(count: int, start: int) -> dict[str, torch.Tensor]:
        return {"x": torch.randn(1, count, 24), "position": torch.arange(start, start + count)}

    shapes = {"prefill": {"x": {1: Dim("n", min=1, max=12)}, "position": {0: Dim("n", min=1, max=12)}}}
    calls = {"prefill": step(5, 0), "decode": step(1, 5)}
    export_programs(module, calls, tmp_path / "m.pt2", dynamic_shapes=shapes)
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    steps = [step(4, 0), step(1, 4), step(1, 5), step(3, 6), step(1, 9)]
    write_steps_reference(module, steps, tmp_path / "ref.safetensors", ENTRIES)
    buddy("verify", tmp_path / "m.buddy", "--reference", tmp_path / "ref.safetensors")


@pytest.mark.parametrize("family", ["qwen2", "qwen2-window"])
def test_prefill_of_any_length(family: str, tmp_path: Path) -> None:
    module = cached.with_static_cache(family, 40)
    generator = torch.Generator().manual_seed(0)

    def step(count: int, start: int) -> dict[str, torch.Tensor]:
        return cached.call(torch.randint(0, 131, (count,), generator=generator).tolist(), start)

    length = Dim("length", min=1, max=40)
    export_programs(
        module,
        {"prefill": step(9, 0), "decode": step(1, 9)},
        tmp_path / "m.pt2",
        dynamic_shapes={"prefill": {"input_ids": {1: length}, "cache_position": {0: length}}},
    )
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    steps = [step(13, 0), step(1, 13), step(1, 14), step(5, 15), step(1, 20)]
    write_steps_reference(module, steps, tmp_path / "ref.safetensors", ENTRIES)
    buddy("verify", tmp_path / "m.buddy", "--reference", tmp_path / "ref.safetensors")

    # What lies beyond the cache depends on the length: 40 - length is the last place to begin at.
    entry = json.loads(buddy("inspect", tmp_path / "m.buddy", "--json").stdout)["entries"][0]
    (position,) = (i for i in entry["inputs"] if i["name"] == "cache_position")
    assert f"-1*{entry['symbols'][0]['name']} + 40" in [r["highest"] for r in position["ranges"]]
    late = {f"step0.prefill.{name}": value for name, value in step(6, 35).items()}
    save_file(late, tmp_path / "late.safetensors")
    arguments = ("--inputs", tmp_path / "late.safetensors", "--outputs", tmp_path / "out.safetensors")
    refused(tmp_path, 1, "run", tmp_path / "m.buddy", *arguments, says=["cache_position", "35", "0 and 34"])


# The files of the stages -----------------------------------------------------------------------------


def test_stages_can_be_continued_from_their_files(tmp_path: Path) -> None:
    """Symbols are in the text: what is compiled from the files is what is compiled at one go."""
    module = attention_model.make_model("default", **TINY)
    inputs = layer_inputs(2, 11, 64, "left")
    compile_dynamic(tmp_path, module, inputs, {0: BATCH, 1: SEQUENCE}, [f"--save-stages={tmp_path / 'stages'}"])
    stages = tmp_path / "stages"
    for dump in [*stages.glob("*.mlir"), *stages.glob("*.log")]:
        assert not set(STAND_INS) & set(re.findall(r"\d+", dump.read_text())), dump.name
    check_continued(stages, tmp_path)


# What cannot be compiled -----------------------------------------------------------------------------


def lengths(*names: str) -> dict[str, dict[int, object]]:
    """Dimensions 0 and 1 of x, then those of y; an empty name: fixed."""
    dims = [Dim(name, min=4, max=64) if name else None for name in names]
    return {"x": dict(enumerate(dims[:2])), "y": dict(enumerate(dims[2:]))}


REFUSED = {
    "half": (lambda x, y: x[::2] + 1, lengths("a", "", "", ""), ["FloorDiv", "sums"]),
    "difference": (lambda x, y: x[y.shape[0] - 4 :], lengths("a", "", "b", ""), ["size", "dynamic_shapes"]),
    "maximum": (lambda x, y: torch.zeros(max(x.shape[0], y.shape[1])) + 1, lengths("a", "", "", "d"), ["Max"]),
    "four": (lambda x, y: x.sum() + y.sum(), lengths("a", "b", "c", "d"), ["4 sizes", "at most 3"]),
    "filled": (lambda x, y: torch.full((4,), x.shape[0]) + y.sum(), lengths("a", "", "", ""), ["depends on"]),
    "argmax": (lambda x, y: (x[:, :, None] * y[0]).argmax(), lengths("a", "b", "", "d"), ["joins dimensions"]),
    "roll": (lambda x, y: (x[:, :, None] * y[0]).roll(2), lengths("a", "b", "", "d"), ["joins dimensions"]),
    "einsum": (
        lambda x, y: torch.einsum("abc,abc->", x[:, :, None] * y[0], x[:, :, None] + y[0]),
        lengths("a", "b", "", "d"),
        ["joins dimensions"],
    ),
    "pad": (lambda x, y: torch.nn.functional.pad(x, (0, 0, -5, 6)), lengths("a", "", "", ""), ["takes away"]),
    "flip": (lambda x, y: x.flip(0), lengths("a", "", "", ""), ["turns a dynamic size around"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    function, shapes, says = REFUSED[name]
    inputs = {"x": torch.randn(16, 12), "y": torch.randn(8, 24)}
    export_layer(Function(function).eval(), (), tmp_path / "m.pt2", inputs, dynamic_shapes=shapes)
    text = refused(tmp_path, 1, "compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy", says=says)
    assert not set(STAND_INS) & set(re.findall(r"\d+", text))
