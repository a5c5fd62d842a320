"""Decoder-only models of transformers, as they are, against eager PyTorch in f64.

Random weights by seed, small configurations; ``--true-sizes`` runs the published sizes as well, a layer
of each.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from decoders import FAMILIES, make
from layers import buddy, check_numbers, compile_module

#: Cases that do not pass, each with its reason. One that passes fails the test: take it out then.
KNOWN_FAILURES: dict[tuple[str, str, str], str] = {}

FORMS = ("attention", "layer", "model", "model-padded", "lm")
#: transformers refuses sdpa for these: it has no soft-cap.
EAGER_ONLY = {"gemma2"}


def cases() -> list[tuple[str, str, str, int]]:
    """(family, form, attention implementation, length)."""
    found = []
    for family in FAMILIES:
        for attention in ("sdpa", "eager"):
            if attention == "sdpa" and family in EAGER_ONLY:
                continue
            found += [(family, form, attention, 11) for form in FORMS]
    return found


@pytest.mark.parametrize(("family", "form", "attention", "seq"), [pytest.param(*c, id="-".join(map(str, c))) for c in cases()])
def test_model(family: str, form: str, attention: str, seq: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if reason := KNOWN_FAILURES.get((family, form, attention)):
        request.node.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    module, inputs = make(family, form, attention, seq=seq)
    layer = compile_module(tmp_path, module, inputs)
    check_numbers(layer, inputs, tmp_path)
