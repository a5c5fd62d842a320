"""Operands of matrix products, einsum and attention."""

from __future__ import annotations

from builder import Builder
from masks import kept
from operands import Chosen, float_value, last_fixed, small_size
from program import Size


def _right(b: Builder, left: str, columns: int | None = None) -> str | None:
    """What ``left`` can be multiplied with: fitting and there, or new, of as many dimensions or of two."""
    found = b.pick(lambda n: b.floats(n) and b.rank(n) >= 2 and _multiplies(b, left, n))
    if found and b.rng.random() < 0.4:
        return found
    sizes = b.input_shape(left)
    if sizes is None:
        return found
    lead = sizes[:-2] if b.rng.random() < 0.4 else ()
    return b.new_tensor("weight", (*lead, sizes[-1], columns or small_size(b)))


def _multiplies(b: Builder, left: str, right: str) -> bool:
    return all(
        x.shape[-1] == y.shape[-2] and (y.dim() == 2 or x.shape[:-2] == y.shape[:-2])
        for x, y in zip(b.values(left), b.values(right))
    )


def matmul(b: Builder) -> Chosen | None:
    left = float_value(b, 2)
    right = _right(b, left)
    return {"self": left, "other": right} if right else None


def mm(b: Builder) -> Chosen | None:
    left = float_value(b, 2, 2)
    right = _right(b, left)
    return {"self": left, "mat2": right} if right and b.rank(right) == 2 else None


def bmm(b: Builder) -> Chosen | None:
    left = float_value(b, 3, 3)
    sizes = b.input_shape(left)
    return {"self": left, "mat2": b.new_tensor("weight", (sizes[0], sizes[2], small_size(b)))} if sizes else None


def addmm(b: Builder) -> Chosen | None:
    left = float_value(b, 2, 2)
    right = _right(b, left)
    if not right or b.rank(right) != 2:
        return None
    rows, columns = b.size(left, 0), b.size(right, 1)
    if rows is None or columns is None:
        return None
    shape = b.rng.choice(((columns,), (rows, columns), (1, columns), (rows, 1)))
    return {"self": b.new_tensor("normal", shape), "mat1": left, "mat2": right}


def baddbmm(b: Builder) -> Chosen | None:
    made = bmm(b)
    if made is None:
        return None
    sizes = (b.size(made["self"], 0), b.size(made["self"], 1), b.size(made["mat2"], 2))
    if None in sizes:
        return None
    added = b.new_tensor("normal", b.rng.choice((sizes, (1, *sizes[1:]))))  # type: ignore[arg-type]
    return {"self": added, "batch1": made["self"], "batch2": made["mat2"]}


def linear(b: Builder) -> Chosen | None:
    given = float_value(b, 1, 5, last_fixed(b))
    size = b.size(given, -1)
    if not isinstance(size, int):
        return None
    rows = small_size(b)
    weight = b.new_member("weight", (rows, size))
    return {
        "input": given,
        "weight": weight,
        "bias": b.new_member("normal", (rows,)) if b.rng.random() < 0.6 else "None",
    }


def outer(b: Builder) -> Chosen | None:
    one = b.pick(lambda n: b.rank(n) == 1) or b.new_tensor("normal", (small_size(b),))
    return {"self": one, "vec2": b.new_tensor("normal", (small_size(b),))}


def einsum(b: Builder) -> Chosen | None:
    """Two terms: letters of both and the result, of one, and summed ones; in any order."""
    left = float_value(b, 1, 4)
    sizes = b.input_shape(left)
    if sizes is None:
        return None
    letters = "abcd"[: len(sizes)]
    ways = {letter: b.rng.choice(("batch", "row", "sum")) for letter in letters}
    right = [letter for letter in letters if ways[letter] != "row"] + ["x", "y"][: b.rng.randint(0, 2)]
    out = [letter for letter in letters if ways[letter] != "sum"] + [c for c in right if c in "xy"]
    b.rng.shuffle(right)
    b.rng.shuffle(out)
    if not right:
        return None
    known = dict(zip(letters, sizes)) | {"x": small_size(b), "y": b.rng.randint(1, 5)}
    other = b.new_tensor("weight", tuple(known[c] for c in right))
    return {"equation": f'"{letters},{"".join(right)}->{"".join(out)}"', "tensors": f"[{left}, {other}]"}


def sdpa(b: Builder) -> Chosen | None:
    depth, heads, keys = b.rng.choice((1, 4, 8, 12, 16, 20, 32, 64)), b.rng.randint(1, 6), small_size(b)
    # What is masked is not looked at, and a NaN in it is none (docs/numbers.md).
    found = b.pick(lambda n: b.floats(n) and 2 <= b.rank(n) <= 4 and last_fixed(b)(n) and b.is_finite(n))
    query = (
        found
        if found and b.rng.random() < 0.6
        else b.new_input("normal", (b.rng.randint(1, 3), heads, small_size(b), depth))
    )
    sizes = b.input_shape(query)
    if sizes is None or not isinstance(sizes[-1], int):
        return None
    lead, rows, depth = sizes[:-2], sizes[-2], sizes[-1]
    grouped = len(sizes) == 4 and isinstance(lead[1], int) and b.rng.random() < 0.4
    key_lead = (lead[0], b.rng.choice([d for d in range(1, lead[1] + 1) if lead[1] % d == 0] or [0])) if grouped else lead  # type: ignore[operator]
    causal = b.rng.random() < 0.35
    count: Size = rows if causal or b.rng.random() < 0.3 else keys
    width = depth if b.rng.random() < 0.8 else b.rng.randint(1, 40)
    made = {
        "query": query,
        "key": b.new_input("normal", (*key_lead, count, depth)),
        "value": b.new_input("normal", (*key_lead, count, width)),
    }
    if not causal and b.rng.random() < 0.6:
        shape = b.rng.choice(
            ((rows, count), (count,), tuple(1 for _ in lead) + (rows, count), (*lead, rows, count), (1, count))
        )
        counted = kept(b, b.size_text(query, -2), b.size_text(made["key"], -2)) if b.rng.random() < 0.4 else None
        made["attn_mask"] = counted or b.new_input(b.rng.choice(("bool", "normal", "infinite")), shape)
    if causal:
        made["is_causal"] = "True"
    if b.rng.random() < 0.3:
        made["scale"] = b.rng.choice(("0.5", "1.0", "0.1"))
    if grouped:
        made["enable_gqa"] = "True"
    return made
