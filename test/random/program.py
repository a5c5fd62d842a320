"""A random program as data: what the reducer changes, and what becomes Python source (source.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

Size = int | str  # a number, or a symbol's name

#: The names that a program gives to its values: inputs, results, parameters and buffers.
NAME = re.compile(r"\b(?:x\d+|v\d+|self\.[pb]\d+)\b")


@dataclass(frozen=True)
class Tensor:
    """Something that a program is given: an input, a parameter or a buffer."""

    name: str
    kind: str  # of values.KINDS
    shape: tuple[Size, ...]
    seed: int
    limit: Size = 0  # of indices: what they stay below


@dataclass(frozen=True)
class Line:
    targets: tuple[str, ...]  # none: a statement
    text: str
    operation: str = ""  # of the table, if it is one of these

    def __str__(self) -> str:
        return f"{', '.join(self.targets)} = {self.text}" if self.targets else self.text

    @property
    def uses(self) -> list[str]:
        return NAME.findall(self.text)


@dataclass
class Body:
    """One entry of the package: a method of the module."""

    name: str
    inputs: list[Tensor] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Symbol:
    """A size that each run chooses, and the one of the export."""

    name: str
    min: int
    max: int
    example: int


@dataclass(frozen=True)
class Step:
    """One call: which entry, with which sizes; calls of other numbers have other values."""

    entry: str
    sizes: dict[str, int]
    number: int = 0


@dataclass
class Program:
    seed: int
    kind: str = "static"
    symbols: list[Symbol] = field(default_factory=list)
    members: list[Tensor] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    threads: int = 1

    def copy(self) -> Program:
        bodies = [replace(b, inputs=list(b.inputs), lines=list(b.lines), outputs=list(b.outputs)) for b in self.bodies]
        return replace(
            self, symbols=list(self.symbols), members=list(self.members), bodies=bodies, steps=list(self.steps)
        )

    @property
    def operations(self) -> list[str]:
        return [line.operation for body in self.bodies for line in body.lines if line.operation]

    @property
    def example_sizes(self) -> dict[str, int]:
        return {symbol.name: symbol.example for symbol in self.symbols}

    def is_state(self, name: str) -> bool:
        return name.startswith("self.b")


def _aliases(lines: Iterable[Line]) -> dict[str, set[str]]:
    """For each name all that may share its memory: a result shares it with what it was made of."""
    groups: dict[str, set[str]] = {}
    for line in lines:
        group = set(line.targets)
        for name in line.uses:
            group |= groups.get(name, {name})
        for name in group:
            groups[name] = group
    return groups


def without_dead_lines(body: Body) -> Body:
    """The body without what its outputs and states do not need."""
    while True:
        shorter = _without_dead_lines(body)
        if len(shorter.lines) == len(body.lines):
            return shorter
        body = shorter  # less shares memory now


def _without_dead_lines(body: Body) -> Body:
    """The body without the lines whose results nothing uses. What is written in place may be read through a view."""
    aliases = _aliases(body.lines)
    wanted = set(body.outputs)
    kept: list[Line] = []
    for line in reversed(body.lines):
        writes = not line.targets
        touched = set().union(*(aliases.get(name, {name}) for name in line.uses)) if writes else set(line.targets)
        is_state = writes and any(name.startswith("self.b") for name in touched)
        if is_state or touched & wanted:
            wanted |= set(line.uses)
            kept.append(line)
    kept.reverse()
    used = set(body.outputs) | {name for line in kept for name in line.uses}
    # A program needs an input, used or not.
    inputs = [one for one in body.inputs if one.name in used] or body.inputs[:1]
    return replace(body, lines=kept, inputs=inputs)


def without_dead_parts(program: Program) -> Program:
    result = program.copy()
    result.bodies = [without_dead_lines(body) for body in program.bodies]
    text = " ".join([str(line) for body in result.bodies for line in body.lines])
    text += " ".join(name for body in result.bodies for name in body.outputs)
    used = set(NAME.findall(text))
    result.members = [one for one in program.members if one.name in used]
    sizes = {size for body in result.bodies for one in body.inputs for size in (*one.shape, one.limit)}
    result.symbols = [symbol for symbol in program.symbols if symbol.name in sizes]
    known = {symbol.name for symbol in result.symbols}
    result.steps = [replace(s, sizes={k: v for k, v in s.sizes.items() if k in known}) for s in program.steps]
    return result
