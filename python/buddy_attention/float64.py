"""Eager PyTorch with every float32 made float64: the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode


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
def default_f64() -> Iterator[None]:
    """For operations that make a tensor and name no dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def everything_in_f64() -> Iterator[None]:
    with default_f64(), Float64Parameters(), Float64Mode():  # type: ignore[no-untyped-call]
        yield


def to_f64(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.double() if value.dtype is torch.float32 else value.clone()
    return value
