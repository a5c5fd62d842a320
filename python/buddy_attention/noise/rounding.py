"""Rounding at random: an exact result becomes one of the two numbers of its dtype that enclose it.

docs/numbers.md says what it is for.
"""

from __future__ import annotations

from typing import NamedTuple

import torch


class Format(NamedTuple):
    digits: int  # of the significand, in bits
    least: float  # the smallest step: the smallest subnormal number
    most: float  # the largest step


FORMATS = {
    torch.float32: Format(24, 2.0**-149, 2.0**104),
    torch.float16: Format(11, 2.0**-24, 2.0**5),
    torch.bfloat16: Format(8, 2.0**-133, 2.0**120),
    torch.float64: Format(53, 2.0**-1074, 2.0**971),
}
#: Rounding at random has this many times the mean square error of rounding to nearest.
VARIANCE = 2.0
EXPONENT = 0x7FF0_0000_0000_0000  # of an f64
BITS = 26  # of a random number: fewer than 53 - 24, so that a sum with a whole number is exact


def step_of(value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """How far apart the numbers of ``dtype`` are at each ``value`` (f64)."""
    digits, least, most = FORMATS[dtype]
    power = (value.view(torch.int64) & EXPONENT).view(torch.float64)
    return power.mul_(2.0 ** (1 - digits)).clamp_(least, most)


def is_representable(value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Where ``value`` (f64) is a number of ``dtype``. Of f64 itself: where it is short, as whole numbers are."""
    narrow = torch.float32 if dtype is torch.float64 else dtype
    return (value.to(narrow).to(torch.float64) == value) | value.isnan()


def lowest_bit(value: torch.Tensor) -> float:
    """The largest power of two of which every ``value`` (f64, finite) is a multiple; infinity if all are zero."""
    value = value[value != 0]
    if not value.numel():
        return float("inf")
    fraction, exponent = torch.frexp(value)
    whole = (fraction * 2.0**53).to(torch.int64)
    return float(torch.ldexp((whole & -whole).to(torch.float64), exponent - 53).min())


def _uniform_by_value(value: torch.Tensor, seed: int) -> torch.Tensor:
    """Random numbers in [0, 1): equal values have equal ones, since equal values are rounded alike."""
    bits = value.view(torch.int64) ^ ((seed * 0x9E37_79B9_7F4A_7C15) & 0x7FFF_FFFF_FFFF_FFFF)
    bits = bits.mul_(0x2545_F491_4F6C_DD1D)
    bits = bits.bitwise_xor_(bits >> 31).mul_(0x369D_EA0F_31A5_3F85)
    return (bits.bitwise_right_shift_(63 - BITS).bitwise_and_((1 << BITS) - 1)).to(torch.float64).mul_(2.0**-BITS)


def rounded(
    value: torch.Tensor, dtype: torch.dtype, seed: int, strength: float = 1, *, function: bool = False
) -> torch.Tensor:
    """``value`` (f64) rounded to ``dtype`` at random, down or up, so that the mean is right.

    What needs no rounding stays. ``function``: of a result that no one rounds correctly (exp, tanh) and
    that is expected to be within a whole step, so that of all values only zero stays. ``strength``
    multiplies the error.
    """
    strength *= 2 if function else 1
    step = step_of(value, dtype)
    random = _uniform_by_value(value, seed)
    if dtype is torch.float64:  # there is nothing wider to round from
        keep = value == 0 if function else is_representable(value, dtype)
        return torch.where(keep | ~value.isfinite(), value, value + random.sub_(0.5).mul_(strength).mul_(step))
    steps = value / step
    moved = random.mul_(strength).add_(0.5 - strength / 2).add_(steps).floor_().mul_(step)
    if strength != 1:
        moved = torch.where(value == 0 if function else steps == steps.floor(), value, moved)
    return moved.to(dtype)


def random_by_value(value: torch.Tensor, seed: int) -> torch.Tensor:
    """Random numbers about 0 as large as errors of rounding at random by one step; equal ones of equal values."""
    return _uniform_by_value(value, seed).sub_(0.5).mul_(VARIANCE**0.5)


def disturbed(value: torch.Tensor, dtype: torch.dtype, seed: int, strength: float) -> torch.Tensor:
    """``value`` (f64, of ``dtype``) with an error at each place of the size that rounding at random makes.

    Equal values have equal ones: the additions of equal rows are rounded alike.
    """
    moved = value + step_of(value, dtype) * strength * random_by_value(value, seed)
    return torch.where((value == 0) | ~value.isfinite(), value, moved)
