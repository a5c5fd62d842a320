"""The noise of results, of several evaluations of their program that round at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from .operations import is_float
from .random_rounding import MOST_WORK, Diverged, RandomRounding, TooMuchWork
from .rounding import FORMATS, VARIANCE

#: Evaluations from which the noise is estimated, and those that look for decisions that it turns.
RUNS, FREE_RUNS = 16, 8
#: How much stronger the rounding is in the latter and in every second of the former: rounding by single steps meets few
#: values of what comes next, which may happen to need no rounding.
WIDE = 8.0

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
        modes = [RandomRounding(recorder.tape, seed=1 + run, strength=_strength(run)) for run in range(RUNS)]
        runs = [evaluate(mode) for mode in modes]
        pairs = []
        if any(mode.may_turn for mode in modes):
            for run in range(FREE_RUNS):
                free = RandomRounding(recorder.tape, seed=1 + RUNS + run, strength=WIDE, forced=False)
                results = evaluate(free)
                if free.turned:
                    forced = RandomRounding(recorder.tape, seed=free.seed, strength=WIDE)
                    pairs.append((results, evaluate(forced)))
    except (TooMuchWork, Diverged):
        return None
    finally:
        torch.set_num_threads(threads)
    has_gaps = any(call.layouts for call in recorder.tape)
    return [
        [
            _noise_of_result(
                [run[step][i] for run in runs],
                [(free[step][i], forced[step][i]) for free, forced in pairs],
                eager[step][i],
                exact[step][i],
                has_gaps,
            )
            for i in range(len(eager[step]))
        ]
        for step in range(len(eager))
    ]


def _strength(run: int) -> float:
    return WIDE if run % 2 else 1.0


def _kind(value: torch.Tensor) -> torch.Tensor:
    """0 of finite numbers, else which other it is."""
    return torch.where(value.isnan(), 3, torch.where(value.isinf(), value.sign(), 0))


def _noise_of_integers(
    run: torch.Tensor, pairs: list[tuple[torch.Tensor, torch.Tensor]], eager: torch.Tensor, exact: torch.Tensor
) -> torch.Tensor | None:
    if not pairs:
        return None
    undetermined = (run != eager) | (exact != eager)
    for free, forced in pairs:
        undetermined |= free != forced
    return torch.where(undetermined, torch.nan, 0.0)[None] if undetermined.any() else None


def _noise_of_result(
    runs: list[torch.Tensor],
    pairs: list[tuple[torch.Tensor, torch.Tensor]],
    eager: torch.Tensor,
    exact: torch.Tensor,
    has_gaps: bool,
) -> torch.Tensor | None:
    """``has_gaps``: something was left out, and what is made of it has no noise."""
    if not is_float(eager):
        return _noise_of_integers(runs[0], pairs, eager, exact)
    values = torch.stack([run.to(torch.float64) for run in runs])
    if has_gaps and (values.isnan().all(0) & exact.isfinite() & eager.isfinite()).any():
        return None
    kinds = _kind(values)
    # An overflow that eager has as well is judged by that.
    judged = ((kinds == _kind(exact.to(torch.float64))) | ((kinds != 0) & (kinds == _kind(eager)))).all(0)
    strengths = torch.tensor([_strength(run) for run in range(len(runs))], dtype=torch.float64)
    scales = (strengths * VARIANCE**0.5).reshape(-1, *(1 for _ in exact.shape))
    deviations = torch.where((kinds == 0) & judged, values - exact, 0.0) / scales
    spread = deviations.square().mean(0).sqrt()
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
