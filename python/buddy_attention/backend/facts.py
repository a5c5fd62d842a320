"""What a graph of torch.compile does to memory: which inputs it changes, and what its outputs share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import fx
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode


class NotCompilable(Exception):
    """Why a graph, or a part of it, is left to PyTorch.

    ``nodes`` are the names of those of the graph's nodes that are at fault, where that is known; with
    ``is_fault`` it is the backend.
    """

    def __init__(self, reason: str, nodes: Collection[str] = (), *, is_fault: bool = False) -> None:
        super().__init__(reason)
        self.nodes = frozenset(nodes)
        self.is_fault = is_fault


class NothingToCompute(NotCompilable):
    """The graph makes views and sizes at most."""


def storage_of(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def storages_of(value: Any) -> set[int]:
    return {storage_of(leaf) for leaf in pytree.tree_leaves(value) if isinstance(leaf, torch.Tensor)}


class _Writes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Collects the storages that operations write to."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.storages: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        for index, argument in enumerate(func._schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                self.storages |= storages_of(args[index] if index < len(args) else kwargs.get(argument.name))
        return func(*args, **kwargs)


class _Run(fx.Interpreter):
    """Runs a graph on fake tensors, and keeps every node's value and what it wrote to."""

    def __init__(self, graph_module: fx.GraphModule, writes: _Writes) -> None:
        super().__init__(graph_module, garbage_collect_values=False)
        self.recorder = writes
        self.values: dict[fx.Node, Any] = {}
        self.writes: dict[fx.Node, set[int]] = {}

    def run_node(self, n: fx.Node) -> Any:
        self.recorder.storages = set()
        self.values[n] = value = super().run_node(n)
        self.writes[n] = self.recorder.storages
        return value


class Facts:
    """A graph's nodes with their fake values, and which of them share memory.

    Raises NotCompilable for what this backend does not follow: gradients, tensors of other devices or
    layouts, inputs whose shape is changed.
    """

    def __init__(self, graph_module: fx.GraphModule) -> None:
        if torch.is_autocast_enabled("cpu"):
            raise NotCompilable("torch.autocast is on, and compiled code has float32 alone")
        self.placeholders = [node for node in graph_module.graph.nodes if node.op == "placeholder"]
        fakes = [node.meta.get("example_value") for node in self.placeholders]
        tensors = [fake for fake in fakes if isinstance(fake, torch.Tensor)]
        for node, fake in zip(self.placeholders, fakes):
            if not isinstance(fake, FakeTensor | torch.SymInt | int):
                raise NotCompilable(f"the input {node.name} is a {type(fake).__name__}")
        mode = next((fake.fake_mode for fake in tensors if isinstance(fake, FakeTensor)), None)
        if mode is None:
            raise NotCompilable("there is no tensor among the inputs")
        before = [(fake.shape, fake.stride(), fake.storage_offset()) for fake in tensors]
        run = self._run(graph_module, fakes, mode)
        if before != [(fake.shape, fake.stride(), fake.storage_offset()) for fake in tensors]:
            raise NotCompilable("the graph changes the shape of an input")
        self.values, self.writes = run.values, run.writes
        (output,) = (node for node in graph_module.graph.nodes if node.op == "output")
        self.outputs: Sequence[Any] = output.args[0]
        leaves = [self.values.get(one) for one in self.outputs if isinstance(one, fx.Node)]
        #: Inputs that the graph writes to.
        self.mutated = [
            node
            for node in self.placeholders
            if isinstance(self.values[node], torch.Tensor)
            and any(storage_of(self.values[node]) in written for written in self.writes.values())
        ]
        changed = [self.values[node] for node in self.mutated]
        if any(isinstance(leaf, torch.Tensor) and leaf.requires_grad for leaf in [*leaves, *changed]):
            raise NotCompilable(
                "gradients are wanted; compiled code has none: use torch.no_grad() or torch.inference_mode()"
            )
        for value in pytree.tree_leaves(list(self.values.values())):
            if isinstance(value, torch.Tensor) and (value.device.type != "cpu" or value.layout != torch.strided):
                raise NotCompilable(f"it has a tensor on {value.device} ({value.layout})")

    @staticmethod
    def _run(graph_module: fx.GraphModule, fakes: Sequence[Any], mode: FakeTensorMode) -> _Run:
        writes = _Writes()
        run = _Run(graph_module, writes)
        gradients = torch.is_grad_enabled()
        try:
            with mode, writes:
                run.run(*fakes)
        except Exception as error:
            raise NotCompilable(f"it cannot be followed with fake tensors: {error}") from error
        finally:
            changed = torch.is_grad_enabled() != gradients
            torch.set_grad_enabled(gradients)
        if changed:
            raise NotCompilable("it turns gradients on or off for what comes after it")
        return run

    def source(self, node: fx.Node) -> fx.Node | None:
        """An argument whose memory the node's value shares; None if the memory is new."""
        own = storages_of(self.values[node])
        return next((one for one in node.all_input_nodes if own & storages_of(self.values[one])), None)

    def root(self, node: fx.Node) -> fx.Node:
        """The first tensor that lies in the memory of the node's value."""
        root, source = node, self.source(node)
        while source is not None:
            if isinstance(self.values[source], torch.Tensor):
                root = source
            source = self.source(source)
        return root
