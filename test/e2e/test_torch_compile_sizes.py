"""torch.compile of graphs for which no package can be for all sizes: one for each size, up to a number."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from buddy_attention import BuddyError
from buddy_attention.backend import compiled_graph
from conftest import need_binding
from torch_compiled import assert_same, compiled, fallback, fresh, packages  # noqa: F401  (fixtures)

need_binding()

WARNING = "for its sizes one by one, as they come a second time: sizes must be fixed here"


@pytest.fixture(autouse=True)
def only_fixed_sizes(monkeypatch: pytest.MonkeyPatch, packages: list[Any]) -> None:  # noqa: F811
    """The compiler refuses what has an open size, as it does where an index depends on it."""
    make = compiled_graph.compile_program

    def refuse(program: Any, **options: Any) -> Any:
        if program.range_constraints:
            raise BuddyError("sizes must be fixed here", 1)
        return make(program, **options)

    monkeypatch.setattr(compiled_graph, "compile_program", refuse)


class Scaled(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(6, 4)

    def forward(self, x: torch.Tensor, factor: int) -> torch.Tensor:
        # The length is a number here, and what is computed with another one is another value.
        return self.linear(x) * x.shape[0] + factor * x.sum(1, keepdim=True)


def test_each_size_has_its_package_from_the_second_time_on(packages: list[Any]) -> None:  # noqa: F811
    module = Scaled().eval()
    function = compiled(module, dynamic=True)

    def call(length: int, factor: int = 2) -> int:
        """How many packages it made."""
        before = len(packages)
        x = torch.randn(length, 6)
        with torch.no_grad():
            assert_same(function(x, factor), module(x, factor))
        return len(packages) - before

    with fallback(WARNING):
        assert call(3) == 1
    assert [call(length) for length in (3, 5, 7, 5, 3, 7, 5)] == [0, 0, 0, 1, 0, 1, 0]
    assert call(5, factor=3) == 0 and call(5, factor=3) <= 1  # a number is told apart too


def test_what_open_sizes_alone_refuse_is_compiled_for_each(packages: list[Any]) -> None:  # noqa: F811
    """The operation is named, and there is nothing around it that would be worth a package."""

    def halves(x: torch.Tensor) -> torch.Tensor:
        return x.reshape(x.shape[0] // 2, -1) * x.shape[1]

    function = compiled(halves, dynamic=True)
    x, y = torch.randn(4, 3), torch.randn(6, 5)
    with torch.no_grad(), fallback("for its sizes one by one"):
        for one in (x, y, y, x):
            assert_same(function(one), halves(one))
    assert len(packages) == 2


def test_a_changed_parameter_is_noticed_for_each_size(packages: list[Any]) -> None:  # noqa: F811
    module = Scaled().eval()
    function = compiled(module, dynamic=True)
    for turn in range(3):  # three values of the parameters: as often as they may change and be packed
        with torch.no_grad():
            if turn:
                module.linear.weight.mul_(-1)
            for length in (3, 5, 5):
                x = torch.randn(length, 6)
                if turn == 0 and length == 3:
                    with fallback(WARNING):
                        assert_same(function(x, 1), module(x, 1))
                else:
                    assert_same(function(x, 1), module(x, 1))
    assert len(packages) == 6


@pytest.mark.parametrize("limit", [{"MOST_VARIANTS": 2}, {"MOST_BYTES": 200}])  # the weights are 112 bytes
def test_there_is_an_end_to_it(
    limit: dict[str, int],
    packages: list[Any],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(compiled_graph, name, value)
    module = Scaled().eval()
    function = compiled(module, dynamic=True)
    end = fallback("sizes had 2 values, each with a package of its own; others run in PyTorch")
    with torch.no_grad(), fallback(WARNING), end:
        for length in (3, 4, 4, 5, 5, 5, 4, 3):
            x = torch.randn(length, 6)
            assert_same(function(x, 1), module(x, 1))
    assert len(packages) == 2


def test_what_does_not_compile_at_any_size_is_said_for_all(packages: list[Any]) -> None:  # noqa: F811
    function = compiled(lambda x: torch.linalg.inv(x @ x.mT + 3) + 1, dynamic=True)
    x = torch.randn(5, 4)
    with torch.no_grad(), fallback("run by PyTorch.*linalg_inv"):
        assert_same(function(x), torch.linalg.inv(x @ x.mT + 3) + 1)
    assert packages == []
