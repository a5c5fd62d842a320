"""One program through the whole path: exported, compiled, run in a process of its own, compared."""

from __future__ import annotations

import copy
import os
import pickle
import re
import signal
import subprocess
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from buddy_attention import export_programs, find_buddy
from buddy_attention.export import export_program, save_program
from buddy_attention.float64 import to_f64
from judge import DRAWS, Judgement, judge, rounded

COMPILE_SECONDS, RUN_SECONDS = 120, 60
#: The verdicts, the worst first.
VERDICTS = ("wrong", "crash", "hang", "refused", "not exported", "fine")

Outputs = list[list[torch.Tensor]]  # by step


@dataclass
class Result:
    verdict: str
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


def eager(space: ModuleType, draw: int | None) -> Outputs:
    """What eager PyTorch gives at each step: in f32, or as judge.rounded() has it."""
    model = space.Program().eval()
    if draw is not None:
        model = copy.deepcopy(model)
        for buffer in model.buffers():
            if buffer.dtype is torch.float32:
                buffer.data = buffer.data.double()
    outputs: Outputs = []
    for _, inputs in step_inputs(space):
        if draw is not None:
            inputs = {name: to_f64(value) for name, value in inputs.items()}
        with torch.no_grad(), rounded(draw) if draw is not None else nullcontext():
            result = model(**inputs)
        outputs.append([value.clone() for value in result])
    return outputs


def limited(command: list[str], seconds: int, folder: Path) -> tuple[int | None, str]:
    """Its exit status (None: it did not end in time) and what it said."""
    log = folder / "said.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env={**os.environ, "TMPDIR": str(folder)}
        )
        try:
            status: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
    return status, log.read_text(errors="replace")


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
    deadline = time.monotonic() + seconds
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
    return os.waitstatus_to_exitcode(status), value


def run_package(space: ModuleType, package: Path, threads: int) -> list[list[Any]]:
    import buddy_attention

    model = buddy_attention.load(package, threads=threads)
    context = model.context()
    outputs = []
    for entry, inputs in step_inputs(space):
        result = context.run(entry, **inputs)
        outputs.append([value.numpy() for value in (result if isinstance(result, tuple) else (result,))])
    return outputs


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


def compare(ours: list[list[Any]], expected: Outputs, draws: list[Outputs], space: ModuleType) -> Result:
    judged = left_out = 0
    for number, (entry, sizes, _) in enumerate(space.STEPS):
        if len(ours[number]) != len(expected[number]):
            return Result(
                "wrong", "wrong number", f"{len(ours[number])} outputs, PyTorch gives {len(expected[number])}"
            )
        for index, value in enumerate(ours[number]):
            each = [draw[number][index] for draw in draws]
            found: Judgement = judge(torch.from_numpy(value), expected[number][index], each)
            judged, left_out = judged + found.judged, left_out + found.left_out
            if found.reason:
                detail = f"output {index} of step {number} ({entry} {sizes}): {found.reason}"
                return Result("wrong", "wrong number", detail, judged, left_out)
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
        else:
            draws = [eager(space, draw) for draw in DRAWS]
            result = compare(answer, eager(space, None), draws, space)
        times["judge"] = time.monotonic()
    names = list(times)
    result.seconds = {name: times[name] - times[before] for before, name in zip(names, names[1:])}
    return result
