"""Whatever lies at the path of an option that names a file, reading it ends, and the command says what is wrong."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import copy_package, rewrite_archive
from layers import Layer, buddy
from refusals import INPUT_AT_FAULT, WRONG_USAGE, refused

KINDS: dict[str, Callable[[Path], object]] = {
    "zeros": lambda path: path.symlink_to("/dev/zero"),
    "random": lambda path: path.symlink_to("/dev/urandom"),
    "terminal": lambda path: path.symlink_to("/dev/null"),
    "pipe": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
    "sparse": lambda path: (path.touch(), os.truncate(path, 3 << 30)),
}


def ends(status: int, *arguments: object) -> str:
    """buddy ends with the status within seconds and within little memory; returns what it says."""
    command = [os.environ["BUDDY"], *map(str, arguments)]
    limited = ["bash", "-c", 'ulimit -v 6000000; exec "$@"', "bash", *command]
    done = subprocess.run(limited, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == status, f"{command} ended with {done.returncode}:\n{done.stderr}"
    assert "error:" in done.stderr and "Stack dump" not in done.stderr, done.stderr
    return done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file(tiny: Layer, tmp_path: Path, kind: str) -> None:
    wrong = tmp_path / "wrong"
    KINDS[kind](wrong)
    reason = "wrong" if kind == "sparse" else {"folder": "folder", "pipe": "pipe"}.get(kind, "device")
    for_tensors = "safetensors" if kind == "sparse" else "not a regular file"
    output = ["-o", tmp_path / "out"]
    compilation = ["compile", tiny.archive, *output]
    assert reason in ends(INPUT_AT_FAULT, "compile", wrong, *output)
    assert reason in ends(INPUT_AT_FAULT, *compilation, "--schedule", wrong)
    assert reason in ends(INPUT_AT_FAULT, "compile", "--from", wrong, "--at=tosa", "--until=tosa", *output)
    assert reason in ends(INPUT_AT_FAULT, "report", "--from-data", wrong, *output)
    assert reason in ends(INPUT_AT_FAULT, "report", tiny.package, "--archive", wrong, *output)
    assert reason in ends(INPUT_AT_FAULT, "tune", wrong, *output, "--reference", wrong)
    assert for_tensors in ends(INPUT_AT_FAULT, "verify", tiny.package, "--reference", wrong)
    assert for_tensors in ends(INPUT_AT_FAULT, "bench", tiny.package, "--reference", wrong)
    assert for_tensors in ends(INPUT_AT_FAULT, "run", tiny.package, "--inputs", wrong, "--outputs", tmp_path / "out")
    if kind != "folder":
        assert "package is a folder" in ends(INPUT_AT_FAULT, "verify", wrong, "--reference", wrong)
        assert reason in ends(INPUT_AT_FAULT, "inspect", wrong)
        assert "is a file" in ends(WRONG_USAGE, "compile", tiny.archive, "-o", wrong)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["manifest.json", "libmodel.so", "params.bin"])
def test_what_is_no_file_in_a_package(tiny: Layer, tmp_path: Path, kind: str, name: str) -> None:
    package = copy_package(tiny.package, tmp_path / "layer.buddy")
    (package / name).unlink()
    KINDS[kind](package / name)
    assert str(package / name) in ends(INPUT_AT_FAULT, "verify", package, "--reference", tmp_path / "none")
    if name == "manifest.json":
        assert str(package / name) in ends(INPUT_AT_FAULT, "inspect", package)
        assert "is left as it is" in ends(WRONG_USAGE, "compile", tiny.archive, "-o", package)


def test_a_source_that_is_none(tiny: Layer, tmp_path: Path) -> None:
    """An archive names Python files, which the page of a report shows."""
    archive = tmp_path / "layer.pt2"
    with_source = tiny.archive.read_bytes()
    assert b"attention_model.py" in with_source

    def change(model: object) -> None:
        def walk(value: object) -> None:
            if isinstance(value, dict):
                for key, inner in value.items():
                    if key == "stack_trace" and isinstance(inner, str):
                        value[key] = 'File "/dev/zero", line 1, in forward\n    x = y\n'
                    else:
                        walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        walk(model)

    rewrite_archive(tiny.archive, archive, edit={"models/model.json": change})
    done = buddy("report", archive, "--no-measure", "--json")
    assert '"path":"/dev/zero"' in done.stdout.replace(" ", "")


def test_schedules_through_a_pipe(tiny: Layer, tmp_path: Path) -> None:
    """`--schedule <(buddy inspect layer.buddy --schedule)`: what a pipe gives until its end is a file."""
    schedules = buddy("inspect", tiny.package, "--schedule").stdout
    ours, theirs = os.pipe()

    def feed() -> None:
        with os.fdopen(theirs, "w") as stream:
            for start in range(0, len(schedules), 1000):
                stream.write(schedules[start : start + 1000])
                stream.flush()

    feeding = threading.Thread(target=feed)
    feeding.start()
    arguments = ["--schedule", f"/dev/fd/{ours}", "-o", tmp_path / "layer.buddy"]
    buddy("compile", tiny.archive, *arguments, pass_fds=[ours])
    feeding.join()
    os.close(ours)
    assert (tmp_path / "layer.buddy" / "libmodel.so").read_bytes() == (tiny.package / "libmodel.so").read_bytes()


def test_a_pipe_without_an_end(tiny: Layer, tmp_path: Path) -> None:
    """`--schedule <(yes)` ends."""
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        assert endless.stdout is not None
        pipe = endless.stdout.fileno()
        arguments = ["--schedule", f"/dev/fd/{pipe}", "-o", tmp_path / "layer.buddy"]
        done = buddy("compile", tiny.archive, *arguments, check=INPUT_AT_FAULT, pass_fds=[pipe])
        endless.kill()
    assert "longer than" in done.stderr


def test_dumps_that_the_parser_must_not_see(tmp_path: Path) -> None:
    arguments = ["compile", "--from", tmp_path / "a.mlir", "--at=tosa", "--until=tosa", "-o", tmp_path / "out"]
    for text in ("[" * 100_000, '"a.b"() {c = ' + "[" * 100_000, "!t = " + "tuple<" * 100_000, "module {" * 100_000):
        (tmp_path / "a.mlir").write_text(text)
        refused(tmp_path, INPUT_AT_FAULT, *arguments, says=["a.mlir:1", "nested more than"])
    (tmp_path / "a.mlir").write_bytes(b"ML\xefR\x01 and more")
    refused(tmp_path, INPUT_AT_FAULT, *arguments, says=["bytecode", "a.mlir"])
