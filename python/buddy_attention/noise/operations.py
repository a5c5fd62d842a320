"""ATen's operations: what is known of them, and their evaluation in f64."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from ..float64 import default_f64
from .rounding import FORMATS

#: Pointwise operations that IEEE arithmetic, or a choice among the operands, gives correctly rounded. All
#: other pointwise ones are functions, which are within a step or so.
CORRECTLY_ROUNDED = frozenset(
    """add sub rsub mul div sqrt reciprocal square neg abs clamp clamp_min clamp_max maximum minimum fmax fmin
    where masked_fill fill zero copy _to_copy clone relu leaky_relu threshold hardtanh _prelu_kernel floor ceil
    trunc round sign sgn copysign nan_to_num floor_divide eq ne lt le gt ge tril triu
    """.split()
)
#: Those of them, and others, that only move values or choose among them: what has one dtype keeps it.
MOVES = frozenset(
    """neg abs clamp clamp_min clamp_max maximum minimum where masked_fill fill zero copy relu tril triu cat stack
    index gather embedding index_select slice_scatter select_scatter constant_pad_nd flip roll repeat amax amin
    """.split()
)
#: What has a float as its result of which a small change of its operands makes another; so has a comparison
#: in place, and a division that rounds.
JUMPS = frozenset("floor ceil trunc round sign sgn floor_divide threshold eq ne lt le gt ge".split())


def tensors(*values: Any) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += tensors(*value)
        elif isinstance(value, dict):
            found += tensors(*value.values())
    return found


def is_float(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype in FORMATS


def mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """An operation's arguments with ``change`` applied to each; lists are lists of tensors or of numbers."""
    if isinstance(value, (list, tuple)):
        return [mapped(change, one) for one in value]
    if isinstance(value, dict):
        return {name: mapped(change, one) for name, one in value.items()}
    return change(value)


def widened(value: Any) -> Any:
    """An argument for an evaluation in f64."""
    if isinstance(value, torch.dtype):
        return torch.float64 if value in FORMATS else value
    return value.to(torch.float64) if is_float(value) else value


@dataclass(frozen=True)
class Facts:
    """What the schema of an operation says."""

    name: str  # of the operation that makes a new value, if this one works in place
    is_composite: bool  # made of others, which are what counts
    is_mutable: bool
    is_pointwise: bool
    passes: bool  # a view, which makes no value
    written: tuple[tuple[int, str], ...]  # the arguments that it writes to: position and name
    returns_one: bool  # a tensor
    returns_list: bool


@cache
def facts_of(func: Any) -> Facts:
    schema = func._schema
    name = schema.name.removeprefix("aten::")
    aliases = [r.alias_info for r in schema.returns if r.alias_info is not None]
    one_type = str(schema.returns[0].type) if len(schema.returns) == 1 else ""
    return Facts(
        name[:-1] if schema.is_mutable and name.endswith("_") else name,
        func.has_kernel_for_dispatch_key(torch._C.DispatchKey.CompositeImplicitAutograd),
        schema.is_mutable,
        torch.Tag.pointwise in func.tags,
        any(not alias.is_write for alias in aliases)
        or torch.Tag.inplace_view in func.tags
        or name in ("detach", "detach_", "lift_fresh", "_unsafe_view", "clone", "_reshape_copy"),
        tuple(
            (i, argument.name)
            for i, argument in enumerate(schema.arguments)
            if argument.alias_info is not None and argument.alias_info.is_write
        ),
        one_type == "Tensor",
        one_type not in ("", "Tensor"),
    )


class Operation:
    """An operation with its arguments."""

    def __init__(self, func: Any, args: Any, kwargs: Any) -> None:
        self.func, self.args, self.kwargs = func, args, kwargs
        self.facts = facts_of(func)
        self.tensors = tensors(args, kwargs)
        self.floats = [tensor for tensor in self.tensors if is_float(tensor)]

    def run(self) -> Any:
        return self.func(*self.args, **self.kwargs)

    def results_in_f64(self, change: Callable[[Any], Any] = widened) -> list[torch.Tensor]:
        """The results of arguments that ``change`` makes f64; nothing is written to those that are there."""
        args, kwargs = mapped(change, (self.args, self.kwargs))
        for i, argument in self.facts.written:
            place: Any = (args, i) if i < len(args) else (kwargs, argument)
            place[0][place[1]] = place[0][place[1]].clone()
        with nullcontext() if self.floats else default_f64():
            return tensors(self.func(*args, **kwargs))

    def returned(self, results: list[torch.Tensor]) -> Any:
        """What the operation returns: its results, or what it writes to, with these in it."""
        args, kwargs, facts = self.args, self.kwargs, self.facts
        written = [args[i] if i < len(args) else kwargs[argument] for i, argument in facts.written]
        if written:
            for target, value in zip(written, results, strict=True):
                target.copy_(value)
            results = written
        elif not facts.returns_one:
            return results if facts.returns_list else tuple(results)
        return results[0] if len(results) == 1 else tuple(results)
