"""Median, median absolute deviation, geometric mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def median(values: Iterable[float]) -> float:
    """The middle value, or the mean of the two in the middle. Raises ValueError without any."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("the median of nothing")
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_absolute_deviation(values: Sequence[float]) -> float:
    """The median distance from the median: a spread that a few disturbed runs do not move."""
    center = median(values)
    return median(abs(value - center) for value in values)


def geometric_mean(values: Iterable[float]) -> float:
    """The n-th root of the product of n positive values. Raises ValueError without any, or for others."""
    logarithms = [math.log(value) for value in values]
    if not logarithms:
        raise ValueError("the geometric mean of nothing")
    return math.exp(math.fsum(logarithms) / len(logarithms))
