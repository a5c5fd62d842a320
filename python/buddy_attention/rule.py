"""The numbers rule: whether a result is right, beside eager PyTorch's and f64's (docs/numbers.md).

Without PyTorch, for those that compare results and must not import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .native import runtime


@dataclass(frozen=True)
class Verdict:
    """What ``buddy verify`` says of one output; ``reason`` is empty if it passed."""

    name: str
    reason: str
    note: str = ""  # of elements that are not judged
    mismatches: int = 0
    undetermined: int = 0
    rms: float = 0
    eager_rms: float = 0
    rms_limit: float = 0
    largest: float = 0
    eager_largest: float = 0
    largest_limit: float = 0

    @property
    def passed(self) -> bool:
        return not self.reason


def _array(value: Any) -> np.ndarray[Any, Any] | None:
    value = value.detach().numpy() if hasattr(value, "detach") else value
    return None if value is None else np.asarray(value, order="C")


def judge(ours: Any, eager: Any, exact: Any, noise: Any = None, name: str = "output") -> Verdict:
    """Judges ``ours`` (tensors or numpy arrays) by the rule of ``buddy verify``.

    ``eager`` is what PyTorch gives, ``exact`` the same in f64, ``noise`` what rounding makes of it, as
    ``write_reference`` returns them. Of integers and booleans ``exact`` is not used.
    """
    ours, eager, exact, noise = map(_array, (ours, eager, exact, noise))
    for what, other in (("", eager), (" in f64", exact)):
        if other is not None and other.shape != ours.shape:
            return Verdict(name, f"has shape {list(ours.shape)}; PyTorch's{what} has {list(other.shape)}")
    if ours.dtype != eager.dtype:
        return Verdict(name, f"is {ours.dtype}; PyTorch's is {eager.dtype}")
    if noise is not None and noise.shape[1:] != ours.shape:
        raise ValueError(f"noise of shape {list(noise.shape)} is not that of an output of {list(ours.shape)}")
    exact = exact.astype(np.float64, copy=False) if exact is not None and eager.dtype.kind == "f" else None
    return Verdict(name, **runtime().judge(ours, eager, exact, noise))


def judge_outputs(outputs: Mapping[str, Any], reference: Mapping[str, Any], prefix: str = "") -> list[Verdict]:
    """Judges all outputs of a run by what ``write_reference`` returned, or of the step ``prefix``, "step0.".

    ``outputs`` has them by the names of ``buddy run``: prefix and "output0".
    """
    label = f"{prefix}expected_f32."
    names = [key.removeprefix(label) for key in reference if key.startswith(f"{label}output")]
    verdicts = []
    for name in names:
        if (ours := outputs.get(prefix + name)) is None:
            verdicts.append(Verdict(prefix + name, "is missing"))
            continue
        eager, exact, noise = (reference.get(f"{prefix}{k}.{name}") for k in ("expected_f32", "expected_f64", "noise"))
        verdicts.append(judge(ours, eager, exact, noise, prefix + name))
    extra = {name for name in outputs if name.startswith(prefix)} - {prefix + name for name in names}
    return verdicts + [Verdict(name, "is no output of PyTorch's") for name in sorted(extra)]
