"""buddy report: that the data of the page is what the compiler did and the machine measured."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import attention_model
import pytest
import torch
from buddy_attention import DynamoCompiler, export_programs, write_reference
from layers import Layer, buddy
from stage_names import BACKEND, FRONTEND, MIDEND
from tiny_llama import LAYERS, make_tiny_llama

STAGES = [*FRONTEND, *MIDEND, *BACKEND, "llvm-ir", "assembly"]


def data_of(page: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL)
    assert found
    return json.loads(found.group(1))


def report(package: Path, directory: Path, *arguments: Any) -> dict[str, Any]:
    page = directory / "report.html"
    buddy("report", package, "-o", page, "--seconds=0.05", "--threads=2", *arguments)
    return data_of(page)


def lines_from(data: dict[str, Any], stage: dict[str, Any], line: int) -> list[str]:
    """The lines of a stage that were made from a line of Python."""
    texts, found, at = stage["text"].split("\n"), [], 0
    for count, location in stage["lines"]:
        if location >= 0 and any(number == line for _, number in data["locations"][location]["lines"]):
            found += texts[at : at + count]
        at += count
    assert at == stage["text"].count("\n")
    return found


@pytest.fixture(scope="module")
def page(default: Layer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    directory = tmp_path_factory.mktemp("report")
    write_reference(default.module, default.inputs, directory / "ref.safetensors", values=True)
    return report(default.package, directory, "--reference", directory / "ref.safetensors")


def python_line(text: str) -> int:
    lines = Path(attention_model.__file__).read_text().splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if text in line]
    return number


ATTENTION = "out = F.scaled_dot_product_attention(q, k, v, attn_mask=keep, enable_gqa=True)"


def test_a_line_is_followed_through_every_stage(page: dict[str, Any]) -> None:
    assert [stage["name"] for stage in page["stages"]] == STAGES
    (source,) = page["sources"]
    assert source["text"] == Path(attention_model.__file__).read_text()
    attention = python_line(ATTENTION)
    made = {stage["name"]: lines_from(page, stage, attention) for stage in page["stages"]}
    assert all(made.values())
    assert len(made["graph"]) == 1 and "graph.sdpa" in made["graph"][0]
    assert any("graph.attention" in line for line in made["fused"])
    assert any("call @attention_0" in line for line in made["tosa"])
    assert any("attn.attention" in line for line in made["tosa-to-linalg"])
    assert any("vector.fma" in line for line in made["matmul-optimization"])
    assert any("llvm.intr.fma" in line for line in made["reconcile-casts"])
    assert any("llvm.fma" in line for line in made["llvm-ir"])
    assert any(re.match(r"\s+(vfmadd|fmla)", line) for line in made["assembly"])
    # No location is printed, and no debug information is left in what LLVM prints.
    for stage in page["stages"]:
        assert not re.search(r"loc\(|!dbg|^\s*\.loc\b|\.debug_", stage["text"], re.MULTILINE), stage["name"]


def test_passes_explain_themselves(page: dict[str, Any]) -> None:
    passes = {item["name"]: item for stage in page["stages"] for item in stage["passes"]}
    assert {"buddy-graph-fuse-attention", "buddy-tile-attention", "one-shot-bufferize", "canonicalize"} <= set(passes)
    ours = [item for name, item in passes.items() if name.startswith("buddy-")]
    assert all(item["summary"] for item in ours)
    assert "```mlir" in passes["buddy-graph-fuse-attention"]["description"]


def test_kernels_nodes_and_errors_belong_together(page: dict[str, Any]) -> None:
    kernels = {kernel["name"]: kernel for kernel in page["kernels"]}
    assert page["run"]["verified"] is True and page["run"]["median_ms"] > 0
    attention = kernels["subgraph0.attention0"]
    lines = {number for _, number in page["locations"][attention["location"]]["lines"]}
    assert python_line(ATTENTION) in lines
    for kernel in kernels.values():
        assert kernel["why"] and kernel["ms"] > 0 and kernel["limit_ms"] > 0
        assert kernel["limited_by"] in ("compute", "memory")
    assert kernels["subgraph0.contraction0"]["schedule"]["tile"]["row"] > 0

    function = next(f for f in page["graph"]["functions"] if f["name"] == "subgraph0")
    assert function["calls"] == 1
    nodes = {(node["op"], node["name"]): node for node in function["nodes"]}
    assert nodes["attention", "scaled_dot_product_attention"]["kernels"] == ["subgraph0.attention0"]
    projections = nodes["linear", "k_proj + q_proj + v_proj"]
    assert projections["kernels"] == ["subgraph0.contraction0"]
    # Each projection, both RoPEs, the attention and the output; each beside eager's own error.
    errors = {error["node"]: error for error in page["errors"]}
    assert len(errors) == 7
    assert {error["op"] for error in errors.values()} == {"slice", "rope", "attention", "linear"}
    assert errors["output0"]["module"] == "o_proj"
    assert all(error["passed"] and 0 < error["ratio"] <= 2 for error in errors.values())
    for node in function["nodes"]:
        for error in node["errors"]:
            assert page["errors"][error]["function"] == "subgraph0"
            assert page["errors"][error]["location"] == node["location"]


def test_memory_is_the_plan(page: dict[str, Any]) -> None:
    slots = page["memory"]["slots"]
    assert max(slot["offset"] + slot["bytes"] for slot in slots) <= page["memory"]["workspace_bytes"]
    for i, a in enumerate(slots):
        for b in slots[:i]:
            if a["first"] <= b["last"] and b["first"] <= a["last"]:
                assert a["offset"] + a["bytes"] <= b["offset"] or b["offset"] + b["bytes"] <= a["offset"]


def test_layers_share_a_function(tmp_path: Path) -> None:
    model, ids = make_tiny_llama()
    compiler = DynamoCompiler(model, (ids,))
    compiler.write_reference(tmp_path / "ref.safetensors", values=True)
    compiler.save(tmp_path / "model.pt2")
    # An archive is compiled on the way.
    data = report(tmp_path / "model.pt2", tmp_path, "--reference", tmp_path / "ref.safetensors")
    layer = next(f for f in data["graph"]["functions"] if f["calls"] == LAYERS)
    products = [node for node in layer["nodes"] if node["op"] == "linear"]
    # The errors of all three layers, at the operation that they share.
    down = next(node for node in products if node["name"].endswith("down_proj"))
    errors = [data["errors"][i] for i in down["errors"]]
    assert [error["call"] for error in errors] == list(range(LAYERS))
    assert [error["module"] for error in errors] == [f"model.layers.{i}.mlp.down_proj" for i in range(LAYERS)]
    (kernel,) = down["kernels"]
    assert next(k for k in data["kernels"] if k["name"] == kernel)["calls"] == LAYERS


class Plain(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(16, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.linear(x))


def test_open_sizes_and_several_entries(tmp_path: Path) -> None:
    dynamic = {"x": {0: torch.export.Dim("rows", min=1, max=64)}}
    compiler = DynamoCompiler(Plain(), (torch.randn(5, 16),), dynamic_shapes=dynamic)
    compiler.save(tmp_path / "open.pt2")
    package = compiler.compile(tmp_path / "open.buddy")
    symbol = json.loads((package / "manifest.json").read_text())["entries"][0]["symbols"][0]["name"]
    data = report(package, tmp_path, "--size", f"{symbol}=7")
    assert data["run"]["sizes"] == {symbol: 7} and data["run"]["verified"] is False
    assert data["inputs"][0]["shape"] == [symbol, 16]
    assert data["memory"]["workspace_bytes"] is None
    assert f"--size {symbol}=N" in buddy("report", package, "-o", tmp_path / "r.html", check=1).stderr

    archive = tmp_path / "two.pt2"
    export_programs(Plain(), {"wide": {"x": torch.randn(8, 16)}, "narrow": {"x": torch.randn(1, 16)}}, archive)
    buddy("compile", archive, "-o", tmp_path / "two.buddy")
    data = report(tmp_path / "two.buddy", tmp_path, "--entry", "narrow")
    assert data["entry"] == "narrow" and data["outputs"][0]["shape"] == [1, 16]
    assert "tensor<1x16xf32>" in data["stages"][0]["text"] and "tensor<8x16xf32>" not in data["stages"][0]["text"]
    refused = buddy("report", tmp_path / "two.buddy", "-o", tmp_path / "r.html", "--entry", "third", check=1)
    assert "no entry 'third'" in refused.stderr
    assert not (tmp_path / "r.html").exists()


def test_without_measurements_and_for_another_cpu(tiny: Layer, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    printed = json.loads(buddy("report", tiny.package, "-o", page, "--no-measure", "--json").stdout)
    data = data_of(page)
    assert printed == data
    assert data["run"] is None and data["machine"] is None and data["errors"] == []
    assert [stage["name"] for stage in data["stages"]] == STAGES
    assert all(kernel["ms"] is None for kernel in data["kernels"])
    # The package of another target is recognized as well: its code comes out again.
    shutil.copy(tiny.archive, tmp_path / "other.pt2")
    buddy("compile", tmp_path / "other.pt2", "-o", tmp_path / "other.buddy", "--target=x86-64-v3")
    assert report(tmp_path / "other.buddy", tmp_path, "--no-measure")["target"] == "x86-64-v3"


def test_the_archive_must_be_the_package_s(tiny: Layer, default: Layer, tmp_path: Path) -> None:
    package = tmp_path / "lonely.buddy"
    shutil.copytree(tiny.package, package)
    page = tmp_path / "r.html"
    refused = buddy("report", package, "-o", page, check=1).stderr
    assert str(tmp_path / "lonely.pt2") in refused and "--archive" in refused
    refused = buddy("report", package, "-o", page, "--archive", default.archive, check=1).stderr
    assert "does not compile as" in refused or "was not made from" in refused
    assert not page.exists()
    assert data_of_archive(package, tiny.archive, page)["name"] == "lonely.buddy"
    assert "--archive goes with a package" in buddy(
        "report", tiny.archive, "-o", page, "--archive", tiny.archive, check=2
    ).stderr
    assert "give a package" in buddy("report", "-o", page, check=2).stderr
    assert "give -o, or --json" in buddy("report", package, check=2).stderr


def data_of_archive(package: Path, archive: Path, page: Path) -> dict[str, Any]:
    buddy("report", package, "-o", page, "--archive", archive, "--no-measure")
    return data_of(page)


def test_sources_that_moved(tmp_path: Path) -> None:
    here = tmp_path / "there" / "moved_model.py"
    here.parent.mkdir()
    here.write_text("import torch\n\n\nclass M(torch.nn.Module):\n    def forward(self, x):\n        return torch.exp(x)\n")
    space: dict[str, Any] = {"__name__": "moved_model"}
    exec(compile(here.read_text(), str(here), "exec"), space)
    archive = DynamoCompiler(space["M"](), (torch.ones(3),)).save(tmp_path / "moved.pt2")
    (tmp_path / "now").mkdir()
    here.rename(tmp_path / "now" / "moved_model.py")
    (source,) = report(archive, tmp_path, "--no-measure")["sources"]
    assert source["text"] is None and "--source-root" in source["why_missing"]
    (source,) = report(archive, tmp_path, "--no-measure", "--source-root", tmp_path / "now")["sources"]
    assert "torch.exp(x)" in source["text"]
