"""What a case is, and seeded inputs for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

# A function of tensors, and the inputs it is exported with.
Case = tuple[Callable[..., Any], tuple[torch.Tensor, ...]]

_random = torch.Generator().manual_seed(20261123)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=_random)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    """The same whatever else was made before."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def positive(*shape: int) -> torch.Tensor:
    """Between 0.1 and about 4."""
    return normal(*shape).abs() + 0.1


def whole(*shape: int) -> torch.Tensor:
    """Small whole numbers as float32: their sums are exact in any order."""
    return integers(*shape).float()


def integers(*shape: int, low: int = 0, high: int = 5) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=_random)


def booleans(*shape: int) -> torch.Tensor:
    return torch.randint(0, 2, shape, generator=_random).bool()


class Module(torch.nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> Any:
        return self.function(*inputs)


def as_module(function: Callable[..., Any]) -> torch.nn.Module:
    return function if isinstance(function, torch.nn.Module) else Module(function)
