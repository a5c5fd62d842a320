"""Masks over (row, column) positions as models make them: triangles and bands, seen through views, negated, added."""

from __future__ import annotations

from builder import Builder


def _ones(rows: str, columns: str) -> str:
    return f"torch.ones({rows}, {columns}, dtype=torch.bool)"


def _table(b: Builder, rows: int, columns: int) -> str:
    """A buffer, whole or in part, perhaps with rows and columns exchanged."""
    way = b.rng.random()
    if way < 0.4:
        return b.new_member(b.rng.choice(("lower triangle", "upper triangle")), (rows, columns), "b")
    if way < 0.7:
        return f"{b.new_member('lower triangle', (columns, rows), 'b')}.t()"
    whole = b.new_member("lower triangle", (rows + 2, columns + 3), "b")
    return f"{whole}[{b.rng.choice((':-2', '2:'))}, {b.rng.choice((':-3', '3:'))}]"


def _kept(b: Builder, rows: str, columns: str) -> str:
    """An expression: which columns a row keeps."""
    if rows.isdigit() and columns.isdigit() and b.rng.random() < 0.3:
        return _table(b, int(rows), int(columns))
    diagonal = b.rng.choice(("", "", "1", "-1", "3"))
    ways = (
        f"torch.arange({columns})[None, :] <= torch.arange({rows})[:, None]",
        f"(torch.arange({rows})[:, None] - torch.arange({columns})[None]).abs() < 3",
        f"torch.arange({columns}).expand({rows}, -1) < 5",
        f"{_ones(rows, columns)}.tril({diagonal})",
        f"{_ones(rows, columns)}.triu({diagonal})",
        f"{_ones(columns, rows)}.{b.rng.choice(('tril', 'triu'))}({diagonal}).{b.rng.choice(('t()', 'mT'))}",
        f"torch.full(({rows}, {columns}), -math.inf).triu(1) == 0",
    )
    return b.rng.choice(ways)


def kept(b: Builder, rows: str, columns: str) -> str | None:
    """The name of a mask [rows, columns], true where something is kept."""
    text = _kept(b, rows, columns)
    if b.rng.random() < 0.15:
        text = f"({text}) {b.rng.choice('&|')} ({_kept(b, rows, columns)})"
    elif b.rng.random() < 0.15:
        text = f"~({text})"
    names = b.add(text)
    return names[0] if names else None


def applied(b: Builder, scores: str, mask: str) -> str | None:
    """Scores whose masked elements lie far below: filled, chosen, or by a sum."""
    fill = b.rng.choice(("-math.inf", "-1e9", "-1e4", "torch.finfo(torch.float32).min"))
    ways = (
        f"{scores}.masked_fill(~{mask}, {fill})",
        f"torch.where({mask}, {scores}, {fill})",
        f"{scores} + torch.zeros({mask}.shape).masked_fill(~{mask}, {fill})",
        f"{scores} + torch.where({mask}, 0.0, {fill})",
        f"{scores} + (1.0 - {mask}.float()) * -1e9",
    )
    names = b.add(b.rng.choice(ways))
    return names[0] if names else None
