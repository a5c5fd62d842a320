"""Dumps of a program's stages as functions of tensors, through stock MLIR alone (mlir-opt-22, clang-22)."""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

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


def library(text: str, folder: Path, name: str, *, on_tensors: bool) -> ctypes.CDLL:
    """The module's functions as native code, each behind MLIR's C interface."""
    pipeline = f"builtin.module({TO_BUFFERS if on_tensors else ''}{TO_LLVM})"
    lowered = run(tool("mlir-opt"), "-", f"--pass-pipeline={pipeline}", text=text)
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


def stored(value: torch.Tensor) -> np.ndarray:
    """As a package stores it: int64 is int32, a bool a byte."""
    narrow = {torch.int64: torch.int32, torch.bool: torch.int8}.get(value.dtype, value.dtype)
    return np.array(value.to(narrow).numpy(), order="C")


@dataclass
class Entry:
    """The first entry of a package's manifest, and the package's parameters and states."""

    package: Path
    unpacked: np.ndarray  # the archive's parameters, as the frontend takes them
    is_packed: bool = False  # whether they lie in memory as the package has them

    def __post_init__(self) -> None:
        manifest = json.loads((self.package / "manifest.json").read_text())
        self.entry = manifest["entries"][0]
        known = {state["name"]: state for state in manifest["states"]}
        self.states = [known[name] for name in self.entry["states"]]
        self.params = np.fromfile(self.package / "params.bin", dtype=np.uint8)

    def parameters(self) -> np.ndarray:
        given = self.params if self.is_packed else self.unpacked
        return given if given.size else np.zeros(64, given.dtype)

    def first_states(self) -> list[np.ndarray]:
        dtypes = {"f32": np.float32, "f64": np.float64, "i64": np.int32, "i32": np.int32, "bool": np.int8}
        made = []
        for state in self.states:
            dtype, shape = dtypes[state.get("stored", state["dtype"])], tuple(state["shape"])
            count = int(np.prod(shape))
            first = state.get("initial")
            size = count * np.dtype(dtype).itemsize
            data = self.params[first : first + size].view(dtype) if first is not None else np.zeros(count, dtype)
            made.append(data.reshape(shape).copy())
        return made

    def symbols(self, inputs: list[np.ndarray]) -> list[int]:
        found: dict[str, int] = {}
        for declared, array in zip(self.entry["inputs"], inputs):
            for size, actual in zip(declared["shape"], array.shape):
                if isinstance(size, str) and size.isidentifier():
                    found[size] = actual
        return [found[symbol["name"]] for symbol in self.entry["symbols"]]

    def ordered(self, inputs: dict[str, torch.Tensor]) -> list[np.ndarray]:
        return [stored(inputs[one["name"]]) for one in self.entry["inputs"]]


def dtype_of(value: torch.Tensor) -> np.dtype[Any]:
    return stored(value[..., :0] if value.dim() else value).dtype


def call_on_tensors(
    code: ctypes.CDLL, entry: Entry, inputs: list[np.ndarray], states: list[np.ndarray], like: list[torch.Tensor]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The outputs and the new states of @forward(params, inputs, states, symbols)."""
    arrays = [entry.parameters(), *inputs, *states]
    kinds = [(value.dim(), dtype_of(value)) for value in like] + [(state.ndim, state.dtype) for state in states]
    results = type(
        "Results", (ctypes.Structure,), {"_fields_": [(f"r{i}", memref(rank)) for i, (rank, _) in enumerate(kinds)]}
    )()
    numbers = [ctypes.c_int64(size) for size in entry.symbols(inputs)]
    code._mlir_ciface_forward(ctypes.byref(results), *(ctypes.byref(described(array)) for array in arrays), *numbers)
    made = [elements(getattr(results, f"r{i}"), rank, dtype) for i, (rank, dtype) in enumerate(kinds)]
    return made[: len(like)], made[len(like) :]


def call_on_buffers(
    code: ctypes.CDLL, entry: Entry, inputs: list[np.ndarray], states: list[np.ndarray], like: list[torch.Tensor]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The same of @forward(params, inputs, states, symbols, outputs, workspace)."""
    outputs = [np.zeros(tuple(value.shape), dtype_of(value)) for value in like]
    work = np.zeros((64 << 20) + 64, np.int8)
    work = work[-work.ctypes.data % 64 :][: 64 << 20]
    numbers = [ctypes.c_int64(size) for size in entry.symbols(inputs)]
    refs = lambda arrays: [ctypes.byref(described(array)) for array in arrays]  # noqa: E731
    code._mlir_ciface_forward(*refs([entry.parameters(), *inputs, *states]), *numbers, *refs([*outputs, work]))
    return outputs, states


def own_dialects(text: str) -> set[str]:
    """Ops of ours in a dump: stock tools cannot read them."""
    return set(re.findall(r"\b(?:graph|attn)\.\w+", re.sub(r'"[^"]*"', "", text)))
