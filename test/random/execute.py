"""One program through the whole path: exported, compiled, run in a process of its own, compared."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import resource
import signal
import subprocess
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from buddy_attention import expected_steps, export_programs, find_buddy, judge_outputs, load
from buddy_attention.export import export_program, save_program
from outside import Difference, difference, is_looked_up

#: Of the processor; ten times as much by the clock.
COMPILE_SECONDS, RUN_SECONDS = 60, 60
#: Elements that a program may read and write to have noise: nearly all programs, so that few values are not judged by
#: eager's luck.
MOST_WORK = 1 << 25
#: Outputs of fewer different values are not judged without noise: the root mean squares of so many errors of one size differ by a
#: factor of 2 in one of a million outputs (the F distribution).
LEAST_VALUES = 52


@dataclass
class Result:
    verdict: str  # "fine", "refused", "not exported", "wrong", "crash" or "hang"
    reason: str = ""  # the same for all programs of one cause, as far as one can tell
    detail: str = ""
    judged: int = 0
    left_out: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def export(space: ModuleType, path: str | os.PathLike[str]) -> None:
    """The archive of a program's source, as source.load() gives it."""
    model = space.Program().eval()
    entries = list(dict.fromkeys(entry for entry, _, _ in space.STEPS))
    if entries == ["forward"]:
        program = export_program(model, (), space.inputs_forward(), space.DYNAMIC.get("forward"))
        save_program(program, path)
    else:
        calls = {name: getattr(space, f"inputs_{name}")() for name in entries}
        export_programs(model, calls, path, space.DYNAMIC)


def step_inputs(space: ModuleType) -> list[tuple[str, dict[str, torch.Tensor]]]:
    return [(entry, getattr(space, f"inputs_{entry}")(call, **sizes)) for entry, sizes, call in space.STEPS]


def reference(space: ModuleType, *, noise: bool = True) -> dict[str, torch.Tensor]:
    """What eager PyTorch gives at each step, and what rounding may make of it."""
    steps = [((), inputs) for _, inputs in step_inputs(space)]
    return expected_steps(space.Program().eval(), steps, noise=noise, most_work=MOST_WORK, leave_out=True)


def eager_values(expected: dict[str, torch.Tensor], step: int) -> list[torch.Tensor]:
    """Eager's outputs at a step."""
    label = f"step{step}.expected_f32.output"
    return [expected[f"{label}{i}"] for i in range(sum(name.startswith(label) for name in expected))]


def _limit(process: int, seconds: int) -> None:
    """Processor time: what a loaded machine makes slow is no hang."""
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(process, resource.RLIMIT_CPU, (seconds, seconds + 5))


