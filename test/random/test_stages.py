"""Which stage is named, from what became of its dumps; and that dumps can be run."""

from __future__ import annotations

from pathlib import Path

import pytest
from execute import check, export
from generate import generate
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


def test_dumps_of_a_right_program_are_right(tmp_path: Path) -> None:
    """At the imported graph, after the fusions, and at the end of the midend; of open sizes and of states too."""
    run: set[str] = set()
    for seed, kind in ((3, "static"), (3, "one size"), (70004, None)):
        folder = tmp_path / f"{seed} {kind}"
        folder.mkdir()
        space = load(source(generate(seed, kind)), folder / "program.py")
        assert check(space, folder, 1).verdict == "fine"
        export(space, folder / "program.pt2")
        found = dict(locate(space, folder / "program.pt2", folder))
        right = {name for name, what in found.items() if what == "right"}
        # Stock tools cannot read attention's ops, and some dumps before the end have them.
        assert all(what == "right" or what.startswith("not run") for what in found.values()), found
        assert "vector-optimization" in right, found
        run |= right
    assert run >= {"graph (import)", "fused (fusions)", "tosa-to-linalg", "arith-expansion"}
