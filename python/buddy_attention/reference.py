"""Reference files: a layer's inputs and what eager PyTorch makes of them, in f32 and in f64."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from .export import export_program, named_inputs


class Float64Mode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Makes every float32 of a computation a float64.

    ``module.double()`` alone is not the exact result: layers name float32 in places (RoPE angles,
    softmax), and those steps would still be rounded to 24 bits. Under this mode a float32 dtype
    argument becomes float64, and so does a float32 tensor that an op reads.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # An op that writes into its argument must keep that very tensor.
        keep_tensors = func._schema.is_mutable

        def widen(value: Any) -> Any:
            if value is torch.float32:
                return torch.float64
            if isinstance(value, torch.Tensor) and value.dtype is torch.float32 and not keep_tensors:
                return value.to(torch.float64)
            return value

        args, kwargs = pytree.tree_map(widen, (args, kwargs or {}))
        return func(*args, **kwargs)


class Float64Parameters(TorchFunctionMode):
    """Makes f64 of a float32 parameter that a function reads.

    Functions that are made of several ops, as convolutions are, compare the dtypes of their arguments
    before the first op reaches Float64Mode.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        def widen(value: Any) -> Any:
            is_narrow = isinstance(value, torch.nn.Parameter) and value.dtype is torch.float32
            return value.detach().to(torch.float64) if is_narrow else value

        kwargs = kwargs or {}
        # add_ writes to its argument; __get__ and the like ask for what the tensor itself is.
        if not getattr(func, "__name__", "_").endswith("_"):
            args, kwargs = pytree.tree_map(widen, (args, kwargs))
        return func(*args, **kwargs)


@contextmanager
def everything_in_f64() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # for ops that make a tensor and name no dtype
    try:
        with Float64Parameters(), Float64Mode():  # type: ignore[no-untyped-call]
            yield
    finally:
        torch.set_default_dtype(before)


def _to_f64(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.double() if value.dtype is torch.float32 else value.clone()
    return value


def _clone(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else value


Arguments = tuple[Sequence[Any], Mapping[str, Any]]  # positional and by keyword


def eager_steps(
    module: torch.nn.Module, steps: Iterable[Arguments], *, exact: bool = False
) -> Iterator[list[torch.Tensor]]:
    """What eager PyTorch gives at each of several calls, which see what those before left in buffers.

    With everything in f64 if ``exact``. The module and the inputs are left as they were, unless the
    module writes to its parameters.
    """
    # Parameters are not copied: with a whole model there may be no room for that. Under the mode an
    # op that reads one makes it f64; buffers, which a module may write to, must be f64 themselves.
    module = copy.deepcopy(module, {id(parameter): parameter for parameter in module.parameters()})
    if exact:
        for buffer in module.buffers():
            if buffer.dtype is torch.float32:
                buffer.data = buffer.data.double()  # for all that hold it: caches are objects of their own
    convert = _to_f64 if exact else _clone
    for inputs, keywords in steps:
        inputs, keywords = pytree.tree_map(convert, (tuple(inputs), dict(keywords)))
        with torch.no_grad(), everything_in_f64() if exact else nullcontext():
            result = module(*inputs, **keywords)
        tensors = [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        # The module may return what it changes in its next call.
        yield [_to_f64(tensor) if exact else tensor.clone() for tensor in tensors]


def eager_outputs(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    *,
    exact: bool = False,
) -> list[torch.Tensor]:
    """What eager PyTorch gives: the module as it is, or with everything in f64 if ``exact``."""
    return next(eager_steps(module, [(inputs, keywords or {})], exact=exact))


def _expected(module: torch.nn.Module, steps: Sequence[Arguments], prefixes: Sequence[str]) -> dict[str, torch.Tensor]:
    tensors = {}
    for label, exact in (("expected_f32", False), ("expected_f64", True)):
        for prefix, values in zip(prefixes, eager_steps(module, steps, exact=exact), strict=True):
            for index, value in enumerate(values):
                tensors[f"{prefix}{label}.output{index}"] = value
    return tensors


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
) -> dict[str, torch.Tensor]:
    """Writes a reference file for ``buddy verify`` (safetensors) and returns what is in it.

    ``input.NAME`` are the inputs under their exported names, ``expected_f32.outputN`` and
    ``expected_f64.outputN`` what eager gives. ``program`` saves an export when there is one already.
    """
    if program is None:
        program = export_program(module, inputs, keywords)
    tensors = {f"input.{name}": value for name, value in named_inputs(program, inputs, keywords).items()}
    return _save(tensors | _expected(module, [(inputs, keywords or {})], [""]), path)


def write_steps_reference(
    module: torch.nn.Module,
    steps: Sequence[Mapping[str, Any]],
    path: str | os.PathLike[str],
    entries: Sequence[str] | None = None,
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
    return _save(tensors | _expected(module, [((), step) for step in steps], prefixes), path)
