"""Sizes that are expressions of symbols, computed from a call's integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy  # type: ignore[import-untyped]
import torch
from torch import fx
from torch.utils._sympy.printers import PythonPrinter

from .facts import Facts, NotCompilable


def expression(value: Any) -> Any:
    """The sympy expression of a size; None for what is none."""
    if isinstance(value, torch.SymInt):
        return value.node.expr
    return sympy.Integer(value) if isinstance(value, int) and not isinstance(value, bool) else None


def integer(value: Any) -> int:
    """An integer argument of a call, or of the example that dynamo compiles with.

    int() of the latter would fix it for all calls.
    """
    return int(value.node.hint) if isinstance(value, torch.SymInt) else int(value)


def number(value: Any) -> int | float:
    """The same of a float too, which is passed as a tensor."""
    return float(value.item()) if isinstance(value, torch.Tensor) else integer(value)


def function_of(values: Sequence[Any], symbols: Mapping[Any, str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """A function from a call's arguments, ``a``, to these sizes. ``symbols`` has what each symbol is of them.

    Raises NotCompilable if a size depends on another symbol.
    """
    expressions = [expression(value) for value in values]
    for one in expressions:
        unknown = one.free_symbols - symbols.keys()
        if unknown:
            raise NotCompilable(f"the size {one} depends on {unknown}, which is no size of an argument")

    class Printer(PythonPrinter):
        def _print_Symbol(self, expr: Any) -> str:  # noqa: N802  (sympy's naming)
            return symbols[expr]

    text = "".join(f"{Printer().doprint(one)}, " for one in expressions)
    return eval(f"lambda a: ({text})", {"math": math})  # type: ignore[no-any-return]


def function_of_integers(facts: Facts, values: Sequence[Any]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """The sizes from a call's integer and tensor arguments."""
    return function_of(values, {symbol: place for symbol, (place, _) in symbol_places(facts).items()})


def symbol_places(facts: Facts) -> dict[Any, tuple[str, bool]]:
    """Where a call has each symbol, and whether that is a dimension of a tensor, which is preferred."""
    places: dict[Any, tuple[str, bool]] = {}
    for index, node in enumerate(facts.placeholders):
        value = facts.values[node]
        if isinstance(value, torch.Tensor):
            for dimension, size in enumerate(value.shape):
                symbol = expression(size)
                if symbol.is_Symbol and not places.get(symbol, ("", False))[1]:
                    places[symbol] = f"a[{index}].shape[{dimension}]", True
        elif expression(value).is_Symbol:
            places.setdefault(expression(value), (f"a[{index}]", False))
    return places


def open_dimensions(facts: Facts) -> list[tuple[int, int]]:
    """The dimensions of tensors among the arguments that may change from call to call."""
    return [
        (index, dimension)
        for index, node in enumerate(facts.placeholders)
        if isinstance(facts.values[node], torch.Tensor)
        for dimension, size in enumerate(facts.values[node].shape)
        if not expression(size).is_Integer
    ]


def is_size(facts: Facts, node: Any) -> bool:
    return isinstance(node, fx.Node) and isinstance(facts.values[node], torch.SymInt | int)
