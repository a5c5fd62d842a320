"""What becomes of programs that do not end, crash or say no: verdicts, and nobody else suffers."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from execute import compile_archive, in_child, limited, refusal
from report import Summary
from seeds import seeds
from workers import Report, run_all


def test_a_child_that_crashes_is_told_apart(tmp_path: Path) -> None:
    assert in_child(lambda: [1, 2], 10, tmp_path) == (0, [1, 2])
    assert in_child(lambda: os.kill(os.getpid(), signal.SIGSEGV), 10, tmp_path)[0] == -signal.SIGSEGV
    status, said = in_child(lambda: 1 / 0, 10, tmp_path)
    assert status == 1 and "ZeroDivisionError" in said


def _spin() -> None:
    while True:
        pass


def test_a_child_that_does_not_end_is_ended(tmp_path: Path) -> None:
    assert in_child(_spin, 1, tmp_path) == (None, None)
    assert limited([sys.executable, "-c", "while True: pass"], 1, tmp_path)[0] is None


def _compiler(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    program = tmp_path / "buddy"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr("execute.find_buddy", lambda: program)
    return compile_archive(tmp_path / "a.pt2", tmp_path / "a.buddy", tmp_path)


def test_verdicts_of_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run: Callable[[str], Any] = lambda script: _compiler(tmp_path, script, monkeypatch)  # noqa: E731
    assert run("exit 0").verdict == "fine"
    assert run("echo 'buddy: error: m.py:3: no' >&2; exit 1").verdict == "refused"
    crash = run("echo 'buddy: error: /tmp/x/m.py:3: a bug of 12 kinds' >&2; exit 70")
    assert crash.verdict == "crash" and "a bug of N kinds" in crash.reason
    assert run("kill -SEGV $$").verdict == "crash"


def test_one_reason_is_one_group() -> None:
    """Whatever differs from program to program (paths, numbers, names) is left out of the reason."""
    text = "buddy: error: /tmp/{0}/m.py:{1}: the program has 1 operation that cannot be compiled yet:\n"
    text += "  /tmp/{0}/m.py:{1}: aten.flip.default, once: it turns {1} around. What to do: nothing\n"
    assert refusal(text.format("a", 3)) == refusal(text.format("b", 44)) == "aten.flip.default: it turns N around"


def _task(seed: int, kind: str | None, folder: Path) -> Report:
    if seed == 2:
        os._exit(7)
    if seed == 3:
        time.sleep(60)
    return Report(seed, "static", "fine" if seed != 4 else "wrong", "" if seed != 4 else "wrong number")


def test_a_worker_that_dies_or_hangs_is_a_report() -> None:
    tasks: Iterator[tuple[int, str | None]] = iter([(seed, None) for seed in range(8)])
    reports = {report.seed: report for report in run_all(tasks, 2, _task, seconds=2)}
    assert sorted(reports) == list(range(8))
    assert [seed for seed, report in reports.items() if report.verdict == "worker"] in ([2, 3], [3, 2])
    summary = Summary()
    for report in reports.values():
        summary.add(report)
    assert summary.programs == 8 and summary.faults == 3
    assert "wrong number (seeds 4)" in summary.text()


@pytest.mark.parametrize(("stop_at_first", "left"), [(True, []), (False, [8, 9])])
def test_a_run_may_end_at_the_first_fault(stop_at_first: bool, left: list[int]) -> None:
    options = Namespace(ci=False, minutes=None, programs=3, kind=None, stop_at_first=stop_at_first)
    failed: list[int] = []
    chosen = seeds(options, 7, failed)
    assert next(chosen) == (7, None)
    failed.append(7)
    assert [seed for seed, _ in chosen] == left


def test_steps_are_run_in_their_order() -> None:
    from execute import step_inputs

    calls: list[tuple[int, int]] = []
    space = SimpleNamespace(
        STEPS=[("forward", {"s0": 3}, 0), ("forward", {"s0": 5}, 1)],
        inputs_forward=lambda call, s0: calls.append((call, s0)) or {"x": s0},
    )
    assert [inputs["x"] for _, inputs in step_inputs(space)] == [3, 5]  # type: ignore[arg-type]
    assert calls == [(0, 3), (1, 5)]
