"""What every operation of an exported program gives in eager PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.utils import _pytree as pytree

from .float64 import everything_in_f64, to_f64


def _is_view(target: Any) -> bool:
    schema = getattr(target, "_schema", None)
    return schema is not None and any(r.alias_info is not None and not r.alias_info.is_write for r in schema.returns)


class _Recorder(torch.fx.Interpreter):
    """Runs a graph and keeps the float results of its operations, but for views."""

    def __init__(self, module: torch.fx.GraphModule, exact: bool) -> None:
        super().__init__(module)
        self.exact = exact
        self.values: dict[str, torch.Tensor] = {}

    def run_node(self, n: torch.fx.Node) -> Any:
        result = super().run_node(n)
        if n.op == "call_function" and isinstance(result, torch.Tensor) and result.is_floating_point():
            if not _is_view(n.target):
                self.values[n.name] = result.detach().clone()  # a later operation may change it in place
        return result

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        schema = getattr(target, "_schema", None)
        # Parameters are made f64 one by one, as they are read; what is written to must stay itself.
        if self.exact and not (schema is not None and schema.is_mutable):
            args, kwargs = pytree.tree_map(to_f64_argument, (args, kwargs))
        return super().call_function(target, args, kwargs)


def to_f64_argument(value: Any) -> Any:
    if value is torch.float32:
        return torch.float64
    return value.double() if isinstance(value, torch.Tensor) and value.dtype is torch.float32 else value


def eager_values(
    program: ExportedProgram,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    *,
    exact: bool = False,
) -> dict[str, torch.Tensor]:
    """The float results of the program's operations by their names, views left out.

    In f32 as eager computes them, or with everything in f64 if ``exact``.
    """
    leaves = iter(pytree.tree_leaves((tuple(inputs), dict(keywords or {}))))
    arguments = []
    for spec in program.graph_signature.input_specs:
        if spec.kind == InputKind.USER_INPUT:
            value = next(leaves)
        else:
            assert spec.target is not None  # it is the name of a parameter, buffer or constant
            source = program.state_dict if spec.target in program.state_dict else program.constants
            value = source[spec.target]
        if isinstance(value, torch.Tensor) and spec.kind != InputKind.PARAMETER:
            # A copy: the program may write to it.
            value = to_f64(value.detach()) if exact else value.detach().clone()
        arguments.append(value)
    recorder = _Recorder(program.graph_module, exact)
    with torch.no_grad(), everything_in_f64() if exact else nullcontext():
        recorder.run(*arguments)
    return recorder.values
