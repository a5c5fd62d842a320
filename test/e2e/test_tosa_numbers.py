"""What the frontend's TOSA means, in numbers.

Graph ops and composites are lowered to TOSA by buddy-opt and from there to a shared library by stock
MLIR alone (mlir-opt-22, clang-22), composites inlined as the ordinary code they are. The results are
compared with PyTorch in float64.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import torch
from tosa_cases import CASES, Case

REPO = pathlib.Path(__file__).resolve().parents[2]
PIPELINE = (
    "builtin.module("
    "func.func(tosa-to-linalg-named,tosa-to-linalg,tosa-to-tensor,tosa-to-arith),inline,"
    "canonicalize,cse,"
    "one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map},"
    "canonicalize,"
    "func.func(convert-linalg-to-loops,llvm-request-c-wrappers),"
    "expand-strided-metadata,lower-affine,convert-scf-to-cf,canonicalize,"
    "math-expand-ops{ops=rsqrt},convert-math-to-llvm,convert-math-to-libm,"
    "finalize-memref-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-func-to-llvm,"
    "convert-cf-to-llvm,reconcile-unrealized-casts)"
)
MLIR_TYPES = {"float32": "f32", "int64": "i64", "int32": "i32", "bool": "i1"}


def tool(name: str, variable: str, default: pathlib.Path | None = None) -> str:
    path = os.environ.get(variable) or (default and default.exists() and str(default))
    path = path or shutil.which(name)
    if not path:
        pytest.fail(f"{name} was not found: build it or set {variable}")
    return path


def run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stderr[:4000]}")
    return done.stdout


def mlir_type(shape, dtype: str) -> str:
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
def library(tmp_path_factory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("tosa")
    buddy = pathlib.Path(os.environ.get("BUDDY", REPO / "build" / "bin" / "buddy"))
    opt = tool("buddy-opt", "BUDDY_OPT", buddy.with_name("buddy-opt"))
    mlir_opt = tool("mlir-opt-22", "MLIR_OPT")
    graph = "".join(function_text(i, case) for i, case in enumerate(CASES.values()))
    tosa = run(opt, "-", "--buddy-graph-to-tosa", text=graph)
    run(
        mlir_opt,
        "-",
        "--tosa-attach-target=profiles=pro_int,pro_fp level=8k",
        "--tosa-validate=strict-op-spec-alignment",
        text=tosa,
    )
    lowered = run(mlir_opt, "-", f"--pass-pipeline={PIPELINE}", text=tosa)
    (folder / "cases.ll").write_text(
        run(tool("mlir-translate-22", "MLIR_TRANSLATE"), "-", "--mlir-to-llvmir", text=lowered)
    )
    libraries = run(tool("llvm-config-22", "LLVM_CONFIG"), "--libdir").strip()
    # A copy of strided memory is a function of MLIR's runner library.
    link = [f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-lmlir_c_runner_utils", "-lm"]
    source, target = str(folder / "cases.ll"), str(folder / "cases.so")
    options = ["-O1", "-fPIC", "-shared", "-Wno-override-module"]
    run(tool("clang-22", "CLANG"), *options, source, *link, "-o", target)
    return ctypes.CDLL(str(folder / "cases.so"))


def descriptor(rank: int):
    class MemRef(ctypes.Structure):
        _fields_ = [
            ("allocated", ctypes.c_void_p),
            ("aligned", ctypes.c_void_p),
            ("offset", ctypes.c_int64),
            ("sizes", ctypes.c_int64 * rank),
            ("strides", ctypes.c_int64 * rank),
        ]

    return MemRef


def call(library: ctypes.CDLL, index: int, case: Case, shape, dtype) -> np.ndarray:
    arguments, alive = [], []
    for array in case.inputs:
        # int64 is int32 in TOSA; np.array keeps rank 0.
        data = np.array(array.astype(np.int32) if array.dtype == np.int64 else array, order="C")
        memref = descriptor(data.ndim)()
        memref.allocated = memref.aligned = data.ctypes.data
        memref.sizes[:] = data.shape
        memref.strides[:] = [stride // data.itemsize for stride in data.strides]
        alive.append(data)
        arguments.append(ctypes.byref(memref))
    result = descriptor(len(shape))()
    getattr(library, f"_mlir_ciface_case{index}")(ctypes.byref(result), *arguments)
    assert list(result.sizes) == list(shape)
    out = np.zeros(shape, dtype=dtype)
    base = result.aligned + result.offset * out.itemsize
    for position in np.ndindex(*shape):
        at = base + sum(i * s for i, s in zip(position, result.strides)) * out.itemsize
        out[position] = np.frombuffer(ctypes.string_at(at, out.itemsize), dtype=dtype)[0]
    return out


@pytest.mark.parametrize("name", CASES)
def test_same_numbers_as_pytorch(library, name):
    index, case = list(CASES).index(name), CASES[name]
    wide, narrow = case.expected()
    if not wide.is_floating_point():
        dtype = {torch.bool: np.bool_, torch.int64: np.int32}[wide.dtype]
        assert (call(library, index, case, wide.shape, dtype) == wide.numpy()).all()
        return
    got = torch.from_numpy(call(library, index, case, wide.shape, np.float32)).double()
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
