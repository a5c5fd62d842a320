"""Parameters whose values are part of a package, and how it is noticed that they have changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

from ..native import runtime
from .exporting import Frozen
from .facts import Facts, NotCompilable

#: How often a parameter may change before it is passed on each call instead.
MOST_CHANGES = 2


#: Where a placeholder keeps its source's text, of which it has only an attribute that copies do not have.
_SOURCE = "buddy_source"


def keep_source(graph_module: fx.GraphModule) -> None:
    """Parts of this graph will know which of their arguments are buffers."""
    for node in graph_module.graph.nodes:
        if node.op == "placeholder":
            node.meta[_SOURCE] = _source(node)


def _source(node: fx.Node) -> str:
    source = getattr(node, "_dynamo_source", None)
    return str(node.meta.get(_SOURCE, "")) if source is None else str(source.name)


def find_frozen(facts: Facts, arguments: Sequence[Any]) -> dict[int, Frozen]:
    """The parameters and buffers of modules among the arguments that the graph does not change."""
    found = {}
    for index, (node, value) in enumerate(zip(facts.placeholders, arguments)):
        name = _source(node)
        is_parameter = isinstance(value, torch.nn.Parameter)
        if not (is_parameter or "._buffers[" in name) or node in facts.mutated or value.is_inference():
            continue
        if is_parameter and value.dtype == torch.float64:
            raise NotCompilable(f"the parameter {name} has the dtype float64, which eager is faster with")
        if is_parameter and value.dtype != torch.float32:
            continue  # the import has a clear word on it
        found[index] = Frozen(name, value)
    return found


class Watch:
    """Notices that frozen tensors are others than they were, or have other values.

    PyTorch counts what its operations write to a tensor, but not what is written through ``.data`` or
    numpy; so a sample of the values is compared as well: all of a small tensor, 64 places of a large one.
    """

    def __init__(self, frozen: dict[int, Frozen]) -> None:
        self.indices = list(frozen)
        # Held, so that no other tensor can get its address.
        self._held = [one.tensor.detach() for one in frozen.values()]
        #: Of what the package holds too.
        self.nbytes = sum(tensor.nbytes for tensor in self._held)
        self._marks = [self._mark(one.tensor) for one in frozen.values()]
        self._samples = [self._sample(tensor) for tensor in self._held]
        self._all = runtime().Samples(
            [(t.untyped_storage().data_ptr(), t.untyped_storage().nbytes()) for t in self._held]
        )
        self._value = self._all.hash()

    @staticmethod
    def _mark(tensor: torch.Tensor) -> tuple[Any, ...]:
        return tensor.data_ptr(), tensor._version, tensor.shape, tensor.stride(), tensor.dtype

    @staticmethod
    def _sample(tensor: torch.Tensor) -> int:
        storage = tensor.untyped_storage()
        return int(runtime().Samples([(storage.data_ptr(), storage.nbytes())]).hash())

    @staticmethod
    def state(tensor: torch.Tensor) -> tuple[Any, ...]:
        """The same for the same tensor with the same values, as far as this class notices."""
        return Watch._mark(tensor), Watch._sample(tensor.detach())

    def changed(self, arguments: Sequence[Any]) -> list[int]:
        """The arguments that are not what they were."""
        moved = [index for index, mark in zip(self.indices, self._marks) if self._mark(arguments[index]) != mark]
        if moved or self._all.hash() == self._value:
            return moved
        return [i for i, t, sample in zip(self.indices, self._held, self._samples) if self._sample(t) != sample]
