"""What the tests of torch.compile share: fixtures, and the comparison with eager PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from buddy_attention.backend import BuddyFallbackWarning, buddy, compiled_graph, forget_warnings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Every test compiles anew, and a warning that it does not expect is its failure."""
    torch._dynamo.reset()
    forget_warnings()
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", BuddyFallbackWarning)
        yield


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The packages that were made."""
    made: list[Any] = []
    make = compiled_graph.compile_program

    def counted(*args: Any, **kwargs: Any) -> Any:
        made.append(make(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(compiled_graph, "compile_program", counted)
    return made


def compiled(function: Any, **options: Any) -> Any:
    return torch.compile(function, backend=buddy, **options)


def fallback(match: str) -> Any:
    return pytest.warns(BuddyFallbackWarning, match=match)


def assert_same(ours: Any, eager: Any) -> None:
    """Of structures: the same kinds, shapes, dtypes and strides, and numbers within f32's rounding."""
    if isinstance(eager, tuple | list):
        assert len(ours) == len(eager)
        for one, other in zip(ours, eager):
            assert_same(one, other)
    elif isinstance(eager, torch.Tensor):
        assert (ours.dtype, ours.shape, ours.requires_grad) == (eager.dtype, eager.shape, eager.requires_grad)
        if 1 not in eager.shape and 0 not in eager.shape:
            assert ours.stride() == eager.stride()
        torch.testing.assert_close(ours, eager, rtol=1e-5, atol=1e-5)
    else:
        assert ours == eager


def small() -> torch.nn.Module:
    module = torch.nn.Sequential(torch.nn.Linear(48, 64), torch.nn.GELU(), torch.nn.Linear(64, 48))
    module[0].register_buffer("shift", torch.randn(64))
    return module.eval()


def new_data(module: torch.nn.Module) -> None:
    for parameter in module.parameters():
        parameter.data = torch.randn_like(parameter)
