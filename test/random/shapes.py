"""Arguments of views, slices, joins and reductions: shapes of as many elements, places inside of a dimension."""

from __future__ import annotations

from builder import Builder
from operands import Chosen, float_value
from values import NUMBERS


def any_value(b: Builder, least: int = 0) -> str | None:
    return b.pick(lambda n: b.rank(n) >= least)


def _listed(texts: list[str]) -> str:
    return f"[{', '.join(texts)}]"


def _refactored(b: Builder, sizes: list[tuple[int, str]]) -> list[str]:
    """The sizes with neighbours merged and numbers split, one perhaps as -1."""
    result: list[str] = []
    for size, text in sizes:
        is_number = text.isdigit()
        roll = b.rng.random()
        divisors = [d for d in range(2, min(size, 70)) if size % d == 0] if is_number else []
        if roll < 0.3 and result:
            last = result.pop()
            result.append(str(int(last) * size) if is_number and last.isdigit() else f"{last} * {text}")
        elif roll < 0.5 and divisors:
            divisor = b.rng.choice(divisors)
            result += [str(divisor), str(size // divisor)]
        else:
            result.append(text)
    if b.rng.random() < 0.2:
        result.insert(b.rng.randint(0, len(result)), "1")
    if result and b.rng.random() < 0.3:
        result[b.rng.randrange(len(result))] = "-1"
    return result


def reshape(name: str):  # type: ignore[no-untyped-def]
    def make(b: Builder) -> Chosen | None:
        value = any_value(b)
        if value is None:
            return None
        sizes = list(zip(b.shape(value), b.shapes_text(value)))
        return {"self": value, name: _listed(_refactored(b, sizes))}

    return make


def reshape_as(b: Builder) -> Chosen | None:
    value = any_value(b)
    others = (
        b.pick(lambda n: all(x.numel() == y.numel() for x, y in zip(b.values(n), b.values(value)))) if value else None
    )
    return {"self": value, "other": others} if value and others else None


def expand(b: Builder) -> Chosen | None:
    value = any_value(b)
    if value is None:
        return None
    texts = []
    for size, text in zip(b.shape(value), b.shapes_text(value)):
        texts.append(str(b.rng.randint(1, 9)) if size == 1 and b.rng.random() < 0.7 else b.rng.choice((text, "-1")))
    for _ in range(b.rng.choice((0, 0, 1, 2))):
        texts.insert(0, str(b.rng.randint(1, 5)))
    return {"self": value, "size": _listed(texts)}


def repeat(name: str):  # type: ignore[no-untyped-def]
    def make(b: Builder) -> Chosen | None:
        value = any_value(b)
        if value is None:
            return None
        rank = b.rank(value) + (b.rng.random() < 0.2)
        return {"self": value, name: str([b.rng.choice((1, 1, 2, 3)) for _ in range(rank)])}

    return make


def unflatten(b: Builder) -> Chosen | None:
    value = any_value(b, 1)
    if value is None:
        return None
    dim = b.rng.randrange(b.rank(value))
    size, text = b.shape(value)[dim], b.size_text(value, dim)
    divisor = b.rng.choice([d for d in range(1, 9) if size % d == 0] if text.isdigit() else [1])
    sizes = [str(divisor), "-1"] if b.rng.random() < 0.5 or not text.isdigit() else [str(size // divisor), str(divisor)]
    return {"self": value, "dim": str(dim), "sizes": _listed(sizes)}


def movedim(b: Builder) -> Chosen | None:
    value = any_value(b, 1)
    if value is None:
        return None
    count = b.rng.randint(1, b.rank(value))
    dims = [b.rng.sample(range(b.rank(value)), count) for _ in range(2)]
    return {"self": value, "source": str(dims[0]), "destination": str(dims[1])}


def movedim_one(b: Builder) -> Chosen | None:
    value = any_value(b, 1)
    return {"self": value} if value else None


# Slices ---------------------------------------------------------------------------------------------


def slices(b: Builder) -> Chosen | None:
    value = any_value(b, 1)
    if value is None:
        return None
    dim = b.rng.randrange(b.rank(value))
    size = min(tensor.shape[dim] for tensor in b.values(value))
    start = b.rng.choice((0, 0, 1, -1, b.rng.randint(0, max(size, 1)), -b.rng.randint(1, max(size, 1))))
    end = b.rng.choice(("None", str(b.rng.randint(0, size)), str(-1), str(size), "9223372036854775807"))
    # What a step divides must be a number: other lengths are refused by name (docs/sizes.md).
    step = b.rng.choice((1, 1, 1, 2, 3)) if b.is_fixed(value, dim) else 1
    return {"self": value, "dim": str(dim), "start": str(start), "end": end, "step": str(step)}


def place(b: Builder) -> Chosen | None:
    """select, narrow and their scatters: a place along a dimension."""
    value = any_value(b, 1)
    if value is None:
        return None
    dim = b.rng.randrange(b.rank(value))
    size = min(tensor.shape[dim] for tensor in b.values(value))
    if size == 0:
        return None
    start = b.rng.randrange(size)
    index = b.rng.choice((start, start - size)) if b.is_fixed(value, dim) else b.rng.choice((start, -1))
    return {
        "self": value,
        "dim": str(dim),
        "index": str(index),
        "start": str(start),
        "length": str(b.rng.randint(0 if b.rng.random() < 0.1 else 1, size - start)),
    }


def split(name: str):  # type: ignore[no-untyped-def]
    def make(b: Builder) -> Chosen | None:
        value = b.pick(lambda n: b.rank(n) and any(b.is_fixed(n, dim) and b.shape(n)[dim] for dim in range(b.rank(n))))
        if value is None:
            return None
        dim = b.rng.choice([dim for dim in range(b.rank(value)) if b.is_fixed(value, dim) and b.shape(value)[dim]])
        size = b.shape(value)[dim]
        parts = b.rng.randint(1, min(size, 5))
        cuts = sorted(b.rng.sample(range(1, size), parts - 1))
        lengths = [end - start for start, end in zip([0, *cuts], [*cuts, size])]
        texts = {"chunks": str(parts), "sizes": str(lengths), "size": str(-(-size // parts)), "": ""}
        argument, kind = name.split(":")
        return {"self": value, "dim": str(dim)} | ({argument: texts[kind]} if argument else {})

    return make


def scatter(b: Builder) -> Chosen | None:
    """A part of a tensor replaced: the part is new, or computed from the tensor's own."""
    made = slices(b)
    if made is None:
        return None
    text = (
        f"{made['self']}.{b.rng.choice(('flip(0)', 'neg()', 'clone()'))}"
        if b.dtype(made["self"]).is_floating_point
        else made["self"]
    )
    part = b.add(f"torch.ops.aten.slice.Tensor({text}, {made['dim']}, {made['start']}, {made['end']}, {made['step']})")
    return made | {"src": part[0]} if part else None


def select_scatter(b: Builder) -> Chosen | None:
    made = place(b)
    if made is None:
        return None
    part = b.add(f"{made['self']}.select({made['dim']}, 0)")
    if part is None:
        return None
    source = (b.add(f"{part[0]} * 2") or part) if b.dtype(part[0]).is_floating_point else part
    return {"self": made["self"], "src": source[0], "dim": made["dim"], "index": made["index"]}


# Joins and the like ---------------------------------------------------------------------------------


def cat(b: Builder) -> Chosen | None:
    """Tensors that agree in all dimensions but one; at times one of no elements."""
    first = any_value(b, 1)
    if first is None:
        return None
    dim = b.rng.randrange(b.rank(first))

    def fits(n: str) -> bool:
        shapes = zip(b.values(first), b.values(n))
        return all(
            x.dim() == y.dim() and x.shape[:dim] == y.shape[:dim] and x.shape[dim + 1 :] == y.shape[dim + 1 :]
            for x, y in shapes
        )

    names = [first]
    for _ in range(b.rng.randint(1, 3)):
        found = b.pick(fits) if b.rng.random() < 0.7 else None
        sizes = b.input_shape(first)
        if found is None and sizes is not None:
            part = (*sizes[:dim], b.rng.choice((1, 2, 5, 0, 16)), *sizes[dim + 1 :])
            found = b.new_tensor(b.float_kind(), part)
        names += [found] if found else []
    b.rng.shuffle(names)
    return {"tensors": _listed(names), "dim": str(dim if b.rng.random() < 0.7 else dim - b.rank(first))}


def stack(b: Builder) -> Chosen | None:
    first = any_value(b)
    if first is None:
        return None
    same = lambda n: all(x.shape == y.shape for x, y in zip(b.values(first), b.values(n)))  # noqa: E731
    names = [first, *(b.pick(same) or first for _ in range(b.rng.randint(0, 2)))]
    return {"tensors": _listed(names), "dim": str(b.rng.randint(-b.rank(first) - 1, b.rank(first)))}


def meshgrid(b: Builder) -> Chosen | None:
    names = [b.pick(lambda n: b.rank(n) <= 1) for _ in range(b.rng.randint(1, 3))]
    names = [name if name else b.new_tensor("normal", (b.rng.randint(1, 9),)) for name in names]
    dtype = b.dtype(names[0])
    return {
        "tensors": _listed([name for name in names if b.dtype(name) == dtype]),
        "indexing": b.rng.choice(('"ij"', '"xy"')),
    }


def pad(b: Builder) -> Chosen | None:
    value = any_value(b, 1)
    if value is None:
        return None
    counts = [
        b.rng.choice((0, 1, 2, 3, -1 if b.rng.random() < 0.2 else 1))
        for _ in range(2 * b.rng.randint(1, b.rank(value)))
    ]
    return {"self": value, "pad": str(counts), "mode": '"constant"', "value": b.rng.choice(NUMBERS)}


def roll(b: Builder) -> Chosen | None:
    value = any_value(b, 1)
    if value is None:
        return None
    dims = b.rng.sample(range(b.rank(value)), b.rng.randint(1, b.rank(value)))
    if b.rng.random() < 0.2 and all(b.is_fixed(value, dim) for dim in range(b.rank(value))):
        return {"self": value, "shifts": str([b.rng.randint(-9, 9)]), "dims": "[]"}
    return {"self": value, "shifts": str([b.rng.randint(-9, 9) for _ in dims]), "dims": str(dims)}


def flip(b: Builder) -> Chosen | None:
    """Of sizes that are fixed, nearly always: others are refused by name."""
    value = any_value(b, 1)
    if value is None:
        return None
    dims = [dim for dim in range(b.rank(value)) if b.is_fixed(value, dim) or b.rng.random() < 0.02]
    return {"self": value, "dims": str(b.rng.sample(dims, b.rng.randint(1, len(dims))))} if dims else None


def diff(b: Builder) -> Chosen | None:
    value = b.pick(lambda n: b.rank(n) >= 1 and min(b.shape(n)) > 3)
    return {"self": value, "n": b.rng.choice(("1", "1", "2")), "dim": "-1"} if value else None


def norm(b: Builder) -> Chosen | None:
    given = float_value(b, 0)
    return {"self": given, "ord": b.rng.choice(("2", "2", "1", 'float("inf")')), "p": b.rng.choice(("2", "1"))}
