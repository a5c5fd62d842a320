"""What rounding makes of a program's results: the same program with every operation rounded at random.

docs/numbers.md says what is made of it. The operations run in f64 on values of the program's own dtypes
and are rounded back to these, up or down at random (rounding.py), so what needs no rounding is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .plain_forms import EXACT_AS_A_WHOLE, FORMS
from .rounding import FORMATS, VARIANCE, disturbed, is_representable, lowest_bit, rounded

#: Evaluations from which the noise is estimated, those that look for decisions that it turns, and those that look for
#: rounding where all others happen to give the f64 result.
RUNS, WIDE_RUNS, STILL_RUNS = 16, 8, 4
#: How much stronger the rounding of the latter two is.
WIDE = 8.0
#: Elements that the operations of a program may read and write in all, unless the caller allows more; of larger ones
#: there is no noise. An operation takes as long as LEAST_WORK elements.
MOST_WORK, LEAST_WORK = 1 << 18, 1 << 8

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
#: Sums of products: exact, in whatever order, where all terms are whole multiples of one step.
SUMS = frozenset("sum mm bmm mv dot convolution cumsum".split())
#: Others (pooling, interpolation, products) are where the terms have so many bits to spare besides.
SPARE_BITS = 12
#: What has a float as its result of which a small change of its operands makes another; so has a comparison
#: in place, and a division that rounds.
JUMPS = frozenset("floor ceil trunc round sign sgn floor_divide threshold eq ne lt le gt ge".split())

#: Additions one after the other: those of a sum are made in lanes and blocks, in a contraction in blocks.
LONGEST_SUM, LONGEST_PRODUCTS = 32, 256
#: An operation that alone is more than this part of the work that is allowed is left out, where ``leave_out`` says so.
PART = 8


class TooMuchWork(Exception):
    """The program is larger than is allowed."""


class Diverged(Exception):
    """The program calls other operations than in its first run."""


#: Of an operand in f64 and its dtype.
Change = Callable[[torch.Tensor, torch.dtype], torch.Tensor]
Run = Callable[..., list[torch.Tensor]]


@dataclass
class Call:
    """One operation of the first run, which rounds as eager PyTorch does."""

    name: str
    dtypes: list[torch.dtype | None] = field(default_factory=list)  # of the results; None: not rounded
    operands: list[torch.Tensor] = field(default_factory=list)  # floats from which something is decided
    decisions: dict[int, torch.Tensor] = field(default_factory=dict)  # by the number of the result
    exact_places: torch.Tensor | None = None  # of an operation that is exact as a whole
    exact_value: torch.Tensor | None = None
    number: Any = None  # that Python has asked for
    layouts: list[tuple[torch.Size, tuple[int, ...]]] | None = None  # of the results, if it is left out


@dataclass
class Chain:
    """What the additions of a sum do: factors of the error of its terms, and of that of one rounding of it.

    A sum of n terms t, one after the other in an order by chance, is rounded n - 1 times. The partial sum
    of j terms has a mean square of y^2 j(j-1)/(n(n-1)) + T j(n-j)/(n(n-1)), with y the sum of t and T
    that of t^2. The sum over j is y^2 (n+1)/3 + T ((n+1)/6 - 1/n); a product adds its own rounding, T.
    """

    of_terms: float = 1.0
    of_sum: float = 1.0
    has_one_order: bool = False

    @staticmethod
    def of(name: str, operands: list[torch.Tensor], result: torch.Tensor) -> Chain:
        first, last = operands[0], operands[-1]
        is_product = len(operands) > 1
        if name == "cumsum":
            # Of all positions: which dimension it is shows in the operand alone.
            count = float(max(first.shape, default=1))
        elif name == "convolution":
            count = last.numel() / max(1, last.shape[0])
        elif is_product:
            count = float(first.shape[-1])
        else:
            count = first.numel() / max(1, result.numel())
        n = max(1.0, min(count, LONGEST_PRODUCTS if is_product else LONGEST_SUM))
        of_terms = (n + 1) / 6 - 1 / n
        # Both operands of a product have an error.
        of_terms = (of_terms + 1) / 2 if is_product else of_terms
        return Chain(max(0.0, of_terms) ** 0.5, ((n + 1) / 3) ** 0.5, count <= (1 if is_product else 2))


def _tensors(*values: Any) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += _tensors(*value)
        elif isinstance(value, dict):
            found += _tensors(*value.values())
    return found


def _mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """An operation's arguments with ``change`` applied to each; lists are lists of tensors or of numbers."""
    if isinstance(value, (list, tuple)):
        return [_mapped(change, one) for one in value]
    if isinstance(value, dict):
        return {name: _mapped(change, one) for name, one in value.items()}
    return change(value)


