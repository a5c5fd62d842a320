"""Indices outside: who must say so, and what nothing uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from outside import FAR, difference, far_inputs, is_looked_up
from source import HEAD, load

PROGRAM = '''\
class Program(torch.nn.Module):
    def forward(self, x, i):
        return x[i * i],


def inputs_forward(call=0):
    return {"x": torch.arange(20.0).reshape(5, 4), "i": torch.tensor([0, 1, 2])}


STEPS = [("forward", {}, 0), ("forward", {}, 1)]
'''


@pytest.fixture
def space(tmp_path: Path) -> ModuleType:
    return load(HEAD.format(seed=0, kind="by hand") + PROGRAM, tmp_path / "program.py")


def _model(run: Callable[..., object]) -> SimpleNamespace:
    return SimpleNamespace(context=lambda: SimpleNamespace(run=lambda entry, x, i: run(x, i)))


def test_each_number_is_moved_once_an_entry(space: ModuleType) -> None:
    moved = [(entry, inputs["i"].abs().max().item()) for entry, inputs in far_inputs(space)]
    assert moved == [("forward", abs(far)) for far in FAR]


def test_who_agrees(space: ModuleType) -> None:
    assert difference(space, _model(lambda x, i: x[i * i])) is None
    silent = difference(space, _model(lambda x, i: x[(i * i).clamp(0, 4)]))
    assert silent is not None and "the package nothing" in silent.detail
    assert Path(str(space.__file__)).read_text().splitlines()[silent.line - 1].strip() == "return x[i * i],"


def test_who_says_too_much(space: ModuleType) -> None:
    space.Program.forward = lambda self, x, i: (x + i.sum(),)

    def refuses(x: torch.Tensor, i: torch.Tensor) -> None:
        raise IndexError("model.py:1: index: index 9 at [0] is outside of a dimension of size 5 (0 to 4)")

    found = difference(space, _model(refuses))
    assert found is not None and "eager nothing" in found.detail and found.line == 0


def test_what_is_looked_up() -> None:
    fused = """\
    %1 = graph.gather %0[%i] dim 0 {aten = "embedding"} : (tensor<5x4xf32>, tensor<3xi64>) -> tensor<3x4xf32> loc(#loc3)
    %2 = graph.add %1, %1 : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32> loc(#loc2)
#loc1 = loc("/tmp/program.py":7:0)
#loc2 = loc("/tmp/program.py":8:0)
#loc3 = loc("e"(#loc1))
"""
    assert [is_looked_up(fused, line) for line in (7, 8, 9)] == [True, False, False]
