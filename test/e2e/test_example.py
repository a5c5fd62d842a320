"""The example's files and CMake targets: exactly the promised names, and nothing done twice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from buddy_attention import DynamoCompiler
from conftest import ROOT
from layers import buddy

FRONTEND = {"graph.log", "graph_fused.log", "forward.mlir", "subgraph0.mlir", "arg0.data"}
EXPORT = {"layer.pt2", "ref.safetensors"}
MIDEND = {"forward-midend.mlir", "subgraph0-midend.mlir"}
BACKEND = {"forward-optimized.mlir", "subgraph0-optimized.mlir"}
PACKAGE = {"manifest.json", "libmodel.so", "params.bin", "model.h"}

IMPORT = ROOT / "examples" / "BuddyAttention" / "import-attention.py"
TINY_OPTIONS = ["--hidden-size", "64", "--heads", "4", "--kv-heads", "2", "--head-dim", "16"]


def run_import(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(IMPORT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_import_attention_alone(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    done = run_import("--batch-size", "2", "--seq-len", "128", "--output-dir", out)
    assert done.returncode == 0, done.stderr
    assert names(out) == FRONTEND
    assert "tensor<2x128x1536xf32>" in (out / "graph.log").read_text()


@pytest.mark.parametrize("variant", ["default", "mha"])
def test_arg0_is_all_parameters(variant: str, tmp_path: Path) -> None:
    import attention_model
    import numpy as np

    module = attention_model.make_model(variant, hidden_size=64, num_attention_heads=4, head_dim=16)
    compiler = DynamoCompiler(module, attention_model.make_inputs(1, 5, 64))
    compiler.write_files(tmp_path)
    expected = np.concatenate([p.numpy().ravel() for p in compiler.params.values()])
    assert expected.dtype == np.float32
    assert (tmp_path / "arg0.data").read_bytes() == expected.astype("<f4").tobytes()
    assert list(compiler.params)[:2] == [n for n, _ in module.named_parameters()][:2]


def test_dynamo_compiler(tmp_path: Path) -> None:
    import attention_model

    module = attention_model.make_model(hidden_size=64, num_attention_heads=4, head_dim=16)
    compiler = DynamoCompiler(module, attention_model.make_inputs(1, 5, 64))
    assert compiler.input_names == ["hidden_states", "mask"]
    assert "graph.linear" in compiler.graph
    assert "@subgraph0" in compiler.fused_graph and "@subgraph0" not in compiler.graph
    package = compiler.compile(tmp_path / "layer.buddy")
    buddy("verify", package, "--reference", compiler.write_reference(tmp_path / "ref.safetensors"))


def test_import_attention_options(tmp_path: Path) -> None:
    archive, reference = tmp_path / "a.pt2", tmp_path / "r.safetensors"
    done = run_import(
        *TINY_OPTIONS, "--no-mask", "--output-dir", tmp_path / "o", "--save-pt2", archive, "--reference", reference
    )
    assert done.returncode == 0, done.stderr
    buddy("compile", archive, "-o", tmp_path / "layer.buddy")
    buddy("verify", tmp_path / "layer.buddy", "--reference", reference)
    assert "mask" not in buddy("inspect", tmp_path / "layer.buddy").stdout

    assert run_import("--seq-len", "0").returncode == 2
    done = run_import("--heads", "5", "--kv-heads", "2", "--output-dir", tmp_path / "never")
    assert done.returncode == 1 and "multiple" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "never").exists()


class Build:
    """The example's targets in the build that these tests belong to."""

    def __init__(self) -> None:
        self.folder = Path(os.environ.get("BUDDY_BUILD", ROOT / "build"))
        self.out = self.folder / "examples" / "BuddyAttention"

    def ninja(self, *targets: str) -> str:
        done = subprocess.run(["ninja", "-C", str(self.folder), *targets], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def made(self) -> set[str]:
        return {p for p in names(self.out) if not p.startswith(("CMake", "cmake_", "CTest"))}

    def clean(self) -> None:
        for name in self.made():
            path = self.out / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def times(self) -> dict[str, int]:
        return {name: (self.out / name).stat().st_mtime_ns for name in self.made()}


def steps(output: str) -> list[str]:
    """The example's commands that ninja ran, by the first word of their comments."""
    return re.findall(r"^\[\d+/\d+\] (Exporting|Frontend|Midend|Backend|Package)\b", output, re.MULTILINE)


@pytest.fixture
def build() -> Build:
    build = Build()
    cache = build.folder / "CMakeCache.txt"
    if not cache.exists() or "BUDDY_ATTENTION_EXAMPLES:BOOL=ON" not in cache.read_text():
        pytest.skip(f"{build.folder} is configured without -DBUDDY_ATTENTION_EXAMPLES=ON")
    return build


def test_targets_make_exactly_their_files(build: Build) -> None:
    build.clean()
    build.ninja("buddy-attention-frontend")
    assert build.made() == EXPORT | FRONTEND
    build.ninja("buddy-attention-midend")
    assert build.made() == EXPORT | FRONTEND | MIDEND
    build.ninja("buddy-attention-backend")
    assert build.made() == EXPORT | FRONTEND | MIDEND | BACKEND
    build.ninja("buddy-attention")
    assert build.made() == EXPORT | FRONTEND | MIDEND | BACKEND | {"layer.buddy"}
    assert names(build.out / "layer.buddy") == PACKAGE
    buddy("verify", build.out / "layer.buddy", "--reference", build.out / "ref.safetensors")

    before = build.times()
    assert "no work to do" in build.ninja("buddy-attention")
    assert build.times() == before

    # The midend's files are newer: what follows from them is made again, nothing before.
    for name in MIDEND:
        (build.out / name).touch()
    assert steps(build.ninja("buddy-attention")) == ["Backend"]
    assert "no work to do" in build.ninja("buddy-attention")

    # An edit is carried through.
    file = build.out / "subgraph0.mlir"
    file.write_text(file.read_text() + "// edited\n")
    assert steps(build.ninja("buddy-attention")) == ["Midend"], "its result is the same, so nothing follows"
    file.unlink()
    assert steps(build.ninja("buddy-attention"))[0] == "Frontend"
    assert "no work to do" in build.ninja("buddy-attention")


def test_last_target_alone_makes_what_it_needs(build: Build) -> None:
    build.clean()
    build.ninja("buddy-attention-backend")
    assert build.made() == EXPORT | FRONTEND | MIDEND | BACKEND