def _is_float(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype in FORMATS


def _floats(*values: Any) -> list[torch.Tensor]:
    return [tensor for tensor in _tensors(*values) if _is_float(tensor)]


def _is_of_one_dtype(call: Call, args: Any, kwargs: Any, floats: list[torch.Tensor]) -> bool:
    """Whether an operation's operands and results are floats of one dtype, and no number is rounded to it."""
    if any(isinstance(value, float) for value in (*args, *kwargs.values())):
        return False
    return len({*(operand.dtype for operand in floats), *call.dtypes}) == 1


def _widened(value: Any) -> Any:
    if isinstance(value, torch.dtype):
        return torch.float64 if value in FORMATS else value
    return value.to(torch.float64) if _is_float(value) else value


@dataclass(frozen=True)
class Facts:
    """What is known of an ATen operation."""

    name: str  # of the operation that makes a new value, if this one works in place
    is_mutable: bool
    is_pointwise: bool
    passes: bool  # a view, which makes no value
    written: tuple[tuple[int, str], ...]  # the arguments that it writes to: position and name
    returns_one: bool  # a tensor
    returns_list: bool


@cache
def _facts(func: Any) -> Facts:
    schema = func._schema
    name = schema.name.removeprefix("aten::")
    aliases = [r.alias_info for r in schema.returns if r.alias_info is not None]
    return Facts(
        name[:-1] if schema.is_mutable and name.endswith("_") else name,
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
        len(schema.returns) == 1 and str(schema.returns[0].type) == "Tensor",
        len(schema.returns) == 1 and str(schema.returns[0].type) != "Tensor",
    )


def _returned(facts: Facts, args: Any, kwargs: Any, results: list[torch.Tensor]) -> Any:
    """What the operation returns: its results, or what it writes to, with these in it."""
    written = [args[i] if i < len(args) else kwargs[argument] for i, argument in facts.written]
    if written:
        for target, value in zip(written, results, strict=True):
            target.copy_(value)
        results = written
    elif not facts.returns_one:
        return results if facts.returns_list else tuple(results)
    return results[0] if len(results) == 1 else tuple(results)


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.equal(a, b) or (a.is_floating_point() and torch.equal(a.nan_to_num(), b.nan_to_num()))


@contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


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
        kwargs = kwargs or {}
        facts = _facts(func)
        if facts.passes or not _tensors(args, kwargs):
            return func(*args, **kwargs)
        floats = _floats(args, kwargs)
        # Of nothing there is nothing to round.
        form = FORMS.get(facts.name) if floats and all(operand.numel() for operand in floats) else None
        value = None if form is None else self._plain(func, facts, form, args, kwargs)
        if value is not None:
            return args[0].copy_(value) if facts.is_mutable else value
        if self.recording:
            return self._record(func, facts.name, args, kwargs)
        call = self._next(facts.name)
        if call.number is not None:
            return call.number
        if call.layouts is not None:
            return self._unknown(facts, call, args, kwargs)
        if not call.decisions and (
            all(dtype is None for dtype in call.dtypes)
            or (facts.name in MOVES and _is_of_one_dtype(call, args, kwargs, floats))
        ):
            return func(*args, **kwargs)
        return self._evaluate(func, facts, call, args, kwargs, floats)

    def _next(self, name: str) -> Call:
        if self.position >= len(self.tape) or self.tape[self.position].name != name:
            raise Diverged
        self.position += 1
        return self.tape[self.position - 1]

    def _record(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        call = Call(name)
        self.tape.append(call)
        jumps = name in JUMPS or kwargs.get("rounding_mode") is not None
        before = [operand.clone() for operand in _floats(args, kwargs)] if jumps else []
        result = func(*args, **kwargs)
        results = _tensors(result)
        elements = sum(tensor.numel() for tensor in _tensors(args, kwargs, result))
        if elements > self.most_operation and any(map(_is_float, results)):
            call.layouts = [(tensor.size(), tensor.stride()) for tensor in results]
        self.work += LEAST_WORK if call.layouts else max(LEAST_WORK, elements)
        if self.work > self.most_work:
            raise TooMuchWork
        if isinstance(result, (bool, int, float)):
            call.number = result
            return result
        call.dtypes = [tensor.dtype if _is_float(tensor) else None for tensor in results]
        if _floats(args, kwargs):
            call.decisions = {i: t.clone() for i, t in enumerate(results) if jumps or not _is_float(t)}
        if call.decisions:
            call.operands = before or [operand.clone() for operand in _floats(args, kwargs)]
        return result

    def _unknown(self, facts: Facts, call: Call, args: Any, kwargs: Any) -> Any:
        """NaN for the results of an operation that is left out, which thereby marks all that is made of them."""
        assert call.layouts is not None
        results: list[torch.Tensor] = []
        for i, ((size, stride), dtype) in enumerate(zip(call.layouts, call.dtypes)):
            made = torch.empty_strided(size, stride, dtype=dtype or call.decisions[i].dtype)
            results.append(made.fill_(torch.nan) if dtype else made.copy_(call.decisions[i]))
        return _returned(facts, args, kwargs, results)

    def _plain(self, func: Any, facts: Facts, form: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """The operation in its plain form; None if it has none for these arguments."""
        whole = None
        if facts.name in EXACT_AS_A_WHOLE and not facts.is_mutable:
            whole = self._whole(func, facts.name, args, kwargs)
        with self:
            value = form(*args, **kwargs)
        if whole is None or value is None:
            return value
        first = value[0] if isinstance(value, tuple) else value
        assert whole.exact_places is not None and whole.exact_value is not None
        first = torch.where(whole.exact_places, whole.exact_value, first)
        return (first, *value[1:]) if isinstance(value, tuple) else first

    def _whole(self, func: Any, name: str, args: Any, kwargs: Any) -> Call | None:
        """Where the operation is exact as a whole; None if its operands are not those of the first run."""
        operands = _floats(args, kwargs)
        if not self.recording:
            call = self._next(name)
            return call if all(map(_same, operands, call.operands)) else None
        wide_args, wide_kwargs = _mapped(_widened, (args, kwargs))
        eager, exact = _tensors(func(*args, **kwargs))[0], _tensors(func(*wide_args, **wide_kwargs))[0]
        self.tape.append(Call(name, operands=[operand.clone() for operand in operands]))
        self.tape[-1].exact_places, self.tape[-1].exact_value = eager.to(torch.float64) == exact, eager
        return self.tape[-1]

    def _evaluate(
        self, func: Any, facts: Facts, call: Call, args: Any, kwargs: Any, floats: list[torch.Tensor]
    ) -> Any:
        def run(change: Change | None = None) -> list[torch.Tensor]:
            """The results in f64, of operands that are changed, or as they are."""

            def operand(value: Any) -> Any:
                if change is not None and _is_float(value):
                    return change(value.to(torch.float64), value.dtype)
                if facts.is_pointwise and isinstance(value, float) and floats:
                    return self._number(value, floats[0].dtype)
                return _widened(value)

            wide_args, wide_kwargs = _mapped(operand, (args, kwargs))
            if not floats:
                with _default_dtype(torch.float64):
                    return _tensors(func(*wide_args, **wide_kwargs))
            for i, argument in facts.written:
                place: Any = (wide_args, i) if i < len(wide_args) else (wide_kwargs, argument)
                place[0][place[1]] = place[0][place[1]].clone()
            return _tensors(func(*wide_args, **wide_kwargs))

        results = run()
        if facts.is_pointwise:
            function = facts.name not in CORRECTLY_ROUNDED
            for i, dtype in enumerate(call.dtypes):
                if dtype is not None:
                    results[i] = rounded(results[i], dtype, self._seed(), self.strength, function=function)
        else:
            self._round_sums(facts.name, call, run, results, floats)
        self._decide(call, floats, results)
        return _returned(facts, args, kwargs, results)

    def _seed(self) -> int:
        return (self.seed << 32) + self.position

    def _number(self, value: float, dtype: torch.dtype) -> float:
        """A number of the program, as an operation of ``dtype`` has it."""
        return float(rounded(torch.tensor(value, dtype=torch.float64), dtype, self._seed(), self.strength))

    def _round_sums(
        self, name: str, call: Call, run: Run, results: list[torch.Tensor], floats: list[torch.Tensor]
    ) -> None:
        """Rounds the results of what is not pointwise: a choice among its operands, or sums of some kind."""
        places = {i: dtype for i, dtype in enumerate(call.dtypes) if dtype is not None}
        keep = {i: is_representable(results[i], dtype) for i, dtype in places.items()}
        is_choice = name not in SUMS and all(bool(where.all()) for where in keep.values())
        # Sums of integers are whole numbers.
        chain = Chain.of(name, floats, results[0]) if name in SUMS and floats else Chain()
        if not (is_choice or chain.has_one_order):
            self._keep_exact_sums(name, places, keep, run, results, floats)
        if all(bool(where.all()) for where in keep.values()):
            for i, dtype in places.items():
                results[i] = results[i].to(dtype)
            return
        noisy = run(lambda value, dtype: disturbed(value, dtype, self._seed(), self.strength))
        for i, dtype in places.items():
            value = results[i] + (noisy[i] - results[i]) * chain.of_terms
            value = torch.where(results[i].isfinite(), value, results[i])
            value = rounded(value, dtype, self._seed(), self.strength * chain.of_sum)
            results[i] = torch.where(keep[i], results[i].to(dtype), value)

    def _keep_exact_sums(
        self,
        name: str,
        places: dict[int, torch.dtype],
        keep: dict[int, torch.Tensor],
        run: Run,
        results: list[torch.Tensor],
        floats: list[torch.Tensor],
    ) -> None:
        """Takes from ``keep`` what is exact in a lucky order only.

        Sums are exact in any order if all terms are multiples of one quantum, and their sizes together
        are no more of them than the dtype has whole numbers.
        """
        if not any(bool(where.any()) for where in keep.values()):
            return
        quantum = 2.0 ** (min(FORMATS[dtype].digits for dtype in places.values()) - (0 if name in SUMS else SPARE_BITS))
        for operand in floats:
            quantum *= min(1.0, lowest_bit(operand.to(torch.float64)))
        for i in places:
            keep[i] &= results[i].abs() <= quantum
        if any(bool(where.any()) for where in keep.values()):
            sizes = run(lambda value, dtype: value.abs())
            for i in places:
                keep[i] &= sizes[i] <= quantum

    def _decide(self, call: Call, floats: list[torch.Tensor], results: list[torch.Tensor]) -> None:
        if not call.decisions:
            return
        self.may_turn |= not all(map(_same, floats, call.operands))
        for i, decision in call.decisions.items():
            self.turned |= not _same(results[i], decision)
            if self.forced:
                results[i] = decision


#: The results of all steps, evaluated under a mode.
Evaluate = Callable[[RandomRounding], list[list[torch.Tensor]]]


def noise_of(
    evaluate: Evaluate,
    eager: Sequence[Sequence[torch.Tensor]],
    exact: Sequence[Sequence[torch.Tensor]],
    most_work: int = MOST_WORK,
    leave_out: bool = False,
) -> list[list[torch.Tensor | None]] | None:
    """The noise of each result of each step, in the form of ``noise.outputN`` of a reference file.

    [runs, *shape] f32: how far each evaluation is from f64, and NaN at elements that are undetermined.
    None for a result of integers that are all determined, and instead of all where the program is larger
    than ``most_work``. With ``leave_out`` single operations may be larger: what is made of them has none.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small operations, and the same bits everywhere
    try:
        recorder = RandomRounding(most_work=most_work, leave_out=leave_out)
        evaluate(recorder)
        modes = [RandomRounding(recorder.tape, seed=1 + run) for run in range(RUNS)]
        runs = [evaluate(mode) for mode in modes]
        pairs = []
        if any(mode.may_turn for mode in modes):
            for run in range(WIDE_RUNS):
                free = RandomRounding(recorder.tape, seed=1 + RUNS + run, strength=WIDE, forced=False)
                results = evaluate(free)
                if free.turned:
                    forced = RandomRounding(recorder.tape, seed=free.seed, strength=WIDE)
                    pairs.append((results, evaluate(forced)))
        still = []
        if any(map(_has_still_places, *(_flat(results) for results in (*runs[:2], exact)))):
            seeds = range(1 + RUNS + WIDE_RUNS, 1 + RUNS + WIDE_RUNS + STILL_RUNS)
            still = [evaluate(RandomRounding(recorder.tape, seed=seed, strength=WIDE)) for seed in seeds]
    except (TooMuchWork, Diverged):
        return None
    finally:
        torch.set_num_threads(threads)
    return [
        [
            _noise_of_result(
                [run[step][i] for run in runs],
                [(free[step][i], forced[step][i]) for free, forced in pairs],
                [run[step][i] for run in still],
                eager[step][i],
                exact[step][i],
                any(call.layouts for call in recorder.tape),
            )
            for i in range(len(eager[step]))
        ]
        for step in range(len(eager))
    ]


def _flat(results: Sequence[Sequence[torch.Tensor]]) -> list[torch.Tensor]:
    return [result for step in results for result in step]


def _has_still_places(first: torch.Tensor, second: torch.Tensor, exact: torch.Tensor) -> bool:
    """Whether a result, where some of it is rounded, has places where two runs give what f64 gives."""
    if not _is_float(first):
        return False
    equal = (first == exact) & (second == exact) & (exact != 0)
    return bool(equal.any()) and not bool(equal.all())


def _kind(value: torch.Tensor) -> torch.Tensor:
    """0 of finite numbers, else which other it is."""
    return torch.where(value.isnan(), 3, torch.where(value.isinf(), value.sign(), 0))


def _noise_of_result(
    runs: list[torch.Tensor],
    pairs: list[tuple[torch.Tensor, torch.Tensor]],
    still: list[torch.Tensor],
    eager: torch.Tensor,
    exact: torch.Tensor,
    has_gaps: bool,
) -> torch.Tensor | None:
    """``has_gaps``: something was left out, and what is made of it has no noise."""
    if not _is_float(eager):
        undetermined = torch.zeros(eager.shape, dtype=torch.bool)
        for free, forced in pairs:
            undetermined |= free != forced
        if pairs:
            undetermined |= (runs[0] != eager) | (exact != eager)
        return torch.where(undetermined, torch.nan, 0.0)[None] if undetermined.any() else None
    values = torch.stack([run.to(torch.float64) for run in runs])
    if has_gaps and (values.isnan().all(0) & exact.isfinite() & eager.isfinite()).any():
        return None
    kinds = _kind(values)
    # An overflow that eager has as well is judged by that.
    judged = ((kinds == _kind(exact.to(torch.float64))) | ((kinds != 0) & (kinds == _kind(eager)))).all(0)
    deviations = torch.where((kinds == 0) & judged, values - exact, 0.0) / VARIANCE**0.5
    spread = deviations.square().mean(0).sqrt()
    if still:
        wide = (torch.stack([run.to(torch.float64) for run in still]) - exact).nan_to_num(0, 0, 0)
        wide = wide.square().mean(0).sqrt() / (WIDE * VARIANCE**0.5)
        deviations = torch.where(spread == 0, wide, deviations)
        spread = torch.where(spread == 0, wide, spread)
    for free, forced in pairs:
        difference = (free.to(torch.float64) - forced.to(torch.float64)).abs()
        judged &= (_kind(free) == _kind(forced)) & ~(difference > spread)
    if judged.all() and not deviations.any():
        deviations = deviations[:1]
    narrow = deviations.to(torch.float32)
    # What is below the smallest number of f32 is no zero.
    least = torch.full((), FORMATS[torch.float32].least).copysign(narrow)
    narrow = torch.where((narrow == 0) & (deviations != 0), least, narrow)
    return torch.where(judged, narrow, torch.nan)
