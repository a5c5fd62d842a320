"""A program with every operation rounded at random.

The operations run in f64 on values of the program's own dtypes and are rounded back to these, up or down at
random (rounding.py), so what needs no rounding is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .operations import CORRECTLY_ROUNDED, JUMPS, MOVES, Operation, is_float, tensors, widened
from .plain_forms import EXACT_AS_A_WHOLE, FORMS
from .rounding import rounded
from .sums import round_sums

#: Elements that the operations of a program may read and write in all, unless the caller allows more; of larger ones
#: there is no noise. An operation takes as long as LEAST_WORK elements.
MOST_WORK, LEAST_WORK = 1 << 18, 1 << 8
#: An operation that alone is more than this part of the work that is allowed is left out, where ``leave_out`` says so.
PART = 8


class TooMuchWork(Exception):
    """The program is larger than is allowed."""


class Diverged(Exception):
    """The program calls other operations than in its first run."""


Layouts = list[tuple[torch.Size, tuple[int, ...]]]  # sizes and strides


@dataclass
class Call:
    """One operation of the first run, which rounds as eager PyTorch does."""

    name: str
    dtypes: list[torch.dtype | None] = field(default_factory=list)  # of the results; None: not rounded
    operands: list[torch.Tensor] = field(default_factory=list)  # floats from which something is decided
    decisions: dict[int, torch.Tensor] = field(default_factory=dict)  # by the number of the result
    exact_places: torch.Tensor | None = None  # of an operation that is exact as a whole
    exact_value: torch.Tensor | None = None
    orders: dict[int, torch.Tensor | None] = field(default_factory=dict)  # what the order of a sum does to each result
    number: Any = None  # that Python has asked for
    layouts: Layouts | None = None  # of the results, if it is left out


def _only_moves(operation: Operation, call: Call) -> bool:
    """Whether the operation chooses among floats of one dtype, and rounds no number to it."""
    if operation.facts.name not in MOVES:
        return False
    if any(isinstance(value, float) for value in (*operation.args, *operation.kwargs.values())):
        return False
    return len({*(operand.dtype for operand in operation.floats), *call.dtypes}) == 1


def _copies(values: list[torch.Tensor]) -> list[torch.Tensor]:
    return [value.clone() for value in values]


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.equal(a, b) or (a.is_floating_point() and torch.equal(a.nan_to_num(), b.nan_to_num()))


def _has_no_integer(value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Where C and PyTorch leave open what a float becomes as an integer of ``dtype``."""
    whole, numbers = value.to(torch.float64).trunc(), torch.iinfo(dtype)
    return ~((whole >= numbers.min) & (whole <= numbers.max))


def _crossed(operation: Operation, call: Call, decision: torch.Tensor) -> torch.Tensor | None:
    """Where floats that are compared for equality have changed places: in between they are equal."""
    if decision.dtype is not torch.bool:
        return None
    if call.name in ("eq", "ne"):
        before = iter(call.operands)
        then = [next(before) if isinstance(one, torch.Tensor) and is_float(one) else one for one in operation.args[:2]]
        sides = [[torch.as_tensor(one, dtype=torch.float64) for one in pair] for pair in (operation.args[:2], then)]
        now, earlier = (left - right for left, right in sides)
    elif call.name in ("_to_copy", "copy", "logical_not"):
        now, earlier = operation.floats[0], call.operands[0]
    else:
        return None
    return (now.sign() * earlier.sign() < 0).broadcast_to(decision.shape)


