"""What the stages write can be read by others: stock tools, other compilers, and buddy itself."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from buddy_attention import eager_outputs
from layers import Layer, buddy, compile_layer, padding_masks
from stage_names import BACKEND, MIDEND
from stock_mlir import STRICT_TOSA, described, elements, library, memref, mlir_opt, run

PAIRS = [("forward.mlir", "subgraph0.mlir"), ("forward-midend.mlir", "subgraph0-midend.mlir")]
SMALL = {"hidden_size": 96, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 24}


@pytest.fixture(scope="module", params=["default", "mha"])
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Layer, Path]:
    """A small layer and the folder of all its dumps."""
    folder = tmp_path_factory.mktemp(f"staged-{request.param}")
    layer = compile_layer(folder, SMALL, request.param, 2, 11, sharp=True)
    buddy("compile", layer.archive, "-o", folder / "again.buddy", f"--save-stages={folder / 'stages'}")
    return layer, folder / "stages"


def test_save_stages_writes_every_stage(staged: tuple[Layer, Path]) -> None:
    """One numbered dump a stage, so that a folder's listing is in order, and the product files."""
    _, stages = staged
    names = sorted(p.name for p in stages.iterdir())
    numbered = [n[3:].removesuffix(".mlir") for n in names if re.match(r"\d\d-", n)]
    assert [n for n in numbered if n in MIDEND + BACKEND] == MIDEND + BACKEND
    assert set(names) >= {"graph.log", "graph_fused.log", "arg0.data"} | {n for pair in PAIRS for n in pair}
    assert set(names) >= {"forward-optimized.mlir", "subgraph0-optimized.mlir"}


def test_graphs_round_trip_through_buddy_opt(staged: tuple[Layer, Path]) -> None:
    _, stages = staged
    program = Path(os.environ["BUDDY"]).with_name("buddy-opt")
    for name in ("graph.log", "graph_fused.log"):
        text = (stages / name).read_text()
        once = run(program, stages / name)
        assert once == run(program, "-", text=once)
        operations = re.compile(r"graph\.\w+")
        assert operations.findall(text) == operations.findall(once)


def test_locations_are_python_lines(staged: tuple[Layer, Path]) -> None:
    _, stages = staged
    for name in ("graph.log", "subgraph0.mlir"):
        assert re.search(r'loc\("[^"]*attention_model\.py":\d+', (stages / name).read_text()), name


def test_tosa_files_are_strict_tosa(staged: tuple[Layer, Path]) -> None:
    _, stages = staged
    for name in PAIRS[0]:
        text = (stages / name).read_text()
        mlir_opt(*STRICT_TOSA, text=text)
        dialects = set(re.findall(r"^\s*(?:%\S+(?:, %\S+)* = )?\"?([a-z]\w*)\.\w+", text, re.MULTILINE))
        # Floats of int64 TOSA has no row for.
        beside = {"arith", "linalg", "tensor"} if "xi64>" in text else set()
        assert dialects <= {"func", "tosa", "builtin"} | beside, dialects


def test_midend_files_parse_in_stock_mlir_opt(staged: tuple[Layer, Path]) -> None:
    _, stages = staged
    for name in PAIRS[1]:
        mlir_opt(stages / name)


def test_backend_files_hold_llvm_and_omp_only(staged: tuple[Layer, Path]) -> None:
    _, stages = staged
    for name in ("forward-optimized.mlir", "subgraph0-optimized.mlir"):
        text = mlir_opt("--mlir-print-op-generic", stages / name)
        dialects = set(re.findall(r'"([a-z]\w*)\.[\w.]+"\s*(?:\(|<)', text))
        assert dialects <= {"builtin", "llvm", "omp"}, dialects


def test_stages_can_be_continued_from_their_files(staged: tuple[Layer, Path], tmp_path: Path) -> None:
    check_continued(staged[1], tmp_path)


