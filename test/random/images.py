"""Operands of convolutions, resampling and normalizations."""

from __future__ import annotations

from collections.abc import Callable

from builder import Builder
from operands import Chosen, float_value, last_fixed


def convolution(spatial: int) -> Callable[[Builder], Chosen | None]:
    def make(b: Builder) -> Chosen | None:
        groups = b.rng.choice((1, 1, 1, 2, 3))
        channels, rows = groups * b.rng.randint(1, 6), groups * b.rng.randint(1, 6)
        window = [b.rng.randint(1, 4) for _ in range(spatial)]
        fixed = last_fixed(b, spatial)
        found = b.pick(lambda n: b.floats(n) and spatial + 1 <= b.rank(n) <= spatial + 2 and fixed(n))
        if found and b.rng.random() < 0.5:
            size = b.size(found, -spatial - 1)
            if not isinstance(size, int):
                return None
            channels, groups = size, b.rng.choice((1, size))
            rows, given = groups * b.rng.randint(1, 3), found
        else:
            most = {1: 40, 2: 14, 3: 7}[spatial]
            lead = () if b.rng.random() < 0.2 else (b.rng.randint(1, 3),)
            given = b.new_input(b.float_kind(), (*lead, channels, *(b.rng.randint(4, most) for _ in window)))
        made = {"input": given, "weight": b.new_member("weight", (rows, channels // max(groups, 1), *window))}
        if b.rng.random() < 0.5:
            made["bias"] = b.new_member("normal", (rows,))
        if b.rng.random() < 0.4:
            made["stride"] = str([b.rng.randint(1, 3)] * spatial) if b.rng.random() < 0.6 else str(window)
        return made | {"groups": str(groups)}

    return make


def plain_convolution(b: Builder) -> Chosen | None:
    """aten.convolution itself, whose arguments all have to be given."""
    made = convolution(2)(b)
    if made is None:
        return None
    made = {"bias": "None", "stride": "[1, 1]"} | made
    given = {"padding": "[0, 0]", "dilation": "[1, 1]", "transposed": "False", "output_padding": "[0, 0]"}
    return made | given


def image(spatial: int, divides: bool = False) -> Callable[[Builder], Chosen | None]:
    def make(b: Builder) -> Chosen | None:
        most = {1: 40, 2: 14}[spatial]
        shape = (b.rng.randint(1, 3), b.rng.randint(1, 5), *(b.rng.randint(3, most) for _ in range(spatial)))
        fits = last_fixed(b, spatial)
        found = b.pick(lambda n: b.floats(n) and b.rank(n) == spatial + 2 and fits(n) and b.value(n).numel())
        given = found or b.new_input(b.float_kind(), shape)
        size = str([b.rng.randint(1, 12) for _ in range(spatial)])
        if divides and b.rng.random() < 0.97:  # parts that differ in size are refused
            size = str([b.rng.choice([d for d in range(1, n + 1) if n % d == 0]) for n in b.shape(given)[-spatial:]])
        return {"input": given, "self": given, "output_size": size, "scale_factors": "None"}

    return make


def im2col(b: Builder) -> Chosen | None:
    made = image(2)(b)
    if made is None:
        return None
    pair = lambda low, high: str([b.rng.randint(low, high) for _ in range(2)])  # noqa: E731
    return made | {"kernel_size": pair(1, 3), "dilation": pair(1, 2), "padding": pair(0, 1), "stride": pair(1, 2)}


# Normalizations -------------------------------------------------------------------------------------


def layer_norm(b: Builder) -> Chosen | None:
    count = b.rng.choice((1, 1, 1, 2))
    given = float_value(b, count, 5, last_fixed(b, count))
    shape = b.shape(given)[-count:]
    if len(shape) < count or not last_fixed(b, count)(given):
        return None
    made = {"input": given, "normalized_shape": str(list(shape))}
    for name in ("weight", "bias"):
        if b.rng.random() < 0.6:
            made[name] = b.new_member("normal", shape)
    return made | ({"eps": b.rng.choice(("1e-5", "1e-6", "0.1"))} if b.rng.random() < 0.7 else {})


def channel_norm(b: Builder) -> Chosen | None:
    """group_norm and batch_norm: each takes what it knows."""
    given = float_value(b, 2, 5, lambda n: b.is_fixed(n, 1))
    channels = b.size(given, 1)
    if not isinstance(channels, int) or channels < 1:
        return None
    vector = lambda kind: b.new_member(kind, (channels,))  # noqa: E731
    made = {"input": given, "num_groups": str(b.rng.choice([d for d in range(1, channels + 1) if channels % d == 0]))}
    made |= (
        {"weight": vector("normal"), "bias": vector("normal")}
        if b.rng.random() < 0.7
        else {"weight": "None", "bias": "None"}
    )
    made |= {"running_mean": vector("normal"), "running_var": vector("positive"), "training": "False"}
    return made | {"momentum": "0.1", "eps": "1e-5", "cudnn_enabled": "False"}


def weight_norm(b: Builder) -> Chosen | None:
    given = float_value(b, 2, 3, last_fixed(b, 3))
    if 0 in b.shape(given):  # PyTorch 2.13 divides by it and dies
        return None
    dim = b.rng.choice((0, b.rank(given) - 1))
    shape = tuple(size if i == dim else 1 for i, size in enumerate(b.shape(given)))
    return {"v": given, "g": b.new_tensor("normal", shape), "dim": str(dim)} if last_fixed(b, 3)(given) else None
