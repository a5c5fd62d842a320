"""Operands of lookups and of writes to chosen places: the indices lie inside."""

from __future__ import annotations

from builder import Builder
from operands import Chosen
from program import Size
from values import random_shape


def _place(b: Builder, least: int = 1) -> tuple[str, int, Size] | None:
    """A value, one of its dimensions and its size."""
    value = b.pick(lambda n: b.rank(n) >= least)
    if value is None:
        return None
    dim = b.rng.randrange(b.rank(value))
    size = b.size(value, dim)
    return None if size is None or min(v.shape[dim] for v in b.values(value)) == 0 else (value, dim, size)


def indices(b: Builder, size: Size, shape: tuple[Size, ...]) -> str | None:
    """Whole numbers from 0 to below ``size``: given, counted, constant or computed."""
    roll = b.rng.random()
    if roll > 0.75:
        return _computed(b, size, shape)
    if roll < 0.12 and isinstance(size, int) and len(shape) == 1 and isinstance(shape[0], int):
        names = b.add(f"torch.tensor({[b.rng.randrange(size) for _ in range(shape[0])]})")
    elif roll < 0.25 and isinstance(size, int):
        found = b.pick(lambda n: str(b.dtype(n)) == "torch.int64" and 1 <= b.rank(n) <= 2 and b.value(n).numel() < 3000)
        names = b.add(f"{found}.clamp(0, {size - 1})") if found else None
    else:
        return b.new_tensor("index", shape, size)
    return names[0] if names else None


def _computed(b: Builder, size: Size, shape: tuple[Size, ...]) -> str | None:
    """Inside as well, but for the numbers alone: no shift of an input and no clamp says so."""
    x, y = b.new_tensor("index", shape, size), b.new_tensor("index", shape, size)
    ways = [f"torch.where({x} > {y}, {x}, {y})", f"({x} + {y}) // 2", f"{x} * ({y} > 2)", f"({x} - {y}).abs()"]
    if isinstance(size, int):
        ways += [f"({x} * 7 + {y}) % {size}", f"({x} * {y}) // {size}"]
        scores = b.pick(lambda n: b.floats(n) and b.shapes_text(n)[:-1] == [str(one) for one in shape] and b.rank(n) > 1)
        if scores and 0 < max(value.shape[-1] for value in b.values(scores)) <= size:
            ways.append(f"{scores}.argmax(-1) * ({x} > {y})")
    names = b.add(b.rng.choice(ways))
    return names[0] if names else None


def embedding(b: Builder) -> Chosen | None:
    rows, columns = b.rng.randint(2, 50), b.rng.choice((1, 3, 8, 16, 20, 33, 64))
    found = b.pick(lambda n: b.floats(n) and b.rank(n) == 2 and b.is_fixed(n, 0) and b.shape(n)[0] > 0)
    weight = found if found and b.rng.random() < 0.3 else b.new_member("normal", (rows, columns))
    size = b.size(weight, 0)
    given = indices(b, size, _list_shape(b)) if size is not None else None
    return {"weight": weight, "indices": given} if given else None


def _list_shape(b: Builder) -> tuple[Size, ...]:
    """[n], [batch, n], with the program's open sizes at times."""
    shape: list[Size] = [b.rng.choice((1, 2, 5, 17, 24, 32, 33, 40))]
    if b.program.symbols and b.rng.random() < 0.5:
        shape = [b.rng.choice(b.program.symbols).name]
    return tuple([b.rng.randint(1, 3), *shape] if b.rng.random() < 0.5 else shape)


def index_select(b: Builder) -> Chosen | None:
    found = _place(b)
    given = indices(b, found[2], _list_shape(b)[-1:]) if found else None
    return {"self": found[0], "dim": str(found[1]), "index": given} if found and given else None


def gather(b: Builder) -> Chosen | None:
    found = _place(b)
    sizes = b.input_shape(found[0]) if found else None
    if found is None or sizes is None:
        return None
    value, dim, size = found
    shape = tuple(b.rng.randint(1, 9) if i == dim else one for i, one in enumerate(sizes))
    return {"self": value, "dim": str(dim), "index": b.new_tensor("index", shape, size)}


def index(b: Builder) -> Chosen | None:
    """self[i], self[:, i], self[i, :, j] and self[i, j]."""
    value = b.pick(lambda n: b.rank(n) >= 1)
    if value is None:
        return None
    texts, indexed = [], 0
    shape = _list_shape(b)
    for dim in range(b.rng.randint(1, b.rank(value))):
        size = b.size(value, dim)
        is_last = dim + 1 == b.rank(value)
        if (b.rng.random() < 0.5 or size is None) and not (is_last and not indexed):
            texts.append("None")
            continue
        if size is None or min(v.shape[dim] for v in b.values(value)) == 0:
            return None
        given = indices(b, size, shape if b.rng.random() < 0.8 else (1,))
        if given is None:
            return None
        texts.append(given)
        indexed += 1
    return {"self": value, "indices": f"[{', '.join(texts)}]"} if indexed else None


def _distinct_places(b: Builder) -> tuple[str, int, str, tuple[Size, ...]] | None:
    """A float value, a dimension, indices of some of its places, each once, and the shape of what lies there."""
    found = _place(b)
    sizes = b.input_shape(found[0]) if found else None
    if found is None or sizes is None or not isinstance(found[2], int) or not b.floats(found[0]):
        return None
    value, dim, size = found
    count = b.rng.randint(1, size)
    part = tuple(count if i == dim else one for i, one in enumerate(sizes))
    return value, dim, b.new_tensor("distinct", (count,), size), part


def index_copy(b: Builder) -> Chosen | None:
    found = _distinct_places(b)
    if found is None:
        return None
    value, dim, places, part = found
    return {"self": value, "dim": str(dim), "index": places, "source": b.new_tensor("normal", part)}


def index_put(b: Builder) -> Chosen | None:
    found = _distinct_places(b)
    if found is None:
        return None
    value, dim, places, part = found
    texts = ["None"] * dim + [places]
    values = b.new_tensor("normal", part if b.rng.random() < 0.6 else ())
    return {"self": value, "indices": f"[{', '.join(texts)}]", "values": values, "accumulate": "False"}


def copy(b: Builder) -> Chosen | None:
    value = b.pick()
    shape = b.input_shape(value) if value else None
    if value is None or shape is None:
        return None
    return {"self": value, "src": b.new_tensor(b.float_kind(), shape[b.rng.randint(0, len(shape)) :])}


def arange(b: Builder) -> Chosen | None:
    """From whole numbers, or to one of the program's sizes; in fractions at times."""
    start, step = b.rng.randint(-3, 4), b.rng.choice((1, 1, 2, 3, -1))
    end = start + step * b.rng.randint(1, 40)
    made = {"start": str(start), "end": str(end), "step": str(step)}
    name = b.pick(b.rank)
    if name and b.rng.random() < 0.5:
        made = {"start": "0", "end": b.size_text(name, b.rng.randrange(b.rank(name))), "step": "1"}
    if b.rng.random() < 0.2:
        made["dtype"] = "torch.float32"
    return made


def full_of(b: Builder) -> Chosen | None:
    return {"size": str(list(random_shape(b.rng, False, 2000)))}
