"""Sizes that are expressions of symbols, computed from a call's integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import sympy
import torch
from torch import fx
from torch.utils._sympy.printers import PythonPrinter

from .facts import Facts, NotCompilable


def expression(value: Any) -> Any:
    """The sympy expression of a size; None for what is none."""
    if isinstance(value, torch.SymInt):
        return value.node.expr
    return sympy.Integer(value) if isinstance(value, int) and not isinstance(value, bool) else None


def function_of_sizes(facts: Facts, values: Sequence[Any]) -> Callable[[Sequence[Any]], tuple[int, ...]]:
    """A function from a call's arguments to these sizes.

    Dynamo passes every symbol that a graph depends on as an argument of its own.
    """
    symbols: dict[Any, int] = {}
    for index, node in enumerate(facts.placeholders):
        found = expression(facts.values[node])
        if found is not None and found.is_Symbol:
            symbols.setdefault(found, index)
    expressions = [expression(value) for value in values]
    for one in expressions:
        unknown = one.free_symbols - symbols.keys()
        if unknown:
            raise NotCompilable(f"the size {one} depends on {unknown}, which is no argument")
    names = {symbol: f"a[{index}]" for symbol, index in symbols.items()}

    class Printer(PythonPrinter):
        def _print_Symbol(self, expr: Any) -> str:  # noqa: N802  (sympy's naming)
            return names[expr]

    text = "".join(f"{Printer().doprint(one)}, " for one in expressions)
    return eval(f"lambda a: ({text})", {"math": math})  # type: ignore[no-any-return]


def is_size(facts: Facts, node: Any) -> bool:
    return isinstance(node, fx.Node) and isinstance(facts.values[node], torch.SymInt | int)
