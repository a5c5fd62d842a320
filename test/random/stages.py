"""Names the stage at fault: dumps of several stages are run through stock MLIR, and each is judged.

Stock MLIR has none of our passes behind the dump. The first dump whose numbers are wrong has the fault in the
stages that made it; if all are right, the fault is behind the last: in the backend, or in the runtime.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from buddy_attention import find_buddy
from execute import Result, compare, eager_values, in_child, reference, step_inputs
from stock import Entry, call_on_buffers, call_on_tensors, own_dialects
from stock_mlir import Failed, library, run

#: The graph as it was imported, without a fusion: what is wrong here was read wrongly.
UNFUSED = (
    "builtin.module(buddy-graph-bind-sizes,canonicalize,cse,buddy-graph-partition,"
    "buddy-graph-to-tosa,buddy-tosa-dynamic-sizes,canonicalize,cse)"
)


def _buddy_opt(*arguments: str | Path) -> str:
    return run(Path(find_buddy()).with_name("buddy-opt"), *arguments)


def dumps(stages: Path) -> Iterator[tuple[str, Callable[[], str], bool]]:
    """What is run: the stage by name, what reads its module, and whether that is on tensors."""
    yield "graph (import)", lambda: _buddy_opt(stages / "graph.log", f"--pass-pipeline={UNFUSED}"), True
    yield "fused (fusions)", lambda: _buddy_opt(stages / "graph_fused.log", "--buddy-stage-tosa"), True
    for path in sorted(stages.glob("[0-9][0-9]-*.mlir")):
        name = path.stem[3:]
        if name in ("tosa-to-linalg", "arith-expansion", "tensor-optimization"):
            yield name, path.read_text, True
        elif name in ("bufferization", "matmul-optimization", "affine-loops", "parallelization", "vector-optimization"):
            yield name, path.read_text, False


def _outputs(
    call: Callable[..., object], code: object, entry: Entry, space: ModuleType, expected: dict[str, torch.Tensor]
) -> list:  # type: ignore[type-arg]
    states, outputs = entry.first_states(), []
    for number, (_, given) in enumerate(step_inputs(space)):
        like = eager_values(expected, number)
        made, states = call(code, entry, entry.ordered(given), states, like)  # type: ignore[misc]
        outputs.append([array.astype(value.numpy().dtype) for array, value in zip(made, like)])
    return outputs


def locate(space: ModuleType, archive: Path, folder: Path) -> list[tuple[str, str]]:
    """Each stage that could be run, and what became of it: "right", "wrong: ..." or why it could not be."""
    stages, package = folder / "stages", folder / "staged.buddy"
    done = subprocess.run(
        [str(find_buddy()), "compile", str(archive), "-o", str(package), f"--save-stages={stages}"], capture_output=True
    )
    if done.returncode or len({entry for entry, _, _ in space.STEPS}) > 1:
        return []
    entry = Entry(package, np.fromfile(stages / "arg0.data", dtype="<f4"))
    expected = reference(space)
    found = []
    for name, read, on_tensors in dumps(stages):
        try:
            text = read()
        except Failed as failure:  # the imported graph alone, where TOSA cannot say it without a fusion
            found.append((name, f"not run: {failure}"))
            continue
        if own_dialects(text):
            found.append((name, f"not run: has {', '.join(sorted(own_dialects(text)))}"))
            continue
        entry.is_packed = "buddy.params_bytes" in text
        entry.has_checks = "checks = [" in text
        call = call_on_tensors if on_tensors else call_on_buffers
        try:
            code = library(text, folder, name.split()[0], on_tensors=on_tensors)
        except Failed as failure:
            found.append((name, f"not run: {failure}"))
            continue
        status, answer = in_child(lambda: _outputs(call, code, entry, space, expected), 60, folder)  # noqa: B023
        if status != 0:
            found.append((name, f"the run ends with {status}: {answer}"))
            continue
        result: Result = compare(answer, expected, space)
        found.append((name, "right" if result.verdict == "fine" else f"wrong: {result.detail}"))
    return found


def at_fault(found: list[tuple[str, str]]) -> str:
    """The stage at fault in one line: behind it no dump is right.

    One that is wrong with right ones behind it is a matter of how stock tools run it.
    """
    judged = [(name, what == "right") for name, what in found if not what.startswith("not run")]
    if not judged:
        return "not told: the program has several entries, or its dumps cannot be run"
    right = max((place for place, (_, is_right) in enumerate(judged) if is_right), default=-1)
    before = f" (right after {judged[right][0]})" if right >= 0 else ""
    if right + 1 < len(judged):
        return judged[right + 1][0] + before
    return f"behind {judged[right][0]}: the backend or the runtime"
