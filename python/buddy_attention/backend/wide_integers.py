"""Integers that might leave 32 bits, which is what compiled code computes int64 with."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

_GROWING = {"mul", "multiply", "pow", "square", "sum", "cumsum", "prod", "cumprod", "bitwise_left_shift"}
_GROWING |= {
    "mm",
    "bmm",
    "matmul",
    "addmm",
    "baddbmm",
    "addbmm",
    "dot",
    "mv",
    "einsum",
    "linear",
    "addcmul",
    "__lshift__",
}
#: These grow by what is added: a number is taken to be small.
_ADDING = {"add", "sub", "subtract", "rsub"}


def _is_int64(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype == torch.int64


def wide_integers(program: ExportedProgram) -> list[fx.Node]:
    """The operations that make large int64 values of those of inputs, as products and sums of them.

    Inputs are checked to fit in 32 bits on each call. What is made of sizes is small, and what is compared
    or looked up by an integer no longer is one.
    """
    inputs = {spec.arg.name for spec in program.graph_signature.input_specs if spec.kind != InputKind.PARAMETER}
    unknown: set[fx.Node] = set()
    wide = []
    for node in program.graph.nodes:
        value = node.meta.get("val")
        if node.op == "placeholder":
            if node.name in inputs and _is_int64(value):
                unknown.add(node)
            continue
        sources = [one for one in node.all_input_nodes if one in unknown]
        if not sources or not _is_int64(value):
            continue
        unknown.add(node)
        name = node.target._schema.name.split("::")[1] if isinstance(node.target, torch._ops.OpOverload) else ""
        name = name.removesuffix("_") if not name.startswith("__") else name
        if name in _GROWING or (name in _ADDING and len(sources) > 1):
            wide.append(node)
    return wide
