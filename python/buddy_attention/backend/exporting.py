"""From a graph of torch.compile to an exported program, with the lines of the user's code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy  # type: ignore[import-untyped]
import torch
from torch import fx
from torch.export import Dim, ExportedProgram
from torch.fx.experimental.proxy_tensor import get_proxy_mode

from .facts import Facts, NotCompilable
from .outputs import Outputs
from .sizes import expression, function_of, number, symbol_places

#: Where an exported node keeps the name of the node it was made from.
_ORIGIN = "buddy_origin"


class _Lines(fx.Interpreter):
    """Runs a graph for torch.export, and gives what is recorded the lines of the graph's own nodes."""

    def run_node(self, n: fx.Node) -> Any:
        mode = get_proxy_mode()
        graph = None if mode is None else mode.tracer.graph
        last = None if graph is None else next(iter(reversed(graph.nodes)), None)
        value = super().run_node(n)
        if graph is not None:
            for node in reversed(graph.nodes):
                if node is last:
                    break
                if n.stack_trace:
                    node.meta["stack_trace"] = n.stack_trace
                else:  # PyTorch's own modules: a line of this file would say nothing
                    node.meta.pop("stack_trace", None)
                node.meta["custom"] = {**node.meta.get("custom", {}), _ORIGIN: n.name}
        return value


@dataclass(frozen=True)
class Frozen:
    """A parameter or buffer whose value is part of the package."""

    name: str
    tensor: torch.Tensor


class _Traced(torch.nn.Module):
    """The graph as a module: tensors in; what the package computes, and the changed inputs, out."""

    def __init__(
        self,
        graph_module: fx.GraphModule,
        facts: Facts,
        outputs: Outputs,
        frozen: Mapping[int, Frozen],
        numbers: Mapping[int, int | float],
    ) -> None:
        super().__init__()
        # Not as a submodule: its parameters are those below.
        floats = {facts.placeholders[index].name: value for index, value in numbers.items()}
        names = [one.node.name for one in outputs.computed]
        self.__dict__["_graph"] = _with_outputs(graph_module, names, floats)
        self.__dict__["_plan"] = (facts, outputs, dict(frozen), dict(numbers))
        for index, one in frozen.items():
            tensor = one.tensor.detach()
            if isinstance(one.tensor, torch.nn.Parameter) and tensor.is_floating_point():
                self.register_parameter(f"frozen{index}", torch.nn.Parameter(tensor, requires_grad=False))
            else:
                self.register_buffer(f"frozen{index}", tensor)

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        facts, outputs, frozen, numbers = self.__dict__["_plan"]
        left = iter(tensors)
        arguments: list[Any] = []
        bound: list[int] = []  # the integers that the tensors' shapes say
        places = {symbol: place for symbol, (place, is_shape) in symbol_places(facts).items() if is_shape}
        for index, node in enumerate(facts.placeholders):
            if index in frozen:
                arguments.append(getattr(self, f"frozen{index}"))
            elif index in numbers:
                arguments.append(numbers[index])
            elif isinstance(facts.values[node], torch.Tensor):
                tensor = next(left)
                arguments.append(tensor.clone() if node in facts.mutated else tensor)
            else:
                arguments.append(None)
                if not _is_free(facts, node):
                    bound.append(index)
        if bound:
            sizes = function_of([facts.values[facts.placeholders[index]] for index in bound], places)(arguments)
            for index, size in zip(bound, sizes):
                arguments[index] = size
        values = _Lines(self.__dict__["_graph"]).run(*arguments)
        made = [one.to_memory_order(value) for one, value in zip(outputs.computed, values)]
        changed = [arguments[facts.placeholders.index(node)] for node in facts.mutated]
        return tuple(made) + tuple(changed)


def _with_outputs(
    graph_module: fx.GraphModule, names: Sequence[str], floats: Mapping[str, int | float]
) -> fx.GraphModule:
    """The same graph that returns these nodes instead, with ``item()`` of these placeholders replaced."""
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    graph.graph_copy(graph_module.graph, copies)
    by_name = {node.name: copy for node, copy in copies.items()}
    graph.output(tuple(by_name[name] for name in names))
    for name, value in floats.items():
        for item in [user for user in by_name[name].users if _is_item(user)]:
            _replace(item, value)
    return fx.GraphModule(graph_module, graph)


def _replace(node: fx.Node, value: int | float) -> None:
    def other(argument: fx.Node) -> Any:
        return value if argument is node else argument

    for user in list(node.users):
        user.args = fx.map_arg(user.args, other)
        user.kwargs = fx.map_arg(user.kwargs, other)
    node.graph.erase_node(node)


def _is_item(node: fx.Node) -> bool:
    return node.op == "call_method" and node.target == "item"


def is_float(facts: Facts, node: fx.Node) -> bool:
    """Whether it is a float of Python's, which dynamo passes as a tensor when it may change."""
    value = facts.values[node]
    is_number = isinstance(value, torch.Tensor) and value.dtype == torch.float64 and value.dim() == 0
    return is_number and bool(node.users) and all(_is_item(user) for user in node.users)


