"""What people write in several lines: rotary tables, masks, attention, norms, changes in place, caches."""

from __future__ import annotations

from builder import Builder
from masks import applied, kept
from operands import float_value, last_fixed
from values import NUMBERS


def lines(b: Builder, *texts: str) -> str | None:
    """One line after the other, each with $0, $1, ... for the results before it; the last result, or None."""
    made: list[str] = []
    for text in texts:
        for number, name in reversed(list(enumerate(made))):
            text = text.replace(f"${number}", name)
        names = b.add(text)
        if names is None:
            return None
        made.append(names[0])
    return made[-1]


def _even_last(b: Builder, name: str) -> bool:
    return b.is_fixed(name, -1) and b.shape(name)[-1] % 2 == 0 and b.shape(name)[-1] > 0


def rope(b: Builder) -> None:
    """Rotary embedding of the last two dimensions: tables of an einsum, an outer product or a broadcast."""
    x = float_value(b, 2, 4, lambda n: _even_last(b, n))
    if not _even_last(b, x):
        return
    half, rows = b.shape(x)[-1] // 2, b.size_text(x, -2)
    way = b.rng.choice(
        (
            'torch.einsum("i,j->ij", $0.float(), $1)',
            "torch.outer($0, $1)",
            "$0[:, None] * $1[None, :]",
            "$0[:, None] @ $1[None, :]",
        )
    )
    angles = lines(
        b,
        f"torch.arange({rows}, dtype=torch.float32)",
        f"1.0 / (10000.0 ** (torch.arange({half}).float() / {half}))",
        way,
    )
    if angles is None:
        return
    first, second = (f"{x}[..., :{half}]", f"{x}[..., {half}:]")
    if b.rng.random() < 0.5:
        lines(
            b,
            f"{first} * {angles}.cos() - {second} * {angles}.sin()",
            f"torch.cat([$0, {second} * {angles}.cos() + {first} * {angles}.sin()], -1)",
        )
    elif b.rng.random() < 0.5:
        lines(
            b,
            f"torch.cat([{angles}, {angles}], -1)",
            f"{x} * $0.cos() + torch.cat([-{second}, {first}], -1) * $0.sin()",
        )
    else:
        lines(
            b,
            f"{angles}.repeat_interleave(2, -1)",
            f"{x} * $0.cos() + torch.stack((-{x}[..., 1::2], {x}[..., ::2]), -1).flatten(-2) * $0.sin()",
        )


def attention(b: Builder) -> None:
    """Spelled out, with a mask that is added, filled in or counted from positions."""
    q = float_value(b, 2, 4, last_fixed(b))
    sizes = b.input_shape(q)
    if sizes is None or not isinstance(sizes[-1], int):
        return
    same = b.rng.random() < 0.5
    keys = sizes[-2] if same else b.rng.choice((1, 5, 8, 17, 33))
    k, v = (b.new_input("normal", (*sizes[:-2], keys, sizes[-1])) for _ in range(2))
    rows, columns = b.size_text(q, -2), b.size_text(k, -2)
    scores = lines(
        b, f"{q} @ {k}.transpose(-1, -2) * {b.rng.choice(('0.25', '1.0', str(1 / max(sizes[-1], 1) ** 0.5)))}"
    )
    if scores is None:
        return
    way = b.rng.random()
    if way < 0.5:
        mask = kept(b, rows, columns)
        scores = mask and applied(b, scores, mask)
    elif way < 0.7:
        mask = b.new_input(b.rng.choice(("normal", "bool")), (sizes[-2], keys))
        filled = f"torch.where({mask}, {scores}, -1e4)" if str(b.dtype(mask)) == "torch.bool" else f"{scores} + {mask}"
        scores = lines(b, filled)
    if scores:
        lines(b, f"torch.softmax({scores}, -1)", f"$0 @ {v}")


def norm_by_hand(b: Builder) -> None:
    x = float_value(b, 1, 4)
    if b.rng.random() < 0.5:
        lines(b, f"{x}.pow(2).mean(-1, keepdim=True)", f"{x} * torch.rsqrt($0 + 1e-6)")
    else:
        lines(b, f"{x} - {x}.mean(-1, keepdim=True)", "$0 / torch.sqrt(($0 * $0).mean(-1, keepdim=True) + 1e-5)")


def softmax_by_hand(b: Builder) -> None:
    x = float_value(b, 1, 4)
    lines(b, f"({x} - {x}.amax(-1, keepdim=True)).exp()", "$0 / $0.sum(-1, keepdim=True)")


def gated(b: Builder) -> None:
    x = float_value(b, 1, 4, last_fixed(b))
    size = b.size(x, -1)
    if not isinstance(size, int):
        return
    inner = b.rng.choice((1, 4, 16, 24, 33))
    gate, up = (b.new_member("weight", (inner, size)) for _ in range(2))
    act = b.rng.choice(("silu", "gelu", "relu", "sigmoid"))
    lines(
        b,
        f"torch.nn.functional.linear({x}, {gate})",
        f"torch.nn.functional.linear({x}, {up})",
        f"torch.nn.functional.{act}($0) * $1",
    )


