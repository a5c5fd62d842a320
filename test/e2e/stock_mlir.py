"""MLIR text as native code through stock MLIR alone (mlir-opt-22, clang-22), and the arrays that it takes and gives."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

TO_BUFFERS = (
    "inline,symbol-dce,"
    "func.func(tosa-optional-decompositions,canonicalize,tosa-infer-shapes,tosa-make-broadcastable,"
    "tosa-to-linalg-named,canonicalize,tosa-layerwise-constant-fold,tosa-make-broadcastable),"
    "func.func(tosa-to-linalg,tosa-to-arith{include-apply-rescale=true},tosa-to-tensor,tosa-to-scf),"
    "canonicalize,cse,"
    "one-shot-bufferize{bufferize-function-boundaries=true function-boundary-type-conversion=identity-layout-map},"
    "canonicalize,"
)
TO_LLVM = (
    "func.func(convert-linalg-to-loops,llvm-request-c-wrappers,convert-vector-to-scf{full-unroll=true},"
    "lower-vector-multi-reduction),"
    "expand-strided-metadata,lower-affine,convert-scf-to-cf,math-expand-ops{ops=rsqrt},"
    "convert-vector-to-llvm,convert-math-to-llvm,convert-math-to-libm,finalize-memref-to-llvm,"
    "convert-arith-to-llvm,convert-cf-to-llvm,convert-index-to-llvm,convert-func-to-llvm,convert-openmp-to-llvm,"
    "convert-ub-to-llvm,reconcile-unrealized-casts"
)
#: Options of mlir-opt: whether a module is TOSA as its specification has it.
STRICT_TOSA = ("--tosa-validate=strict-op-spec-alignment",)


class Failed(Exception):
    """A tool refused what it was given."""


def run(*command: str | Path, text: str | None = None) -> str:
    done = subprocess.run([*map(str, command)], input=text, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Failed(f"{Path(str(command[0])).name}: {done.stderr[:300]}")
    return done.stdout


def tool(name: str) -> str:
    found = shutil.which(f"{name}-22") or shutil.which(name) or shutil.which(f"/usr/lib/llvm-22/bin/{name}")
    if found is None:
        raise Failed(f"{name} is not installed")
    return found


def mlir_opt(*arguments: str | Path, text: str | None = None) -> str:
    return run(tool("mlir-opt"), *arguments, text=text)


def library(text: str, folder: Path, name: str, *, on_tensors: bool) -> ctypes.CDLL:
    """The module's functions as native code, each behind MLIR's C interface."""
    pipeline = f"builtin.module({TO_BUFFERS if on_tensors else ''}{TO_LLVM})"
    lowered = mlir_opt(f"--pass-pipeline={pipeline}", text=text)
    # What of TOSA the module used: translation knows no TOSA.
    lowered = re.sub(r"(, )?tosa\.target_env = #tosa\.target_env<[^>]*>", "", lowered).replace("{, ", "{")
    source, target = folder / f"{name}.ll", folder / f"{name}.so"
    source.write_text(run(tool("mlir-translate"), "--mlir-to-llvmir", "-", text=lowered))
    libraries = run(tool("llvm-config"), "--libdir").strip()
    options = [
        "-O1",
        "-march=native",
        "-shared",
        "-fPIC",
        "-Wno-override-module",
        f"-L{libraries}",
        f"-Wl,-rpath,{libraries}",
    ]
    run(tool("clang"), *options, source, "-o", target, "-lmlir_c_runner_utils", "-lomp", "-lm")
    return ctypes.CDLL(str(target))


def memref(rank: int) -> type[ctypes.Structure]:
    fields = [("allocated", ctypes.c_void_p), ("aligned", ctypes.c_void_p), ("offset", ctypes.c_int64)]
    if rank:
        fields += [("sizes", ctypes.c_int64 * rank), ("strides", ctypes.c_int64 * rank)]  # type: ignore[list-item]
    return type("Memref", (ctypes.Structure,), {"_fields_": fields})


def described(array: np.ndarray) -> ctypes.Structure:
    one = memref(array.ndim)()
    one.allocated = one.aligned = array.ctypes.data
    if array.ndim:
        one.sizes[:] = array.shape
        one.strides[:] = [stride // array.itemsize for stride in array.strides]
    return one


def elements(one: Any, rank: int, dtype: np.dtype[Any]) -> np.ndarray:
    """A copy of what a memref describes."""
    shape = tuple(one.sizes) if rank else ()
    strides = tuple(stride * dtype.itemsize for stride in one.strides) if rank else ()
    if 0 in shape:
        return np.zeros(shape, dtype)
    extent = 1 + sum((size - 1) * abs(one.strides[i]) for i, size in enumerate(shape))
    start = one.aligned + one.offset * dtype.itemsize
    flat = np.frombuffer(ctypes.string_at(start, extent * dtype.itemsize), dtype)
    return np.lib.stride_tricks.as_strided(flat, shape, strides).copy()
