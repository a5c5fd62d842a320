"""Every supported spelling of every ATen operation, through the whole path, against eager PyTorch.

The cases stand in ops/, a file a family: a function, and the inputs it is exported with.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from buddy_attention import write_reference
from buddy_attention.export import export_program, save_program
from layers import buddy, judge, run_package
from ops import FAMILIES, unsupported
from ops.case import Case, as_module

# Cases that are known to miss the rule, with the reason.
KNOWN = {
    "reductions-softmax-integers": "exp is right to 0.98 ulp, and here all of its values are five: the errors of these "
    "do not average out (2.4 times eager's RMS error)",
}


def _cases() -> Iterator[Any]:
    for family in FAMILIES:
        for name, case in family.CASES.items():
            name = f"{family.__name__.removeprefix('ops.')}-{name}"
            marks = [pytest.mark.xfail(reason=KNOWN[name], strict=False)] if name in KNOWN else []
            yield pytest.param(case, id=name, marks=marks)


def check_output(ours: torch.Tensor, eager: torch.Tensor, exact: torch.Tensor) -> None:
    """Floats by the rule of the README, and not finite just where eager is not; others are equal."""
    assert ours.dtype == eager.dtype
    assert ours.shape == eager.shape
    if ours.dtype == torch.float64:
        # The oracle is no better than eager here: both are some roundings of f64 off.
        largest = float(eager.nan_to_num(0, 0, 0).abs().max())
        torch.testing.assert_close(ours, eager, rtol=1e-13, atol=1e-15 * largest, equal_nan=True)
        return
    if ours.dtype != torch.float32:
        assert torch.equal(ours, eager)
        return
    odd = ~np.isfinite(eager.numpy())
    np.testing.assert_array_equal(ours.numpy()[odd], eager.numpy()[odd])
    judge(ours.numpy(), eager.numpy(), exact.numpy())


@pytest.mark.parametrize("case", _cases())
def test_agrees_with_eager(case: Case, tmp_path: Path) -> None:
    function, inputs = case
    module = as_module(function).eval()
    program = export_program(module, inputs)
    archive, package = save_program(program, tmp_path / "case.pt2"), tmp_path / "case.buddy"
    buddy("compile", archive, "-o", package)
    reference = tmp_path / "reference.safetensors"
    tensors = write_reference(module, inputs, reference, program=program)
    named = {name.removeprefix("input."): t for name, t in tensors.items() if name.startswith("input.")}

    outputs = run_package(package, named, tmp_path)
    for index in itertools.count():
        eager = tensors.get(f"expected_f32.output{index}")
        if eager is None:
            break
        try:
            check_output(outputs[f"output{index}"], eager, tensors[f"expected_f64.output{index}"])
        except AssertionError as error:
            raise AssertionError(f"output{index}: {error}") from error
    assert len(outputs) == index
    buddy("verify", package, "--reference", reference)


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
