"""The cases of ops/ with one of their sizes open: right at several sizes, or refused with a reason.

Every tenth of them; all with --all-forms. There is no third outcome: a crash, a wrong number, a fault of
the compiler or a message with a symbol's stand-in is a failure, whatever the case is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from buddy_attention.export import export_program, save_program
from buddy_attention.reference import write_reference
from dynamic import STAND_INS, Inputs
from layers import buddy, check_reference
from ops import FAMILIES
from ops.case import Case, as_module
from torch.export import Dim

SAMPLE = 10


def sizes_of(inputs: Inputs) -> list[int]:
    return sorted({size for tensor in inputs for size in tensor.shape if size > 1})


def dims_of(tensor: torch.Tensor, size: int) -> list[int]:
    return [dim for dim, own in enumerate(tensor.shape) if own == size]


def resized(tensor: torch.Tensor, dims: list[int], size: int) -> torch.Tensor:
    """With the values it has, over and over."""
    for dim in dims:
        times = -(-size // tensor.shape[dim])
        tensor = torch.cat([tensor] * times, dim).narrow(dim, 0, size)
    return tensor.clone()


def _cases() -> Iterator[tuple[str, Case, int]]:
    for family in FAMILIES:
        for name, case in family.CASES.items():
            for size in sizes_of(case[1]):
                yield f"{family.__name__.removeprefix('ops.')}-{name}-{size}", case, size


CASES = {name: (case, size) for name, case, size in _cases()}


@pytest.mark.parametrize("name", CASES)
def test_open_size(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if list(CASES).index(name) % SAMPLE and not request.config.getoption("--all-forms"):
        pytest.skip("one of ten; all with --all-forms")
    (function, inputs), size = CASES[name]
    module = as_module(function).eval()
    open_dims = [{dim: Dim.AUTO for dim in dims_of(tensor, size)} for tensor in inputs]
    try:
        program = export_program(module, inputs, dynamic_shapes=(tuple(open_dims),))
    except Exception as error:  # noqa: BLE001  (torch.export raises what it likes)
        pytest.skip(f"torch.export does not take it: {type(error).__name__}")
    if not program.range_constraints:
        pytest.skip("torch.export fixes the size")
    save_program(program, tmp_path / "case.pt2")
    done = buddy("compile", tmp_path / "case.pt2", "-o", tmp_path / "case.buddy", check=None)
    assert done.returncode in (0, 1), done.stderr
    assert not set(STAND_INS) & set(re.findall(r"\d+", done.stderr)), done.stderr
    if done.returncode == 1:
        assert re.search(r"dynamic|symbols|at most 3|clamp|\bs\d+\b", done.stderr), done.stderr
        assert not (tmp_path / "case.buddy").exists()
        return
    verified = 0
    for other in (size, size + 1, 2 * size + 3, size - 1, 33):
        given = tuple(resized(tensor, dims_of(tensor, size), other) for tensor in inputs) if other else ()
        try:
            program.module()(*given)
        except Exception:  # noqa: BLE001  (this size is none of those it was exported for)
            continue
        check(module, program, given, tmp_path)
        verified += 1
    assert verified


def check(module: torch.nn.Module, program: torch.export.ExportedProgram, inputs: Inputs, folder: Path) -> None:
    tensors = write_reference(module, inputs, folder / "ref.safetensors", program=program)
    check_reference(folder / "case.buddy", tensors, folder / "ref.safetensors")
