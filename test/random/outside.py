"""Indices that are outside: what eager PyTorch refuses a package must refuse, and nothing that it takes."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass
class Difference:
    """Where a package and eager do not agree on what is outside."""

    detail: str
    line: int = 0  # of the program, at which eager ends and the package does not


def _error(run: Callable[[], Any]) -> Exception | None:
    try:
        run()
    except (IndexError, RuntimeError, ValueError) as error:
        return error
    return None


def _line(error: Exception, path: str) -> int:
    """Of the program's frames the innermost."""
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return frames[-1] or 0 if frames else 0


def difference(space: ModuleType, model: Any) -> Difference | None:
    """The first difference, of all that ``far_inputs`` has.

    An input whose values the package is told beforehand (a mask of zeros and ones) may be refused where eager takes it,
    and eager may have errors of other kinds.
    """
    for entry, inputs in far_inputs(space):
        with torch.no_grad():
            theirs = _error(lambda: space.Program().eval()(**inputs))  # noqa: B023
        if theirs and "out of" not in str(theirs):
            continue
        ours = _error(lambda: model.context().run(entry, **inputs))  # noqa: B023
        if theirs and not ours:
            return Difference(f"{entry}: eager says {theirs!r}, the package nothing", _line(theirs, str(space.__file__)))
        if ours and not theirs and not isinstance(ours, ValueError):
            return Difference(f"{entry}: the package says {ours!r}, eager nothing")
    return None


def is_looked_up(fused: str, line: int) -> bool:
    """Whether a graph_fused.log chooses anything at this line: what nothing uses is not compiled (``fill``)."""
    places = set(re.findall(rf'^(#loc\d*) = loc\("[^"]*":{line}:', fused, re.MULTILINE))
    places |= {name for name, of in re.findall(r'^(#loc\d*) = loc\("[^"]*"\((#loc\d*)\)\)', fused, re.MULTILINE) if of in places}
    chosen = re.findall(r"graph\.(?:gather|index_copy) .*loc\((#loc\d*)\)", fused)
    return bool(places.intersection(chosen))
