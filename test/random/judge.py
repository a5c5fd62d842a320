"""Whether a program's numbers are right: against f64, with a bound for each element.

The bound of an element is what it moves when every operation before it rounds otherwise: the module runs
in f64 several times, and each result that float32 does not hold exactly is off by up to a rounding. What jumps
under that (a rounding down, a comparison, the place of a maximum) is not judged, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from buddy_attention.float64 import everything_in_f64
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

PAIRS = 3  # runs whose roundings are up, and as many whose same roundings are down
ROUNDING = 2.0**-23  # of one operation: ours are right to less than one unit in the last place
FACTOR = 16.0
LARGEST, LEAST = torch.finfo(torch.float32).max, 2.0**-149
FLUSHED = 1.2e-38  # below it results may be zero

#: What moves values and rounds nothing.
MOVES = (
    "clone copy copy_ _to_copy cat stack index gather embedding index_select where masked_fill fill fill_ zero_ "
    "constant_pad_nd flip roll index_copy index_copy_ index_put index_put_ tril triu relu relu_ neg abs maximum "
    "minimum amax amin max min clamp clamp_min clamp_max floor ceil trunc sign repeat slice_scatter select_scatter "
    "arange full zeros ones full_like zeros_like ones_like scalar_tensor lift_fresh round_ max_pool2d "
    "_unsafe_view im2col contiguous detach sort"
).split()
#: What sums many terms: the terms are off too, each by itself.
SUMS = (
    "sum mean mm bmm addmm baddbmm linear matmul convolution cumsum linalg_vector_norm norm var var_mean "
    "native_layer_norm native_group_norm _softmax _log_softmax dot mv einsum layer_norm native_batch_norm "
    "_scaled_dot_product_flash_attention_for_cpu scaled_dot_product_attention _adaptive_avg_pool2d rms_norm"
).split()


class Rounded(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Results as float32 arithmetic may give them: in its range, and off by ``scale`` times a random rounding."""

    def __init__(self, seed: int, scale: float) -> None:
        super().__init__()
        self.random = torch.Generator().manual_seed(seed)
        self.scale = scale

    def _noise(self, value: torch.Tensor) -> torch.Tensor:
        return (torch.rand(value.shape, generator=self.random, dtype=torch.float64) * 2 - 1) * (ROUNDING * self.scale)

    def _off(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or value.dtype != torch.float64:
            return value
        exact = value.float().double() == value
        moved = value if not self.scale else torch.where(exact, value, value * (1 + self._noise(value)))
        moved = torch.where(moved.abs() > LARGEST, moved * torch.inf, moved)
        return torch.where(moved.abs() < LEAST / 2, moved * 0, moved)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = func._schema.name.removeprefix("aten::")
        result = func(*args, **kwargs)
        if func.is_view or name in MOVES or not isinstance(result, (torch.Tensor, tuple, list)):
            return result
        if func._schema.is_mutable:
            if isinstance(result, torch.Tensor) and result.dtype == torch.float64:
                result.copy_(self._off(result.clone()))
            return result
        if self.scale and (name in SUMS or kwargs.get("alpha", 1) != 1):
            if all(map(_is_coarse, pytree.tree_leaves((args, kwargs)))):
                return result  # right whatever the order
            moved = pytree.tree_map(self._terms, (args, kwargs))
            result = func(*moved[0], **moved[1])
        return pytree.tree_map(self._off, result)

    def _terms(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            value = value.double()
            return value * (1 + self._noise(value))
        return value


def _is_coarse(value: Any) -> bool:
    """Whether float32 holds every sum of such terms, and of their products: small whole numbers and halves of them."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point() or value.numel() == 0:
        return True
    scaled = value.double() * 4
    return bool((scaled == scaled.round()).all()) and float(scaled.abs().max()) ** 2 * value.numel() < 2**24


@contextmanager
def rounded(draw: int) -> Iterator[None]:
    """f64, as ``draw`` says: 0 is exact; 1 and 2 are a pair of opposite roundings, 3 and 4 another."""
    scale = 0.0 if draw == 0 else 1.0 if draw % 2 else -1.0
    # Outside: what it does itself is not made f64.
    with Rounded((draw + 1) // 2, scale), everything_in_f64():  # type: ignore[no-untyped-call]
        yield


DRAWS = range(2 * PAIRS + 1)


@dataclass
class Judgement:
    """Why the numbers are wrong (empty: they are not), and how many elements were judged and left out."""

    reason: str = ""
    judged: int = 0
    left_out: int = 0


def judge(ours: torch.Tensor, eager: torch.Tensor, draws: list[torch.Tensor]) -> Judgement:
    """One output, against eager in f32 and in f64; ``draws[0]`` is the exact one."""
    if ours.shape != eager.shape or ours.dtype != eager.dtype:
        return Judgement(f"is {ours.dtype} {list(ours.shape)}, PyTorch gives {eager.dtype} {list(eager.shape)}")
    if ours.numel() == 0:
        return Judgement()
    exact, moved = draws[0], draws[1:]
    if not eager.is_floating_point():
        steady = torch.ones_like(ours, dtype=torch.bool)
        for draw in (*moved, eager):
            steady &= draw == exact
        bad = steady & (ours != exact)
        return _judgement(bad, steady, ours, exact, torch.zeros_like(exact, dtype=torch.float64))
    mine, theirs = ours.double(), eager.double()
    odd = ~theirs.isfinite()
    steady = torch.ones_like(odd)
    for draw in draws:
        steady &= (draw == theirs) | (draw.isnan() & theirs.isnan()) | (draw.isfinite() & ~odd)
    spread = torch.zeros_like(mine)
    for draw in moved:
        spread = torch.maximum(spread, (draw - exact).abs())
    # Few draws: one element's may be nearer to each other by luck than those of the others.
    spread = torch.where(spread > 0, torch.maximum(spread, _mean_size(spread) / 4), spread)
    own = (theirs - exact).abs()
    step = exact.abs() * (2.0**-10 if eager.dtype == torch.float16 else 2.0**-23)
    bound = FACTOR * spread + 4 * own + step + FLUSHED
    same = (mine == theirs) | (mine.isnan() & theirs.isnan())
    bad = steady & torch.where(odd, ~same, ~((mine - exact).abs() <= bound))
    return _judgement(bad, steady, mine, exact, bound)


def _mean_size(spread: torch.Tensor) -> torch.Tensor:
    """The root mean square of what is not zero and finite."""
    some = spread[(spread > 0) & spread.isfinite()]
    return some.square().mean().sqrt() if some.numel() else torch.zeros((), dtype=spread.dtype)


def _judgement(
    bad: torch.Tensor, steady: torch.Tensor, ours: torch.Tensor, exact: torch.Tensor, bound: torch.Tensor
) -> Judgement:
    judged, left_out = int(steady.sum()), int((~steady).sum())
    if not bool(bad.any()):
        return Judgement("", judged, left_out)
    error = torch.where(bad, ((ours.double() - exact.double()).abs() / (bound + 1e-300)).nan_to_num(torch.inf), -1.0)
    worst = tuple(int(i) for i in torch.unravel_index(error.argmax(), error.shape)) if error.dim() else ()
    text = (
        f"element {list(worst)} is {ours[worst].item():.9g}, right is {exact[worst].item():.9g} "
        f"(off by at most {bound[worst].item():.3g}); {int(bad.sum())} of {bad.numel()} elements"
    )
    return Judgement(text, judged, left_out)
