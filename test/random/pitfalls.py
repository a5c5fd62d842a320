"""What compilers get wrong: whole quotients and roots, NaN, long sums, sums over lookups, masks of two sizes."""

from __future__ import annotations

from builder import Builder
from operands import float_value
from patterns import lines
from program import Size

#: Of two open sizes that are at most 127 and a few more. With less, few programs would have them merged.
LARGEST_MERGED = 50_000


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
    # Of one row an error may be luck, of many it is not.
    rows = b.rng.choice([count for count in (1, 2, 3, 16, 64) if count * size < 40_000])
    x = b.new_input(b.rng.choice(("normal", "unit", "offset", "odd constant")), (rows, size))
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


def _unit_product(b: Builder) -> str | None:
    """A product or convolution that sums over one term."""
    m, n = (b.rng.choice((1, 1, 2, 3, 8, 17)) for _ in range(2))
    way = b.rng.random()
    if way < 0.6:
        x, y = b.new_input("normal", (m, 1)), b.new_input("normal", (1, n))
        products = (f"{x} @ {y}", f'torch.einsum("ij,jk->ik", {x}, {y})', f"torch.nn.functional.linear({x}, {y}.t())")
        return lines(b, b.rng.choice(products))
    spatial = b.rng.randint(1, 2)
    rest = (1,) * (spatial - 1)
    x, window = b.new_input("normal", (b.rng.randint(1, 2), 1, *rest, n)), b.new_tensor("normal", (m, 1, *rest, 1))
    return lines(b, f"torch.nn.functional.conv{spatial}d({x}, {window})")


def unit_products(b: Builder) -> None:
    """Products of one term, and more loops around them."""
    product = _unit_product(b)
    if product is None:
        return
    shape, k = b.shape(product), b.rng.choice((1, 2, 3, 8))
    wider = (k, *(size if b.rng.random() < 0.7 else 1 for size in shape))
    z = b.new_input("normal", wider if b.rng.random() < 0.7 else shape)
    stretched = ", ".join(str(k) if size == 1 else "-1" for size in shape)
    ways = (f"{product} + {z}", f"{product} * {z}", f"{z} - {product}", f"{product}.expand({k}, {stretched})")
    lines(b, b.rng.choice((*ways, f"{product}.repeat({k}, {', '.join('1' for _ in shape)})")))


def repeated_products(b: Builder) -> None:
    """Products of a row or a column that is repeated: the result has a loop that only it has."""
    k, n, times = b.rng.choice((1, 3, 4, 16)), b.rng.choice((1, 5, 17, 33)), b.rng.choice((3, 8, 65, 70))
    x, y = b.new_tensor("normal", (k,)), b.new_input("normal", (k, n))
    ways = (
        f"{x}.expand({times}, -1) @ {y}",
        f"{y}.t() @ {x}[:, None].expand(-1, {times})",
        f'torch.einsum("ra,an->nr", {x}.repeat({times}, 1), {y})',
        f'torch.einsum("abc,ax->bcx", torch.meshgrid({x}, {y}[0], torch.arange({times}), indexing="ij")[0], {y})',
    )
    lines(b, b.rng.choice(ways), "$0 * 0.5")


def far_starts(b: Builder) -> None:
    """Sums of many small terms that are added to something far larger."""
    k, n, rows = b.rng.choice((7, 33, 64, 300, 1000)), b.rng.choice((1, 5, 16, 33)), b.rng.choice((1, 1, 2, 9))
    x, w = b.new_input("normal", (rows, k)), b.new_tensor("weight", (n, k))
    row, start = b.new_tensor("offset", (n,)), b.new_tensor("offset", (rows, n))
    ways = (
        f"torch.nn.functional.linear({x}, {w}, {row})",
        f"torch.addmm({row}, {x}, {w}.t())",
        f"torch.addmm({start}, {x}, {w}.t())",
        f"{x} @ {w}.t() + {start}",
        f"{start} + {x}[:, :1].expand(-1, {k}) @ {w}.t()",
        f"{start} - ({x}[:, None] * {w}).sum(-1)",
    )
    lines(b, b.rng.choice(ways))


