"""Output folders that cannot be written, or that hold something else."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import copy_package
from buddy_attention import write_reference
from layers import Layer, buddy
from refusals import INPUT_AT_FAULT, WRONG_USAGE, contents, refused


def test_output_folder_that_cannot_be_made(tiny: Layer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    says = [str(tmp_path / "file"), "is not a folder"]
    refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "-o", tmp_path / "file" / "layer.buddy", says=says)
    done = buddy("compile", tiny.archive, "-o", "/sys/layer.buddy", check=INPUT_AT_FAULT)
    assert "/sys" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_output_folder_not_writable(tiny: Layer, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        says = ["permission denied"]
        refused(tmp_path, INPUT_AT_FAULT, "compile", tiny.archive, "-o", tmp_path / "layer.buddy", says=says)
    finally:
        tmp_path.chmod(0o755)


def test_output_folder_of_somebody_else(tiny: Layer, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    says = ["thesis", "package"]
    refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "-o", tmp_path / "thesis", says=says)
    (tmp_path / "notes.txt").write_text("more work")
    refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "-o", tmp_path / "notes.txt", says=["notes.txt"])


def limit_file_size(size: int) -> Callable[[], None]:
    """As on a full disk: writing beyond ``size`` bytes of a file fails."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("size", [0, 1000, 20_000])
def test_disk_full(tiny: Layer, tmp_path: Path, size: int) -> None:
    done = buddy("compile", tiny.archive, "-o", tmp_path / "layer.buddy", check=None, preexec_fn=limit_file_size(size))
    assert done.returncode == INPUT_AT_FAULT, done.stderr
    assert "too large" in done.stderr.lower() or "no space" in done.stderr.lower() or "write" in done.stderr.lower()
    assert contents(tmp_path) == {}


def test_killed_while_replacing_a_package(tiny: Layer, tmp_path: Path) -> None:
    package = copy_package(tiny.package, tmp_path / "layer.buddy")
    reference = tmp_path / "ref.safetensors"
    write_reference(tiny.module, tiny.inputs, reference)
    started = time.monotonic()
    buddy("compile", tiny.archive, "-o", package)
    whole = time.monotonic() - started
    for part in (0.3, 0.6, 0.8, 0.9, 0.95, 1.0):
        process = subprocess.Popen(
            [os.environ["BUDDY"], "compile", tiny.archive, "-o", package], stderr=subprocess.DEVNULL
        )
        time.sleep(part * whole)
        process.kill()
        process.wait()
        buddy("verify", package, "--reference", reference)