def limited(command: list[str], seconds: int, folder: Path) -> tuple[int | None, str]:
    """Its exit status (None: it needed more processor time, or does not end) and what it said."""
    log = folder / "said.txt"
    environment = {**os.environ, "TMPDIR": str(folder)}
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=environment)
        _limit(process.pid, seconds)
        try:
            status: int | None = process.wait(10 * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
    return None if status == -signal.SIGXCPU else status, log.read_text(errors="replace")


def in_child(work: Callable[[], Any], seconds: int, folder: Path) -> tuple[int | None, Any]:
    """What ``work`` gives in a forked process: a crash there ends nobody else. The status as os.waitstatus has it."""
    answer = folder / "answer.pickle"
    answer.unlink(missing_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        status = 1
        try:
            value = work()
            status = 0
        except BaseException as error:
            value = f"{type(error).__name__}: {error}"
        try:
            answer.write_bytes(pickle.dumps(value))
        finally:
            os._exit(status)
    _limit(child, seconds)
    deadline = time.monotonic() + 10 * seconds
    pause = 0.002
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None, None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    value = pickle.loads(answer.read_bytes()) if answer.exists() else None
    ended = os.waitstatus_to_exitcode(status)
    return None if ended == -signal.SIGXCPU else ended, value


def run_package(space: ModuleType, package: Path, threads: int) -> tuple[list[list[Any]], Difference | None]:
    """The outputs of each step, and where it does not agree with eager on indices that are outside."""
    model = load(package, threads=threads)
    context = model.context()
    outputs = []
    for entry, inputs in step_inputs(space):
        result = context.run(entry, **inputs)
        outputs.append([value.numpy() for value in (result if isinstance(result, tuple) else (result,))])
    return outputs, difference(space, model)


def _normalized(text: str) -> str:
    """A message without what differs from program to program."""
    text = re.sub(r"/\S+/", "", text)
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    return re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?", "N", text)


def refusal(text: str) -> str:
    """The reasons of a refusal: of each operation that a report names, or the error's own words."""
    found = re.findall(r": (aten\.\S+), [^:]*: (.*?)(?:\. What to do|$)", text, re.MULTILINE)
    reasons = [f"{name}: {why}" for name, why in found] or re.findall(r"error: (?:\S+:\d+: )?(.*)", text)
    return "; ".join(sorted({_normalized(reason) for reason in reasons}))[:400] or _normalized(text)[:200]


def compile_archive(archive: Path, package: Path, folder: Path) -> Result:
    status, said = limited([str(find_buddy()), "compile", str(archive), "-o", str(package)], COMPILE_SECONDS, folder)
    if status is None:
        return Result("hang", "the compiler does not end")
    if status == 0:
        return Result("fine")
    if status == 1:
        return Result("refused", refusal(said), said)
    # The file of what the stage was given has another name each time.
    lines = [line for line in said.splitlines() if "error:" in line or line.endswith("failed")] or said.splitlines()[:1]
    return Result("crash", f"status {status}: {_normalized(' | '.join(lines[:3]))[:300]}", said)


def _counts(found: Difference, archive: Path, folder: Path) -> bool:
    """Not what eager looks up and nothing uses."""
    if not found.line:
        return True
    limited([str(find_buddy()), "compile", str(archive), "--until=fused", "-o", str(folder / "fused")], COMPILE_SECONDS, folder)
    return any(is_looked_up(log.read_text(), found.line) for log in (folder / "fused").rglob("graph_fused.log"))


def is_as_near(ours: list[list[Any]], expected: dict[str, torch.Tensor]) -> bool:
    """Whether no element is farther from f64 than twice eager's: that is right whatever the noise is."""
    for step, outputs in enumerate(ours):
        theirs = eager_values(expected, step)
        if len(outputs) != len(theirs):
            return False
        for i, (our, eager) in enumerate(zip(map(torch.as_tensor, outputs), theirs)):
            if our.shape != eager.shape or our.dtype != eager.dtype:
                return False
            if not eager.is_floating_point():
                if not torch.equal(our, eager):
                    return False
                continue
            exact = expected[f"step{step}.expected_f64.output{i}"]
            near = (our.double() - exact).abs() <= 2 * (eager.double() - exact).abs()
            same = ((our == eager) | (our.isnan() & eager.isnan())) & ~eager.isfinite()
            if not (near | same).all():
                return False
    return True


def _is_luck(value: torch.Tensor, name: str, expected: dict[str, torch.Tensor]) -> bool:
    """Whether an output of a program without noise has so few values that eager's errors may be luck.

    What has other digits from the fourth on is no rounding error, and a fault all the same.
    """
    step, output = name.split(".")
    eager = expected[f"{step}.expected_f32.{output}"]
    if f"{step}.noise.{output}" in expected or not eager.is_floating_point():
        return False
    if expected[f"{step}.expected_f64.{output}"].to(torch.float32).unique().numel() >= LEAST_VALUES:
        return False
    is_alike = (eager.shape, eager.dtype) == (value.shape, value.dtype)
    return is_alike and torch.allclose(value, eager, rtol=1e-3, atol=0, equal_nan=True)


def compare(ours: list[list[Any]], expected: dict[str, torch.Tensor], space: ModuleType) -> Result:
    """The verdict of a run's outputs, by step, beside ``reference()``."""
    judged = left_out = 0
    for number, (entry, sizes, _) in enumerate(space.STEPS):
        prefix = f"step{number}."
        outputs = {f"{prefix}output{i}": torch.as_tensor(value) for i, value in enumerate(ours[number])}
        for verdict in judge_outputs(outputs, expected, prefix):
            if not verdict.passed:
                value = outputs.get(verdict.name)
                has_eager = f"{prefix}expected_f32.{verdict.name.removeprefix(prefix)}" in expected
                if value is not None and has_eager and _is_luck(value, verdict.name, expected):
                    left_out += value.numel()
                    continue
                detail = f"{verdict.name.removeprefix(prefix)} of step {number} ({entry} {sizes}): {verdict.reason}"
                return Result("wrong", "wrong number", detail, judged, left_out)
            judged += outputs[verdict.name].numel() - verdict.undetermined
            left_out += verdict.undetermined
    return Result("fine", "", "", judged, left_out)


def check(space: ModuleType, folder: Path, threads: int) -> Result:
    """The verdict of a program."""
    archive, package = folder / "program.pt2", folder / "program.buddy"
    times = {"start": time.monotonic()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            export(space, archive)
    except Exception as error:
        return Result("not exported", _normalized(str(error))[:300], str(error))
    times["export"] = time.monotonic()
    result = compile_archive(archive, package, folder)
    times["compile"] = time.monotonic()
    if result.verdict == "fine":
        status, answer = in_child(lambda: run_package(space, package, threads), RUN_SECONDS, folder)
        times["run"] = time.monotonic()
        if status is None:
            result = Result("hang", "the run does not end")
        elif status:
            result = Result("crash", f"the run ends with {status}: {_normalized(str(answer))[:300]}", str(answer))
        elif answer[1] and _counts(answer[1], archive, folder):
            result = Result("wrong", "an index outside", answer[1].detail)
        else:
            expected = reference(space, noise=False)
            # The noise takes most of the time.
            expected = expected if is_as_near(answer[0], expected) else reference(space)
            result = compare(answer[0], expected, space)
        times["judge"] = time.monotonic()
    names = list(times)
    result.seconds = {name: times[name] - times[before] for before, name in zip(names, names[1:])}
    return result
