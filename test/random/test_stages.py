"""Which stage is named, from what became of its dumps; and that dumps can be run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from execute import check, export
from program import Body, Line, Program, Step, Symbol, Tensor
from source import load, source
from stages import at_fault, locate

WRONG = "wrong: output 0"


@pytest.mark.parametrize(
    ("found", "named"),
    [
        ([("graph", WRONG), ("fused", WRONG), ("affine-loops", WRONG)], "graph"),
        ([("graph", "right"), ("fused", WRONG), ("affine-loops", WRONG)], "fused (right after graph)"),
        ([("graph", "not run: x"), ("fused", "right"), ("affine-loops", WRONG)], "affine-loops (right after fused)"),
        (
            [("graph", "right"), ("fused", WRONG), ("affine-loops", "right")],
            "behind affine-loops: the backend or the runtime",
        ),
        ([("graph", "right"), ("fused", "the run ends with -11: None")], "fused (right after graph)"),
    ],
)
def test_the_stage_behind_which_nothing_is_right(found: list[tuple[str, str]], named: str) -> None:
    assert at_fault(found) == named


def test_without_a_dump_nothing_is_named() -> None:
    assert at_fault([]).startswith("not told") and at_fault([("graph", "not run: x")]).startswith("not told")


def static_program() -> Program:
    weight = Tensor("self.p0", "weight", (6, 8), 1)
    body = Body("forward", [Tensor("x0", "normal", (5, 8), 2), Tensor("x1", "bool", (5, 1), 3)], outputs=["v1", "v3"])
    for name, text in (
        ("v0", "torch.nn.functional.linear(x0, self.p0)"),
        ("v1", "torch.where(x1, v0.exp(), v0 * 2)"),
        ("v2", "v1.t().reshape(3, -1)"),
        ("v3", "torch.cat([v2, v2[:1]]).amax(1)"),
    ):
        body.lines.append(Line((name,), text))
    return Program(1, members=[weight], bodies=[body], steps=[Step("forward", {})])


def open_program() -> Program:
    body = Body("forward", [Tensor("x0", "normal", ("s0", 6), 1), Tensor("x1", "normal", ("s0",), 2)], outputs=["v2"])
    body.lines = [
        Line(("v0",), "x0 * x1[:, None]"),
        Line(("v1",), "torch.cat([v0, x0[1:]])"),
        Line(("v2",), "v1.masked_fill(torch.arange(v1.shape[0])[:, None] > 5, 0.5).tanh()"),
    ]
    sizes = [Step("forward", {"s0": 11}), Step("forward", {"s0": 4})]
    return Program(2, "one size", symbols=[Symbol("s0", 4, 64, 11)], bodies=[body], steps=sizes)


def program_with_a_state() -> Program:
    state = Tensor("self.b0", "normal", (4, 3), 1)
    body = Body("forward", [Tensor("x0", "normal", (4, 3), 2)], outputs=["v0", "v1"])
    body.lines = [
        Line(("v0",), "self.b0 * 0.5"),
        Line((), "self.b0.add_(x0)"),
        Line(("v1",), "self.b0 - v0"),
    ]
    return Program(3, "states", members=[state], bodies=[body], steps=[Step("forward", {}, number) for number in range(3)])


def program_with_a_check() -> Program:
    state = Tensor("self.b0", "normal", (5, 3), 1)
    body = Body("forward", [Tensor("x0", "index", (4,), 2, 3), Tensor("x1", "normal", (3,), 3)], outputs=["v1"])
    body.lines = [Line(("v0",), "(x0 * x0) % 5"), Line((), "self.b0.add_(x1)"), Line(("v1",), "self.b0[v0] * 2")]
    return Program(4, "states", members=[state], bodies=[body], steps=[Step("forward", {}, number) for number in range(2)])


@pytest.mark.parametrize("make", [static_program, open_program, program_with_a_state, program_with_a_check])
def test_dumps_of_a_right_program_are_right(make: Callable[[], Program], tmp_path: Path) -> None:
    """At the imported graph, after the fusions, and at the end of the midend; of open sizes and of states too."""
    space = load(source(make()), tmp_path / "program.py")
    assert check(space, tmp_path, 1).verdict == "fine"
    export(space, tmp_path / "program.pt2")
    found = dict(locate(space, tmp_path / "program.pt2", tmp_path))
    assert all(what == "right" for what in found.values()), found
    assert set(found) >= {"graph (import)", "fused (fusions)", "tosa-to-linalg", "arith-expansion"}
