"""The operations of the importer's table, joined with PyTorch's own declarations of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "e2e"))

from op_table import Entry, entries  # noqa: E402

#: How often an operation is of a file of the importer; 1 for any that is not named.
FAMILY_WEIGHTS = {
    "Arithmetic": 6,
    "Comparison": 2,
    "Contractions": 5,
    "Indexing": 3,
    "Joins": 3,
    "Normalizations": 2,
    "Reductions": 4,
    "Selection": 2,
    "Slices": 3,
    "Unary": 4,
    "Views": 5,
    "Activations": 2,
    "Attention": 2,
}


@dataclass(frozen=True)
class Argument:
    name: str
    kind: str  # of the table: "Tensor", "Operand", "int[]", "ignored", ...
    is_optional: bool  # may be None
    has_default: bool
    is_keyword: bool  # by keyword alone
    is_tensor: bool  # PyTorch wants a tensor here (the table's Operand may be a number too)
    is_float: bool  # PyTorch wants a number with a fraction


@dataclass(frozen=True)
class Operation:
    name: str
    overload: str
    family: str
    arguments: tuple[Argument, ...]
    has_result: bool

    def __str__(self) -> str:
        return f"{self.name}.{self.overload}"

    @property
    def text(self) -> str:
        return f"torch.ops.aten.{self.name}.{self.overload}"

    @property
    def in_place(self) -> str | None:
        """The form that writes into its first argument, if PyTorch has one."""
        packet = getattr(torch.ops.aten, f"{self.name}_", None)
        return f"torch.ops.aten.{self.name}_.{self.overload}" if hasattr(packet, self.overload) else None


def _kinds(schema: str) -> dict[str, str]:
    """The table's kinds by argument: "Tensor self, int dim=-1" gives self: Tensor and dim: int."""
    found = {}
    for part in filter(None, schema.split(", ")):
        kind, name = part.split("=")[0].split()
        found[name] = kind
    return found


def _operation(entry: Entry) -> Operation:
    declared: Any = getattr(getattr(torch.ops.aten, entry.name), entry.overload)._schema
    kinds = _kinds(entry.schema)
    arguments = []
    for one in declared.arguments:
        kind = kinds.get(one.name, "ignored")
        text = str(one.type)
        arguments.append(
            Argument(
                one.name,
                "int" if text in ("int", "SymInt") and kind == "int[]" else kind.removesuffix("?"),
                text.startswith("Optional") or kind.endswith("?"),
                one.has_default_value(),
                one.kwarg_only,
                "Tensor" in text,
                "float" in text,
            )
        )
    return Operation(entry.name, entry.overload, entry.family, tuple(arguments), bool(declared.returns))


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(_operation(entry) for entry in entries())


@cache
def families() -> dict[str, tuple[Operation, ...]]:
    found: dict[str, list[Operation]] = {}
    for operation in operations():
        found.setdefault(operation.family, []).append(operation)
    return {name: tuple(group) for name, group in found.items()}
