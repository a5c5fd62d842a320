"""torch.compile(backend="buddy") and numbers: integers beyond 32 bits, and numbers among the arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import numpy as np
import pytest
import torch
from conftest import need_binding
from torch_compiled import assert_same, compiled, fallback, fresh, packages  # noqa: F401  (fixtures)

need_binding()


@torch.no_grad()
def test_integers_beyond_32_bits(packages: list[Any]) -> None:  # noqa: F811
    def function(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return torch.where(x > 5, y, y * 2), x - 1, x * x

    y, ours = torch.randn(3), compiled(function)
    for x in torch.arange(3), torch.tensor([1, 6, 2**40]), torch.tensor([100_000, 3, -(2**63)]):
        assert_same(ours(x, y), function(x, y))
    assert len(packages) == 1


@torch.no_grad()
def test_whole_quotients_and_roots_are_whole() -> None:
    def function(x: torch.Tensor, y: torch.Tensor, n: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (x / y).floor(), n / 41, x.sqrt(), (x / 7.0) ** 0.5

    n = torch.arange(1, 300) * 41
    x, y = n.float(), torch.full((299,), 41.0)
    # numpy's roots are IEEE 754's on every machine; eager's are a step off on some.
    quotients, roots = x.numpy() / y.numpy(), (np.sqrt(x.numpy()), np.sqrt(x.numpy() / np.float32(7)))
    for our, right in zip(compiled(function)(x, y, n), (np.floor(quotients), quotients, *roots), strict=True):
        np.testing.assert_array_equal(our.numpy(), right)


MOST = 2**31 - 1
INTEGERS: dict[str, tuple[Callable[[Any, Any], Any], torch.Tensor]] = {
    "twice": (lambda x, y: x + x, torch.tensor([MOST, 1])),
    "three-times": (lambda x, y: x + x + x, torch.tensor([2**30 - 1, 1])),
    "int32-sum": (lambda x, y: x.sum(), torch.tensor([MOST, MOST], dtype=torch.int32)),
    "int32-cumsum": (lambda x, y: x.cumsum(0), torch.tensor([MOST, MOST], dtype=torch.int32)),
    "int32-long-product": (lambda x, y: x.long() * x.long(), torch.tensor([MOST, 7], dtype=torch.int32)),
    "float-to-long": (lambda x, y: (y * 1e12).long(), torch.tensor([1, 2])),
    "large-constant": (lambda x, y: x + 2_000_000_000, torch.tensor([2_000_000_000, 1])),
    "alpha": (lambda x, y: torch.add(x, x, alpha=8), torch.tensor([2**29, 1])),
    "one-more": (lambda x, y: x + 1, torch.tensor([MOST, 1])),
    "one-less": (lambda x, y: 1 - x, torch.tensor([-MOST, 1])),
    "neg": (lambda x, y: -x, torch.tensor([-MOST - 1, 1])),
    "abs": (lambda x, y: x.abs(), torch.tensor([-MOST - 1, 1])),
    "arange": (lambda x, y: (torch.arange(16) * 2**28)[-2:] - x, torch.tensor([2, 1])),
    "ones": (lambda x, y: torch.ones_like(y, dtype=torch.int64) * 2**30 * 3 - x, torch.tensor([2, 1])),
    "places": (lambda x, y: (y.argmax(0) + 1) * 2**30 * 3 - x, torch.tensor([2, 1])),
    "where": (lambda x, y: torch.where(y > 9, 5, 2**30) * 3 - x, torch.tensor([2, 1])),
    "masked-fill": (lambda x, y: x.bool().long().masked_fill(y < 9, 2**30) * 3, torch.tensor([2, 1])),
    "clamp": (lambda x, y: x.bool().long().clamp(min=2**30) * 3, torch.tensor([2, 1])),
    "largest": (lambda x, y: x.max(0)[0] * 3, torch.tensor([2**30 - 1, 1])),
    "pieces": (lambda x, y: torch.cat(x.split(1)) * 3, torch.tensor([2**30 - 1, 1])),
    "in-place": (lambda x, y: x.clone().add_(2**29).add_(2**29).add_(2**29), torch.tensor([2**30 - 1, 1])),
}


@torch.no_grad()
@pytest.mark.parametrize("name", INTEGERS)
def test_integers_that_leave_32_bits_are_those_of_eager(name: str, packages: list[Any]) -> None:  # noqa: F811
    operation, x = INTEGERS[name]

    def function(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return operation(x, y), torch.tanh(y) * 2 + y

    y = torch.randn(2)
    assert_same(compiled(function)(x, y), function(x, y))
    assert len(packages) == 1


@torch.no_grad()
def test_small_integers_are_computed_in_packages(packages: list[Any]) -> None:  # noqa: F811
    """Positions and masks, as transformers has them."""

    def function(ids: torch.Tensor, mask: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
        positions = torch.arange(ids.shape[1])[None] + 1
        bucket = (torch.arange(7) * 0.5).long()
        return ids + 2, -ids, ids - 1 + positions, mask.cumsum(1) - 1, bucket * 2 + 1, torch.tanh(y) * 2

    ids, y = torch.randint(0, 50_000, (2, 7)), torch.randn(2, 7)
    mask = ids > 100
    assert_same(compiled(function)(ids, mask, y), function(ids, mask, y))
    assert len(packages) == 1


@torch.no_grad()
def test_zeros_and_nans_among_the_arguments(packages: list[Any]) -> None:  # noqa: F811
    def function(x: torch.Tensor, k: float) -> torch.Tensor:
        return 1 / (x * k)

    ours, x = compiled(function), torch.ones(3)
    for k in (0.5, 0.25, 0.0, -0.0, float("nan"), float("nan"), float("nan")):
        torch.testing.assert_close(ours(x, k), function(x, k), equal_nan=True)
    assert len(packages) <= 6


@torch.no_grad()
def test_slices_of_one_array_share_memory() -> None:
    def change(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        a.add_(1)
        return torch.tanh(b) * 3 + a

    memory = numpy.arange(32, dtype=numpy.float32)
    same = memory.copy()
    ours = compiled(change)(torch.from_numpy(memory[:16]), torch.from_numpy(memory[4:20]))
    assert_same(ours, change(torch.from_numpy(same[:16]), torch.from_numpy(same[4:20])))
    assert (memory == same).all()