class RandomRounding(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Evaluates every operation in f64 and rounds its result at random.

    The first run, without a ``tape``, makes one and rounds as eager does. Those after it take from it
    what the operations decide (``forced``), or decide for themselves.
    """

    def __init__(
        self,
        tape: list[Call] | None = None,
        *,
        seed: int = 0,
        strength: float = 1,
        forced: bool = True,
        most_work: int = MOST_WORK,
        leave_out: bool = False,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recording = tape is None
        self.tape: list[Call] = [] if tape is None else tape
        self.seed, self.strength, self.forced = seed, strength, forced
        self.most_work, self.most_operation = most_work, most_work // PART if leave_out else math.inf
        self.position = self.work = 0
        self.may_turn = self.turned = False  # whether noise reaches a decision; whether one was another

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        operation = Operation(func, args, kwargs or {})
        facts, floats = operation.facts, operation.floats
        if facts.is_composite:  # in a plain form
            with self:
                return func.decompose(*args, **(kwargs or {}))
        if facts.passes or not operation.tensors:
            return operation.run()
        # Of nothing there is nothing to round.
        form = FORMS.get(facts.name) if floats and all(operand.numel() for operand in floats) else None
        value = None if form is None else self._plain(operation, form)
        if value is not None:
            return args[0].copy_(value) if facts.is_mutable else value
        if self.recording:
            return self._record(operation)
        call = self._next(facts.name)
        if call.number is not None:
            return call.number
        if call.layouts is not None:
            return operation.returned(self._unknown(call, call.layouts))
        if not call.decisions and (all(dtype is None for dtype in call.dtypes) or _only_moves(operation, call)):
            return operation.run()
        return operation.returned(self._evaluate(operation, call))

    def _next(self, name: str) -> Call:
        if self.position >= len(self.tape) or self.tape[self.position].name != name:
            raise Diverged
        self.position += 1
        return self.tape[self.position - 1]

    def _record(self, operation: Operation) -> Any:
        call = Call(operation.facts.name)
        self.tape.append(call)
        jumps = call.name in JUMPS or operation.kwargs.get("rounding_mode") is not None
        before = _copies(operation.floats) if jumps else []
        result = operation.run()
        results = tensors(result)
        elements = sum(tensor.numel() for tensor in (*operation.tensors, *results))
        if elements > self.most_operation and any(map(is_float, results)):
            call.layouts = [(tensor.size(), tensor.stride()) for tensor in results]
        self.work += LEAST_WORK if call.layouts else max(LEAST_WORK, elements)
        if self.work > self.most_work:
            raise TooMuchWork
        if isinstance(result, (bool, int, float)):
            call.number = result
            return result
        call.dtypes = [tensor.dtype if is_float(tensor) else None for tensor in results]
        if operation.floats:
            call.decisions = {i: t.clone() for i, t in enumerate(results) if jumps or not is_float(t)}
        if call.decisions:
            call.operands = before or _copies(operation.floats)
        return result

    def _plain(self, operation: Operation, form: Callable[..., Any]) -> Any:
        """The operation in its plain form; None if it has none for these arguments."""
        whole = None
        if operation.facts.name in EXACT_AS_A_WHOLE and not operation.facts.is_mutable:
            whole = self._whole(operation)
        with self:
            value = form(*operation.args, **operation.kwargs)
        if whole is None or value is None:
            return value
        first = value[0] if isinstance(value, tuple) else value
        assert whole.exact_places is not None and whole.exact_value is not None
        first = torch.where(whole.exact_places, whole.exact_value, first)
        return (first, *value[1:]) if isinstance(value, tuple) else first

    def _whole(self, operation: Operation) -> Call | None:
        """Where the operation is exact as a whole; None if its operands are not those of the first run."""
        if not self.recording:
            call = self._next(operation.facts.name)
            return call if all(map(_same, operation.floats, call.operands)) else None
        call = Call(operation.facts.name, operands=_copies(operation.floats))
        call.exact_value = tensors(operation.run())[0]
        call.exact_places = call.exact_value.to(torch.float64) == operation.results_in_f64()[0]
        self.tape.append(call)
        return call

    def _unknown(self, call: Call, layouts: Layouts) -> list[torch.Tensor]:
        """NaN for the results of an operation that is left out, which thereby marks all that is made of them."""
        results: list[torch.Tensor] = []
        for i, ((size, stride), dtype) in enumerate(zip(layouts, call.dtypes)):
            made = torch.empty_strided(size, stride, dtype=dtype or call.decisions[i].dtype)
            results.append(made.fill_(torch.nan) if dtype else made.copy_(call.decisions[i]))
        return results

    def _evaluate(self, operation: Operation, call: Call) -> list[torch.Tensor]:
        facts, floats = operation.facts, operation.floats
        seed = (self.seed << 32) + self.position
        if not facts.is_pointwise:
            results = operation.results_in_f64()
            round_sums(operation, results, call.dtypes, seed, self.strength, call.orders)
        else:

            def widened_or_rounded(value: Any) -> Any:
                """A number of the program is what an operation of the dtype has of it."""
                if not isinstance(value, float) or not floats:
                    return widened(value)
                wide = torch.tensor(value, dtype=torch.float64)
                return float(rounded(wide, floats[0].dtype, seed, self.strength))

            function = facts.name not in CORRECTLY_ROUNDED
            results = [
                value if dtype is None else rounded(value, dtype, seed, self.strength, function=function)
                for value, dtype in zip(operation.results_in_f64(widened_or_rounded), call.dtypes, strict=True)
            ]
        self._decide(operation, call, results)
        return results

    def _decide(self, operation: Operation, call: Call, results: list[torch.Tensor]) -> None:
        if not call.decisions:
            return
        floats = operation.floats
        self.may_turn |= not all(map(_same, floats, call.operands))
        for i, decision in call.decisions.items():
            if call.name in ("_to_copy", "copy") and decision.dtype is not torch.bool:
                is_open = _has_no_integer(floats[0], decision.dtype).broadcast_to(decision.shape)
                self.may_turn |= bool(is_open.any())
                numbers = torch.iinfo(decision.dtype)
                other = (0, numbers.min, numbers.max)[self.seed % 3]
                results[i] = results[i].masked_fill(is_open, other)
            crossed = _crossed(operation, call, decision)
            if crossed is not None:
                results[i] = torch.where(crossed, ~decision, results[i])
            self.turned |= not _same(results[i], decision)
            if self.forced:
                results[i] = decision
