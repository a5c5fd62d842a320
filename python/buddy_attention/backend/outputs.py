"""How the outputs of a graph come about: computed by the package, or views and sizes made by PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx

from .facts import Facts, NotCompilable, storage_of
from .sizes import function_of_sizes, is_size


@dataclass(frozen=True)
class Computed:
    """A tensor that the package returns, with its dimensions in the order in which they lie in memory."""

    node: fx.Node
    order: tuple[int, ...] | None  # None: row-major

    def to_memory_order(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor if self.order is None else tensor.permute(self.order)

    def from_memory_order(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.order is None:
            return tensor
        return tensor.permute([self.order.index(dimension) for dimension in range(len(self.order))])


def _computed(node: fx.Node, value: torch.Tensor, *, exactly: bool) -> Computed:
    """``exactly`` if views are made of it, so that its strides must be eager's."""
    if value.is_contiguous() or value.dim() < 2:
        return Computed(node, None)
    order = tuple(sorted(range(value.dim()), key=lambda d: (-int(value.stride(d)), d)))
    if not value.permute(order).is_contiguous():
        if exactly:
            raise NotCompilable(f"views of {node.name} are returned, which has gaps in memory")
        return Computed(node, None)
    return Computed(node, order)


@dataclass
class Outputs:
    """The plan for a graph's outputs."""

    facts: Facts
    computed: list[Computed] = field(default_factory=list)
    #: For each output: its place in ``computed``, or None if ``after`` makes it.
    places: list[int | None] = field(default_factory=list)
    _after: fx.GraphModule | None = None
    _roots: list[int] = field(default_factory=list)  # inputs of ``_after``: places in ``computed``
    _inputs: list[int] = field(default_factory=list)  # ... then arguments of the call
    _sizes: Any = None  # ... then sizes

    def __post_init__(self) -> None:
        facts = self.facts
        nodes = [one for one in facts.outputs if isinstance(one, fx.Node)]
        tensors = {node for node in nodes if isinstance(facts.values[node], torch.Tensor)}
        for node in nodes:
            if node not in tensors and not is_size(facts, node):
                raise NotCompilable(f"the output {node.name} is a {type(facts.values[node]).__name__}")
        # One memory, several outputs: they must share it afterwards too.
        sharing: dict[int, set[fx.Node]] = {}
        for node in tensors:
            sharing.setdefault(storage_of(facts.values[node]), set()).add(node)
        later: list[Any] = []
        for one in facts.outputs:
            if one in tensors:
                root = facts.root(one)
                alone = len(sharing[storage_of(facts.values[one])]) == 1
                if root.op != "placeholder" and alone:
                    self.places.append(self._place(one, exactly=False))
                    continue
            self.places.append(None)
            later.append(one)
        if later:
            _After(self, later)

    def _place(self, node: fx.Node, *, exactly: bool) -> int:
        known = [place for place, one in enumerate(self.computed) if one.node is node]
        if known:
            return known[0]
        self.computed.append(_computed(node, self.facts.values[node], exactly=exactly))
        return len(self.computed) - 1

    def assemble(self, arguments: Sequence[Any], computed: Sequence[torch.Tensor]) -> list[Any]:
        """The graph's outputs from what the package returned, after changed inputs have been written."""
        made = [one.from_memory_order(tensor) for one, tensor in zip(self.computed, computed)]
        rest = iter(())
        if self._after is not None:
            inputs = [made[place] for place in self._roots] + [arguments[index] for index in self._inputs]
            rest = iter(self._after(*inputs, *self._sizes(arguments)))
        return [next(rest) if place is None else made[place] for place in self.places]


class _After:
    """Builds the small graph of views and sizes that PyTorch runs after the package."""

    def __init__(self, outputs: Outputs, wanted: Sequence[Any]) -> None:
        self.outputs, self.facts = outputs, outputs.facts
        self.graph = fx.Graph()
        self.copies: dict[fx.Node, Any] = {}
        self.roots: dict[fx.Node, fx.Node] = {}
        self.inputs: dict[int, fx.Node] = {}
        self.sizes: dict[fx.Node, fx.Node] = {}
        results = tuple(self._copy(one) if isinstance(one, fx.Node) else one for one in wanted)
        self.graph.output(results)
        # The order of placeholders is that of the call: roots, inputs, sizes.
        first = next(iter(self.graph.nodes))
        for node in reversed([*self.roots.values(), *self.inputs.values(), *self.sizes.values()]):
            if node is not first:
                first.prepend(node)
            first = node
        outputs._after = fx.GraphModule(torch.nn.Module(), self.graph)
        outputs._roots = [outputs._place(node, exactly=True) for node in self.roots]
        outputs._inputs = list(self.inputs)
        outputs._sizes = function_of_sizes(self.facts, [self.facts.values[node] for node in self.sizes])

    def _copy(self, node: fx.Node) -> Any:
        if node not in self.copies:
            self.copies[node] = self._make(node)
        return self.copies[node]

    def _make(self, node: fx.Node) -> Any:
        facts, value = self.facts, self.facts.values[node]
        if is_size(facts, node):
            if isinstance(value, int) and not isinstance(value, torch.SymInt):
                return value
            self.sizes[node] = self.graph.placeholder(node.name)
            return self.sizes[node]
        if node.op == "placeholder":
            index = facts.placeholders.index(node)
            self.inputs[index] = self.graph.placeholder(node.name)
            return self.inputs[index]
        source = facts.source(node)
        if source is None or facts.root(node) is node:
            self.roots[node] = self.graph.placeholder(node.name)
            return self.roots[node]
        if facts.writes[node]:
            # The package has written already; what is left of add_ is its argument.
            other = facts.values[source]
            if not isinstance(value, torch.Tensor) or not isinstance(other, torch.Tensor):
                raise NotCompilable(f"the output {node.name} is part of what an operation writes to")
            if (value.shape, value.stride(), value.storage_offset(), value.dtype) != (
                other.shape,
                other.stride(),
                other.storage_offset(),
                other.dtype,
            ):
                raise NotCompilable(f"the output {node.name} is another view of what an operation writes to")
            return self._copy(source)
        if any(isinstance(facts.values[one], torch.Tensor) and one is not source for one in node.all_input_nodes):
            raise NotCompilable(f"the output {node.name} is a view that depends on another tensor")
        if node.op not in ("call_function", "call_method"):
            raise NotCompilable(f"the output {node.name} is made by a {node.op}")
        return self.graph.node_copy(node, self._copy)
