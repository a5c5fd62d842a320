"""Tensors of the kind that an operation wants."""

from __future__ import annotations

from collections.abc import Callable

from builder import Builder
from program import Size
from values import random_shape, random_size

Chosen = dict[str, str]


def sizes_of(b: Builder, name: str) -> tuple[Size, ...] | None:
    return b.input_shape(name)


def float_value(b: Builder, least: int = 1, most: int = 6, fits: Callable[[str], bool] | None = None) -> str:
    """A float value of at least so many dimensions; if there is none, or at times, a new input."""
    found = b.pick(lambda n: b.floats(n) and least <= b.rank(n) <= most and (fits is None or fits(n)))
    if found is not None and b.rng.random() < 0.9:
        return found
    while True:
        shape = random_shape(b.rng, b.large, b.limit)
        if least <= len(shape) <= most:
            return b.new_tensor(b.float_kind(), shape)


def small_size(b: Builder) -> int:
    return max(random_size(b.rng, b.large), 1)


def last_fixed(b: Builder, count: int = 1) -> Callable[[str], bool]:
    return lambda n: all(b.is_fixed(n, -1 - i) for i in range(min(count, b.rank(n))))
