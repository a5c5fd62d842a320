"""From a PyTorch module to a .pt2 archive."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, TensorArgument
from torch.utils import _pytree as pytree


def export_program(
    module: torch.nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any] | None = None
) -> ExportedProgram:
    """The exported program of ``module``, with shapes fixed to those of the example inputs.

    run_decompositions is not called: linear, scaled_dot_product_attention and softmax stay whole,
    and the compiler decomposes them.
    """
    with torch.no_grad():
        return torch.export.export(module, tuple(inputs), dict(keywords or {}))


def save_program(program: ExportedProgram, path: str | os.PathLike[str]) -> Path:
    """Writes a .pt2 archive. The archive appears under its name only when it is complete."""
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    # A folder of its own, because torch writes the file's name into the archive.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
        partial = Path(scratch) / path.name
        torch.export.save(program, partial)
        partial.replace(path)
    return path


def export_layer(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    path: str | os.PathLike[str],
    keywords: Mapping[str, Any] | None = None,
) -> ExportedProgram:
    """Exports ``module`` with the example inputs and writes the archive to ``path``."""
    program = export_program(module, inputs, keywords)
    save_program(program, path)
    return program


def named_inputs(
    program: ExportedProgram, inputs: Sequence[Any], keywords: Mapping[str, Any] | None = None
) -> dict[str, torch.Tensor]:
    """The tensors among the inputs, under the names that the exported signature gives them.

    Raises ValueError if the inputs do not have the structure that was exported.
    """
    specs = [s for s in program.graph_signature.input_specs if s.kind == InputKind.USER_INPUT]
    leaves = pytree.tree_leaves((tuple(inputs), dict(keywords or {})))
    if len(leaves) != len(specs):
        raise ValueError(f"the program was exported with {len(specs)} inputs, {len(leaves)} were given")
    named: dict[str, torch.Tensor] = {}
    for spec, leaf in zip(specs, leaves):
        if isinstance(spec.arg, TensorArgument):
            if not isinstance(leaf, torch.Tensor):
                raise ValueError(f"input {spec.arg.name!r} was exported as a tensor, got {type(leaf).__name__}")
            named[spec.arg.name] = leaf
    return named


def named_params(program: ExportedProgram) -> dict[str, torch.Tensor]:
    """Parameters, then buffers, then lifted constants, each in signature order, under their names.

    The float32 ones, back to back, are what arg0.data holds.
    """
    kinds = (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR)
    named: dict[str, torch.Tensor] = {}
    for kind in kinds:
        for spec in program.graph_signature.input_specs:
            if spec.kind != kind or spec.target is None:
                continue
            # Buffers that are not persistent are kept with the constants.
            source = program.state_dict if spec.target in program.state_dict else program.constants
            named[spec.target] = source[spec.target].detach()
    return named
