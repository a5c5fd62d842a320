"""What an exported program takes for granted of the sizes of its inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sympy  # type: ignore[import-untyped]
import torch
from torch.export import ExportedProgram
from torch.utils._sympy.functions import Mod


def _is_of_torch(guard: Any) -> bool:
    """Whether PyTorch itself asked, on one of its ways to the same result; not the module."""
    place = getattr(guard.sloc, "framework_loc", None)
    name = getattr(place, "filename", "")
    return bool(name) and Path(name).is_relative_to(Path(torch.__file__).parent)


def _divides(condition: Any) -> bool:
    """Whether it says that a product of sizes can be divided by one of its factors."""
    if not isinstance(condition, sympy.Eq) or not isinstance(condition.lhs, Mod) or condition.rhs != 0:
        return False
    whole, part = condition.lhs.args
    symbols = sorted(whole.free_symbols | part.free_symbols, key=str)
    if not whole.is_polynomial(*symbols) or not part.is_polynomial(*symbols):
        return False
    quotient, rest = sympy.div(whole, part, *symbols)
    return rest == 0 and all(one.is_Integer for one in sympy.Poly(quotient, *symbols).coeffs())


def unchecked_guards(program: ExportedProgram) -> list[str]:
    """The conditions on sizes under which the program was traced, but for those that each run checks.

    A run checks shapes, the symbols in them, and the symbols' ranges. Whether a size is even, which a
    branch of Python may ask, no shape says: the other branch is lost.
    """
    sizes: dict[Any, str] = {}
    environment = None
    for node in program.graph.nodes:
        value = node.meta.get("val")
        if node.op != "placeholder" or not isinstance(value, torch.Tensor):
            continue
        for dimension, size in enumerate(value.shape):
            if isinstance(size, torch.SymInt):
                environment = size.node.shape_env
                sizes.setdefault(size.node.expr, f"{node.name}.shape[{dimension}]")
    if environment is None:
        return []
    symbols = {one: sympy.Symbol(text, integer=True) for one, text in sizes.items() if one.is_Symbol}
    conditions: dict[str, None] = {}
    for guard in environment.guards:
        # Without axioms: they are the guards.
        if environment._maybe_evaluate_static(guard.expr, axioms=()) in (sympy.true, True):
            continue
        if not _is_of_torch(guard) and not _divides(guard.expr):
            conditions[str(guard.expr.xreplace(symbols))] = None
    return list(conditions)
