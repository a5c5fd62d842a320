"""Tensors of a module that lie in one memory, where a program changes one of them.

An archive holds buffers and constants apart, so that nothing in it says that two of them are one.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

TENSORS = (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR)


@dataclass
class Use:
    """A parameter, buffer or constant that a program uses."""

    entry: str
    name: str
    tensor: torch.Tensor
    folder: str  # of the archive
    is_changed: bool
    line: str

    def is_found_to_be(self, other: Use) -> bool:
        """Whether the archive says that it is the same tensor."""
        if self.entry == other.entry or self.folder != other.folder:
            return False
        one, two = self.tensor, other.tensor
        return (one.data_ptr(), one.shape, one.stride()) == (two.data_ptr(), two.shape, two.stride())


def _changed(module: torch.fx.GraphModule, roots: dict[torch.fx.Node, set[str]], changed: set[str]) -> None:
    """Adds to ``changed`` what is changed in place of ``roots``: what a node may be a view of."""
    for node in module.graph.nodes:
        if node.op != "call_function":
            continue
        of_operands: set[str] = set().union(*(roots.get(one, set()) for one in node.all_input_nodes))
        if isinstance(node.target, torch._ops.OpOverload):
            schema = node.target._schema
            for argument, value in zip(schema.arguments, node.args):
                is_written = argument.alias_info is not None and argument.alias_info.is_write
                if is_written and isinstance(value, torch.fx.Node):
                    changed |= roots.get(value, set())
            if any(result.alias_info is not None for result in schema.returns):
                roots[node] = of_operands
        elif isinstance(node.target, torch._ops.HigherOrderOperator):
            for at, graph in enumerate(node.args):
                inner = getattr(module, str(graph.target), None) if isinstance(graph, torch.fx.Node) else None
                if not isinstance(inner, torch.fx.GraphModule):
                    continue
                parameters = [one for one in inner.graph.nodes if one.op == "placeholder"]
                inner_roots = {
                    parameter: roots.get(value, set())
                    for parameter, value in zip(parameters, node.args[at + 1 :])
                    if isinstance(value, torch.fx.Node)
                }
                _changed(inner, inner_roots, changed)
            roots[node] = of_operands
        elif node.target is operator.getitem:
            roots[node] = of_operands


def _line(node: torch.fx.Node) -> str:
    """The Python line of the first use that is not in torch itself."""
    for user in node.users:
        for file, line in reversed(re.findall(r'File "(.*?)", line (\d+)', user.meta.get("stack_trace") or "")):
            if not Path(file).is_relative_to(Path(torch.__file__).parent):
                return f" (used in {file}:{line})"
    return ""


def _uses(entry: str, program: ExportedProgram) -> list[Use]:
    nodes = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    changed = set(program.graph_signature.buffers_to_mutate)
    _changed(program.graph_module, {node: {name} for name, node in nodes.items()}, changed)
    uses = []
    for spec in program.graph_signature.input_specs:
        if spec.kind not in TENSORS or spec.target is None or not nodes[spec.arg.name].users:
            continue
        folder = "weights" if spec.target in program.state_dict else "constants"
        tensor = (program.state_dict if folder == "weights" else program.constants).get(spec.target)
        if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided:
            is_changed = spec.arg.name in changed or spec.target in program.graph_signature.buffers_to_mutate.values()
            uses.append(Use(entry, spec.target, tensor, folder, is_changed, _line(nodes[spec.arg.name])))
    return uses


def _bytes(tensor: torch.Tensor) -> range:
    """Where it lies, from its first element to its last."""
    begin = tensor.data_ptr()
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride()))
    return range(begin, begin + (last + 1) * tensor.element_size()) if tensor.numel() else range(0)


def _overlap(one: torch.Tensor, other: torch.Tensor) -> bool:
    a, b = _bytes(one), _bytes(other)
    return a.start < b.stop and b.start < a.stop


def check_aliases(programs: Mapping[str, ExportedProgram]) -> None:
    """Raises ValueError if one of the programs changes a tensor that has a second name in them.

    That is the tensor itself or another one in its memory: an attribute beside a buffer, a view that is
    registered as well, a parameter made of it. What is written to one would not be seen in the other.
    """
    uses = [use for entry, program in programs.items() for use in _uses(entry, program)]
    for change in (use for use in uses if use.is_changed):
        for other in uses:
            is_known = other.name == change.name or other.is_found_to_be(change)
            if not is_known and _overlap(change.tensor, other.tensor):
                raise ValueError(
                    f"{change.name!r}{change.line}, which forward() changes, and {other.name!r}{other.line} lie in the "
                    "same memory: one would not see what is written to the other. Use one name for it in all of the "
                    "module, or make one of them a copy (.clone()) where it is registered"
                )
