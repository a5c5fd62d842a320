"""Resident memory of this process, as Linux counts it."""

from __future__ import annotations

from pathlib import Path


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {field}")


def resident_bytes() -> int:
    """What is resident now: anonymous memory and mapped files."""
    return _status("VmRSS")


def peak_resident_bytes() -> int:
    """The most that was resident since the last reset_peak(), or since the process began."""
    return _status("VmHWM")


def reset_peak() -> None:
    """Makes what is resident now the peak. Without the permission the peak of importing stays in it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass
