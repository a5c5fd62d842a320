"""Graphs of which some operations are left to PyTorch: the rest is compiled in parts.

The parts are stretches of the graph in its own order, so that what writes to memory happens in the order
in which it was written down.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch
from torch import fx
from torch.fx.passes.split_module import split_module

from .compiled_graph import CompiledGraph
from .facts import Facts, NotCompilable, NothingToCompute
from .freezing import keep_source
from .options import Options
from .warn import warn_once

#: A stretch of fewer operations than this is not worth a call of a package.
LEAST_OPERATIONS = 3


class _Part:
    """A part of a graph, compiled when it is first called: what it is called with is not known before."""

    def __init__(self, graph_module: fx.GraphModule, options: Options) -> None:
        self._graph_module = graph_module
        self._options = options
        self._lock = threading.Lock()
        self._function: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        if self._function is None:
            with self._lock:
                if self._function is None:
                    self._function = self._compile(arguments)
        return self._function(*arguments)

    def _compile(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        return compile_or_divide(self._graph_module, arguments, self._options, "a part of a graph")


def compile_or_divide(
    graph_module: fx.GraphModule, examples: Sequence[Any], options: Options, what: str
) -> Callable[..., Any]:
    """The graph as a package, or in parts, or as it is: whatever can be had, and a warning if not all."""
    try:
        return CompiledGraph(graph_module, examples, options)
    except NothingToCompute:
        return graph_module.forward
    except NotCompilable as problem:
        reason = problem
    except Exception as fault:  # PyTorch still has the right result
        text = f"a fault of the backend, please report it: {type(fault).__name__}: {fault}"
        reason = NotCompilable(text, is_fault=True)
    why = ""
    if reason.nodes:
        try:
            divided = partition(graph_module, reason.nodes, options)
            warn_once(f"some operations are run by PyTorch, what is around them is compiled: {reason}")
            return divided
        except NotCompilable as not_worth_it:
            why = f" ({not_worth_it})"
    if not reason.is_fault:
        try:
            fixed = CompiledGraph(graph_module, examples, options, is_fixed=True)
            warn_once(f"{what} is compiled for its sizes one by one, as they come a second time: {reason}")
            return fixed
        except NotCompilable:
            pass  # what is said is why there is none for all sizes
    warn_once(f"{what} is run by PyTorch: {reason}{why}")
    return graph_module.forward


#: Operations for effects that are the same wherever they happen.
_HARMLESS = (torch._C._log_api_usage_once, torch._check)


def _is_value(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(_is_value(one) for one in value)
    return isinstance(value, torch.Tensor | torch.SymInt | int)


def _can_be_divided_at(facts: Facts, node: fx.Node) -> bool:
    """False for what changes a mode, as that of gradients, for the operations after it."""
    value = facts.values[node]
    writes = value is None and bool(facts.writes[node])  # x[i] = y
    return writes or node.target in _HARMLESS or _is_value(value)


def partition(graph_module: fx.GraphModule, left_out: Collection[str], options: Options) -> Callable[..., Any]:
    """The graph as a function that runs all but the nodes ``left_out`` as packages, as far as that is worth it.

    Raises NotCompilable if it is not.
    """
    facts = Facts(graph_module)
    nodes = [node for node in graph_module.graph.nodes if node.op not in ("placeholder", "output")]
    if not all(_can_be_divided_at(facts, node) for node in nodes):
        raise NotCompilable("it has operations for their effects, between which it cannot be divided")
    stretches: dict[fx.Node, int] = {}
    kinds: list[bool] = []  # whether a stretch is left out
    sizes: list[int] = []
    for node in nodes:
        producer = next((one for one in node.all_input_nodes if isinstance(facts.values[one], tuple | list)), None)
        if producer is not None and producer in stretches:
            stretches[node] = stretches[producer]  # tuples do not cross from one part to another
            continue
        is_out = node.name in left_out
        if not kinds or kinds[-1] != is_out:
            kinds.append(is_out)
            sizes.append(0)
        stretches[node] = len(kinds) - 1
        sizes[-1] += isinstance(facts.values[node], torch.Tensor) and facts.source(node) is None
    worth = [number for number, is_out in enumerate(kinds) if not is_out and sizes[number] >= LEAST_OPERATIONS]
    if not worth:
        raise NotCompilable(f"nothing of it is left with {LEAST_OPERATIONS} operations or more in a row")
    keep_source(graph_module)
    # In its own order: what one part writes to another may read, which is not said in the graph.
    divided = split_module(
        graph_module, graph_module, stretches.__getitem__, keep_original_order=True, tuple_return=True
    )
    for number in worth:
        part = divided._modules.pop(f"submod_{number}")
        assert isinstance(part, fx.GraphModule)
        divided.__dict__[f"submod_{number}"] = _Part(part, options)
    return divided.forward