def check_continued(stages: Path, tmp_path: Path) -> None:
    """Through the files and at one go gives the same files, but for the lines of the files read."""
    for pair, at, until, made in (
        (PAIRS[0], MIDEND[0], MIDEND[-1], PAIRS[1]),
        (PAIRS[1], BACKEND[0], BACKEND[-1], ("forward-optimized.mlir", "subgraph0-optimized.mlir")),
    ):
        out = tmp_path / until
        files = ",".join(str(stages / name) for name in pair)
        buddy("compile", f"--from={files}", f"--at={at}", f"--until={until}", "-o", out)
        assert {p.name for p in out.iterdir()} == set(made)
        for name in made:
            # Stock mlir-opt prints no locations unless asked to. Reading two files as one module may
            # move a global's definition.
            ours, theirs = (sorted(mlir_opt(folder / name).splitlines()) for folder in (out, stages))
            assert ours == theirs, name


# The composites' plain meaning ---------------------------------------------------------------------


def joined(stages: Path) -> str:
    """forward.mlir and subgraph0.mlir as one module, with subgraph0's declaration taken out."""
    module = re.compile(r'^((?:#[^\n]*\n)*)"builtin\.module"\(\) (?:<\{.*?\}> )?\(\{\n(.*)\n\}\) [^\n]*(.*)$', re.DOTALL)
    parts = []
    for name in PAIRS[0]:
        match = module.match(mlir_opt("--mlir-print-op-generic", stages / name).strip())
        assert match, name
        parts.append(match)
    forward, subgraph = parts
    declaration = r'\n  "func\.func"\(\) <\{[^\n]*sym_name = "subgraph0"[^\n]*\}> \(\{\n  \}\)[^\n]*'
    body = re.sub(declaration, "", "\n" + forward[2])
    # Large constants stand behind the module, names of maps before it; those of forward would have to be merged.
    assert "dialect_resources" not in forward[3] and not forward[1]
    return subgraph[1] + '"builtin.module"() ({\n' + body + "\n" + subgraph[2] + "\n}) : () -> ()\n" + subgraph[3]


def check_roughly(result: np.ndarray, layer: Layer, inputs: tuple[torch.Tensor, ...]) -> None:
    """Others sum in one long chain and have their own exp: twice the room that our code has."""
    (eager,), (exact,) = eager_outputs(layer.module, inputs), eager_outputs(layer.module, inputs, exact=True)
    limit = 8 * (np.abs(eager.numpy() - exact.numpy()).max() + 1e-6)
    np.testing.assert_allclose(result, exact.numpy(), rtol=0, atol=limit)


def test_plain_meaning_of_composites_gives_the_numbers(staged: tuple[Layer, Path], tmp_path: Path) -> None:
    """Stock MLIR, which knows nothing of composites, compiles the TOSA files to the right answer."""
    layer, stages = staged
    forward = library(joined(stages), tmp_path, "plain", on_tensors=True)._mlir_ciface_forward

    params = np.fromfile(stages / "arg0.data", dtype="<f4")
    for mask in padding_masks(2, 11).values():
        inputs = (layer.inputs[0], mask)
        arrays = [params, layer.inputs[0].numpy(), mask.numpy()]
        result = memref(3)()
        # MLIR's C interface writes what is returned through a pointer that comes first.
        forward(ctypes.byref(result), *(ctypes.byref(described(array)) for array in arrays))
        check_roughly(elements(result, 3, np.dtype(np.float32)), layer, inputs)


def test_iree_agrees(staged: tuple[Layer, Path], tmp_path: Path) -> None:
    compiler = pytest.importorskip(
        "iree.compiler", reason="IREE is not installed: pip install iree-base-compiler iree-base-runtime"
    )
    runtime = pytest.importorskip("iree.runtime", reason="IREE is not installed: pip install iree-base-runtime")
    layer, stages = staged
    code = compiler.compile_str(
        joined(stages), target_backends=["llvm-cpu"], input_type="tosa", extra_args=["--iree-llvmcpu-target-cpu=host"]
    )
    module = runtime.load_vm_flatbuffer(code, driver="local-task")
    params = np.fromfile(stages / "arg0.data", dtype="<f4")
    for mask in padding_masks(2, 11).values():
        inputs = (layer.inputs[0], mask)
        result = module.forward(params, layer.inputs[0].numpy(), mask.numpy()).to_host()
        check_roughly(result, layer, inputs)
