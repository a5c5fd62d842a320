"""What this machine is, as the results state it."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

# The flags of /proc/cpuinfo that matter here, and their usual names.
ISA = {
    "avx2": "AVX2",
    "fma": "FMA",
    "avx512f": "AVX-512",
    "avx512_vnni": "VNNI",
    "avx512_bf16": "BF16",
    "amx_tile": "AMX",
    "asimd": "NEON",
    "sve": "SVE",
}


def _cpuinfo(field: str) -> str:
    try:
        found = re.search(rf"^{field}\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found[1].strip() if found else ""


def _cache_sizes() -> dict[str, str]:
    """Of the first core: {"L2": "1024K", ...}."""
    sizes = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            kind, level = (index / "type").read_text().strip(), (index / "level").read_text().strip()
            sizes[f"L{level}{'d' if kind == 'Data' else 'i' if kind == 'Instruction' else ''}"] = (
                (index / "size").read_text().strip()
            )
        except OSError:
            continue
    return sizes


def describe() -> dict[str, object]:
    """CPU model, family, ISA, cores, caches, memory, system."""
    flags = (_cpuinfo("flags") or _cpuinfo("Features")).split()
    return {
        "cpu": _cpuinfo("model name") or platform.processor() or platform.machine(),
        "cpu_family": _cpuinfo("cpu family"),
        "cpu_model": _cpuinfo("model"),
        "isa": [name for flag, name in ISA.items() if flag in flags],
        "cores": len(os.sched_getaffinity(0)),
        "caches": _cache_sizes(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
