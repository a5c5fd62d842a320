"""Tensors of the kind that an operation wants."""

from __future__ import annotations

from collections.abc import Callable

from builder import Builder
from values import random_shape, random_size

Chosen = dict[str, str]


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


def whole(b: Builder) -> str:
    """A value of whole numbers, as indices and positions are."""
    found = b.pick(lambda name: str(b.dtype(name)) in ("torch.int64", "torch.int32"))
    return found or b.new_input("int64", (b.rng.randint(1, 40),))


def positive(b: Builder) -> str:
    """A float value that is made positive, unless the program is to see what is not."""
    value = float_value(b, 0)
    if b.wild and b.rng.random() < 0.5:
        return value
    names = b.add(
        b.rng.choice((f"{value}.abs() + 0.1", f"{value} * {value} + 0.5", f"{value}.exp()", f"{value}.sigmoid()"))
    )
    return names[0] if names else value