def _is_free(facts: Facts, node: fx.Node) -> bool:
    """Whether it is an integer that no tensor's shape says."""
    value = facts.values[node]
    places = symbol_places(facts)
    return not isinstance(value, torch.Tensor) and not all(
        places[s][1] for s in expression(value).free_symbols if s in places
    )


def free_numbers(facts: Facts) -> list[int]:
    """The numbers among the arguments that operations on tensors depend on, and that no tensor's shape says."""
    return [
        index
        for index, node in enumerate(facts.placeholders)
        if is_float(facts, node) or (_is_free(facts, node) and _reaches_tensor(facts, node))
    ]


def _reaches_tensor(facts: Facts, node: fx.Node) -> bool:
    return any(
        isinstance(facts.values.get(user), torch.Tensor)
        or (user.op != "output" and not isinstance(facts.values.get(user), torch.SymInt | int))
        or (user.op != "output" and _reaches_tensor(facts, user))
        for user in node.users
    )


def _finite(limit: Any) -> int | None:
    """A limit that is a number, and one that a size could reach."""
    return int(limit) if isinstance(limit, sympy.Integer) and abs(limit) < 2**31 else None


#: More symbols than these are refused by the compiler.
_MOST_SYMBOLS = 3


def _dynamic_shapes(facts: Facts, indices: Sequence[int]) -> tuple[Any, ...]:
    """torch.export's description of the inputs: one Dim for each of dynamo's symbols, with its range.

    Where there are too many symbols, those that are the same number now become one: the lengths of the
    caches of a model's layers, say. A call for which they are not is refused by the package.
    """
    shapes = [facts.values[facts.placeholders[index]].shape for index in indices]
    open_sizes = [size for shape in shapes for size in shape if not expression(size).is_Integer]
    symbols = {expression(size): size for size in open_sizes if expression(size).is_Symbol}
    groups: dict[Any, list[Any]] = {}
    for symbol, size in symbols.items():
        groups.setdefault(size.node.hint if len(symbols) > _MOST_SYMBOLS else symbol, []).append(size)
    dims = {expression(size): dim for group in groups.values() for dim in [_dim(group)] for size in group}
    return tuple(
        {
            dimension: dims.get(expression(size), Dim.DYNAMIC)
            for dimension, size in enumerate(shape)
            if not expression(size).is_Integer
        }
        for shape in shapes
    )


def _dim(sizes: Sequence[Any]) -> Any:
    """A Dim that is all of these sizes, each of which is a symbol."""
    ranges = [size.node.shape_env.var_to_range.get(expression(size)) for size in sizes]
    least = [_finite(one.lower) for one in ranges if one is not None]
    most = [_finite(one.upper) for one in ranges if one is not None]
    return Dim(
        str(expression(sizes[0])),
        min=max((one for one in least if one is not None), default=None),
        max=min((one for one in most if one is not None), default=None),
    )


def _export(module: _Traced, examples: tuple[torch.Tensor, ...], shapes: tuple[Any, ...]) -> ExportedProgram:
    if not any(shapes):
        return torch.export.export(module, examples)
    try:
        return torch.export.export(module, examples, dynamic_shapes=(shapes,))
    except Exception:
        # Sizes depend on one another in ways that Dims cannot say: torch.export finds them itself, and may
        # fix some. A call with others is refused by the package.
        automatic = tuple(dict.fromkeys(shape, Dim.AUTO) for shape in shapes)
        return torch.export.export(module, examples, dynamic_shapes=(automatic,))


def export_graph(
    graph_module: fx.GraphModule,
    facts: Facts,
    outputs: Outputs,
    arguments: Sequence[Any],
    frozen: Mapping[int, Frozen],
    is_fixed: bool = False,
) -> tuple[ExportedProgram, dict[str, str]]:
    """The program, and the graph's node that each of its nodes was made from.

    With ``is_fixed`` it is for the sizes of these arguments alone, else for all that the graph is for. Its
    inputs are the tensors among ``arguments`` that are not frozen, its outputs what ``outputs`` computes and
    then the new values of the inputs that the graph changes. Raises NotCompilable.
    """
    numbers = {index: number(arguments[index]) for index in free_numbers(facts)}
    module = _Traced(graph_module, facts, outputs, frozen, numbers)
    indices = tensor_indices(facts, frozen)
    examples = tuple(arguments[index].detach() for index in indices)
    shapes = tuple({} for _ in indices) if is_fixed else _dynamic_shapes(facts, indices)
    try:
        # Dynamo's own fake tensors are none of this program's business.
        with torch.no_grad(), torch._guards.tracing(None):
            program = _export(module, examples, shapes)
    except Exception as error:
        raise NotCompilable(f"torch.export cannot take it: {str(error).splitlines()[0]}") from error
    origins = {}
    for node in program.graph.nodes:
        custom = node.meta.get("custom", {})
        if _ORIGIN in custom:
            origins[node.name] = custom.pop(_ORIGIN)
            if not custom:
                del node.meta["custom"]
    program._example_inputs = None  # a copy of them is of no use in the archive
    return program, origins


def tensor_indices(facts: Facts, frozen: Mapping[int, Frozen]) -> list[int]:
    """The arguments that are the package's inputs."""
    return [
        index
        for index, node in enumerate(facts.placeholders)
        if isinstance(facts.values[node], torch.Tensor) and index not in frozen and not is_float(facts, node)
    ]
