"""The rule of `buddy verify`, for the output of any peer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """Errors against eager f64 beside eager's own in f32. ``reason`` is empty if the rule holds."""

    rms: float
    eager_rms: float
    largest: float
    eager_largest: float
    reason: str

    @property
    def verified(self) -> bool:
        return not self.reason

    def fields(self) -> dict[str, Any]:
        """As a row has them. The ratios are error / eager's error: the rule allows 2 and (about) 4."""
        fields = {f"error_{name}": value for name, value in asdict(self).items() if name != "reason"}
        fields["rms_ratio"] = self.rms / self.eager_rms if self.eager_rms else None
        fields["largest_ratio"] = self.largest / self.eager_largest if self.eager_largest else None
        return fields


def judge(output: np.ndarray, eager: np.ndarray, exact: np.ndarray) -> Verdict:
    """RMS error at most twice eager's, largest at most four times eager's plus one ulp, all finite.

    ``output`` and ``eager`` are f32, ``exact`` f64, of one shape. Where eager has no error at all, the
    limit of the RMS error is that ulp (of the largest expected value).
    """
    if output.shape != exact.shape:
        return Verdict(0, 0, 0, 0, f"the output has shape {list(output.shape)}, not {list(exact.shape)}")
    if output.dtype != np.float32:
        return Verdict(0, 0, 0, 0, f"the output has dtype {output.dtype}, not float32")
    finite = np.isfinite(eager)
    if not finite.any():
        return Verdict(0, 0, 0, 0, "the reference is not finite anywhere")
    if not np.isfinite(exact[finite]).all():
        return Verdict(0, 0, 0, 0, "the reference is not finite in f64 where it is in f32")
    if not np.isfinite(output[finite]).all():
        return Verdict(0, 0, 0, 0, "the output is not finite where eager PyTorch is")
    errors, eager_errors = output[finite] - exact[finite], eager[finite] - exact[finite]
    rms, eager_rms = (float(np.sqrt(np.mean(e**2))) for e in (errors, eager_errors))
    largest, eager_largest = (float(np.abs(e).max()) for e in (errors, eager_errors))
    ulp = float(np.spacing(np.float32(np.abs(exact[finite]).max())))
    reason = ""
    if rms > (2 * eager_rms or ulp):
        reason = f"RMS error {rms:.3g} is above the limit {2 * eager_rms or ulp:.3g}"
    elif largest > 4 * eager_largest + ulp:
        reason = f"largest error {largest:.3g} is above the limit {4 * eager_largest + ulp:.3g}"
    return Verdict(rms, eager_rms, largest, eager_largest, reason)
