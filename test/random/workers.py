"""Programs side by side: a process a core, each with PyTorch imported once and made anew now and then."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

PROGRAMS_A_PROCESS = 150  # what torch.export leaves behind adds up


@dataclass
class Report:
    """What became of one seed."""

    seed: int
    kind: str
    verdict: str
    reason: str = ""
    detail: str = ""
    judged: int = 0
    left_out: int = 0
    operations: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    kind_asked: str | None = None  # what generate() was told


def check_seed(seed: int, kind: str | None, folder: Path) -> Report:
    from execute import check
    from generate import generate
    from source import load, source

    start = time.monotonic()
    try:
        program = generate(seed, kind)
        space = load(source(program), folder / "program.py")
    except Exception:
        return Report(seed, kind or "", "generator", "the generator fails", traceback.format_exc(), kind_asked=kind)
    made = time.monotonic() - start
    report = Report(seed, program.kind, "fine", operations=program.operations, kind_asked=kind)
    try:
        result = check(space, folder, program.threads)
    except Exception as error:
        report.verdict, report.reason, report.detail = "eager", type(error).__name__, traceback.format_exc()
        return report
    report.verdict, report.reason, report.detail = result.verdict, result.reason, result.detail
    report.judged, report.left_out = result.judged, result.left_out
    report.seconds = {"generate": made} | result.seconds
    return report


@contextlib.contextmanager
def scratch(parent: str | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="random-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _work(connection: Any, check_one: Callable[..., Report], parent: str) -> None:
    torch.set_num_threads(1)
    with scratch(parent) as folder:
        for number in range(PROGRAMS_A_PROCESS):
            connection.send("ready")
            task = connection.recv()
            if task is None:
                break
            one = folder / str(number)
            one.mkdir()
            connection.send(check_one(*task, one))
            shutil.rmtree(one, ignore_errors=True)
    connection.send(None)


def run_all(
    tasks: Iterator[tuple[int, str | None]],
    jobs: int,
    check_one: Callable[..., Report] = check_seed,
    seconds: float = 1500,
) -> Iterator[Report]:
    """The reports in the order in which they are done. A worker that dies or hangs is a report, and replaced."""
    context = multiprocessing.get_context("fork")
    with scratch() as parent:
        workers: dict[Any, tuple[Any, tuple[int, str | None] | None, float]] = {}

        def start() -> None:
            mine, its = context.Pipe()
            process = context.Process(target=_work, args=(its, check_one, str(parent)), daemon=False)
            process.start()
            its.close()
            workers[mine] = (process, None, time.monotonic())

        for _ in range(jobs):
            start()
        ended = False
        while workers:
            ready = multiprocessing.connection.wait(list(workers), timeout=5)
            for connection, (process, task, since) in list(workers.items()):
                if connection not in ready:
                    if task and time.monotonic() - since > seconds:
                        process.kill()
                        process.join()
                    continue
                try:
                    said = connection.recv()
                except EOFError:
                    process.join()
                    del workers[connection]
                    if task:
                        yield Report(task[0], task[1] or "", "worker", f"the worker ends with {process.exitcode}")
                    if not ended:
                        start()
                    continue
                if isinstance(said, Report):
                    yield said
                    workers[connection] = (process, None, time.monotonic())
                elif said == "ready":
                    task = None if ended else next(tasks, None)
                    ended = ended or task is None
                    connection.send(task)
                    workers[connection] = (process, task, time.monotonic())
                else:
                    process.join()
                    del workers[connection]
                    if not ended:
                        start()
