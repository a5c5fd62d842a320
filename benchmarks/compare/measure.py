"""Measures one case: every peer's forms are loaded and verified, the fastest of each is measured in turn."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from . import ROOT, artifacts, buddy
from .client import Worker, WorkerError
from .layers import Case
from .limits import Limits
from .peers import Peer
from .stats import median, median_absolute_deviation

sys.path.insert(0, str(ROOT / "python"))
from buddy_attention import Verdict, judge_outputs  # noqa: E402  (without PyTorch)

QUIET_SECONDS = 0.05
WARM_SECONDS = 0.03
BURST_SECONDS = 0.2
# To choose a form: the best of so many short bursts, for a disturbed one must not decide.
CHOOSING_BURSTS, CHOOSING_SECONDS = 3, 0.05
# A run as long as this needs no third burst to be told from another, and no untimed run before each
# burst: filling the caches again takes about a millisecond.
LONG_RUN_MS = 100


@dataclass
class Candidate:
    """A peer with one form of the layer, and what is known of it so far."""

    worker: Worker
    fields: dict[str, Any] = field(default_factory=dict)
    status: str = ""  # why it is not measured: empty while it may be
    reason: str = ""
    choosing_ms: float = 0.0
    rounds: list[list[float]] = field(default_factory=list)
    last_ms: float = 0.0

    def burst(self, seconds: float) -> list[float]:
        """The times of one burst, at least one. Raises WorkerError."""
        time.sleep(QUIET_SECONDS)
        answer = self.worker.burst(seconds, 0.0 if self.last_ms > LONG_RUN_MS else WARM_SECONDS)
        self.fields["memory_bytes"] = max(self.fields["memory_bytes"], answer["memory_bytes"])
        times: list[float] = answer["times_ms"]
        self.last_ms = median(times)
        return times

    def fail(self, status: str, reason: str) -> None:
        self.status, self.reason = status, reason
        self.worker.close()


def measure(case: Case, peers: Iterable[Peer], rounds: int, memory_gb_per_s: float, work: Path) -> list[dict]:
    """The rows of one case, one a peer."""
    folder = work / case.folder
    limits = Limits(case, memory_gb_per_s)
    with ExitStack() as stack:
        tried = {peer.name: _start(peer, case, stack, work) for peer in peers}
        for candidates in tried.values():
            for candidate in candidates:
                _wait_until_ready(candidate)
        for candidates in tried.values():
            for candidate in candidates:
                if not candidate.status:
                    _load(candidate, folder)
        chosen = {name: _choose(candidates) for name, candidates in tried.items()}
        running = [candidate for candidate in chosen.values() if not candidate.status]
        for round_number in range(rounds):
            time.sleep(QUIET_SECONDS)
            limits.measure()
            # A different one is first in each round, so that none always follows the same other.
            turn = round_number % max(1, len(running))
            for candidate in running[turn:] + running[:turn]:
                if not candidate.status:
                    _run_burst(candidate)
    shared = {"variant": case.variant.name, "masked": case.variant.masked, "seq": case.seq, "threads": case.threads}
    shared |= limits.fields()
    return [_row(shared, chosen[name], tried[name]) for name in tried]


def _start(peer: Peer, case: Case, stack: ExitStack, work: Path) -> list[Candidate]:
    """Each form in its own process. All import at once: that is not measured."""
    return [Candidate(stack.enter_context(Worker(peer, form, case, work))) for form in peer.forms[case.variant.name]]


def _wait_until_ready(candidate: Candidate) -> None:
    try:
        candidate.worker.wait_until_ready()
    except WorkerError as error:
        candidate.fail("failed", str(error))


def _load(candidate: Candidate, folder: Path) -> None:
    """Loads and verifies, alone on the machine."""
    peer, form = candidate.worker.peer, candidate.worker.form
    try:
        compile_seconds = artifacts.compile_package(folder) if peer.name == "ours" else None
        candidate.fields = candidate.worker.load(folder)
        output = np.load(candidate.worker.output)
    except (WorkerError, buddy.BuddyFailed) as error:
        candidate.fail("failed", str(error))
        return
    candidate.fields["export_seconds"] = artifacts.export_seconds(folder, peer, form)
    if compile_seconds is not None:
        candidate.fields["compile_seconds"] = compile_seconds
    (verdict,) = judge_outputs({"output0": output}, load_file(folder / "reference.safetensors"))
    candidate.fields |= error_fields(verdict)
    if not verdict.passed:
        candidate.fail("not verified", verdict.reason)


def error_fields(verdict: Verdict) -> dict[str, Any]:
    """A row's errors against f64. The ratios are to eager's own error: the rule allows 2 and (about) 4."""
    return {
        "error_rms": verdict.rms,
        "error_eager_rms": verdict.eager_rms,
        "error_largest": verdict.largest,
        "error_eager_largest": verdict.eager_largest,
        "rms_ratio": verdict.rms / verdict.eager_rms if verdict.eager_rms else None,
        "largest_ratio": verdict.largest / verdict.eager_largest if verdict.eager_largest else None,
    }


def _choose(candidates: list[Candidate]) -> Candidate:
    """The fastest verified form, or one that says why there is none. The others' processes are ended."""
    usable = [candidate for candidate in candidates if not candidate.status]
    if not usable:
        return next((c for c in candidates if c.status == "not verified"), candidates[0])
    if len(usable) > 1:
        for candidate in usable:
            candidate.choosing_ms = float("inf")
        for number in range(CHOOSING_BURSTS):
            if number == 2 and min(candidate.choosing_ms for candidate in usable) > LONG_RUN_MS:
                break
            for candidate in usable:
                try:
                    candidate.choosing_ms = min(candidate.choosing_ms, median(candidate.burst(CHOOSING_SECONDS)))
                except WorkerError as error:
                    candidate.fail("failed", str(error))
                    return _choose([c for c in candidates if c is not candidate] or [candidate])
    best = min(usable, key=lambda candidate: candidate.choosing_ms)
    for candidate in usable:
        if candidate is not best:
            candidate.worker.close()
    return best


def _run_burst(candidate: Candidate) -> None:
    try:
        candidate.rounds.append(candidate.burst(BURST_SECONDS))
    except WorkerError as error:
        candidate.fail("failed", str(error))


def _row(shared: dict[str, Any], candidate: Candidate, tried: list[Candidate]) -> dict[str, Any]:
    """What the results say of one peer in one case."""
    peer = candidate.worker.peer
    row = {"peer": peer.name, "version": peer.version(), "form": candidate.worker.form, **shared, **candidate.fields}
    row["forms_tried"] = {
        c.worker.form: {"choosing_ms": c.choosing_ms or None, "status": c.status or "verified", "reason": c.reason}
        for c in tried
    }
    row["verified"] = candidate.status == "" or bool(candidate.rounds)
    row["status"] = candidate.status or "measured"
    if candidate.status:
        row["reason"] = candidate.reason
        print(f"  {peer.name}: {candidate.status}: {candidate.reason}", file=sys.stderr)
        return row
    times = [time for burst in candidate.rounds for time in burst]
    row["median_ms"] = median(times)
    row["mad_ms"] = median_absolute_deviation(times)
    row["best_ms"] = min(times)
    row["runs"] = len(times)
    row["round_medians_ms"] = [median(burst) for burst in candidate.rounds]
    row["gflops"] = shared["flops"] / row["median_ms"] / 1e6
    row["share_of_limit"] = shared["limit_ms"] / row["median_ms"]
    return row
