"""Integers that might leave 32 bits, which is what compiled code computes int64 with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import torch
from torch import fx
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

#: The largest absolute value of an integer input that is computed with: two of them can be added. Each
#: call is checked for it.
MOST_OF_INPUT = 2**30 - 1
_MOST = 2**31 - 1
_ANY = 2**63
#: What a size is taken to be that is not known: a product of three still fits.
_OPEN_SIZE = 2**10
#: Known values up to here may be multiplied in ways that are not followed.
_SMALL = 2**10

_NUMBERS = ("number", "Optional[number]")  # PyTorch's Scalar

_ADDING = {"add", "sub", "subtract", "rsub", "__add__", "__sub__"}
_SUMMING = {"sum", "cumsum", "nansum"}
_DOUBLING = {"diff", "bitwise_or", "bitwise_xor", "bitwise_not", "__or__", "__xor__"}
#: At the least number of 32 bits these leave them.
_TURNING = {"neg", "negative", "abs", "absolute", "div", "divide", "floor_divide"}
_GROWING = {"pow", "square", "prod", "cumprod", "bitwise_left_shift", "__lshift__", "mm", "bmm", "matmul", "addmm"}
_GROWING |= {"baddbmm", "addbmm", "dot", "vdot", "mv", "addmv", "addr", "einsum", "linear", "addcmul", "outer", "ger"}
_GROWING |= {"inner", "tensordot", "kron", "cross", "trace", "scatter_add", "index_add", "scatter_reduce"}
_GROWING |= {"index_reduce", "put", "index_put", "__ipow__", "__pow__", "chain_matmul", "trapezoid"}
#: The results are places in an operand, or count its elements.
_COUNTING = {"argmax", "argmin", "argsort", "nonzero", "count_nonzero", "searchsorted", "bucketize"}
#: These make integers of floats.
_CONVERTING = _SUMMING | {"to", "_to_copy", "long", "type_as", "copy", "prod", "cumprod", "index_put", "masked_scatter"}


@dataclass(frozen=True)
class _Range:
    """The largest absolute value, and the inputs that must keep to MOST_OF_INPUT for it."""

    most: int = 0
    inputs: frozenset[str] = frozenset()

    def joined(self, other: _Range) -> _Range:
        return _Range(max(self.most, other.most), self.inputs | other.inputs)


@dataclass
class WideIntegers:
    """What of a program does not fit in 32 bits, or does so for some values of its inputs alone."""

    #: The operations whose int64 results might not fit.
    nodes: list[fx.Node] = field(default_factory=list)
    #: The tensor inputs, by their place, that must keep to MOST_OF_INPUT.
    checked: list[int] = field(default_factory=list)


def _is_integer(value: Any) -> TypeGuard[torch.Tensor]:
    return isinstance(value, torch.Tensor) and not value.is_floating_point() and not value.is_complex()


def _name(node: fx.Node) -> str:
    name = node.target._schema.name.split("::")[1] if isinstance(node.target, torch._ops.OpOverload) else ""
    return name if name.startswith("__") else name.removesuffix("_")


def _values(node: fx.Node) -> list[Any]:
    """The arguments that are numbers to compute with, and no sizes or dimensions."""
    if not isinstance(node.target, torch._ops.OpOverload):
        return []
    arguments = node.target._schema.arguments
    given = dict(zip((one.name for one in arguments), node.args)) | node.kwargs
    return [given[one.name] for one in arguments if one.name in given and str(one.type) in _NUMBERS]


def _count(value: Any) -> int:
    """How many numbers a tensor has."""
    return math.prod(size if isinstance(size, int) else _OPEN_SIZE for size in value.shape)


def _largest(tensor: torch.Tensor) -> int:
    """The largest absolute value of integers that are part of the program."""
    if tensor.numel() == 0:
        return 0
    least, most = torch.aminmax(tensor.to(torch.int64))
    return max(abs(int(least)), abs(int(most)))


class _Follow:
    """Follows the ranges of integers through a program, and which floats depend on values."""

    def __init__(self, program: ExportedProgram) -> None:
        self.ranges: dict[fx.Node, _Range] = {}
        self.floats: set[fx.Node] = set()  # those that might have any value
        self.roots: dict[fx.Node, fx.Node] = {}  # whose memory a value is in
        self.found: list[fx.Node] = []
        self.checked: set[str] = set()
        self.specs = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
        self.program = program
        for node in program.graph.nodes:
            if node.op == "placeholder":
                self._start(node)
            elif node.op == "call_function":
                self._step(node)

    def _start(self, node: fx.Node) -> None:
        value, spec = node.meta.get("val"), self.specs[node.name]
        if not _is_integer(value):
            self.floats.add(node)
        elif value.dtype == torch.bool:
            self.ranges[node] = _Range(1)
        elif spec.kind == InputKind.USER_INPUT:
            self.ranges[node] = _Range(MOST_OF_INPUT, frozenset([node.name]))
        else:  # a frozen buffer or a constant: another value is another program
            held = self.program.state_dict if spec.target in self.program.state_dict else self.program.constants
            self.ranges[node] = _Range(_largest(held[spec.target]) if spec.target in held else _ANY)

    def _range(self, argument: Any) -> _Range:
        if isinstance(argument, fx.Node):
            value = argument.meta.get("val")
            return self.ranges.get(argument, _Range(0 if isinstance(value, torch.Tensor) else _OPEN_SIZE))
        if isinstance(argument, int | float) and math.isfinite(argument):
            return _Range(abs(math.ceil(argument)))
        return _Range()

    def _joined(self, operands: list[fx.Node]) -> _Range:
        known = _Range()
        for one in operands:
            known = known.joined(self.ranges.get(one, _Range()))
        return known

    def _is_open(self, node: fx.Node) -> bool:
        """Whether it might have any value."""
        known = self.ranges.get(node, _Range())
        return node in self.floats or bool(known.inputs) or known.most > _MOST

    def _step(self, node: fx.Node) -> None:
        value = node.meta.get("val")
        operands: list[fx.Node] = []  # with those that are there twice
        fx.map_arg((node.args, node.kwargs), operands.append)
        schema = getattr(node.target, "_schema", None)
        if schema is not None and operands and any(one.alias_info is not None for one in schema.returns):
            self.roots[node] = self.roots.get(operands[0], operands[0])
        if isinstance(value, torch.Tensor) and not _is_integer(value):
            if any(self._is_open(one) for one in operands):
                self.floats.add(node)
                self._write(node, schema)
            return
        if isinstance(value, tuple | list):  # some of them may be places in an operand
            counts = [_count(one.meta["val"]) for one in operands if isinstance(one.meta.get("val"), torch.Tensor)]
            self.ranges[node] = self._joined(operands).joined(_Range(max(counts, default=0)))
            return
        if not _is_integer(value):
            return
        self.ranges[node] = self._integers(node, value, operands)
        self._write(node, schema)

    def _write(self, node: fx.Node, schema: Any) -> None:
        """What is written to has the new values under all its names."""
        if schema is None or not schema.is_mutable:
            return
        root = self.roots.get(node, node)
        for one in [root, *(other for other, its in self.roots.items() if its is root)]:
            if node in self.floats:
                self.floats.add(one)
            elif one in self.ranges:
                self.ranges[one] = self.ranges[one].joined(self.ranges[node])

    def _integers(self, node: fx.Node, value: torch.Tensor, operands: list[fx.Node]) -> _Range:
        if value.dtype == torch.bool:
            return _Range(1)
        name = _name(node)
        before = self._joined(operands)
        after = self._after(name, node, operands, before)
        if name in _CONVERTING and any(one in self.floats for one in operands):
            after = _Range(_ANY)
        if value.dtype != torch.int64:  # it wraps as in eager
            return after if after.most <= _MOST else _Range(_MOST + 1)
        if after.most > _MOST:
            if before.most <= _MOST:  # else what is before it is found, and what is after that looked at again
                self.found.append(node)
        elif after.most > before.most or name in _TURNING:
            self.checked |= after.inputs
        return after

    def _after(self, name: str, node: fx.Node, operands: list[fx.Node], before: _Range) -> _Range:
        arguments = [*node.args, *(v for k, v in node.kwargs.items() if k in ("other", "self"))]
        if name in _ADDING and len(arguments) >= 2:
            scale = [v for v in [*arguments[2:3], node.kwargs.get("alpha")] if v is not None]
            times = self._range(scale[0]).most if scale else 1
            return _Range(
                self._range(arguments[0]).most * (times if name == "rsub" else 1)
                + self._range(arguments[1]).most * (1 if name == "rsub" else times),
                before.inputs,
            )
        if name in ("mul", "multiply", "__mul__") and len(arguments) >= 2:
            return _Range(self._range(arguments[0]).most * self._range(arguments[1]).most, before.inputs)
        if name in _SUMMING and operands:
            return _Range(before.most * _count(operands[0].meta["val"]), before.inputs)
        if name in _DOUBLING:
            return _Range(2 * before.most + 1, before.inputs)
        if name in _GROWING and (before.inputs or before.most > _SMALL):
            accumulates = name not in ("index_put", "put") or True in node.args or node.kwargs.get("accumulate")
            return _Range(_ANY) if accumulates else before
        if name in _TURNING and before.most > _MOST:
            return _Range(before.most + 1, before.inputs)
        tensors = [one.meta["val"] for one in operands if isinstance(one.meta.get("val"), torch.Tensor)]
        if name in _COUNTING:
            return _Range(max(map(_count, tensors), default=_OPEN_SIZE))
        # Integers are handed on, and may be these numbers too; of nothing ones are made at most.
        return before.joined(_Range(max([1, *(self._range(one).most for one in _values(node))])))


def wide_integers(program: ExportedProgram) -> WideIntegers:
    """The operations that make int64 values beyond 32 bits of those of inputs, floats and constants.

    Inputs are checked to fit in 32 bits on each call, and those that are added to in MOST_OF_INPUT. What is
    made of sizes is small, and what is compared or looked up by an integer no longer is one.
    """
    follow = _Follow(program)
    names = [
        spec.arg.name
        for spec in program.graph_signature.input_specs
        if spec.kind == InputKind.USER_INPUT and isinstance(spec.arg, torch.export.graph_signature.TensorArgument)
    ]
    return WideIntegers(follow.found, [place for place, name in enumerate(names) if name in follow.checked])
