"""The numbers rule has no false alarms: other evaluations of random programs, in other orders, pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from buddy_attention import expected_outputs, judge_outputs
from conftest import need_binding
from ops.case import as_module, random

need_binding()


class Plain:
    """What torch has, in numpy: every sum in float32, one term after the other from the last to the first."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def total(x: np.ndarray, dim: int) -> np.ndarray:
        return np.cumsum(np.flip(x, dim), dim, dtype=np.float32).take([-1], dim)

    @staticmethod
    def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return Plain.total(x[:, :, None] * y.T[None], 1)[:, 0]

    @staticmethod
    def largest(x: np.ndarray) -> np.ndarray:
        return x.max(-1, keepdims=True)

    @staticmethod
    def divided(x: np.ndarray, n: int) -> np.ndarray:
        return x / np.float32(n)


class Torch:
    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    @staticmethod
    def total(x: torch.Tensor, dim: int) -> torch.Tensor:
        return x.sum(dim, keepdim=True)

    @staticmethod
    def product(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x @ y.T.contiguous().T.T

    @staticmethod
    def largest(x: torch.Tensor) -> torch.Tensor:
        return x.amax(-1, keepdim=True)

    @staticmethod
    def divided(x: torch.Tensor, n: int) -> torch.Tensor:
        return x / n


def _softmax(m: Any, x: Any) -> Any:
    e = m.exp(x - m.largest(x))
    return e / m.total(e, -1)


def _norm(m: Any, x: Any) -> Any:
    center = x - m.divided(m.total(x, -1), x.shape[-1])
    return center / m.sqrt(m.divided(m.total(center * center, -1), x.shape[-1]) + np.float32(1e-5).item())


STEPS: list[Callable[[Any, Any, Any], Any]] = [
    lambda m, x, y: x + y,
    lambda m, x, y: x - y,
    lambda m, x, y: x * y,
    lambda m, x, y: x / (m.abs(y) + 0.5),
    lambda m, x, y: m.exp(m.tanh(x)),
    lambda m, x, y: m.sin(x) + m.cos(y),
    lambda m, x, y: m.sqrt(m.abs(x)) * 0.3,
    lambda m, x, y: m.log(m.abs(x) + 1.5),
    lambda m, x, y: 1 / (1 + m.exp(-x)),
    lambda m, x, y: m.total(x, 0) + y,
    lambda m, x, y: m.divided(m.total(x, 1), x.shape[1]) - y,
    lambda m, x, y: m.product(m.product(x, y), x) if x.shape[0] == x.shape[1] else x + y,
    lambda m, x, y: _softmax(m, x),
    lambda m, x, y: _norm(m, x),
    lambda m, x, y: m.maximum(x, y),
    lambda m, x, y: m.where(x > y, x, m.floor(x * 4)),
    lambda m, x, y: m.floor(x * 3),
]


def program(seed: int) -> tuple[Callable[[Any, list[Any]], Any], list[np.ndarray]]:
    """A few operations on a few values, some of them whole numbers."""
    choose = np.random.default_rng(seed)
    rows = int(choose.integers(1, 5))
    columns = rows if choose.random() < 0.5 else int(choose.integers(1, 9))
    inputs = [choose.standard_normal((rows, columns)).astype(np.float32) for _ in range(3)]
    if choose.random() < 0.3:
        inputs[0] = np.round(inputs[0] * 3)
    picks = [(int(choose.integers(len(STEPS))), choose.integers(0, 1000, 2)) for _ in range(choose.integers(1, 9))]

    def run(module: Any, values: list[Any]) -> Any:
        values = list(values)
        for step, (first, second) in picks:
            values.append(STEPS[step](module, values[first % len(values)], values[second % len(values)]))
        return values[-1]

    return run, inputs


@pytest.mark.parametrize("part", range(3))
def test_other_evaluations_of_random_programs_pass(part: int) -> None:
    undetermined = 0
    for seed in range(part * 100, part * 100 + 100):
        run, arrays = program(seed)
        inputs = tuple(map(torch.from_numpy, arrays))
        expected = expected_outputs(as_module(lambda *values, run=run: run(Torch(), list(values))), inputs)
        assert "noise.output0" in expected
        others = {"eager": expected["expected_f32.output0"], "numpy": torch.from_numpy(run(Plain(), arrays))}
        for name, ours in others.items():
            (found,) = judge_outputs({"output0": ours}, expected)
            assert found.passed, (seed, name, found)
            undetermined += found.undetermined
    assert undetermined < 150


@pytest.mark.parametrize("threads", [1, 2])
def test_eager_with_other_threads_passes(threads: int) -> None:
    before = torch.get_num_threads()
    x, y = random(3, 4000), random(4000, 3, seed=1)
    expected = expected_outputs(as_module(lambda x, y: (x @ y).softmax(-1) @ x.cumsum(1)), (x, y))
    torch.set_num_threads(threads)
    try:
        ours = (x @ y).softmax(-1) @ x.cumsum(1)
    finally:
        torch.set_num_threads(before)
    assert judge_outputs({"output0": ours}, expected)[0].passed
