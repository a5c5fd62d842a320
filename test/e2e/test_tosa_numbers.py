"""What the frontend's TOSA means, in numbers.

Graph ops and composites are lowered to TOSA by buddy-opt and from there to a shared library by stock
MLIR alone (mlir-opt-22, clang-22), composites inlined as the ordinary code they are. The results are
compared with PyTorch in float64.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from stock_mlir import STRICT_TOSA, described, elements, library, memref, mlir_opt, run
from tosa_cases import CASES, Case

MLIR_TYPES = {"float32": "f32", "int64": "i64", "int32": "i32", "bool": "i1"}


def mlir_type(shape: tuple[int, ...], dtype: str) -> str:
    return "tensor<" + "".join(f"{size}x" for size in shape) + MLIR_TYPES[dtype] + ">"


def function_text(index: int, case: Case) -> str:
    wide = case.expected()[0]
    dtype = str(wide.dtype).removeprefix("torch.").replace("float64", "float32")
    types = {"r": mlir_type(wide.shape, dtype)}
    for i, array in enumerate(case.inputs):
        types[f"i{i}"] = mlir_type(array.shape, str(array.dtype))
    body = case.body
    for name, text in types.items():
        body = body.replace("$" + name, text)
    arguments = ", ".join(f"%i{i}: {types[f'i{i}']}" for i in range(len(case.inputs)))
    return f"func.func @case{index}({arguments}) -> {types['r']} {{\n{body}\nreturn %r : {types['r']}\n}}\n"


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """One library of all cases."""
    graph = "".join(function_text(i, case) for i, case in enumerate(CASES.values()))
    tosa = run(Path(os.environ["BUDDY"]).with_name("buddy-opt"), "-", "--buddy-graph-to-tosa", text=graph)
    mlir_opt(*STRICT_TOSA, text=tosa)
    return library(tosa, tmp_path_factory.mktemp("tosa"), "cases", on_tensors=True)


def call(functions: ctypes.CDLL, index: int, case: Case, shape: torch.Size, dtype: type) -> np.ndarray:
    arrays = [np.array(a, order="C") for a in case.inputs]  # keeps rank 0
    result = memref(len(shape))()
    arguments = [ctypes.byref(described(array)) for array in arrays]
    getattr(functions, f"_mlir_ciface_case{index}")(ctypes.byref(result), *arguments)
    found = elements(result, len(shape), np.dtype(dtype))
    assert found.shape == shape
    return found


@pytest.mark.parametrize("name", CASES)
def test_same_numbers_as_pytorch(functions: ctypes.CDLL, name: str) -> None:
    index, case = list(CASES).index(name), CASES[name]
    wide, narrow = case.expected()
    if not wide.is_floating_point():
        dtype = {torch.bool: np.bool_, torch.int64: np.int64}[wide.dtype]
        assert (call(functions, index, case, wide.shape, dtype) == wide.numpy()).all()
        return
    got = torch.from_numpy(call(functions, index, case, wide.shape, np.float32)).double()
    limit = wide.float().double()  # what is beyond float32 is infinite, in eager's float32 too
    assert torch.equal(got.isnan(), limit.isnan())
    infinite = limit.isinf()
    assert torch.equal(got[infinite], limit[infinite])
    finite = limit.isfinite()
    if not finite.any():
        return
    assert torch.equal(got.signbit()[finite & (limit == 0)], limit.signbit()[finite & (limit == 0)])
    # Twice what eager's own float32 is off at worst, and the ulps that the case grants.
    error = (got - wide).abs()[finite]
    own = (narrow.double() - wide).abs()[finite].nan_to_num(0, 0).max()
    ulp = torch.from_numpy(np.spacing(np.abs(limit[finite].float().numpy()))).double()
    allowed = 2 * own + (case.ulps + 0.5) * ulp
    assert (error <= allowed).all(), f"worst {(error / ulp).max():.2f} ulp"
