"""A fault of the compiler itself, a pass that fails or crashes, ends with status 70 and leaves a file and
the command that repeats it. The faults are made by BUDDY_TEST_FAULT (lib/Pipelines/TestFault.h)."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import torch
from buddy_attention import export_programs
from cached import CachedAttention
from layers import Layer, buddy
from refusals import contents

OUR_FAULT = 70


class Lab:
    """Where faults happen: temporary files go to a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.scratch, self.work = folder / "scratch", folder / "work"
        self.scratch.mkdir()
        self.work.mkdir()

    def environment(self, fault: str) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.scratch), "BUDDY_TEST_FAULT": fault}

    def compile(self, fault: str, *arguments: object, **more: str) -> str:
        """The message of a compilation that ends in the fault, which leaves nothing in its folder."""
        environment = {**self.environment(fault), **more}
        done = buddy("compile", *arguments, check=OUR_FAULT, cwd=self.work, env=environment)
        assert done.stdout == ""
        assert contents(self.work) == {}
        return done.stderr

    def left(self) -> list[Path]:
        return sorted(self.scratch.iterdir())

    def commands(self, message: str) -> list[list[str]]:
        lines = re.findall(r"^  (buddy(?:-opt)? .*)$", message, re.MULTILINE)
        assert lines, message
        return [shlex.split(line) for line in lines]

    def repeat(self, command: list[str], fault: str) -> subprocess.CompletedProcess[str]:
        program = Path(os.environ["BUDDY"]).with_name(command[0])
        return subprocess.run(
            [program, *command[1:]], cwd=self.work, env=self.environment(fault), capture_output=True, text=True
        )


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.mark.parametrize(
    "fault",
    ["tosa-to-linalg:segv", "tensor-optimization:fail", "bufferization:abort", "parallelization:stack",
     "reconcile-casts:segv", "object:segv"],
)  # fmt: skip
def test_a_fault_leaves_what_repeats_it(tiny: Layer, lab: Lab, fault: str) -> None:
    stage, _, kind = fault.partition(":")
    message = lab.compile(fault, tiny.archive, "-o", "layer.buddy", "--target=x86-64-v3")
    assert "fault of the compiler" in message and stage in message
    assert "Stack dump" not in message and "PLEASE submit" not in message
    if kind != "fail" and stage != "object":
        assert "pass buddy-test-fault" in message
    assert [path.suffix for path in lab.left()] == [".mlir"], "one file is left, and nothing else"

    command, *others = lab.commands(message)
    assert f"--from={lab.left()[0]}" in command and f"--at={stage}" in command
    assert "--target=x86-64-v3" in command, "the target is the one that was asked for"
    # It is the fault that stops the command, not the file: with the fault again, without it no more.
    again = lab.repeat(command, fault)
    if kind == "fail":
        assert again.returncode == 1 and "BUDDY_TEST_FAULT" in again.stderr
    else:
        assert again.returncode == OUR_FAULT and f"crashed in stage {stage}" in again.stderr
    assert contents(lab.work) == {}
    healthy = lab.repeat(command, "")
    assert healthy.returncode == 0, healthy.stderr
    assert any(path.is_file() for path in (lab.work / "stage-output").iterdir())
    if stage == "object":
        assert others == []
        return
    # buddy-opt does the same.
    (other,) = others
    done = lab.repeat(other, "")
    assert done.returncode == 0, done.stderr
    assert (lab.work / "stage-output.mlir").stat().st_size > 1000


def test_the_file_holds_what_the_stage_was_given(tiny: Layer, lab: Lab) -> None:
    """Going on from it gives what a compilation without a fault gives."""
    message = lab.compile("bufferization:segv", tiny.archive, "-o", "layer.buddy")
    command = lab.commands(message)[0]
    assert lab.repeat(command, "").returncode == 0
    buddy("compile", tiny.archive, "--until=bufferization", "-o", lab.work / "whole")
    for name in ("forward-bufferization.mlir", "subgraph0-bufferization.mlir"):
        ours, whole = ((lab.work / folder / name).read_text() for folder in ("stage-output", "whole"))
        assert strip_locations(ours) == strip_locations(whole)


def test_the_second_program_of_an_archive(lab: Lab, tmp_path: Path) -> None:
    """It is that one's input that is left: it knows where the first one's parameters lie."""
    steps = {"x": torch.zeros(1, 5, 24), "position": torch.arange(5)}
    single = {"x": torch.zeros(1, 1, 24), "position": torch.tensor([5])}
    export_programs(CachedAttention().eval(), {"prefill": steps, "decode": single}, tmp_path / "model.pt2")
    message = lab.compile("bufferization:segv:2", tmp_path / "model.pt2", "-o", "model.buddy")
    text = lab.left()[0].read_text()
    assert "1x1x24xf32" in text and "1x5x24xf32" not in text
    assert lab.repeat(lab.commands(message)[0], "").returncode == 0


def strip_locations(text: str) -> str:
    return re.sub(r"^#loc.*\n| loc\(.*\)", "", text, flags=re.MULTILINE)


def test_the_schedules_that_were_given_are_in_the_command(tiny: Layer, lab: Lab) -> None:
    schedule = lab.scratch.parent / "my schedule.json"
    schedule.write_text(buddy("inspect", tiny.package, "--schedule").stdout)
    fault = "tensor-optimization:segv"
    message = lab.compile(fault, tiny.archive, "-o", "layer.buddy", "--schedule", schedule)
    command, other = lab.commands(message)
    assert f"--schedule={schedule}" in command
    for line in (command, other):
        done = lab.repeat(line, "")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("fault", ["fused:segv", "tosa:abort"])
def test_before_the_midend_the_archive_repeats_it(tiny: Layer, lab: Lab, fault: str) -> None:
    stage = fault.partition(":")[0]
    message = lab.compile(fault, tiny.archive, "-o", "layer.buddy", "--observe")
    assert lab.left() == []
    (command,) = lab.commands(message)
    assert str(tiny.archive) in command and f"--until={stage}" in command and "--observe" in command
    assert lab.repeat(command, fault).returncode == OUR_FAULT
    assert lab.repeat(command, "").returncode == 0


def test_while_the_package_is_written(tiny: Layer, lab: Lab) -> None:
    message = lab.compile("package:abort", tiny.archive, "-o", "layer.buddy")
    assert "the same command repeats it" in message
    assert lab.left() == []


def test_the_stack_is_dumped_only_when_asked_for(tiny: Layer, lab: Lab) -> None:
    message = lab.compile("bufferization:segv", tiny.archive, "-o", "layer.buddy", BUDDY_DEBUG="1")
    assert re.search(r"^ ?#\d+ 0x", message, re.MULTILINE), message
    assert lab.commands(message)
