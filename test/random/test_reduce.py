"""The reducer: a fault that is planted is found, and what is left is the line that has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from buddy_attention import eager_steps
from execute import compare, reference, step_inputs
from generate import generate
from program import Program, without_dead_parts
from reduce import reduce
from source import load, source
from torch.utils._python_dispatch import TorchDispatchMode


class Wrong(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A compiler with a fault: sums over more than eight elements leave out the last one's half."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if (
            func in (torch.ops.aten.mul.Tensor, torch.ops.aten.mul.Scalar)
            and result.is_floating_point()
            and result.numel() > 8
        ):
            result = result * 1.01
        return result


def _fails(program: Program, path: Path) -> bool:
    space = load(source(program), path)
    steps = [((), inputs) for _, inputs in step_inputs(space)]
    ours = list(eager_steps(space.Program().eval(), steps, under=Wrong()))  # type: ignore[no-untyped-call]
    return compare(ours, reference(space), space).verdict == "wrong"


def test_a_planted_fault_is_found_and_reduced(tmp_path: Path) -> None:
    found = 0
    for seed in range(200):
        program = generate(seed)
        if len(program.bodies) > 1 or not _fails(program, tmp_path / "program.py"):
            continue
        smallest = reduce(program, lambda one: _fails(one, tmp_path / "program.py"), 60)
        assert _fails(smallest, tmp_path / "program.py")
        (body,) = smallest.bodies
        assert len(body.lines) <= 2 and len(body.outputs) == 1, source(smallest)
        assert len(smallest.steps) == 1 and not smallest.symbols
        # The fault needs nine elements: no smaller program has it.
        sizes = [one.shape for one in (*body.inputs, *smallest.members)]
        assert all(len(shape) <= 5 for shape in sizes)
        found += 1
        if found == 3:
            return
    raise AssertionError("200 programs do not show it")


def test_what_is_not_needed_falls_away() -> None:
    for seed in range(20):
        program = generate(seed, "static")
        body = program.bodies[0]
        if len(body.lines) < 8:
            continue
        target = body.outputs[0]
        maker = next((line for line in body.lines if target in line.targets), None)
        if maker is None:
            continue
        smallest = reduce(program, lambda one: any(line.text == maker.text for line in one.bodies[0].lines), 20)  # noqa: B023
        assert len(smallest.bodies[0].lines) <= 3, source(smallest)
        return
    raise AssertionError("no program is large enough")


def test_dead_lines_keep_what_is_written_in_place(tmp_path: Path) -> None:
    """A write through a view of a value that is read later is no dead line; one to a value that nobody reads is."""
    for seed in range(80):
        program = generate(seed)
        text = source(without_dead_parts(program))
        assert text == source(program), f"seed {seed}"
