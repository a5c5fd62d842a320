"""The noise of rounding: what has none, what rounding decides, and how large it is (docs/numbers.md)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from buddy_attention import expected_outputs, expected_steps, judge_outputs
from buddy_attention.noise.sums import MOST_TERMS
from conftest import need_binding
from ops.case import as_module, random

need_binding()

EPSILON = torch.finfo(torch.float32).eps
WHOLE = torch.arange(1.0, 200)

EXACT: dict[str, tuple[Callable[..., Any], tuple[torch.Tensor, ...]]] = {
    "whole-sums": (lambda x: (x.sum(), x.cumsum(0), x.mean(), x @ x), (WHOLE,)),
    "moves": (lambda x: (x.T, x[1:].clone(), torch.cat([x, x]), x.flip(0), x.repeat(2, 1)), (random(3, 4),)),
    "choices": (lambda x: (x.amax(1), x.relu(), x.clamp(-1, 1), torch.where(x > 0, x, -x)), (random(3, 4),)),
    "powers-of-two": (lambda x: (x * 4, x / 8, x + x, -x), (random(9),)),
    "halves": (lambda x: F.interpolate(x.reshape(1, 1, -1), size=2 * x.numel(), mode="linear"), (WHOLE,)),
    "itself": (lambda x: (x / x, x - x, x / x.abs(), x.exp() / x.exp().clone()), (random(9),)),
    "one-probability": (lambda x: x.softmax(1), (random(9, 1),)),
    "integers": (lambda x: (x.float() / 5 * 5 >= 0, (x * 7 // 7).float()), (torch.arange(40),)),
}


@pytest.mark.parametrize("name", EXACT)
def test_what_needs_no_rounding_has_no_noise(name: str) -> None:
    function, inputs = EXACT[name]
    expected = expected_outputs(as_module(function), inputs)
    noise = {key: value for key, value in expected.items() if key.startswith("noise.")}
    assert noise or all(not value.is_floating_point() for value in expected.values())
    assert {key for key, value in noise.items() if value.any()} <= ({"noise.output3"} if name == "itself" else set())


def test_rounding_decides_what_is_near_a_step() -> None:
    """x (1/49) is above or below a whole number by how 1/49 is rounded; a quotient is not."""
    product = expected_outputs(as_module(lambda x: torch.floor(x * (1 / 49))), (WHOLE,))["noise.output0"]
    assert product.isnan().any(0).nonzero().flatten().tolist() == [48, 97, 146, 195]
    quotient = expected_outputs(as_module(lambda x: torch.floor(x / 49)), (WHOLE,))["noise.output0"]
    assert not quotient.any()
    near = torch.tensor([[0.3, 0.3 + EPSILON / 4, 0.25], [1, 2, 3]])
    expected = expected_outputs(as_module(lambda x: ((x * 1.1).argmax(1), x.exp() > 7.389056)), (near,))
    assert expected["noise.output0"].isnan().tolist() == [[True, False]]
    assert expected["noise.output1"].isnan().tolist() == [[[False] * 3, [False, True, False]]]


def test_subnormal_numbers_have_noise() -> None:
    """Smaller than f32 has numbers for: an error of a step is right, one of twenty is not."""
    x = torch.tensor([[1e-44, 3e-43, 5e-42, 1.0]])
    expected = expected_outputs(as_module(lambda x: x * 0.7), (x,))
    assert (expected["noise.output0"] != 0).all()
    eager = expected["expected_f32.output0"]
    for step, passes in ((1, True), (-1, True), (20, False)):
        (found,) = judge_outputs({"output0": eager + torch.tensor([0, step * 2.0**-149, 0, 0])}, expected)
        assert found.passed == passes, found


def test_large_operations_are_left_out() -> None:
    """What is made of them has no noise, and all else has the noise that it has without them."""
    x, y = random(60, 60), random(3)
    large = lambda x, y: ((x @ x).exp().sum(), (y * 0.1).exp())  # noqa: E731
    expected = expected_steps(as_module(large), [((x, y), {})], [""], most_work=1 << 14, leave_out=True)
    noise = {name for name in expected if name.startswith("noise")}
    assert noise == {"noise.output1"} and not expected["noise.output1"].isnan().any()
    alone = expected_outputs(as_module(lambda y: (y * 0.1).exp()), (y,))["noise.output0"]
    spread, right = (value.square().mean().sqrt() for value in (expected["noise.output1"], alone))
    assert 0.5 < spread / right < 2
    assert not any("noise" in name for name in expected_steps(as_module(large), [((x, y), {})], most_work=1 << 14))


def test_modules_with_fast_paths_have_noise() -> None:
    layer = torch.nn.TransformerDecoderLayer(16, 4, 32, batch_first=True, norm_first=True).eval()
    assert "noise.output0" in expected_outputs(layer, (random(2, 7, 16), random(2, 5, 16, seed=1)))
    assert torch.backends.mha.get_fastpath_enabled()


def test_states_and_steps_have_noise() -> None:
    class Counter(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("total", torch.zeros(2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.total.add_(x * 0.1)
            return self.total.clone()

    module = Counter()
    noise = expected_outputs(module, (random(2),))["noise.output0"]
    assert noise.any() and noise.abs().max() < 1e-7
    assert not module.total.any()


def test_noise_is_the_error_of_a_plain_evaluation() -> None:
    """Of sums of products, one after the other, it is known by a formula; eager makes them so."""
    x, y = random(50, 64), random(64, 50, seed=1)
    expected = expected_outputs(as_module(torch.matmul), (x, y))
    error = (expected["expected_f32.output0"].double() - expected["expected_f64.output0"]).square().mean().sqrt()
    assert 0.8 < expected["noise.output0"].double().square().mean().sqrt() / error < 1.25


@pytest.mark.parametrize("terms", ["far-apart", "equal"])
@pytest.mark.parametrize("way", ["mm", "bmm", "mv", "sum"])
def test_the_noise_of_a_sum_knows_its_order(way: str, terms: str) -> None:
    """All sums between a large term and its opposite are rounded by its step; equal terms leave the same each time."""
    n = 30
    y = random(n, 16)
    if terms == "equal":
        y[:] = y[:1]
    else:
        y[0], y[-1] = 1000, -1000
    ones = torch.ones(1, n)
    ways: dict[str, tuple[Callable[..., Any], torch.Tensor]] = {
        "mm": (lambda y: ones @ y, y),
        "bmm": (lambda y: ones[None] @ y, y[None]),
        "mv": (lambda y: y @ ones[0], y.mT.contiguous()),
        "sum": (lambda y: y.sum([0, 1]), y[None]),
    }
    function, operand = ways[way]
    expected = expected_outputs(as_module(function), (operand,))
    noise = expected["noise.output0"].double().square().mean().sqrt()
    ours = torch.from_numpy(np.cumsum(y.numpy(), axis=0, dtype=np.float32)[-1])
    error = (ours - y.double().sum(0)).square().mean().sqrt()
    assert 0.5 < noise / error < 2.5
    (found,) = judge_outputs({"output0": ours.reshape(function(operand).shape)}, expected)
    assert found.passed, found


@pytest.mark.parametrize("batch", [(), (2,)])
def test_the_noise_of_a_large_product_knows_its_equal_terms(batch: tuple[int, ...]) -> None:
    """Of more terms than are looked at together, and so of several parts."""
    rows, n = 140, 253
    x, y = random(*batch, rows, 1).expand(*batch, rows, n), random(*batch, 1, 40, seed=1).expand(*batch, n, 40)
    assert math.prod(batch) * rows * n * 40 > 4 * MOST_TERMS
    expected = expected_outputs(as_module(torch.matmul), (x, y))
    chain = np.cumsum(np.broadcast_to((x[..., :1] * y[..., :1, :]).numpy(), (n, *batch, rows, 40)), 0, dtype=np.float32)
    error = (torch.from_numpy(chain[-1]) - expected["expected_f64.output0"]).square().mean().sqrt()
    assert 0.5 < expected["noise.output0"].double().square().mean().sqrt() / error < 2.5


def test_what_equals_a_rounded_value_is_not_determined() -> None:
    """A mean between two numbers is either; what is a step farther away than noise goes is not it."""
    x = random(2, 511) + 10000
    step = 2.0**-10
    mean = x.double().mean(1, keepdim=True)
    x[:, 1], x[:, 2] = (mean[:, 0] / step).floor() * step, (mean[:, 0] / step).ceil() * step
    ways = (
        lambda x: (x - x.mean(1, keepdim=True)).bool(),
        lambda x: x == x.mean(1, keepdim=True),
        lambda x: (x - x.mean(1, keepdim=True)) != 0,
        lambda x: torch.logical_not(x - x.mean(1, keepdim=True)),
    )
    near = (x - mean).abs() < 1.5 * step
    far = (x - mean).abs() > 40 * step
    for way in ways:
        open_places = expected_outputs(as_module(way), (x,))["noise.output0"].isnan()[0]
        assert open_places[near].all() and not open_places[far].any()


def test_what_no_integer_can_be_is_not_determined() -> None:
    x = torch.tensor([[1.5, torch.nan, 2.0], [torch.inf, 3e20, -1.0]])
    made = expected_outputs(
        as_module(lambda x: (x.to(torch.int64), x.cumsum(1, dtype=torch.int32), x.to(torch.uint8) + 1, x > 2)), (x,)
    )
    assert made["noise.output0"].isnan()[0].tolist() == [[False, True, False], [True, True, False]]
    assert made["noise.output1"].isnan()[0].tolist() == [[False, True, True], [True, True, True]]
    assert made["noise.output2"].isnan()[0].tolist() == [[False, True, False], [True, True, True]]
    assert "noise.output3" not in made


def test_the_same_noise_each_time() -> None:
    first, second = (
        expected_outputs(as_module(lambda x: (x @ x.T).softmax(-1) @ x), (random(5, 4),)) for _ in range(2)
    )
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)
