"""Makes a failing program smaller while it fails in the same way."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from builder import Builder
from program import Body, Line, Program, Tensor, without_dead_parts

Fails = Callable[[Program], bool]
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
ANY_FLOATS = ("normal", "positive", "unit", "weight", "large", "small")


def _without_outputs(program: Program) -> Iterator[Program]:
    """One output alone, then each one left out."""
    for place, body in enumerate(program.bodies):
        if len(body.outputs) < 2:
            continue
        alone = [[name] for name in body.outputs]
        for kept in (*alone, *(body.outputs[:i] + body.outputs[i + 1 :] for i in range(len(body.outputs)))):
            yield _with_body(program, place, replace(body, outputs=kept))


def _with_body(program: Program, place: int, body: Body) -> Program:
    made = program.copy()
    made.bodies[place] = body
    return made


def _without_steps(program: Program) -> Iterator[Program]:
    for number in range(len(program.steps)):
        if len(program.steps) > 1:
            made = program.copy()
            del made.steps[number]
            entries = {step.entry for step in made.steps}
            if all(body.name in entries for body in made.bodies):
                yield made


def _without_statements(program: Program) -> Iterator[Program]:
    for place, body in enumerate(program.bodies):
        for number in reversed(range(len(body.lines))):
            if not body.lines[number].targets:
                yield _with_body(program, place, replace(body, lines=body.lines[:number] + body.lines[number + 1 :]))


def _substituted(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", new, text)


def _with_others(program: Program) -> Iterator[Program]:
    """A result replaced by an earlier value of its shape and dtype, or by an input: what came before falls away."""
    for place, body in enumerate(program.bodies):
        b = _run(program, body)
        if b is None:
            return
        for number in reversed(range(len(body.lines))):
            line = body.lines[number]
            for target in line.targets:
                known = [
                    *(one.name for one in (*body.inputs, *program.members)),
                    *(t for early in body.lines[:number] for t in early.targets),
                ]
                same = [
                    name
                    for name in known
                    if name in b.names
                    and b.dtype(name) == b.dtype(target)
                    and [v.shape for v in b.values(name)] == [v.shape for v in b.values(target)]
                ]
                for name in same[-2:]:
                    yield _replaced(program, place, number, target, name, None)
                given = _as_input(program, b, target)
                if given:
                    yield _replaced(program, place, number, target, given.name, given)


def _run(program: Program, body: Body) -> Builder | None:
    """The values of a body's lines, at the export's sizes and some others."""
    sizes = [program.example_sizes]
    if program.symbols:
        sizes.append({s.name: s.example + 2 for s in program.symbols})
    b = Builder(program, Body(body.name), random.Random(0), sizes, wild=True, large=True)
    try:
        for one in body.inputs:
            b._make(one)
        for line in body.lines:
            for environment in b.environments:
                b._execute(str(line), environment)
            b.names += line.targets
    except Exception:
        return None
    return b


def _as_input(program: Program, b: Builder, name: str) -> Tensor | None:
    kinds = {"torch.float32": "normal", "torch.int64": "int64", "torch.int32": "int32", "torch.bool": "bool"}
    kind, shape = kinds.get(str(b.dtype(name))), b.input_shape(name)
    if kind is None or shape is None or 0 in shape:
        return None
    value = b.value(name)
    limit: int = 0
    if kind == "int64" and value.numel() and int(value.min()) >= 0:
        kind, limit = "index", int(value.max()) + 1
    if kind == "normal" and value.numel() and float(value.min()) > 0:
        kind = "positive"
    number = 1 + max([int(one.name[1:]) for body in program.bodies for one in body.inputs], default=0)
    return Tensor(f"x{number}", kind, shape, number, limit)


def _replaced(program: Program, place: int, number: int, old: str, new: str, given: Tensor | None) -> Program:
    body = program.bodies[place]
    lines = list(body.lines)
    for later in range(number + 1, len(lines)):
        lines[later] = replace(lines[later], text=_substituted(lines[later].text, old, new))
    outputs = [new if name == old else name for name in body.outputs]
    return _with_body(
        program, place, replace(body, lines=lines, outputs=outputs, inputs=[*body.inputs, *([given] if given else [])])
    )


def _without_bodies(program: Program) -> Iterator[Program]:
    for place, body in enumerate(program.bodies):
        if len(program.bodies) > 1:
            made = program.copy()
            del made.bodies[place]
            made.bodies[0] = replace(made.bodies[0], name="forward")
            made.steps = [replace(step, entry="forward") for step in made.steps if step.entry != body.name]
            if made.steps:
                yield made


def _without_symbols(program: Program) -> Iterator[Program]:
    """A size that was open as a number."""
    for symbol in program.symbols:
        for step in program.steps:
            made = program.copy()
            value = step.sizes.get(symbol.name, symbol.example)
            fixed = lambda size: value if size == symbol.name else size  # noqa: B023, E731
            made.symbols = [one for one in made.symbols if one.name != symbol.name]
            for body in made.bodies:
                body.inputs = [
                    replace(one, shape=tuple(map(fixed, one.shape)), limit=fixed(one.limit)) for one in body.inputs
                ]
            made.steps = [replace(step, sizes={k: v for k, v in step.sizes.items() if k != symbol.name})]
            yield made


def _with_numbers(program: Program, old: int, new: int) -> Program:
    """All numbers ``old``, sizes and arguments alike, as ``new``."""

    def text(line: Line) -> Line:
        return replace(line, text=NUMBER.sub(lambda m: str(new) if int(m[0]) == old else m[0], line.text))

    def given(one: Tensor) -> Tensor:
        swap = lambda size: new if size == old else size  # noqa: E731
        return replace(one, shape=tuple(map(swap, one.shape)), limit=swap(one.limit))

    made = program.copy()
    made.members = list(map(given, made.members))
    made.bodies = [replace(b, inputs=list(map(given, b.inputs)), lines=list(map(text, b.lines))) for b in made.bodies]
    return made


def _smaller(program: Program) -> Iterator[Program]:
    given = [*program.members, *(one for body in program.bodies for one in body.inputs)]
    found = {size for one in given for size in one.shape if isinstance(size, int) and size > 1}
    for size in sorted(found, reverse=True):
        for new in dict.fromkeys((1, 2, size // 2, size - 1)):
            if 0 < new < size:
                yield _with_numbers(program, size, new)


def _simpler(program: Program) -> Iterator[Program]:
    """Whole numbers, then ones, instead of any values; one thread."""
    for simple in ("constant", "whole"):
        for place, member in enumerate(program.members):
            if member.kind in ANY_FLOATS:
                made = program.copy()
                made.members[place] = replace(member, kind=simple)
                yield made
        for number, body in enumerate(program.bodies):
            for place, one in enumerate(body.inputs):
                if one.kind in ANY_FLOATS:
                    inputs = [*body.inputs[:place], replace(one, kind=simple), *body.inputs[place + 1 :]]
                    yield _with_body(program, number, replace(body, inputs=inputs))
    if program.threads > 1:
        yield replace(program.copy(), threads=1)


STEPS = (
    _without_outputs,
    _without_bodies,
    _without_steps,
    _with_others,
    _without_statements,
    _without_symbols,
    _smaller,
    _simpler,
)


def _size(program: Program) -> tuple[int, ...]:
    """What gets smaller: a change that changes nothing of it is no progress."""
    given = [*program.members, *(one for body in program.bodies for one in body.inputs)]
    extent = sum(size if isinstance(size, int) else 100 for one in given for size in one.shape)
    plain = sum({"constant": 0, "whole": 1}.get(one.kind, 2) for one in given)
    lines = sum(len(body.lines) for body in program.bodies)
    outputs = sum(len(body.outputs) for body in program.bodies)
    return (
        len(program.bodies) + lines + outputs + len(program.steps),
        len(program.symbols),
        len(given),
        extent,
        plain,
        program.threads,
    )


def _runs(program: Program) -> bool:
    return all(_run(program, body) is not None for body in program.bodies)


def reduce(program: Program, fails: Fails, seconds: float = 120) -> Program:
    """The smallest program found in the time that fails as ``program`` does. ``fails`` says so of a candidate."""
    end = time.monotonic() + seconds
    best, tried = program, set[str]()
    progress = True
    while progress:
        progress = False
        for step in STEPS:
            again = True
            while again:
                again = False
                for candidate in step(best):
                    candidate = without_dead_parts(candidate)
                    key = repr(
                        (candidate.bodies, candidate.members, candidate.symbols, candidate.steps, candidate.threads)
                    )
                    if key in tried or not _size(candidate) < _size(best):
                        continue
                    tried.add(key)
                    if any(not body.outputs or not body.inputs for body in candidate.bodies) or not _runs(candidate):
                        continue
                    if time.monotonic() > end:
                        return best
                    if fails(candidate):
                        best, progress, again = candidate, True, True
                        break
    return best
