"""The values that programs are given, as Python expressions of a shape and a seeded generator."""

from __future__ import annotations

import random

#: {shape} is a tuple, {g} a torch.Generator, {limit} what indices stay below.
KINDS = {
    "normal": "torch.randn({shape}, generator={g})",
    "positive": "torch.rand({shape}, generator={g}) * 3.9 + 0.1",
    "unit": "torch.rand({shape}, generator={g})",
    "whole": "torch.randint(-9, 10, {shape}, generator={g}).float()",
    "natural": "torch.randint(1, 50, {shape}, generator={g}).float()",
    "offset": "torch.randn({shape}, generator={g}) + 10000",
    "odd constant": "torch.full({shape}, 12345.678)",
    "large": "torch.randn({shape}, generator={g}) * 1000",
    "small": "torch.randn({shape}, generator={g}) * 0.001",
    "weight": "torch.randn({shape}, generator={g}) * 0.3",
    "subnormal": "torch.randn({shape}, generator={g}) * 1e-39",
    "nan": "torch.where(torch.rand({shape}, generator={g}) < 0.1, math.nan, 1.5)",
    "infinite": "torch.where(torch.rand({shape}, generator={g}) < 0.1, -math.inf, torch.randn({shape}, generator={g}))",
    "constant": "torch.full({shape}, 1.7)",
    "zeros": "torch.zeros({shape})",
    "int64": "torch.randint(-9, 10, {shape}, generator={g})",
    "int32": "torch.randint(-9, 10, {shape}, generator={g}, dtype=torch.int32)",
    "wide": "torch.randint(-(2**62), 2**62, {shape}, generator={g}) >> torch.randint(0, 62, {shape}, generator={g})",
    "index": "torch.randint(0, {limit}, {shape}, generator={g})",
    "distinct": "torch.randperm({limit}, generator={g})[: {count}].reshape({shape})",
    "bool": "torch.rand({shape}, generator={g}) < 0.6",
    "lower triangle": "torch.ones({shape}, dtype=torch.bool).tril()",
    "upper triangle": "torch.ones({shape}, dtype=torch.bool).triu()",
    "padding": "(torch.rand({shape}, generator={g}) < 0.7).long()",
}
ORDINARY = ("normal",) * 8 + ("positive", "unit", "whole", "whole", "large", "small", "constant")
#: What is given at times to a program that need not keep its values finite.
WILD = ("subnormal", "nan", "infinite", "zeros")

NUMBERS = ("0.5", "2", "-1.5", "3", "1", "0.001", "0.25", "-1", "7", "1.7", "0")
WHOLE = ("1", "2", "3", "-1", "0", "5", "-2")


def kind_of_floats(rng: random.Random, wild: bool) -> str:
    return rng.choice(WILD) if wild and rng.random() < 0.3 else rng.choice(ORDINARY)


def shape_text(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def expression(kind: str, shape: tuple[int | str, ...], seed: int, limit: int | str, generator: str) -> str:
    count = " * ".join(map(str, shape)) or "1"
    return KINDS[kind].format(shape=shape_text(shape), g=f"{generator}({seed})", limit=limit, count=count)


def random_size(rng: random.Random, large: bool) -> int:
    """0 and 1 on purpose, powers of two and their neighbours, and anything to 70."""
    roll = rng.random()
    if roll < 0.0006:
        return 0
    if roll < 0.14:
        return 1
    if roll < 0.4:
        return rng.randint(2, 5)
    if roll < 0.6:
        return rng.choice((4, 8, 16, 32, 64)) + rng.choice((-1, 0, 0, 0, 1))
    if large and roll < 0.75:
        return rng.choice((127, 128, 200, 257, 511, 768, 1000, 1024, 2049, 3001, 4096))
    return rng.randint(2, 70)


def random_shape(rng: random.Random, large: bool, limit: int) -> tuple[int, ...]:
    """Of one to four dimensions, seldom none, with at most ``limit`` elements."""
    while True:
        rank = rng.choices((0, 1, 2, 3, 4, 5), (1, 6, 14, 14, 8, 1))[0]
        shape = tuple(random_size(rng, large) for _ in range(rank))
        count = 1
        for size in shape:
            count *= size
        if count <= limit:
            return shape
