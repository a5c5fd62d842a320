"""buddy compile --observe: the value of every operation, each beside PyTorch's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from buddy_attention import DynamoCompiler, write_reference
from layers import Layer, buddy
from tiny_llama import LAYERS, make_tiny_llama


def observe(compiler: DynamoCompiler, directory: Path) -> dict[str, dict[str, Any]]:
    """Compiles observed, verifies every value by the rule, and gives the reports by name."""
    compiler.write_reference(directory / "ref.safetensors", values=True)
    package = compiler.compile(directory / "observed.buddy", ["--observe"])
    done = buddy("verify", package, "--reference", directory / "ref.safetensors", "--json")
    return {output["name"]: output for output in json.loads(done.stdout)["outputs"]}


def test_the_layer(default: Layer, tmp_path: Path) -> None:
    compiler = DynamoCompiler(default.module, default.inputs)
    reports = observe(compiler, tmp_path)
    # The three projections (of one wide product), both RoPEs and the attention; the last one is output0.
    assert set(reports) == {
        "output0",
        "value.linear",
        "value.linear_1",
        "value.linear_2",
        "value.add",
        "value.add_1",
        "value.scaled_dot_product_attention",
    }


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_every_layer_of_a_model(tmp_path: Path, attention: str) -> None:
    model, ids = make_tiny_llama(attention)
    compiler = DynamoCompiler(model, (ids,), {"attention_mask": torch.ones(1, 13, dtype=torch.long)})
    reports = observe(compiler, tmp_path)
    kinds = [name.split(".", 1)[1].rstrip("0123456789").rstrip("_") for name in reports if name.startswith("value.")]
    # In each layer: q, k, v, o, gate, up, down; two RoPEs and two residuals; the norms and the activation.
    # The logits are output0.
    assert kinds.count("linear") == 7 * LAYERS
    assert kinds.count("add") == 4 * LAYERS
    assert kinds.count("mul") == 3 * LAYERS + 1
    # The spelled attention has the value of its last product, under a view.
    assert kinds.count("scaled_dot_product_attention" if attention == "sdpa" else "matmul") in (LAYERS - 1, LAYERS)


class Counter(torch.nn.Module):
    """Changes a buffer; its sizes are open."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(8, 8)
        self.register_buffer("seen", torch.zeros(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.tanh(self.linear(x))
        self.seen.add_(y.sum(0))
        return y * self.seen


def test_states_and_open_sizes(tmp_path: Path) -> None:
    dynamic = {"x": {0: torch.export.Dim("rows", min=1, max=64)}}
    compiler = DynamoCompiler(Counter(), (torch.randn(5, 8),), dynamic_shapes=dynamic)
    reports = observe(compiler, tmp_path)
    assert {"output0", "value.linear", "value.tanh", "value.sum_1"} <= set(reports)


def test_wrong_values_are_found(tiny: Layer, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = tmp_path / "ref.safetensors"
    tensors = write_reference(tiny.module, tiny.inputs, path, values=True)
    package = tmp_path / "observed.buddy"
    buddy("compile", tiny.archive, "-o", package, "--observe")
    buddy("verify", package, "--reference", path)
    for label in ("expected_f32", "expected_f64"):
        tensors[f"{label}.value.scaled_dot_product_attention"] *= 1.01
    save_file(tensors, path)
    assert "value.scaled_dot_product_attention" in buddy("verify", package, "--reference", path, check=3).stdout
    # A plain package takes the same file, and a file without values an observed package.
    buddy("verify", tiny.package, "--reference", path)
    save_file({name: value for name, value in load_file(path).items() if ".value." not in name}, path)
    assert "value." not in buddy("verify", package, "--reference", path).stdout


def test_dumps_cannot_be_observed(tiny: Layer, tmp_path: Path) -> None:
    buddy("compile", tiny.archive, "--until=graph", "-o", tmp_path / "out")
    files = ["--from", tmp_path / "out" / "graph.log", "--at=fused", "-o", tmp_path / "more"]
    assert "--observe goes with an archive" in buddy("compile", *files, "--observe", check=2).stderr
