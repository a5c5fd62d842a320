"""Transformers' own GPT-2, BERT and ViT: attention, layer and base model, against eager in f64.

BUDDY_FULL_MODELS=1 adds the true sizes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from encoders import make
from layers import buddy, check_numbers, compile_module

FORMS = {
    "gpt2": ("attention", "layer", "attention-padded", "model", "model-padded"),
    "bert": ("attention", "layer", "layer-padded", "model", "model-padded"),
    "vit": ("attention", "layer", "model"),
}
CASES = [(name, form, attention) for name in FORMS for form in FORMS[name] for attention in ("sdpa", "eager")]
#: What does not work yet, and why. A case that works after all fails the test.
KNOWN_FAILURES: dict[tuple[str, str, str], str] = {}


def mark(request: pytest.FixtureRequest, case: tuple[str, str, str]) -> None:
    if case in KNOWN_FAILURES:
        request.applymarker(pytest.mark.xfail(reason=KNOWN_FAILURES[case], strict=True))


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_encoder(case: tuple[str, str, str], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    mark(request, case)
    module, inputs = make(*case)
    layer = compile_module(tmp_path, module, inputs)
    check_numbers(layer, inputs, tmp_path)


@pytest.mark.parametrize("length", [1, 33])
@pytest.mark.parametrize("name", FORMS)
def test_other_lengths(name: str, length: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    mark(request, (name, "layer", "sdpa"))
    module, inputs = make(name, "layer", "sdpa", batch=1, length=length)
    layer = compile_module(tmp_path, module, inputs)
    check_numbers(layer, inputs, tmp_path)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", FORMS)
def test_layer_reads_like_the_model(name: str, attention: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """One layer is two norms, four products, one attention and one gelu, and little else."""
    mark(request, (name, "layer", attention))
    module, inputs = make(name, "layer", attention)
    layer = compile_module(tmp_path, module, inputs, f"--save-stages={tmp_path / 'stages'}")
    (fused,) = (tmp_path / "stages").glob("*graph_fused.log")
    lines = fused.read_text().split("func.func private")[-1].splitlines()
    count = {op: sum(f"graph.{op} " in line for line in lines) for op in ("layer_norm", "attention", "gelu")}
    assert count == {"layer_norm": 2, "attention": 1, "gelu": 1}
    assert sum("graph.linear " in line or "graph.matmul " in line for line in lines) == 4
    assert not any(f"graph.{op} " in line for line in lines for op in ("tanh", "erf", "softmax", "mean", "rsqrt"))
    assert sum("graph." in line for line in lines) <= 40, "a layer fits on a screen"
    check_numbers(layer, inputs, tmp_path)


def test_transposed_weights_are_packed(tmp_path: Path) -> None:
    """GPT-2's Conv1D has its weights [K, N]: they become panels all the same."""
    module, inputs = make("gpt2", "layer", "sdpa")
    layer = compile_module(tmp_path, module, inputs)
    layout = json.loads((layer.package / "manifest.json").read_text())["params"]["layout"]
    panels = {entry["sources"][0]: entry.get("transposed") for entry in layout if entry["kind"] == "panels"}
    products = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
    assert panels == {f"part.{name}.weight": True for name in products}


@pytest.mark.skipif("BUDDY_FULL_MODELS" not in os.environ, reason="BUDDY_FULL_MODELS is not set: true sizes take minutes")
@pytest.mark.parametrize("form", ["layer", "model"])
@pytest.mark.parametrize("name", FORMS)
def test_true_sizes(name: str, form: str, tmp_path: Path) -> None:
    module, inputs = make(name, form, "sdpa", batch=1, length=128, full=True)
    layer = compile_module(tmp_path, module, inputs)
    check_numbers(layer, inputs, tmp_path)


def test_training_mode_is_refused(tmp_path: Path) -> None:
    """Dropout that is active: the report names its Python line."""
    from buddy_attention import export_layer

    module, inputs = make("bert", "layer", "sdpa")
    export_layer(module.train(), inputs, tmp_path / "train.pt2")
    done = buddy("compile", tmp_path / "train.pt2", "-o", tmp_path / "train.buddy", check=1)
    assert "model.eval()" in done.stderr and "modeling_bert.py:" in done.stderr
    assert not (tmp_path / "train.buddy").exists()
