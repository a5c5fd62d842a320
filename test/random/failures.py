"""What is known of a failure: the smallest program that fails in the same way, and the stage at fault."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from execute import Result, check
from generate import generate
from program import Program
from reduce import reduce
from report import FAULTS
from source import load, source
from stages import at_fault, locate
from workers import Report

SECONDS = 90  # for making one program smaller


def run(program: Program, folder: Path) -> Result:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return check(load(source(program), folder / "program.py"), folder, program.threads)


def explain(seed: int, kind: str | None, folder: Path) -> Report:
    """The report of a seed that fails: ``detail`` has the smallest program as source, and the stage."""
    program = generate(seed, kind)
    first = run(program, folder / "run")
    report = Report(seed, program.kind, first.verdict, first.reason, first.detail)
    if first.verdict not in FAULTS:
        return report

    def fails(candidate: Program) -> bool:
        try:
            result = run(candidate, folder / "run")
        except Exception:
            return False
        return (result.verdict, result.reason) == (first.verdict, first.reason)

    smallest = reduce(program, fails, SECONDS)
    result = run(smallest, folder / "run")
    stage = ""
    if result.verdict == "wrong":
        space = load(source(smallest), folder / "run" / "program.py")
        stage = at_fault(locate(space, folder / "run" / "program.pt2", folder / "run"))
    report.detail = f"{result.detail}\n{f'stage at fault: {stage}' if stage else ''}\n{source(smallest)}"
    return report


def stage_prefixes(seed: int, kind: str | None, folder: Path) -> Report:
    """A program that is right: whether the dumps of its stages are, too."""
    program = generate(seed, kind)
    space = load(source(program), folder / "program.py")
    report = Report(seed, program.kind, "fine")
    result = check(space, folder, program.threads)
    if result.verdict == "fine":
        found = locate(space, folder / "program.pt2", folder)
        last = next((what for _, what in reversed(found) if not what.startswith("not run")), "right")
        if last != "right":
            report.verdict, report.reason, report.detail = "wrong", "the last dump gives other numbers", last
        else:
            report.reason = f"{sum(what == 'right' for _, what in found)} of {len(found)} dumps right"
    return report


def one_of_each(reports: Iterable[Report], limit: int) -> Iterator[tuple[int, str | None]]:
    """The seeds to explain: one for each reason; of wrong numbers, which all have one reason, several."""
    taken: dict[tuple[str, str], int] = {}
    for report in reports:
        key = report.verdict, report.reason
        most = {"wrong": limit, "crash": 1, "hang": 1}.get(report.verdict, 0)
        if taken.get(key, 0) < most:
            taken[key] = taken.get(key, 0) + 1
            yield report.seed, report.kind_asked
