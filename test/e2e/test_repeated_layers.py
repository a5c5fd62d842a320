"""Models of equal layers: one subgraph, called for each of them with its own parameters."""

from __future__ import annotations

import json
import re
from pathlib import Path

import attention_model
import pytest
import torch
from layers import GROUPED, TINY, Layer, buddy, check_numbers, compile_module, padding_masks
from torch import Tensor, nn


class Block(nn.Module):
    """Attention and a perceptron, each with a residual."""

    def __init__(self, variant: str, size: dict[str, int]) -> None:
        super().__init__()
        hidden = size["hidden_size"]
        self.attention = attention_model.make_model(variant, **size)
        self.up, self.down = nn.Linear(hidden, 3 * hidden), nn.Linear(3 * hidden, hidden)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = x + self.attention(x, mask)
        return x + self.down(torch.relu(self.up(x)))


class Stack(nn.Module):
    def __init__(self, variant: str, size: dict[str, int], count: int, *, ends: bool, states: bool = False) -> None:
        super().__init__()
        hidden = size["hidden_size"]
        self.first = nn.Linear(hidden, hidden) if ends else nn.Identity()
        self.layers = nn.ModuleList(Block(variant, size) for _ in range(count))
        self.last = nn.Linear(hidden, 7) if ends else nn.Identity()
        self.states = states

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor | tuple[Tensor, ...]:
        states = [self.first(x)]
        for layer in self.layers:
            states.append(layer(states[-1], mask))
        return (*states, self.last(states[-1])) if self.states else self.last(states[-1])


def calls(layer: Layer, directory: Path) -> list[str]:
    """The subgraphs that forward calls, in order."""
    stages = directory / "stages"
    buddy("compile", layer.archive, "--until=fused", f"--save-stages={stages}")
    (text,) = (path.read_text() for path in stages.glob("*fused*"))
    return re.findall(r"call @(\w+)", text)


def make(directory: Path, stack: Stack, size: dict[str, int], seq: int, *, masked: bool) -> Layer:
    inputs = attention_model.make_inputs(2, seq, size["hidden_size"], with_mask=masked)
    return compile_module(directory, stack.eval(), inputs)


@pytest.mark.parametrize(
    ("variant", "size", "count", "ends", "seq", "masked"),
    [
        ("default", TINY, 2, True, 19, True),
        ("default", GROUPED, 5, True, 40, True),
        ("default", GROUPED, 3, False, 40, False),
        ("mha", TINY, 4, True, 37, True),
    ],
)
def test_stack(
    variant: str, size: dict[str, int], count: int, ends: bool, seq: int, masked: bool, tmp_path: Path
) -> None:
    size = {k: v for k, v in size.items() if variant == "default" or k != "num_key_value_heads"}
    layer = make(tmp_path, Stack(variant, size, count, ends=ends), size, seq, masked=masked)
    called = calls(layer, tmp_path)
    assert max(called.count(name) for name in called) == count
    assert len(set(called)) <= 3
    for mask in padding_masks(2, seq).values() if masked else [None]:
        check_numbers(layer, layer.inputs[:1] if mask is None else (layer.inputs[0], mask), tmp_path)


def test_every_layer_is_returned(tmp_path: Path) -> None:
    """What a layer computes for outside is a result of its subgraph."""
    layer = make(tmp_path, Stack("default", TINY, 3, ends=True, states=True), TINY, 19, masked=False)
    called = calls(layer, tmp_path)
    assert max(called.count(name) for name in called) == 3
    check_numbers(layer, layer.inputs, tmp_path)


def test_parameters_are_each_layers_own(tmp_path: Path) -> None:
    """params.bin holds each parameter once, also one that all layers share."""
    stack = Stack("default", TINY, 3, ends=False)
    for block in stack.layers[1:]:
        block.up.weight = stack.layers[0].up.weight
    layer = make(tmp_path, stack, TINY, 19, masked=False)
    manifest = json.loads((layer.package / "manifest.json").read_text())
    sources = [name for entry in manifest["params"]["layout"] for name in entry["sources"]]
    assert len(sources) == len(set(sources))
    assert sum(name.endswith("up.weight") for name in sources) == 1
    assert sum(name.endswith("down.weight") for name in sources) == 3
    check_numbers(layer, layer.inputs, tmp_path)


def test_code_is_that_of_one_layer(tmp_path: Path) -> None:
    sizes = []
    for count in (2, 6):
        directory = tmp_path / str(count)
        directory.mkdir()
        layer = make(directory, Stack("default", TINY, count, ends=False), TINY, 19, masked=False)
        sizes.append((layer.package / "libmodel.so").stat().st_size)
    assert sizes[1] - sizes[0] < 4096


def test_unequal_layers_are_not_one(tmp_path: Path) -> None:
    """A different constant in one of four layers: it is a layer of its own."""

    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(24, 24) for _ in range(4))

        def forward(self, x: Tensor) -> Tensor:
            for i, layer in enumerate(self.layers):
                x = torch.relu(layer(x)) * (0.5 if i == 0 else 0.7) + x
            return x

    layer = compile_module(tmp_path, Scaled().eval(), (torch.randn(5, 24, generator=torch.Generator().manual_seed(0)),))
    called = calls(layer, tmp_path)
    assert max(called.count(name) for name in called) == 3
    check_numbers(layer, layer.inputs, tmp_path)
