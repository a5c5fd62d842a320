"""Reference files: a layer's inputs and what eager PyTorch makes of them, in f32 and in f64."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils import _pytree as pytree

from .export import export_program, named_inputs
from .float64 import everything_in_f64, to_f64
from .noise import MOST_WORK, RandomRounding, noise_of
from .values import eager_values


def _clone(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else value


Arguments = tuple[Sequence[Any], Mapping[str, Any]]  # positional and by keyword


def eager_steps(
    module: torch.nn.Module,
    steps: Iterable[Arguments],
    *,
    exact: bool = False,
    under: AbstractContextManager[Any] | None = None,
) -> Iterator[list[torch.Tensor]]:
    """What eager PyTorch gives at each of several calls, which see what those before left in buffers.

    With everything in f64 if ``exact``, else under the mode ``under`` if there is one. The module and the
    inputs are left as they were, unless the module writes to its parameters.
    """
    # Parameters are not copied: with a whole model there may be no room for that. Under the mode an
    # op that reads one makes it f64; buffers, which a module may write to, must be f64 themselves.
    module = copy.deepcopy(module, {id(parameter): parameter for parameter in module.parameters()})
    if exact:
        for buffer in module.buffers():
            if buffer.dtype is torch.float32:
                buffer.data = buffer.data.double()  # for all that hold it: caches are objects of their own
    convert = to_f64 if exact else _clone
    for inputs, keywords in steps:
        inputs, keywords = pytree.tree_map(convert, (tuple(inputs), dict(keywords)))
        with torch.no_grad(), everything_in_f64() if exact else under or nullcontext():
            result = module(*inputs, **keywords)
        tensors = [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        # The module may return what it changes in its next call.
        yield [to_f64(tensor) if exact else tensor.clone() for tensor in tensors]


def eager_outputs(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    *,
    exact: bool = False,
) -> list[torch.Tensor]:
    """What eager PyTorch gives: the module as it is, or with everything in f64 if ``exact``."""
    return next(eager_steps(module, [(inputs, keywords or {})], exact=exact))


def expected_steps(
    module: torch.nn.Module,
    steps: Sequence[Arguments],
    prefixes: Sequence[str] | None = None,
    *,
    noise: bool = True,
    most_work: int = MOST_WORK,
    leave_out: bool = False,
) -> dict[str, torch.Tensor]:
    """What ``write_steps_reference`` has of the outputs of several calls, for ``judge_outputs``.

    Each step is the call's positional arguments and those by keyword. ``prefixes`` are those of the names, "step0."
    and so on if there are none. ``most_work`` says how large a program may be to have noise;
    with ``leave_out`` outputs without its largest operations have noise though these are larger.
    """
    if prefixes is None:
        prefixes = [f"step{number}." for number in range(len(steps))]
    eager, exact = (list(eager_steps(module, steps, exact=exact)) for exact in (False, True))
    found: dict[str, Sequence[Sequence[torch.Tensor | None]]] = {"expected_f32": eager, "expected_f64": exact}

    def evaluate(mode: RandomRounding) -> list[list[torch.Tensor]]:
        # Attention in operations that can be rounded.
        is_fast = torch.backends.mha.get_fastpath_enabled()
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            with sdpa_kernel(SDPBackend.MATH):
                return list(eager_steps(module, steps, under=mode))
        finally:
            torch.backends.mha.set_fastpath_enabled(is_fast)

    if noise:
        found["noise"] = noise_of(evaluate, eager, exact, most_work, leave_out) or []
    return {
        f"{prefix}{label}.output{index}": value
        for label, results in found.items()
        for prefix, values in zip(prefixes, results)
        for index, value in enumerate(values)
        if value is not None
    }


def expected_outputs(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    *,
    noise: bool = True,
) -> dict[str, torch.Tensor]:
    """What ``write_reference`` has of the outputs, for ``judge_outputs``; nothing is exported or written."""
    return expected_steps(module, [(inputs, keywords or {})], [""], noise=noise)


def _save(tensors: dict[str, torch.Tensor], path: str | os.PathLike[str]) -> dict[str, torch.Tensor]:
    # safetensors refuses tensors that are strided or that share memory.
    tensors = {name: value.detach().clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return tensors


def write_reference(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    path: str | os.PathLike[str],
    keywords: Mapping[str, Any] | None = None,
    *,
    program: torch.export.ExportedProgram | None = None,
    values: bool = False,
    noise: bool = True,
) -> dict[str, torch.Tensor]:
    """Writes a reference file for ``buddy verify`` (safetensors) and returns what is in it.

    ``input.NAME`` are the inputs under their exported names, ``expected_f32.outputN`` and
    ``expected_f64.outputN`` what eager gives, and ``noise.outputN`` what rounding may make of it, of programs
    that are small (docs/numbers.md), if ``noise``. ``program`` saves an export when there is one already.
    With ``values`` the file also has what each operation of the exported program gives,
    ``expected_f32.value.NAME`` and ``expected_f64.value.NAME``: for ``buddy report``, and for
    ``buddy verify`` of a package that was compiled with ``--observe``.
    """
    if program is None:
        program = export_program(module, inputs, keywords)
    tensors = {f"input.{name}": value for name, value in named_inputs(program, inputs, keywords).items()}
    tensors |= expected_outputs(module, inputs, keywords, noise=noise)
    if values:
        for label, exact in (("expected_f32", False), ("expected_f64", True)):
            for name, value in eager_values(program, inputs, keywords, exact=exact).items():
                tensors[f"{label}.value.{name}"] = value
    return _save(tensors, path)


def write_steps_reference(
    module: torch.nn.Module,
    steps: Sequence[Mapping[str, Any]],
    path: str | os.PathLike[str],
    entries: Sequence[str] | None = None,
    *,
    noise: bool = True,
) -> dict[str, torch.Tensor]:
    """Writes a reference file of several calls, one after the other on one state: a decoder's steps.

    Each step is the call's arguments by name. The file holds ``step0.input.NAME``,
    ``step0.expected_f32.outputN`` and so on; ``buddy verify`` runs the steps in order. ``entries`` has
    the entry of each step where a package has several: ``step0.prefill.input.NAME``.
    """
    prefixes = [f"step{number}." for number in range(len(steps))]
    if entries is not None:
        prefixes = [f"{prefix}{entry}." for prefix, entry in zip(prefixes, entries, strict=True)]
    tensors = {
        f"{prefix}input.{name}": value
        for prefix, step in zip(prefixes, steps, strict=True)
        for name, value in step.items()
        if isinstance(value, torch.Tensor)
    }
    return _save(tensors | expected_steps(module, [((), step) for step in steps], prefixes, noise=noise), path)
