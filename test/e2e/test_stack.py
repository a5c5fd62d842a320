"""Small stacks: of the shell, and of OpenMP's threads."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from buddy_attention import write_reference
from layers import Layer, buddy


@pytest.fixture(scope="module")
def reference(default: Layer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reference") / "ref.safetensors"
    write_reference(default.module, default.inputs, path)
    return path


@pytest.mark.parametrize("size", ["1", "16k", "100k"])
def test_threads_get_what_kernels_need(default: Layer, reference: Path, size: str) -> None:
    """Kernels keep tiles on the stacks of OpenMP's threads."""
    manifest = json.loads((default.package / "manifest.json").read_text())
    assert 1_000 < manifest["entries"][0]["stack_bytes"] < 1 << 20
    environment = {**os.environ, "OMP_STACKSIZE": size, "KMP_WARNINGS": "0"}
    buddy("verify", default.package, "--reference", reference, "--threads", "2", env=environment)


@pytest.mark.parametrize("limit", ["-s 64", "-S -s 32", "-s 1000"])
def test_small_stack_of_the_shell(default: Layer, reference: Path, tmp_path: Path, limit: str) -> None:
    program, package = os.environ["BUDDY"], tmp_path / "layer.buddy"
    commands = [
        [program, "compile", default.archive, "-o", package],
        [program, "verify", package, "--reference", reference, "--threads", "2"],
        [program, "inspect", package],
    ]
    lines = [shlex.join(map(str, command)) for command in commands]
    script = "\n".join([f"ulimit {limit}", "set -e", *lines])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    same = default.package / "libmodel.so"
    assert (package / "libmodel.so").read_bytes() == same.read_bytes()
