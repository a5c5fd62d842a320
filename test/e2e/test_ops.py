"""Every supported spelling of every ATen operation, through the whole path, against eager PyTorch.

The cases stand in ops/, a file a family: a function, and the inputs it is exported with.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from buddy_attention import write_reference
from buddy_attention.export import export_program, save_program
from layers import buddy, check_reference
from ops import FAMILIES, unsupported
from ops.case import Case, as_module


def _cases() -> Iterator[Any]:
    for family in FAMILIES:
        for name, case in family.CASES.items():
            yield pytest.param(case, id=f"{family.__name__.removeprefix('ops.')}-{name}")


@pytest.mark.parametrize("case", _cases())
def test_agrees_with_eager(case: Case, tmp_path: Path) -> None:
    function, inputs = case
    module = as_module(function).eval()
    program = export_program(module, inputs)
    archive, package = save_program(program, tmp_path / "case.pt2"), tmp_path / "case.buddy"
    buddy("compile", archive, "-o", package)
    reference = tmp_path / "reference.safetensors"
    tensors = write_reference(module, inputs, reference, program=program)
    check_reference(package, tensors, reference)


@pytest.mark.parametrize("name", unsupported.CASES)
def test_unsupported_is_reported(name: str, tmp_path: Path) -> None:
    """Exit 1, every reason in one report with the Python line, and nothing left behind."""
    function, inputs, *words = unsupported.CASES[name]
    program = export_program(as_module(function), inputs)
    archive, package = save_program(program, tmp_path / "case.pt2"), tmp_path / "case.buddy"
    done = buddy("compile", archive, "-o", package, check=1)
    for word in words:
        assert word in done.stderr
    if words[0].startswith("aten."):
        assert "1 operation that cannot be compiled yet" in done.stderr
        assert f"{_file_of(function)}:" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.pt2"]


def _file_of(function: Any) -> str:
    """The file of the line that the report names: torch records the frames of forward."""
    return "unsupported.py" if isinstance(function, torch.nn.Module) else "case.py"
