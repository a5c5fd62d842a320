"""Told to end at any moment, buddy leaves nothing half-written and no temporary file or folder behind."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from archives import copy_package
from buddy_attention import write_reference
from layers import Layer, buddy
from safetensors.torch import load_file, save_file

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Victim:
    """A folder to work in, one for temporary files, and commands that are ended at random times in it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.scratch = folder / "work", folder / "scratch"
        self.scratch.mkdir()
        self.environment = {**os.environ, "TMPDIR": str(self.scratch)}
        self.random = random.Random(seed)
        self.ended = 0

    def start(self, *arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        nowhere = subprocess.DEVNULL
        command = [os.environ["BUDDY"], *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=nowhere, stderr=nowhere, **options
        )

    def end_at_random_times(self, times: int, arguments: list[Any], check: Any) -> None:
        """Runs the command whole once and ended ``times`` times; ``check(whole)`` looks at the folder."""
        began = time.monotonic()
        assert self.start(*arguments).wait() == 0
        length = time.monotonic() - began
        check(True)
        assert list(self.scratch.iterdir()) == []
        for turn in range(times):
            process = self.start(*arguments)
            time.sleep(self.random.uniform(0.02, 1) * length)
            number = SIGNALS[turn % len(SIGNALS)]
            process.send_signal(number)
            status = process.wait(timeout=60)
            assert status in (-number, 0), f"ended with {status}"
            self.ended += status != 0
            assert list(self.scratch.iterdir()) == [], "a temporary folder stayed"
            check(status == 0)
        assert self.ended, "every run was over before its signal came: nothing was tested"


@pytest.fixture
def victim(tmp_path: Path) -> Victim:
    return Victim(tmp_path, seed=len(str(tmp_path)))


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_compile_to_a_package(tiny: Layer, victim: Victim) -> None:
    whole = {"layer.buddy", *(f"layer.buddy/{n}" for n in ("manifest.json", "libmodel.so", "params.bin", "model.h"))}

    def check(done: bool) -> None:
        assert names(victim.folder) in ([whole] if done else [whole, set()])

    victim.end_at_random_times(10, ["compile", tiny.archive, "-o", "layer.buddy"], check)


def test_compile_until_a_stage(tiny: Layer, victim: Victim) -> None:
    """The files of a stage come together, the parameters with them."""
    files = ("graph.log", "graph_fused.log", "forward.mlir", "subgraph0.mlir", "arg0.data")
    whole = {"out", *(f"out/{name}" for name in files)}

    def check(done: bool) -> None:
        assert names(victim.folder) in ([whole] if done else [whole, set()])

    victim.end_at_random_times(10, ["compile", tiny.archive, "--until=tosa", "-o", "out"], check)


def test_compile_saving_stages(tiny: Layer, victim: Victim) -> None:
    """Dumps are written as the stages go by: those that are there are whole."""
    sizes: dict[str, int] = {}

    def check(done: bool) -> None:
        found = {name: (victim.folder / name).stat().st_size for name in names(victim.folder)}
        files = {name: size for name, size in found.items() if (victim.folder / name).is_file()}
        if not sizes:
            sizes.update(files)
        assert files.items() <= sizes.items(), "a file is there in part, or one that does not belong there"

    options = ["compile", tiny.archive, "--save-stages=stages", "--until=object", "-o", "out"]
    victim.end_at_random_times(5, options, check)


def test_run(default: Layer, victim: Victim, tmp_path: Path) -> None:
    inputs = dict(zip(("hidden_states", "mask"), default.inputs))
    save_file(inputs, tmp_path / "in.safetensors")

    def check(done: bool) -> None:
        assert names(victim.folder) in ([{"out.safetensors"}] if done else [{"out.safetensors"}, set()])
        if names(victim.folder):
            assert load_file(victim.folder / "out.safetensors")["output0"].shape == default.inputs[0].shape

    arguments = ["run", default.package, "--inputs", tmp_path / "in.safetensors", "--outputs", "out.safetensors"]
    victim.end_at_random_times(8, arguments, check)


def test_a_package_that_is_replaced_stays_whole(tiny: Layer, tmp_path: Path) -> None:
    package = copy_package(tiny.package, tmp_path / "layer.buddy")
    write_reference(tiny.module, tiny.inputs, tmp_path / "ref.safetensors")
    for delay in (0.1, 0.2, 0.3):
        process = subprocess.Popen([os.environ["BUDDY"], "compile", tiny.archive, "-o", package])
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        buddy("verify", package, "--reference", tmp_path / "ref.safetensors")
        assert {path.name for path in tmp_path.iterdir()} == {"layer.buddy", "ref.safetensors"}


def test_a_second_signal_changes_nothing(tiny: Layer, victim: Victim) -> None:
    """Who is impatient sends several."""
    for turn in range(4):
        process = victim.start("compile", tiny.archive, "-o", "layer.buddy")
        time.sleep(0.08 + 0.04 * turn)
        for _ in range(5):
            process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        assert list(victim.scratch.iterdir()) == []
        assert names(victim.folder) == set() or (victim.folder / "layer.buddy" / "manifest.json").is_file()


def test_a_reader_that_goes_away(tiny: Layer, victim: Victim) -> None:
    """What is printed into a pipe that closes ends the command, which takes its temporary folder with it."""
    program, archive = os.environ["BUDDY"], tiny.archive
    command = f"{shlex.quote(program)} report {shlex.quote(str(archive))} --json --no-measure | head -c 10"
    done = subprocess.run(["bash", "-c", command], env=victim.environment, capture_output=True, text=True)
    assert done.stdout == '{"format":'
    assert list(victim.scratch.iterdir()) == []


def test_writing_to_a_pipe_can_be_ended(tiny: Layer, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "page")
    reader = os.open(tmp_path / "page", os.O_RDONLY | os.O_NONBLOCK)  # and it reads nothing
    command = [os.environ["BUDDY"], "report", tiny.archive, "--no-measure", "-o", tmp_path / "page"]
    process = subprocess.Popen(list(map(str, command)))
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == -signal.SIGINT
    os.close(reader)


def test_an_ignored_signal_stays_ignored(tiny: Layer, victim: Victim) -> None:
    """`nohup buddy compile ...` goes on when the terminal goes, and `buddy compile ... &` of a script at Ctrl-C."""

    def ignore() -> None:
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    for options in (["compile", tiny.archive, "-o", "layer.buddy"], ["report", tiny.archive, "-o", "page.html"]):
        process = victim.start(*options, preexec_fn=ignore)
        while process.poll() is None:
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGINT)
            time.sleep(0.005)
        assert process.returncode == 0
        assert names(victim.folder) & {"layer.buddy/model.h", "page.html"}
        assert list(victim.scratch.iterdir()) == []


