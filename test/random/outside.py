"""Indices that are outside: what eager PyTorch refuses a package must refuse, and nothing that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import torch

Inputs = dict[str, torch.Tensor]

#: Beyond every dimension of a program, and its square within 64 bits.
FAR = (100_003, -100_003)


def far_inputs(space: ModuleType) -> Iterator[tuple[str, Inputs]]:
    """The first call of each entry with one element of one of its whole numbers far away, each in turn."""
    for entry in dict.fromkeys(entry for entry, _, _ in space.STEPS):
        _, sizes, call = next(step for step in space.STEPS if step[0] == entry)
        inputs: Inputs = getattr(space, f"inputs_{entry}")(call, **sizes)
        for name, value in inputs.items():
            if value.dtype in (torch.int64, torch.int32) and value.numel():
                for far in FAR:
                    moved = value.clone()
                    moved.view(-1)[far % value.numel()] = far
                    yield entry, {**inputs, name: moved}


def _says(run: Callable[[], Any]) -> str:
    """What a call is refused with, nothing if it is not."""
    try:
        run()
    except (IndexError, RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def eager_says(space: ModuleType, inputs: Inputs) -> str:
    """An index that is outside; other errors of eager are not what is asked for."""
    with torch.no_grad():
        said = _says(lambda: space.Program().eval()(**inputs))
    return said if "out of" in said else ""


def package_says(model: Any, entry: str, inputs: Inputs) -> str:
    return _says(lambda: model.context().run(entry, **inputs))


def difference(space: ModuleType, model: Any) -> str:
    """Where a package and eager do not agree on what is outside; nothing if they do everywhere.

    An input whose values the package is told beforehand (a mask of zeros and ones) may be refused where eager takes it.
    """
    for entry, inputs in far_inputs(space):
        theirs, ours = eager_says(space, inputs), package_says(model, entry, inputs)
        if theirs and not ours:
            return f"{entry}: eager says {theirs}, the package nothing"
        if ours and not theirs and not ours.startswith("ValueError"):
            return f"{entry}: the package says {ours}, eager nothing"
    return ""
