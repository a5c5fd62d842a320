"""A graph of torch.compile that runs as a package."""

from __future__ import annotations

import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

from ..compiled import compile_program
from ..model import Entry, Model
from ..tool import BuddyError
from .exporting import Frozen, export_graph, free_numbers, tensor_indices
from .facts import Facts, NotCompilable, NothingToCompute
from .freezing import MOST_CHANGES, Watch, find_frozen
from .options import Options
from .outputs import Outputs
from .sizes import integer, number, open_dimensions
from .unsupported import explain
from .warn import warn_once

#: How many values of a number among the arguments, which operations depend on, get a package of their own; and
#: how many sizes, where no package can be for all of them.
MOST_VARIANTS = 8
#: There are fewer if their parameters, which each of them holds, would be more than this.
MOST_BYTES = 2 << 30
#: So many sizes are remembered as seen once.
_MOST_SEEN = 1000


@dataclass
class _Variant:
    """A package for one set of values of the free numbers, and the tensors that are in it."""

    model: Model
    inputs: list[int]
    watch: Watch

    @property
    def entry(self) -> Entry:
        return next(iter(self.model.entries.values()))


def _span(tensor: torch.Tensor) -> tuple[int, int]:
    """The addresses of its storage. Those of several storages may overlap, as of slices of one numpy array."""
    storage = tensor.untyped_storage()
    return storage.data_ptr(), storage.data_ptr() + storage.nbytes()


class CompiledGraph:
    """Called with a graph's arguments, returns its outputs; what it cannot run goes to PyTorch.

    The first package is made at once, from example arguments. With ``is_fixed`` each package is for one set
    of sizes, else for all that the graph is for. Raises NotCompilable if there can be none.
    """

    def __init__(
        self, graph_module: fx.GraphModule, examples: Sequence[Any], options: Options, *, is_fixed: bool = False
    ) -> None:
        self._graph_module = graph_module
        self._options = options
        self._facts = Facts(graph_module)
        self._outputs = Outputs(self._facts)
        if not self._outputs.computed and not self._facts.mutated:
            raise NothingToCompute("there is nothing to compute")
        self._free = free_numbers(self._facts)
        self._mutated = [self._facts.placeholders.index(node) for node in self._facts.mutated]
        self._tensors = tensor_indices(self._facts, {})
        self._frozen: set[int] = set(find_frozen(self._facts, examples)) if options.freeze else set()
        self._changes: dict[int, int] = {}
        self._changed_to: dict[int, Any] = {}
        self._variants: dict[tuple[int | bytes, ...], _Variant | None] = {}
        self._lock = threading.Lock()
        #: The dimensions that each package is for one size of; empty if a package is for all sizes.
        self._fixed = open_dimensions(self._facts) if is_fixed else []
        if is_fixed and not self._fixed:
            raise NotCompilable("all of its sizes are fixed")
        self._seen: set[tuple[int | bytes, ...]] = set()
        self._variants[self._key(examples)] = self._compile(examples)

    def _is_full(self) -> bool:
        held = sum(variant.watch.nbytes for variant in self._variants.values() if variant is not None)
        return len(self._variants) >= MOST_VARIANTS or held >= MOST_BYTES

    def _is_first_time(self, key: tuple[int | bytes, ...]) -> bool:
        """Sizes that grow from call to call, as a decoder's, would each be compiled and never be seen again."""
        if not self._fixed or key in self._variants or key in self._seen:
            return False
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen.add(key)
        return True

    def _key(self, arguments: Sequence[Any]) -> tuple[int | bytes, ...]:
        numbers = [number(arguments[index]) for index in self._free]
        numbers += [integer(arguments[index].shape[dimension]) for index, dimension in self._fixed]
        # As bytes: 0.0 is not -0.0, and nan is itself.
        return tuple(struct.pack("d", one) if isinstance(one, float) else one for one in numbers)

    def _compile(self, arguments: Sequence[Any]) -> _Variant:
        nodes = self._facts.placeholders
        frozen = {index: Frozen(nodes[index].name, arguments[index]) for index in sorted(self._frozen)}
        watch = Watch(frozen)  # before the values are read
        program, origins = export_graph(
            self._graph_module, self._facts, self._outputs, arguments, frozen, bool(self._fixed)
        )
        try:
            model = compile_program(program, target=self._options.target, threads=self._options.threads)
        except BuddyError as error:
            raise explain(program, origins, error) from error
        return _Variant(model, tensor_indices(self._facts, frozen), watch)

    def _variant(self, arguments: Sequence[Any]) -> _Variant | None:
        key = self._key(arguments)
        variant = self._variants.get(key)
        if variant is not None and not variant.watch.changed(arguments):
            return variant
        with self._lock:
            variant = self._variants.get(key)
            changed = [] if variant is None else variant.watch.changed(arguments)
            for index in changed:
                state = Watch.state(arguments[index])
                if self._changed_to.get(index) != state:  # else another package has told of it already
                    self._changed_to[index] = state
                    self._changes[index] = self._changes.get(index, 0) + 1
            given_up = {i for i in changed if i in self._frozen and self._changes[i] > MOST_CHANGES}
            if given_up:
                names = ", ".join(self._facts.placeholders[i].name for i in sorted(given_up))
                warn_once(
                    f"parameters changed {MOST_CHANGES + 1} times since they were compiled and are not packed "
                    f"any more, which is slower: {names}"
                )
                self._frozen -= given_up
                self._variants.clear()
            if key in self._variants and not changed:
                return self._variants[key]
            if key not in self._variants and self._is_full():
                what = "sizes" if self._fixed else "a number"
                count = len(self._variants)
                warn_once(f"{what} had {count} values, each with a package of its own; others run in PyTorch")
                return None
            if self._is_first_time(key):
                return None
            try:
                self._variants[key] = self._compile(arguments)
            except NotCompilable as reason:
                warn_once(str(reason))
                self._variants[key] = None
            except Exception as fault:  # PyTorch still has the right result
                warn_once(f"a fault of the backend, please report it: {type(fault).__name__}: {fault}")
                self._variants[key] = None
            return self._variants[key]

    def _overlaps(self, arguments: Sequence[Any]) -> bool:
        """Whether memory that the graph changes is that of another argument too."""
        if not self._mutated:
            return False
        spans = {index: _span(arguments[index]) for index in self._tensors}
        return any(
            other != index and spans[index][0] < end and start < spans[index][1]
            for index in self._mutated
            for other, (start, end) in spans.items()
        )

    def __call__(self, *arguments: Any) -> Any:
        variant = None if self._overlaps(arguments) else self._variant(arguments)
        if variant is None:
            return self._graph_module(*arguments)
        with torch.no_grad():
            inputs = [arguments[index] for index in variant.inputs]
            try:
                with variant.model._pooled_context() as context:
                    results = context.run_list(variant.entry, inputs)
            except (ValueError, IndexError) as error:
                # Sizes or values that the package does not take; nothing has been written. PyTorch has its own error.
                warn_once(f"a call was left to PyTorch: {error}")
                return self._graph_module(*arguments)
            except Exception as fault:  # nothing has been written here either
                warn_once(f"a fault of the backend, please report it: {type(fault).__name__}: {fault}")
                return self._graph_module(*arguments)
            computed = len(self._outputs.computed)
            for index, value in zip(self._mutated, results[computed:]):
                arguments[index].copy_(value)
            return self._outputs.assemble(arguments, results[:computed])
