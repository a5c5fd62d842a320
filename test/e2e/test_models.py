"""Decoder-only models of transformers, as they are, against eager PyTorch in f64.

Random weights by seed, small configurations. By default every family runs whole, with and without
padding, and the named ones in parts; ``--all-forms`` runs every form of every family, ``--true-sizes``
a layer of each published size.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from buddy_attention import export_layer, write_reference
from decoders import FAMILIES, TRUE_SIZES, make
from layers import buddy, check_reference, run_package
from safetensors.torch import save_file

FORMS = ("attention", "layer", "model", "model-padded", "lm")
#: Those whose parts run by default.
NAMED = ("qwen2", "qwen3", "llama", "mistral", "gemma2")
#: transformers refuses sdpa for these: it has no soft-cap.
EAGER_ONLY = ("gemma2",)

#: Cases that do not pass, each with its reason. One that passes fails the test: take it out then.
KNOWN_FAILURES: dict[tuple[str, str, str], str] = {}


def cases() -> list[tuple[str, str, str, int, bool]]:
    """(family, form, attention implementation, length, whether it runs by default)."""
    found = []
    for family in FAMILIES:
        for attention in ("sdpa", "eager"):
            if attention == "sdpa" and family in EAGER_ONLY:
                continue
            is_first = attention == "sdpa" or family in EAGER_ONLY
            for form in FORMS:
                is_default = form in ("model-padded", "lm") or (family in NAMED and is_first and form != "model")
                found.append((family, form, attention, 11, is_default))
    # Longer than the window and a block of queries.
    found += [("mistral", "model-padded", "sdpa", 37, True), ("qwen2", "lm", "sdpa", 1, True)]
    return found


def check(module: object, inputs: tuple[object, ...], directory: Path, *options: str) -> Path:
    archive, package, reference = directory / "model.pt2", directory / "model.buddy", directory / "ref.safetensors"
    program = export_layer(module, inputs, archive)
    buddy("compile", archive, "-o", package, *options)
    check_reference(package, write_reference(module, inputs, reference, program=program), reference)
    return package


@pytest.mark.parametrize(
    ("family", "form", "attention", "seq", "default"),
    [pytest.param(*c, id="-".join(map(str, c[:4]))) for c in cases()],
)
def test_model(
    family: str, form: str, attention: str, seq: int, default: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not default and not request.config.getoption("--all-forms"):
        pytest.skip("runs with --all-forms")
    if reason := KNOWN_FAILURES.get((family, form, attention)):
        request.node.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    check(*make(family, form, attention, seq=seq), tmp_path)


@pytest.mark.parametrize("seq", [40, 128])
@pytest.mark.parametrize("family", list(TRUE_SIZES))
def test_true_size(family: str, seq: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--true-sizes"):
        pytest.skip("runs with --true-sizes")
    attention = "eager" if family in EAGER_ONLY else "sdpa"
    if reason := KNOWN_FAILURES.get((family, "layer", attention)):
        request.node.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    check(*make(family, "layer", attention, batch=1, seq=seq, **TRUE_SIZES[family]), tmp_path)


def test_fused_graph_reads_like_the_model(tmp_path: Path) -> None:
    """One layer of Mistral is its norms, projections, rotations, attention and activation."""
    module, inputs = make("mistral", "model-padded", num_hidden_layers=1)
    export_layer(module, inputs, tmp_path / "model.pt2")
    buddy("compile", tmp_path / "model.pt2", "--until=fused", "-o", tmp_path)
    text = (tmp_path / "graph_fused.log").read_text()
    start = text.index("func.func private")
    body = text[start : text.index("\n  }", start)]
    count = {name: body.count(f"graph.{name} ") for name in ("rms_norm", "rope", "attention", "swiglu", "linear", "gather")}
    assert count == {"rms_norm": 3, "rope": 2, "attention": 1, "swiglu": 1, "linear": 4, "gather": 1}
    assert "causal window 5" in body
    for unfused in ("softmax", "matmul", "where", "logical_and", "le", "gt", "cumsum", "rsqrt", "sigmoid"):
        assert f"graph.{unfused} " not in body
    # No tensor of queries times keys.
    assert "x11x11x" not in body
    assert len(body.splitlines()) < 50


def test_token_beyond_the_vocabulary(tmp_path: Path) -> None:
    """An error of the run that names the element, as PyTorch raises IndexError; the last token runs."""
    module, (ids,) = make("llama", "lm", num_hidden_layers=1)
    package = check(module, (ids,), tmp_path)
    vocabulary = module.model.config.vocab_size
    for wrong in (vocabulary, -1):
        bad = ids.clone()
        bad[1, 3] = wrong
        save_file({"input_ids": bad}, tmp_path / "bad.safetensors")
        done = buddy(
            "run", package, "--inputs", tmp_path / "bad.safetensors", "--outputs", tmp_path / "no", check=1
        )
        assert f"element [1, 3] is {wrong}" in done.stderr
        assert f"between 0 and {vocabulary - 1}" in done.stderr
        assert not (tmp_path / "no").exists()
    ids[1, 3] = vocabulary - 1
    assert run_package(package, {"input_ids": ids}, tmp_path)["output0"].isfinite().all()
