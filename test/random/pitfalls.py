"""What compilers get wrong: whole quotients and roots, NaN, long sums, sums over lookups, masks of two sizes."""

from __future__ import annotations

from builder import Builder
from operands import float_value
from patterns import lines
from program import Size


def _length(b: Builder) -> Size:
    if b.program.symbols and b.rng.random() < 0.5:
        return b.rng.choice(b.program.symbols).name
    return b.rng.choice((1, 2, 5, 17, 20, 24, 31, 32, 33, 40, 64))


def whole_numbers(b: Builder) -> None:
    """Quotients and roots that are whole, and what is made of them: a rounding too many shows."""
    shape = (b.rng.choice((3, 17, 64, 299)),)
    x, y = b.new_input("whole", shape), b.new_input("natural", shape)
    way = b.rng.choice(
        (
            (f"torch.floor(({x} * {y}) / {y})",),
            (f"{x} * {y}", f"($0 / {y}).to(torch.int64)"),
            (f"({x} * {x}).sqrt()", f"$0 == {x}.abs()"),
            (f"({x} * {x}) ** 0.5", "torch.ceil($0)"),
            (f"torch.linalg.vector_norm(torch.stack([{x} * 3, {x} * 4]), dim=0)", "$0.trunc()"),
            (f"{x}.long() * {y}.long()", f"torch.floor($0 / {y}.long())"),
            (f"{x}.sum() / {x}.numel()", f"{x} - $0"),
            (f"{x} - {x}.mean()",),
        )
    )
    lines(b, *way)


def not_finite(b: Builder) -> None:
    """NaN and infinity through what looks as if it had one result."""
    x = b.new_input(b.rng.choice(("nan", "infinite")), (b.rng.choice((1, 4, 17)), b.rng.choice((3, 8, 33))))
    wild, b.wild = b.wild, True
    for _ in range(b.rng.randint(1, 3)):
        ways = [f"{x} * 0", f"0 / {x}", f"{x} - {x}", f"{x} / {x}", f"{x}.argmax(-1)", f"{x}.argmin(-1)"]
        ways += [
            f"{x}.amax(-1)",
            f"{x}.max(-1)[0]",
            f"{x}.clamp(-1, 1)",
            f"torch.maximum({x}, {x} * 0.5)",
            f"{x}.relu()",
        ]
        ways += [f"torch.where({x} == {x}, {x}, 0.0)", f"{x}.sum(-1)", f"{x} != {x}", f"{x}.sign()", f"{x} ** 0"]
        lines(b, b.rng.choice(ways))
    b.wild = wild


def pooled(b: Builder) -> None:
    """Rows of a table, summed or averaged."""
    rows, columns = b.rng.randint(2, 40), b.rng.choice((1, 4, 16, 17, 33))
    table = b.new_member("normal", (rows, columns))
    ids = b.new_input("index", (b.rng.randint(1, 3), _length(b)), rows)
    found = f"torch.nn.functional.embedding({ids}, {table})" if b.rng.random() < 0.6 else f"{table}[{ids}]"
    lines(b, found, f"$0.{b.rng.choice(('mean(1)', 'sum(1)', 'amax(1)', 'sum(-1)', 'sum((0, 1))'))}")


def long_rows(b: Builder) -> None:
    """Sums over many numbers, far from zero, or all the same."""
    size = b.rng.choice((127, 511, 1000, 2047, 3001, 4096, 9001))
    x = b.new_input(b.rng.choice(("normal", "unit", "offset", "odd constant")), (b.rng.randint(1, 3), size))
    ways = [
        f"{x}.sum(-1)",
        f"{x}.mean(-1)",
        f"torch.softmax({x} * 0.001, -1)",
        f"torch.nn.functional.layer_norm({x}, ({size},))",
    ]
    ways += [f"{x} - {x}.mean(-1, keepdim=True)", f"torch.linalg.vector_norm({x}, dim=-1)", f"{x}.cumsum(-1)[:, -1]"]
    lines(b, b.rng.choice(ways))


def masks_of_sizes(b: Builder) -> None:
    """Masks counted from one or two sizes, as caches and windows have them, and what they keep."""
    x = float_value(b, 2, 3)
    y = b.pick(lambda n: b.rank(n) >= 1 and b.floats(n)) or x
    rows, columns = b.size_text(x, -2), b.size_text(x, -1)
    other = b.size_text(y, 0)
    way = b.rng.choice(
        (
            f"torch.arange({columns})[None] > torch.arange({rows})[:, None] + 1",
            f"torch.arange({columns})[None] <= torch.arange({rows})[:, None] + {other}",
            f"torch.arange({rows}, {rows} + {columns})[None] <= torch.arange({columns}, {columns} + {rows})[:, None]",
            f"torch.arange({columns}) < {other}",
            f"(torch.arange({rows})[:, None] - torch.arange({columns})[None]).abs() < 3",
            f"torch.ones({rows}, {columns}, dtype=torch.bool).tril({b.rng.randint(-2, 2)})",
        )
    )
    lines(
        b,
        way,
        b.rng.choice((f"{x}.masked_fill($0, -1e4).softmax(-1)", f"torch.where($0, {x}, 0.0)", f"{x} + $0.float()")),
    )


def unit_products(b: Builder) -> None:
    """Products whose inner size is one, and more loops around them."""
    m, n, k = (b.rng.choice((1, 2, 3, 8, 17)) for _ in range(3))
    x, y = b.new_input("normal", (m, 1)), b.new_input("normal", (1, n))
    z = b.new_input("normal", b.rng.choice(((k, m, n), (k, 1, n), (k, m, 1), (m, n))))
    product = b.rng.choice(
        (f"{x} @ {y}", f'torch.einsum("ij,jk->ik", {x}, {y})', f"torch.nn.functional.linear({x}, {y}.t())")
    )
    lines(
        b,
        product,
        b.rng.choice((f"$0 + {z}", f"$0 * {z}", f"{z} - $0", f"$0.expand({k}, -1, -1)", f"$0.repeat({k}, 1, 1)")),
    )


PITFALLS = (whole_numbers, not_finite, pooled, long_rows, masks_of_sizes, unit_products)