def padding_mask(b: Builder) -> None:
    """A mask of 0 and 1 as models make use of it: mean over what is kept, positions counted from it."""
    x = float_value(b, 2, 3)
    sizes = b.input_shape(x)
    if sizes is None:
        return
    mask = b.new_input("padding", sizes[:2] if len(sizes) == 3 else sizes[:1])
    if b.rng.random() < 0.5:
        lines(b, f"{mask}[..., None].float()", f"({x} * $0).sum(-2) / $0.sum(-2).clamp(min=1e-9)")
    else:
        lines(b, f"({mask}.cumsum(-1) - 1).clamp(min=0)", "$0.float() * 0.5")


def recurrence(b: Builder) -> None:
    """A few steps, seldom many, each on the one before, stacked."""
    most = 9 if b.rng.random() < 0.95 else 70
    x = float_value(b, 2, 3, lambda n: b.is_fixed(n, 0) and 0 < b.shape(n)[0] <= most)
    if not b.is_fixed(x, 0) or not 0 < b.shape(x)[0] <= most:
        return
    steps = [lines(b, f"{x}[0] * 0.5")]
    for number in range(1, b.shape(x)[0]):
        steps.append(steps[-1] and lines(b, f"torch.maximum({steps[-1]} * 0.9, {x}[{number}])"))
    if all(steps):
        lines(b, f"torch.stack([{', '.join(map(str, steps))}])")


def butterfly(b: Builder) -> None:
    """Every value used twice, in a few rounds or in many."""
    x = float_value(b, 0, 3)
    y = lines(b, f"{x} * 0.5 + 1")
    for _ in range(b.rng.choice((2, 3, 5, 8, 11, 15))):
        if y is None:
            return
        total = lines(b, f"({x} + {y}) * 0.5")
        y = lines(b, f"({x} - {y}) * 0.5")
        if total is None:
            return
        x = total
    if y and b.rng.random() < 0.5:
        lines(b, f"{x} * {y}")


def _view(b: Builder, target: str) -> str | None:
    """A view of a value, or what is a copy of it only if its memory does not allow a view."""
    least = min(b.shape(target), default=0)
    choices = [f"{target}.transpose(0, -1)", f"{target}[0]", f"{target}.unsqueeze(0)", f"{target}.movedim(0, -1)"]
    perhaps = [f"{target}.flatten()", f"{target}.reshape(-1)", f"{target}.contiguous()"]
    if b.rank(target) > 1:
        perhaps += [f"{target}.flatten(0, 1)", f"{target}.reshape({', '.join([*b.shapes_text(target)[:-2], '-1'])})"]
    if least > 2:
        choices += [f"{target}[1:]", f"{target}[:-1]", f"{target}[..., 1:2]", f"{target}.t()", f"{target}[..., 1:]"]
    if b.is_fixed(target, 0):
        choices.append(f"{target}[::2]")
    # Where it does not lie in order, the others are copies, at times.
    is_view = b.rng.random() < (0.8 if b.value(target).is_contiguous() else 0.4)
    return lines(b, b.rng.choice(choices if is_view else perhaps))


def change_in_place(b: Builder) -> None:
    """A copy, perhaps views of it and copies of these, and a change of one that others see or do not."""
    x = float_value(b, 1, 4)
    base = lines(b, b.rng.choice((f"{x}.clone()", f"{x} * 1", f"{x} + 0.5")))
    if base is None:
        return
    views = [base]
    for _ in range(b.rng.randint(0, 3)):
        target = views[-1] if b.rng.random() < 0.6 else b.rng.choice(views)
        view = _view(b, target) if b.rank(target) else None
        views += [view] if view else []
    target = b.rng.choice(views)
    number = b.rng.choice(NUMBERS)
    ways = [
        f"{target}.add_({number})",
        f"{target}.mul_({number})",
        f"{target}.copy_({target} * 2)",
        f"{target}.relu_()",
        f"{target}.fill_({number})",
        f"{target}.zero_()",
        f"{target}.sub_({target}.mean())",
        f"{target}[...] = {number}",
    ]
    if b.rank(target) and min(b.shape(target)) > 1:
        ways += [f"{target}[0] = {number}", f"{target}[1:] += {number}", f"{target}[-1].mul_(2)"]
    if b.add_statement(b.rng.choice(ways)):
        # The others are returned as they are.
        for name in views:
            if b.rng.random() < 0.5:
                lines(b, f"{name} * 1")


def change_state(b: Builder) -> None:
    """A buffer that the program changes, and what is read of it before or after."""
    states = [member.name for member in b.program.members if b.program.is_state(member.name) and b.floats(member.name)]
    if not states:
        return
    state = b.rng.choice(states)
    if b.rng.random() < 0.4:
        lines(b, f"{state} * 1")
    shape = b.shape(state)
    given = b.new_input("normal", shape)
    ways = [f"{state}.add_({given})", f"{state}.copy_({given})", f"{state}.mul_(0.5)"]
    if shape and shape[0] > 1:
        row = b.new_input("normal", (1, *shape[1:]))
        place = b.new_input("index", (1,), shape[0])
        ways += [
            f"{state}.index_copy_(0, {place}, {row})",
            f"{state}[1:] += {given}[1:]",
            f"{state}[:1] = {row}",
            f"{state}.copy_(torch.cat([{state}[1:], {row}]))",
            f"{state}[{place}] = {row}",
        ]
    if b.add_statement(b.rng.choice(ways)) and b.rng.random() < 0.7:
        lines(b, f"{state} * 1")


PATTERNS = (rope, attention, norm_by_hand, softmax_by_hand, gated, padding_mask, recurrence, butterfly)
