"""The generator: every operation of the table, every kind of program, the same program from the same seed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import generate as generate_module
import pytest
import torch
from builder import Builder
from buddy_attention import eager_steps
from execute import step_inputs
from generate import generate, random_operation, try_operation
from patterns import PATTERNS, change_in_place
from pitfalls import PITFALLS, merged_sizes, sizes_as_numbers
from program import NAME, Body, Program, Symbol
from seeds import KINDS
from source import load, source
from table import operations

SEEDS = range(60)


def _some_values(seed: int) -> Builder:
    """A body that has values of each dtype and of several ranks."""
    b = Builder(Program(seed), Body("forward"), random.Random(seed), [{}])
    b.program.bodies.append(b.body)
    for kind in ("normal", "int64", "bool"):
        for shape in ((), (6,), (4, 6), (2, 3, 6), (1, 2, 4, 6)):
            b.new_input(kind, shape)
    return b


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_every_operation_of_the_table_is_made(operation: object) -> None:
    """Also one that has just been added: with whatever its arguments' kinds allow, until PyTorch takes a call."""
    for seed in range(30):
        b = _some_values(seed)
        if try_operation(b, operation):  # type: ignore[arg-type]
            assert str(operation) in [line.operation for line in b.body.lines]
            return
    pytest.fail("no call was found that PyTorch takes: say how it is called in test/random/special.py")


def test_every_operation_is_chosen() -> None:
    rng = random.Random(0)
    chosen = {str(random_operation(rng)) for _ in range(300_000)}
    assert chosen == {str(operation) for operation in operations()}


@pytest.mark.parametrize("pattern", [*PATTERNS, *PITFALLS, change_in_place], ids=lambda pattern: pattern.__name__)
@pytest.mark.parametrize("sizes", [[{}], [{"s0": 11}, {"s0": 29}]], ids=["static", "open"])
def test_every_pattern_is_made(pattern: Callable[[Builder], None], sizes: list[dict[str, int]]) -> None:
    """In all its ways: what PyTorch never takes would not be missed otherwise."""
    symbols = [Symbol(name, 4, 128, size) for name, size in sizes[0].items()]
    made = 0
    for seed in range(40):
        b = Builder(Program(seed, symbols=list(symbols)), Body("forward"), random.Random(seed), sizes)
        b.program.bodies.append(b.body)
        for shape in ((6,), (4, 6), (7, 4, 6), (1, 2, 4, 6)):
            b.new_input("normal", tuple(symbol.name for symbol in symbols) + shape[len(symbols) :])
        pattern(b)
        made += any(line.text for line in b.body.lines)
    needs_sizes = pattern is sizes_as_numbers
    assert made == 0 if needs_sizes and not symbols else made > 20


@pytest.mark.parametrize("count", [1, 2])
def test_open_sizes_are_merged_and_taken_apart(count: int) -> None:
    """Three dimensions, two of them open, are one: the strides are products of sizes that only a run knows."""
    sizes = [{"s0": 11, "s1": 17}, {"s0": 127, "s1": 127}]
    symbols = [Symbol(name, 4, 128, sizes[0][name]) for name in ("s0", "s1")[:count]]
    made = 0
    for seed in range(40):
        b = Builder(Program(seed, symbols=symbols), Body("forward"), random.Random(seed), sizes)
        b.program.bodies.append(b.body)
        b.new_input("normal", ("s0", 6))
        merged_sizes(b)
        assert len(b.body.lines) == 8, "one of the lines is too large"
        (merged,) = b.body.lines[0].uses
        opened = sum(not b.is_fixed(merged, dim) for dim in range(b.rank(merged)))
        made += opened == 2 and b.rank(b.body.lines[0].targets[0]) < b.rank(merged) - 1
    assert made > 15


def test_a_body_without_outputs_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    builders: list[Builder] = []
    outputs_of = generate_module._outputs

    def outputs(b: Builder) -> list[str]:
        builders.append(b)
        return [] if len(builders) == 1 else outputs_of(b)

    monkeypatch.setattr(generate_module, "_outputs", outputs)
    body = generate(3, "static").bodies[0]
    known = {one.name for one in body.inputs} | {name for line in body.lines for name in line.targets}
    assert len(builders) == 2 and body.outputs
    assert all(name in known or name.startswith("self.") for line in body.lines for name in line.uses)


@pytest.mark.parametrize("kind", KINDS)
def test_programs_run_in_eager(kind: str, tmp_path: Path) -> None:
    """At every one of their sizes, and what they return does not depend on when it is asked for."""
    for seed in range(6):
        program = generate(seed, kind)
        if any("empty" in operation for operation in program.operations):
            continue  # whatever memory held
        space = load(source(program), tmp_path / "program.py")
        steps = [((), inputs) for _, inputs in step_inputs(space)]
        first, second = (list(eager_steps(space.Program().eval(), steps)) for _ in range(2))
        assert len(first) == len(program.steps)
        for mine, other in zip(first, second):
            assert mine and all(x.equal(y) or x.isnan().any() for x, y in zip(mine, other))
        counts = {"one size": 1, "two sizes": 2, "four sizes": 4}
        assert len(program.symbols) <= counts.get(kind, 0)
        assert len(program.bodies) == (2 if kind == "entries" else 1)


def test_programs_are_of_all_sorts() -> None:
    programs = [generate(seed) for seed in SEEDS]
    assert {program.kind for program in programs} == set(KINDS)
    lines = [line for program in programs for body in program.bodies for line in body.lines]
    given = [one for program in programs for body in program.bodies for one in (*body.inputs, *program.members)]
    assert any(not line.targets for line in lines), "no change in place"
    assert any(1 in one.shape for one in given) and any(one.shape == () for one in given)
    assert any(isinstance(size, int) and size > 100 for one in given for size in one.shape)
    assert {one.kind for one in given} >= {"normal", "whole", "int64", "bool", "index", "constant", "large"}
    uses = Counter(name for line in lines for name in line.uses)
    assert max(uses.values()) > 1
    assert sum(len(program.operations) for program in programs) > 300


def test_a_seed_is_one_program(tmp_path: Path) -> None:
    """In another process too, whose sets and dictionaries of strings are in another order."""
    here = [source(generate(seed)) for seed in range(8)]
    code = f"import sys; sys.path[:0] = {sys.path[:6]!r}\nfrom generate import generate\nfrom source import source\n"
    code += "print('\\f'.join(source(generate(seed)) for seed in range(8)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.removesuffix("\n").split("\f") == here


def test_sources_use_what_they_define() -> None:
    for seed in SEEDS:
        program = generate(seed)
        for body in program.bodies:
            known = {one.name for one in (*body.inputs, *program.members)}
            for line in body.lines:
                assert set(line.uses) <= known, f"seed {seed}: {line}"
                known |= set(line.targets)
            assert set(body.outputs) <= known
            assert all(NAME.fullmatch(name) for name in known)


def test_values_are_of_their_kind() -> None:
    b = _some_values(1)
    index, distinct = b.new_input("index", (50,), 7), b.new_input("distinct", (5,), 7)
    assert 0 <= int(b.value(index).min()) and int(b.value(index).max()) < 7
    assert len(set(b.value(distinct).tolist())) == 5
    assert b.value(b.new_input("subnormal", (9,))).abs().max() < 1.2e-38
    assert b.value(b.new_input("nan", (99,))).isnan().any()
    assert b.dtype(b.new_input("padding", (3, 4))) == torch.int64
