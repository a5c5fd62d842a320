"""PyTorch's own samples (OpInfo) for the operations of the table, as modules that can be exported."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch.utils import _pytree as pytree

#: Operations of the table whose samples stand under another name.
NAMES = {
    "_softmax": "softmax",
    "bitwise_and": "bitwise_and",
    "im2col": "nn.functional.unfold",
    "index": "__getitem__",
    "linalg_vector_norm": "norm",
    "log_sigmoid": "nn.functional.logsigmoid",
    "special_erf": "special.erf",
}
DTYPES = (torch.float32, torch.int64, torch.bool)


@dataclass
class Sample:
    """One call: ``tensors`` are its inputs, everything else is bound in ``call``."""

    label: str
    call: Callable[..., Any]
    tensors: tuple[torch.Tensor, ...]
    outputs: tuple[torch.Tensor, ...] = ()  # eager's


class Calls(torch.nn.Module):
    """Samples side by side: sample i is the submodule ``s<i>``, which is what a report names.

    The last input is not used: a program needs one, and some samples have none.
    """

    def __init__(self, samples: list[Sample]) -> None:
        super().__init__()
        self.counts = [len(sample.tensors) for sample in samples]
        for i, sample in enumerate(samples):
            self.add_module(f"s{i}", Call(sample))

    def forward(self, *tensors: torch.Tensor) -> list[torch.Tensor]:
        results, start = [], 0
        for i, count in enumerate(self.counts):
            results += self.get_submodule(f"s{i}")(*tensors[start : start + count])
            start += count
        return results


class Call(torch.nn.Module):
    def __init__(self, sample: Sample) -> None:
        super().__init__()
        self.call = sample.call

    def forward(self, *tensors: torch.Tensor) -> list[torch.Tensor]:
        return [value for value in pytree.tree_leaves(self.call(*tensors)) if isinstance(value, torch.Tensor)]


@cache
def database() -> dict[str, list[Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
    found: dict[str, list[Any]] = {}
    for info in op_db:
        for name in (info.name, *(alias.name for alias in info.aliases)):
            found.setdefault(name, []).append(info)
    return found


def samples_name(name: str) -> str | None:
    """The name under which PyTorch has samples for the ATen operation ``name``."""
    for candidate in (NAMES.get(name, name), f"nn.functional.{name}"):
        if candidate in database():
            return candidate
    return None


def _operator(info: Any, name: str) -> Any:
    for alias in info.aliases:
        if alias.name == name and name != info.name:
            return alias.op
    return info.op


def _all(name: str) -> Iterator[Sample]:
    known = samples_name(name)
    for info in database().get(known or "", []):
        for dtype in DTYPES:
            if dtype not in info.dtypes:
                continue
            torch.manual_seed(20261124)  # make_tensor draws from the global generator
            for number, given in enumerate(info.sample_inputs("cpu", dtype, requires_grad=False)):
                leaves, tree = pytree.tree_flatten((given.input, given.args, given.kwargs))
                places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)]
                tensors = tuple(leaves[i].detach().clone(memory_format=torch.contiguous_format) for i in places)

                def call(
                    *inputs: torch.Tensor, leaves: Any = leaves, tree: Any = tree, places: Any = places, info: Any = info
                ) -> Any:
                    values = list(leaves)
                    for place, value in zip(places, inputs):
                        values[place] = value
                    first, args, kwargs = pytree.tree_unflatten(values, tree)
                    return _operator(info, known)(first, *args, **kwargs)

                variant = f"{info.variant_test_name}-" if info.variant_test_name else ""
                yield Sample(f"{variant}{str(dtype)[6:]}-{number}", call, tensors)


def why_not(sample: Sample) -> str:
    """Why the sample cannot be an input of a package, or an empty string."""
    for value in (*sample.tensors, *sample.outputs):
        if value.numel() == 0:
            return "has no elements"
        if value.dtype not in (torch.float32, torch.int64, torch.int32, torch.bool):
            return "has another dtype"
    return "" if sample.outputs else "has no tensors"


def samples(name: str, limit: int | None) -> tuple[list[Sample], dict[str, int]]:
    """Up to ``limit`` samples, spread over all that fit a package, and why others do not."""
    fitting, others = [], dict[str, int]()
    for sample in _all(name):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = sample.call(*(tensor.clone() for tensor in sample.tensors))
        except Exception:
            others["fails in eager"] = others.get("fails in eager", 0) + 1
            continue
        sample.outputs = tuple(value for value in pytree.tree_leaves(result) if isinstance(value, torch.Tensor))
        reason = why_not(sample)
        if reason:
            others[reason] = others.get(reason, 0) + 1
        else:
            fitting.append(sample)
    if limit is not None and len(fitting) > limit:
        fitting = [fitting[i * len(fitting) // limit] for i in range(limit)]
    return fitting, others
