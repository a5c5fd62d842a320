"""examples/cpp: a package from several threads of a C++ program, and what it says about bad input."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from buddy_attention import write_reference
from conftest import ROOT
from layers import Layer, judge

sys.path.insert(0, str(ROOT / "scripts"))
from make_docs import find_program  # noqa: E402

SOURCE = ROOT / "examples" / "cpp"
BUILD = Path(os.environ.get("BUDDY_BUILD", ROOT / "build"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cpp") / "run_threads"
    compiler = shutil.which("c++") or str(find_program("clang++"))
    options = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{ROOT / 'include'}"]
    library = [f"-L{BUILD / 'lib'}", f"-Wl,-rpath,{BUILD / 'lib'}", "-lbuddy_runtime"]
    done = subprocess.run(
        [compiler, *options, str(SOURCE / "run_threads.cpp"), "-o", str(path), *library], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return path


def write_inputs(layer: Layer, folder: Path) -> list[Path]:
    files = [folder / f"input{index}.bin" for index in range(len(layer.inputs))]
    for file, tensor in zip(files, layer.inputs):
        file.write_bytes(tensor.numpy().tobytes())
    return files


def run(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True)


def test_threads_compute_the_layer(program: Path, tiny: Layer, tmp_path: Path) -> None:
    tensors = write_reference(tiny.module, tiny.inputs, tmp_path / "ref.safetensors")
    output = tmp_path / "output0.bin"
    done = run(program, tiny.package, "4", output, *write_inputs(tiny, tmp_path))
    assert (done.returncode, done.stdout) == (0, "4 threads, equal outputs\n"), done.stderr
    exact = tensors["expected_f64.output0"].numpy()
    ours = np.frombuffer(output.read_bytes(), "<f4").reshape(exact.shape)
    judge(ours, tensors["expected_f32.output0"].numpy(), exact)


def test_bad_input_ends_with_a_message(program: Path, tiny: Layer, tmp_path: Path) -> None:
    files = write_inputs(tiny, tmp_path)
    output = tmp_path / "out.bin"

    for threads in ("0", "-1", "four", "4x", "1025", ""):
        done = run(program, tiny.package, threads, output, *files)
        assert done.returncode == 2 and "usage:" in done.stderr, threads
    assert run(program).returncode == 2

    def refused(message: str, *arguments: str | Path) -> None:
        done = run(program, *arguments)
        assert done.returncode == 1 and message in done.stderr, done.stderr
        assert not output.exists()

    refused("the model has 2 inputs, and there are 1 files", tiny.package, "1", output, files[0])
    refused("gone.bin: No such file", tiny.package, "1", output, files[0], tmp_path / "gone.bin")
    refused("must have 112 bytes, for the input mask", tiny.package, "1", output, files[0], files[0])
    refused("No such file", tmp_path / "nothing.buddy", "1", output, *files)
    refused("cannot be written", tiny.package, "1", tmp_path / "no" / "folder", *files)
