"""Many architectures of transformers, as they are, against eager PyTorch in f64.

By default one form of those that add an operation or a spelling of their own; ``--all-forms`` runs every
one with each attention that transformers has for it, with and without padding.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import transformers
from buddy_attention import export_layer, write_reference
from families import ARCHITECTURES, DECODER, First, make
from layers import buddy, check_reference


def cases() -> list[tuple[str, str, bool, bool]]:
    """(architecture, attention implementation, whether it is padded, whether it runs by default)."""
    return [
        (name, attention, padded, case.by_default and attention == case.attention[0] and padded == case.padded)
        for name, case in ARCHITECTURES.items()
        for attention in case.attention
        for padded in ((False, True) if case.padded else (False,))
    ]


@pytest.mark.parametrize(
    ("name", "attention", "padded", "default"),
    [pytest.param(*c, id=f"{c[0]}-{c[1]}{'-padded' if c[2] else ''}") for c in cases()],
)
def test_family(
    name: str, attention: str, padded: bool, default: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not default and not request.config.getoption("--all-forms"):
        pytest.skip("runs with --all-forms")
    module, inputs = make(name, attention, padded)
    archive, package, reference = tmp_path / "model.pt2", tmp_path / "model.buddy", tmp_path / "ref.safetensors"
    program = export_layer(module, inputs, archive)
    buddy("compile", archive, "-o", package, f"--save-stages={tmp_path / 'stages'}")
    (fused,) = (tmp_path / "stages").glob("*graph_fused.log")
    check_graph(name, fused.read_text())
    check_reference(package, write_reference(module, inputs, reference, program=program), reference)


def check_graph(name: str, text: str) -> None:
    """The graph holds what the model says, nothing of it in pieces, and fits on a screen."""
    expected = ARCHITECTURES[name].fused
    assert {op: text.count(f"graph.{op} ") for op in expected} == expected
    if expected:  # BEiT's is the longest, for it resamples its table of positions
        assert sum("graph." in line and "graph.param" not in line for line in text.splitlines()) <= 52


def test_experts_are_refused_with_their_lines(tmp_path: Path) -> None:
    """Routing to experts: every operation that is missing in one report, each with the line that calls it."""
    config = transformers.MixtralConfig(**DECODER | {"num_local_experts": 4})
    config.use_cache = False
    module = First(transformers.AutoModel.from_config(config).eval(), ("input_ids",)).eval()
    _, inputs = make("glm", "sdpa", padded=False)
    export_layer(module, inputs, tmp_path / "model.pt2")
    done = buddy("compile", tmp_path / "model.pt2", "-o", tmp_path / "model.buddy", check=1)
    assert "aten.topk.default" in done.stderr and "aten.sort.default" in done.stderr
    assert "modeling_mixtral.py:" in done.stderr and "model.layers.0.mlp" in done.stderr
    assert not (tmp_path / "model.buddy").exists()
