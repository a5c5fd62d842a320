"""What the machine can do at best in the minute that a row is measured, through `buddy limits`."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import buddy
from .layers import Case
from .stats import median

SECONDS = 0.1
BYTES_BEYOND_CACHES = 256 << 20
# Of the rate of memory: above it, part of what is read again and again stays in a cache.
FROM_CACHE = 1.3


@dataclass
class Limits:
    """One case's limits, measured once a round as the peers are."""

    case: Case
    memory_gb_per_s: float  # beyond the caches, with the case's threads
    fma_gflops: list[float] = field(default_factory=list)
    read_gb_per_s: list[float] = field(default_factory=list)
    instructions: str = ""

    def measure(self) -> None:
        """One round. Raises BuddyFailed."""
        found = _measure(self.case.threads, self.case.variant.param_bytes)
        if found["fma_gflops"] is not None:
            self.fma_gflops.append(found["fma_gflops"])
        self.read_gb_per_s.append(found["read_gb_per_s"])
        self.instructions = found["fma_instructions"]

    def fields(self) -> dict[str, object]:
        """Medians of the rounds, as every row of the case has them. Times are of one run at the limit."""
        fma = median(self.fma_gflops) if self.fma_gflops else None
        read = median(self.read_gb_per_s)
        flops, param_bytes = self.case.variant.flops(self.case.seq), self.case.variant.param_bytes
        read_ms = param_bytes / read / 1e6
        compute_ms = flops / fma / 1e6 if fma else None
        return {
            "flops": flops,
            "param_bytes": param_bytes,
            "fma_limit_gflops": fma,
            "fma_instructions": self.instructions,
            "read_limit_gb_per_s": read,
            "memory_gb_per_s": self.memory_gb_per_s,
            "params_read_from": "cache" if read > FROM_CACHE * self.memory_gb_per_s else "memory",
            "limit": "compute" if compute_ms and compute_ms >= read_ms else "reading parameters",
            "limit_ms": max(read_ms, compute_ms or 0.0),
        }


def _measure(threads: int, size: int) -> dict:
    return buddy.run_json("limits", "--threads", threads, "--bytes", size, "--seconds", SECONDS)


def memory_bandwidth(threads: int) -> float:
    """GB/s of reading beyond the caches."""
    return float(_measure(threads, BYTES_BEYOND_CACHES)["read_gb_per_s"])
