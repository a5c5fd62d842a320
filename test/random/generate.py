"""Makes a program from a seed: which sizes it has, and which operations and patterns in which order."""

from __future__ import annotations

import random

from arguments import arguments
from builder import Builder
from patterns import PATTERNS, change_in_place, change_state
from pitfalls import PITFALLS
from program import Body, Program, Step, Symbol, without_dead_parts
from seeds import KINDS
from table import FAMILY_WEIGHTS, Operation, families
from values import random_shape

WEIGHTS = (40, 20, 15, 5, 12, 8)
#: torch.export tells sizes apart by their numbers: primes that no operation makes of others.
EXAMPLES = (11, 17, 13, 19)
OTHERS = ((29, 7, 23, 5), (67, 37, 6, 41))


def try_operation(b: Builder, operation: Operation, attempts: int = 12) -> bool:
    """Adds one call of the operation, if a choice of arguments is found that eager PyTorch takes."""
    for _ in range(attempts):
        given = arguments(b, operation)
        if given is None:
            continue
        add = b.add if operation.has_result else b.add_statement
        if add(f"{operation.text}({given})", str(operation)):
            return True
    return False


def random_operation(rng: random.Random) -> Operation:
    names = list(families())
    family = rng.choices(names, [FAMILY_WEIGHTS.get(name, 1) for name in names])[0]
    chosen = rng.choice(families()[family])
    # What memory held is refused by name.
    return chosen if "empty" not in chosen.name or rng.random() < 0.05 else random_operation(rng)


def _symbols(kind: str, rng: random.Random) -> list[Symbol]:
    count = {"one size": 1, "two sizes": 2, "four sizes": 4}.get(kind, 0)
    least = rng.choice((1, 2, 4, 4))
    return [Symbol(f"s{i}", least, rng.choice((128, 128, 4096)), EXAMPLES[i]) for i in range(count)]


def _first_inputs(b: Builder) -> None:
    """A few inputs; with open sizes each of them is a dimension of one."""
    rng = b.rng
    for symbol in b.program.symbols:
        shape = list(random_shape(rng, False, 400)[:3]) or [8]
        shape = [size for size in shape if size > 0] or [8]
        shape[rng.randrange(len(shape))] = symbol.name  # type: ignore[call-overload]
        b.new_input(b.float_kind(), tuple(shape))
    if len(b.program.symbols) > 1:
        names = [symbol.name for symbol in b.program.symbols[:2]]
        rng.shuffle(names)
        b.new_input(b.float_kind(), (*names, rng.choice((4, 8, 16))))
    for _ in range(rng.randint(1, 2)):
        b.new_input(b.float_kind(), random_shape(rng, b.large, b.limit))
    if rng.random() < 0.3:
        kind = rng.choice(("int64", "wide", "int32", "bool", "padding"))
        b.new_input(kind, random_shape(rng, False, 2000))


def _write(b: Builder, count: int) -> None:
    """``count`` operations, and patterns of several lines between them."""
    start = len(b.body.lines)
    while len(b.body.lines) - start < count:
        roll = b.rng.random()
        if roll < 0.08:
            b.rng.choice(PATTERNS)(b)
        elif roll < 0.18:
            b.rng.choice(PITFALLS)(b)
        elif roll < 0.22:
            change_in_place(b)
        else:
            try_operation(b, random_operation(b.rng), 4)


def _may_return(b: Builder, name: str) -> bool:
    """What a package gives as it is; at times what is refused by name."""
    if str(b.dtype(name)) in ("torch.float16", "torch.float64"):
        return False
    return b.value(name).numel() > 0 or b.rng.random() < 0.02


def _outputs(b: Builder) -> list[str]:
    """What nothing uses, rather than what something does; a value may be returned twice."""
    used = {name for line in b.body.lines for name in line.uses}
    made = [name for line in b.body.lines for name in line.targets if _may_return(b, name)]
    ends = [name for name in made if name not in used]
    b.rng.shuffle(ends)
    chosen = ends[: b.rng.randint(3, 10)]
    if made and (not chosen or b.rng.random() < 0.3):
        chosen.append(b.rng.choice(made))
    return chosen


def _sizes_to_run(program: Program, rng: random.Random) -> list[dict[str, int]]:
    """The export's sizes, the least, and some others up to 70; each program is judged at all of them."""
    if not program.symbols:
        return [{}]
    found = [program.example_sizes, {s.name: s.min for s in program.symbols}]
    for _ in range(2):
        found.append({s.name: rng.choice((rng.randint(s.min, 70), 16, 64, 65, 127)) for s in program.symbols})
    return found


def _fill_body(program: Program, body: Body, rng: random.Random, least: int, most: int) -> None:
    wild, large = rng.random() < 0.12, rng.random() < 0.12
    sizes = [program.example_sizes]
    if program.symbols:
        sizes += [{s.name: size for s, size in zip(program.symbols, other)} for other in OTHERS]
        sizes += [step.sizes for step in program.steps[1:]]  # every line runs at all of them
    b = Builder(program, body, rng, sizes, wild=wild, large=large)
    _first_inputs(b)
    states = program.kind in ("states", "entries")
    if states:
        for _ in range(rng.randint(1, 2)):
            shape = tuple(size for size in random_shape(rng, False, 2000) if size) or (4,)
            if not any(b.program.is_state(member.name) for member in program.members) or rng.random() < 0.4:
                b.new_member(rng.choice(("zeros", "normal")), shape, "b")
    _write(b, rng.randint(least, most))
    if states:
        for _ in range(rng.randint(1, 2)):
            change_state(b)
        _write(b, rng.randint(1, 4))
    body.outputs = _outputs(b)


def generate(seed: int, kind: str | None = None) -> Program:
    """The program of a seed. ``kind`` asks for one of KINDS; the seed alone chooses otherwise."""
    rng = random.Random(f"{seed} {kind or ''}")
    kind = kind or rng.choices(KINDS, WEIGHTS)[0]
    program = Program(seed, kind, threads=rng.choice((1, 2)))
    program.symbols = _symbols(kind, rng)
    names = ["put", "get"] if kind == "entries" else ["forward"]
    program.steps = [Step(names[0], sizes) for sizes in _sizes_to_run(program, rng)]
    for name in names:
        least, most = (3, 12) if kind == "entries" else (5, rng.choice((15, 25, 40)))
        body = Body(name)
        program.bodies.append(body)
        _fill_body(program, body, rng, least, most)
        while not body.outputs:  # all of it is refused, in f16 say
            program.bodies[-1] = body = Body(name)
            _fill_body(program, body, rng, least, most)
    program = without_dead_parts(program)
    if not program.symbols:
        del program.steps[1:]
    if kind == "states":
        program.steps = [Step("forward", {}, call) for call in range(3)]
    if kind == "entries":
        program.steps = [Step(rng.choice(names), {}, call) for call in range(2)]
        program.steps = [Step("put", {}, 0), Step("get", {}, 1), *program.steps, Step("get", {}, 2)]
    return program
