"""From a graph of torch.compile to an exported program, with the lines of the user's code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
import torch
from torch import fx
from torch.export import Dim, ExportedProgram
from torch.fx.experimental.proxy_tensor import get_proxy_mode

from .facts import Facts, NotCompilable
from .outputs import Outputs
from .sizes import expression

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
        integers: Mapping[int, int],
    ) -> None:
        super().__init__()
        # Not as a submodule: its parameters are those below.
        self.__dict__["_graph"] = _with_outputs(graph_module, [one.node.name for one in outputs.computed])
        self.__dict__["_plan"] = (facts, outputs, dict(frozen), dict(integers))
        for index, one in frozen.items():
            tensor = one.tensor.detach()
            if isinstance(one.tensor, torch.nn.Parameter) and tensor.is_floating_point():
                self.register_parameter(f"frozen{index}", torch.nn.Parameter(tensor, requires_grad=False))
            else:
                self.register_buffer(f"frozen{index}", tensor)

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        facts, outputs, frozen, integers = self.__dict__["_plan"]
        left = iter(tensors)
        arguments: list[Any] = []
        for index, node in enumerate(facts.placeholders):
            if index in frozen:
                arguments.append(getattr(self, f"frozen{index}"))
            elif isinstance(facts.values[node], torch.Tensor):
                tensor = next(left)
                arguments.append(tensor.clone() if node in facts.mutated else tensor)
            else:
                arguments.append(integers.get(index))
        for places in _sources(facts).values():
            for index in places.integers:
                if places.tensor is not None:
                    arguments[index] = arguments[places.tensor[0]].shape[places.tensor[1]]
        values = _Lines(self.__dict__["_graph"]).run(*arguments)
        made = [one.to_memory_order(value) for one, value in zip(outputs.computed, values)]
        changed = [arguments[facts.placeholders.index(node)] for node in facts.mutated]
        return tuple(made) + tuple(changed)


def _with_outputs(graph_module: fx.GraphModule, names: Sequence[str]) -> fx.GraphModule:
    """The same graph that returns these nodes instead."""
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    graph.graph_copy(graph_module.graph, copies)
    by_name = {node.name: copy for node, copy in copies.items()}
    graph.output(tuple(by_name[name] for name in names))
    return fx.GraphModule(graph_module, graph)


@dataclass
class _Places:
    """Where a call has a symbol: integer arguments, and a dimension of a tensor."""

    integers: list[int]
    tensor: tuple[int, int] | None = None


def _sources(facts: Facts) -> dict[Any, _Places]:
    found: dict[Any, _Places] = {}
    for index, node in enumerate(facts.placeholders):
        value = facts.values[node]
        if isinstance(value, torch.Tensor):
            for dimension, size in enumerate(value.shape):
                symbol = expression(size)
                if symbol.is_Symbol:
                    places = found.setdefault(symbol, _Places([]))
                    places.tensor = places.tensor or (index, dimension)
        elif expression(value).is_Symbol:
            found.setdefault(expression(value), _Places([])).integers.append(index)
    return found


def free_integers(facts: Facts) -> list[int]:
    """The integer arguments that no tensor's shape says, and that operations on tensors depend on."""
    free = [index for places in _sources(facts).values() if places.tensor is None for index in places.integers]
    return [index for index in free if _reaches_tensor(facts, facts.placeholders[index])]


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


def export_graph(
    graph_module: fx.GraphModule,
    facts: Facts,
    outputs: Outputs,
    arguments: Sequence[Any],
    frozen: Mapping[int, Frozen],
) -> tuple[ExportedProgram, dict[str, str]]:
    """The program, and the graph's node that each of its nodes was made from.

    Its inputs are the tensors among ``arguments`` that are not frozen, its outputs what ``outputs``
    computes and then the new values of the inputs that the graph changes. Raises NotCompilable.
    """
    integers = {index: int(arguments[index]) for index in free_integers(facts)}
    module = _Traced(graph_module, facts, outputs, frozen, integers)
    indices = tensor_indices(facts, frozen)
    examples = tuple(arguments[index].detach() for index in indices)
    try:
        # Dynamo's own fake tensors are none of this program's business.
        with torch.no_grad(), torch._guards.tracing(None):
            shapes = (_dynamic_shapes(facts, indices),) if examples else None
            program = torch.export.export(module, examples, dynamic_shapes=shapes)
    except Exception as error:
        raise NotCompilable(f"torch.export cannot take it: {error}") from error
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
        if isinstance(facts.values[node], torch.Tensor) and index not in frozen
    ]
