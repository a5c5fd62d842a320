"""A package used from C: against the build, and against an installed runtime."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from buddy_attention import write_reference
from conftest import ROOT
from layers import TINY, Layer, compile_layer, judge

sys.path.insert(0, str(ROOT / "scripts"))
from make_docs import find_program  # noqa: E402

SOURCE = ROOT / "examples" / "c"
BUILD = Path(os.environ.get("BUDDY_BUILD", ROOT / "build"))


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(c) for c in command], capture_output=True, text=True)


def built(*command: str | Path) -> None:
    done = run(*command)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"


def compile_program(package: Path, program: Path) -> None:
    compiler = shutil.which("cc") or str(find_program("clang"))
    library = BUILD / "lib"
    warnings = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
    paths = [f"-I{ROOT / 'include'}", f"-I{package}", f"-L{library}", f"-Wl,-rpath,{library}"]
    built(compiler, *warnings, SOURCE / "run_layer.c", "-o", program, *paths, "-lbuddy_runtime")


def check_program(program: Path, layer: Layer, folder: Path) -> None:
    tensors = write_reference(layer.module, layer.inputs, folder / "ref.safetensors")
    files = []
    for index, tensor in enumerate(layer.inputs):
        files.append(folder / f"input{index}.bin")
        files[-1].write_bytes(tensor.numpy().tobytes())
    output = folder / "output0.bin"
    built(program, layer.package, *files, output)
    exact = tensors["expected_f64.output0"].numpy()
    ours = np.frombuffer(output.read_bytes(), "<f4").reshape(exact.shape)
    judge(ours, tensors["expected_f32.output0"].numpy(), exact)


def test_run_layer(tiny: Layer, tmp_path: Path) -> None:
    compile_program(tiny.package, tmp_path / "run_layer")
    check_program(tmp_path / "run_layer", tiny, tmp_path)


def test_layer_without_mask(tmp_path: Path) -> None:
    layer = compile_layer(tmp_path, TINY, batch=1, seq=5, masked=False)
    compile_program(layer.package, tmp_path / "run_layer")
    check_program(tmp_path / "run_layer", layer, tmp_path)


def test_program_for_another_package(tiny: Layer, default: Layer, tmp_path: Path) -> None:
    """The header's shapes are those of one package; with another the program ends with a message."""
    compile_program(default.package, tmp_path / "run_layer")
    for name, tensor in zip(("x.bin", "mask.bin"), default.inputs):
        (tmp_path / name).write_bytes(tensor.numpy().tobytes())
    done = run(tmp_path / "run_layer", tiny.package, tmp_path / "x.bin", tmp_path / "mask.bin", tmp_path / "out.bin")
    assert done.returncode == 1
    assert "hidden_states" in done.stderr and "[1, 40, 1536]" in done.stderr, done.stderr
    assert not (tmp_path / "out.bin").exists()


def test_against_an_installed_runtime(tiny: Layer, tmp_path: Path) -> None:
    if not (BUILD / "cmake_install.cmake").exists():
        pytest.skip(f"{BUILD} is not a CMake build")
    prefix = tmp_path / "prefix"
    built("cmake", "--install", BUILD, "--prefix", prefix)
    assert (prefix / "include" / "buddy" / "runtime.h").exists()
    assert run(prefix / "bin" / "buddy", "--version").stdout.startswith("buddy ")
    options = [f"-DPACKAGE={tiny.package}", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release"]
    built("cmake", "-G", "Ninja", "-S", SOURCE, "-B", tmp_path / "build", *options)
    built("cmake", "--build", tmp_path / "build")
    check_program(tmp_path / "build" / "run_layer", tiny, tmp_path)


def test_concurrent_processes_share_a_package(tiny: Layer, tmp_path: Path) -> None:
    """Several processes load and run one package at a time, and agree."""
    from safetensors.torch import load_file, save_file

    save_file(dict(zip(("hidden_states", "mask"), tiny.inputs)), tmp_path / "in.safetensors")
    command = [os.environ["BUDDY"], "run", str(tiny.package), "--inputs", str(tmp_path / "in.safetensors")]
    outputs = [tmp_path / f"{i}.safetensors" for i in range(4)]
    processes = [subprocess.Popen([*command, "--outputs", str(out)]) for out in outputs]
    assert [p.wait() for p in processes] == [0] * 4
    first, *others = (load_file(out)["output0"] for out in outputs)
    assert all(torch.equal(first, other) for other in others)