def joined_sizes(b: Builder) -> None:
    """A size that is a sum in several ways, and what counts it."""
    opened = b.program.symbols and b.rng.choice(b.program.symbols).name
    x = b.new_input("normal", (opened, b.rng.choice((4, 16, 17)))) if opened else float_value(b, 1, 3)
    if min(value.shape[0] for value in b.values(x)) < 3:
        return
    ways = (
        f"torch.cat([{x}[{b.rng.randint(0, 2)}:]] * {b.rng.randint(2, 3)})",
        f"torch.cat([{x}, {x}[:-1], {x}[1:]])",
        f"torch.cat([{x}[1:], {x} * 0.5])",
        f"{x}.repeat({', '.join(['3', *('1' for _ in b.shape(x)[1:])])})[{b.rng.randint(0, 2)}:]",
        f"torch.nn.functional.pad({x}, ({'0, 0, ' * (b.rank(x) - 1)}1, 2))",
    )
    v = lines(b, b.rng.choice(ways))
    if v is None:
        return
    places = f"torch.arange({b.size_text(v, 0)})"
    places += "[:, None]" * (b.rank(v) > 1) + "[..., None]" * (b.rank(v) > 2)
    columns = f"torch.arange({b.size_text(v, -1)})"
    texts = (
        f"{v}.masked_fill({columns} > {places} + {b.rng.randint(0, 2)}, -1e9).softmax(-1)",
        f"torch.where({places} < {b.size_text(x, 0)}, {v}, 0.0)",
        f"{v} + {places} * 0.5",
        f"torch.cat([{v}, {x}]) * 2",
        f"{v}.softmax(0)",
    )
    for text in b.rng.sample(texts, 2):
        lines(b, text)


def merged_sizes(b: Builder) -> None:
    """Neighbouring dimensions as one, in whose order something happens, and taken apart again."""
    names = [symbol.name for symbol in b.program.symbols[:2]]
    sizes = [*(names * 2)[:2], *b.rng.choice(((2,), (3,), (1, 3)))] if names else []
    b.rng.shuffle(sizes)
    x = b.new_input("normal", tuple(sizes)) if sizes and b.rng.random() < 0.85 else float_value(b, 2, 5)
    if min(b.shape(x)) < 1:
        return
    first, last = 0, b.rank(x) - 1
    if b.rng.random() < 0.4:
        first = b.rng.randrange(b.rank(x) - 1)
        last = b.rng.randrange(first + 1, b.rank(x))
    parts = ", ".join(b.shapes_text(x)[first : last + 1])
    steps = ("$0.softmax(FIRST)", "$0.cumsum(FIRST) * 0.01", "$0 * 0.5 + 1", "$0 - $0.mean(FIRST, keepdim=True)")
    ways = (f"{{}}.unflatten({first}, ({parts}))", f"{{}}.reshape({', '.join(b.shapes_text(x))})", f"{{}}.view_as({x})")
    limit, b.limit = b.limit, max(b.limit, LARGEST_MERGED)
    # Two, since a view after what is done to each element alone is moved before it, where it undoes the other.
    for step in b.rng.sample(steps, 2):
        back = b.rng.choice(ways).format("$1")
        lines(b, f"{x}.flatten({first}, {last})", step.replace("FIRST", str(first)), back, "$2.transpose(0, -1) * 1.5")
    b.limit = limit


def sizes_as_numbers(b: Builder) -> None:
    """An open size as a diagonal, a place, a bound or a factor, of tensors whose own sizes are fixed."""
    if not b.program.symbols:
        return
    symbol = b.rng.choice(b.program.symbols)
    other = b.rng.choice(b.program.symbols)
    n = f"{b.new_input('normal', (symbol.name, 2))}.shape[0]"
    m = n if other is symbol else f"{b.new_input('normal', (1, other.name))}.shape[1]"
    place = b.rng.choice((n, n, f"{n} - 3", f"-{n}", f"{m} + 2"))
    square = b.rng.choice(("torch.ones(64, 64)", b.new_tensor("normal", (33, 40)), b.new_tensor("normal", (2, 70, 70))))
    fixed = b.new_tensor("normal", (b.rng.choice((1, 8, 17)), 64))
    texts = [
        f"{square}.{b.rng.choice(('tril', 'triu'))}({place}) * 1.5",
        f"torch.where(torch.arange(64) < {n}, {fixed}, 0.5)",
        f"{fixed}.masked_fill(torch.arange(64) >= {n}, -1e9).softmax(-1)",
        f"{fixed} * {n} + {m}",
        f"{fixed} / {n}",
        f"torch.arange({n}) % 7 + {m}",
    ]
    if max(symbol.max, other.max) <= 128:
        rows = symbol.max + other.max + 4
        table = b.new_member("normal", (rows, 6), "p")
        texts += [
            f"{table}[{n}]",
            f"{table}[:{n}]",
            f"{table}[{n} : {n} + 4]",
            f"{table}[{n} : {n} + {m}]",
            f"torch.ones({rows}, {rows}).tril()[{n} : {n} + 4, {m} : {m} + 3]",
            f"torch.nn.functional.embedding(torch.arange({m}) + {n}, {table})",
        ]
    for text in b.rng.sample(texts, 2):
        lines(b, text)


PITFALLS = (
    whole_numbers,
    not_finite,
    pooled,
    long_rows,
    masks_of_sizes,
    unit_products,
    repeated_products,
    far_starts,
    joined_sizes,
    merged_sizes,
    sizes_as_numbers,
)