def killed_while_at_work(victim: Victim, *arguments: Any) -> None:
    """Kills the command (or stops it: returned) as soon as it has a temporary folder."""
    process = victim.start(*arguments)
    while not list(victim.scratch.iterdir()):
        assert process.poll() is None, "it was over before it had a temporary folder"
    process.kill()
    process.wait(timeout=60)


def test_what_a_killed_command_left_goes_with_the_next(tiny: Layer, victim: Victim) -> None:
    killed_while_at_work(victim, "compile", tiny.archive, "-o", "layer.buddy")
    killed_while_at_work(victim, "tune", tiny.archive, "-o", "s.json", "--time=60")
    left = list(victim.scratch.iterdir())
    assert left
    (victim.scratch / "buddy-notes").mkdir()
    assert victim.start("compile", tiny.archive, "-o", "layer.buddy").wait() == 0
    assert victim.start("tune", tiny.archive, "-o", "s.json", "--time=1").wait() == 0
    assert {path.name for path in victim.scratch.iterdir()} == {"buddy-notes"}


def _is_locked(folder: Path) -> bool:
    """Without trying to lock it, which whoever makes it would meet."""
    number = f":{folder.stat().st_ino}"
    locks = Path("/proc/locks").read_text().splitlines()
    return any(" FLOCK " in line and line.split()[5].endswith(number) for line in locks)


def test_what_a_command_at_work_has_stays(tiny: Layer, victim: Victim) -> None:
    process = victim.start("compile", tiny.archive, "-o", "layer.buddy")
    # A folder that is not locked yet is anybody's: whoever made it then makes another one.
    while not any(_is_locked(folder) for folder in victim.scratch.iterdir()):
        assert process.poll() is None
    process.send_signal(signal.SIGSTOP)
    before = list(victim.scratch.iterdir())
    environment = {**os.environ, "TMPDIR": str(victim.scratch)}
    buddy("compile", tiny.archive, "-o", victim.folder / "other.buddy", env=environment)
    assert list(victim.scratch.iterdir()) == before
    process.send_signal(signal.SIGCONT)
    assert process.wait(timeout=60) == 0
    assert list(victim.scratch.iterdir()) == []


def test_percent_signs_are_of_the_name(tiny: Layer, tmp_path: Path) -> None:
    folder = tmp_path / "50%off"
    folder.mkdir()
    buddy("compile", tiny.archive, "--until=tosa", "-o", folder / "t%sa")
    buddy("compile", tiny.archive, "-o", folder / "l%.buddy", "--save-stages", folder / "s%%")
    assert (folder / "t%sa" / "forward.mlir").is_file() and (folder / "s%%" / "model.s").is_file()
    assert {path.name for path in folder.iterdir()} == {"t%sa", "l%.buddy", "s%%"}


def test_what_is_no_file_is_not_replaced(tiny: Layer, tmp_path: Path) -> None:
    """Writing to a device goes to the device. (A link to one, so that a failure costs the link alone.)"""
    save_file(dict(zip(("hidden_states", "mask"), tiny.inputs)), tmp_path / "in.safetensors")
    for device, status in (("null", 0), ("full", 1)):
        link = tmp_path / device
        link.symlink_to(f"/dev/{device}")
        files = ["--inputs", tmp_path / "in.safetensors", "--outputs", link]
        done = buddy("run", tiny.package, *files, check=status)
        assert link.is_symlink() and link.is_char_device()
        assert status == 0 or "No space left" in done.stderr
        traced = buddy("bench", tiny.package, "--profile", "--trace", link, "--seconds", "0.05", check=status)
        assert link.is_symlink() and (status == 0 or "No space left" in traced.stderr)
        refused = buddy("tune", tiny.archive, "-o", link, "--time", "1", check=2)
        assert "is no file" in refused.stderr and link.is_char_device()
    assert {path.name for path in tmp_path.iterdir()} == {"in.safetensors", "null", "full"}
