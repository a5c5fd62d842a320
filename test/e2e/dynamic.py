"""Modules exported with sizes that each run chooses, and their numbers at several of these."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from buddy_attention import export_layer, write_steps_reference
from layers import buddy
from torch.export import Dim

#: What symbols are inside of the compiler, and nowhere else.
STAND_INS = ("722113583", "659309107", "595010107")
Inputs = tuple[torch.Tensor, ...]
SEQUENCE = Dim("sequence", min=1, max=100)
BATCH = Dim("batch", min=1, max=8)


def names_of(module: torch.nn.Module, count: int) -> list[str]:
    return list(inspect.signature(module.forward).parameters)[:count]


def compile_dynamic(
    folder: Path, module: torch.nn.Module, inputs: Inputs, dims: dict[int, Any], options: Sequence[str] = ()
) -> Path:
    """Exports with the dimensions ``dims`` of every input dynamic and compiles; the package."""
    names = names_of(module, len(inputs))
    named = dict(zip(names, inputs, strict=True))
    export_layer(module, (), folder / "layer.pt2", named, dynamic_shapes={name: dims for name in names})
    buddy("compile", folder / "layer.pt2", "-o", folder / "layer.buddy", *options)
    return folder / "layer.buddy"


def check_steps(package: Path, module: torch.nn.Module, steps: Iterable[Inputs]) -> None:
    """One context runs them all, in this order: what a run leaves behind, the next one finds."""
    given = [dict(zip(names_of(module, len(step)), step, strict=True)) for step in steps]
    reference = package.with_name("steps.safetensors")
    write_steps_reference(module, given, reference)
    buddy("verify", package, "--reference", reference)


def check_lengths(
    folder: Path,
    make: Callable[[int], tuple[torch.nn.Module, Inputs]],
    lengths: Sequence[int],
    options: Sequence[str] = (),
) -> None:
    """``make`` gives the module, the same one for each length, and inputs [batch, length, ...]."""
    module, inputs = make(lengths[0])
    package = compile_dynamic(folder, module, inputs, {1: SEQUENCE}, options)
    check_steps(package, module, [make(length)[1] for length in lengths])


class Function(torch.nn.Module):
    """A function of x and y as a module."""

    def __init__(self, function: object) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.function(x, y)
