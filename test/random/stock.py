"""Dumps of a program's stages as functions of tensors, through stock MLIR alone."""

from __future__ import annotations

import ctypes
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "e2e"))

from stock_mlir import described, elements, memref  # noqa: E402


def stored(value: torch.Tensor) -> np.ndarray:
    """As a package stores it: a bool is a byte."""
    stored = torch.int8 if value.dtype == torch.bool else value.dtype
    return np.array(value.to(stored).numpy(), order="C")


@dataclass
class Entry:
    """The first entry of a package's manifest, and the package's parameters and states."""

    package: Path
    unpacked: np.ndarray  # the archive's parameters, as the frontend takes them
    is_packed: bool = False  # whether they lie in memory as the package has them
    has_checks: bool = False  # whether the dump has what it finds of indices as its last output

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
        dtypes = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "i32": np.int32, "bool": np.int8}
        made = []
        for state in self.states:
            dtype, shape = dtypes[state.get("stored", state["dtype"])], tuple(state["shape"])
            count = int(np.prod(shape))
            first = state.get("initial")
            size = count * np.dtype(dtype).itemsize
            data = self.params[first : first + size].view(dtype) if first is not None else np.zeros(count, dtype)
            made.append(data.reshape(shape).copy())
        return made

    def findings(self) -> list[torch.Tensor]:
        """What such an output is like."""
        return [torch.zeros(3, dtype=torch.int64)] if self.has_checks else []

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
    like = like + entry.findings()
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
    like = like + entry.findings()
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
