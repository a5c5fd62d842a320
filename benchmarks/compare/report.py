"""results.md and results.svg, made from results.json.

    PYTHONPATH=benchmarks python -m compare.report results.json docs/performance

writes docs/performance.md and docs/performance.svg.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from . import summary, tables
from .layers import VARIANTS
from .plot import write_plot


def _head(result: dict[str, Any]) -> str:
    machine, method = result["machine"], result["method"]
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines = [
        f"Measured on {result['date']} on {machine['cpu']} (family {machine['cpu_family']}, model "
        f"{machine['cpu_model']}; {', '.join(machine['isa'])}), {machine['cores']} cores, {caches}, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB, {machine['system']}.",
        f"Versions: {versions}.",
    ]
    lines += [f"Skipped: {name}: {reason}." for name, reason in result["skipped"].items()]
    lines += [
        "",
        "How to read it. Times are medians in milliseconds of one run at batch 1 in f32; in parentheses the share "
        "of the limit, bold the fastest. The limit is what this machine can do at best, measured in the same rounds: "
        "the work of the layer at the rate of register-only FMA, or its parameters read once at the rate of reading "
        "as many bytes again and again (from huge pages, as packages' parameters are), whichever takes longer. "
        "Machines differ and are shared: compare ratios. "
        f"One process a peer, {method['rounds']} rounds in turn, {method['quiet_seconds'] * 1e3:.0f} ms of quiet and "
        f"{method['warm_seconds'] * 1e3:.0f} ms of untimed runs (none where a run takes above 100 ms) "
        f"before each burst of {method['burst_seconds']} s; a "
        "process is stopped while it is not its turn. A row is measured only after its output was verified against "
        "eager PyTorch in f64 by the rule of `buddy verify`. Each peer is tried in every form given below, and its "
        "fastest is measured. "
        "Work: a multiply-add is two; of the causal layer's attention half is counted.",
    ]
    return "\n".join(lines)


def _scaling(rows: list[summary.Row]) -> str:
    found = summary.scaling(rows)
    if not found:
        return ""
    parts = [f"{variant} {seq}: {efficiency:.0%}" for (variant, seq), (_, efficiency) in found.items()]
    threads = max(count for count, _ in found.values())
    return f"Ours from 1 to {threads} threads, scaling efficiency: {', '.join(parts)}.\n"


def markdown(result: dict[str, Any], plot: str | None, title: str) -> str:
    """The whole document. ``plot`` is the picture's name, beside it."""
    rows = result["rows"]
    parts = [f"# {title}", _head(result)]
    if plot:
        parts.append(f"![time against length]({plot})")
    for variant, threads in dict.fromkeys((r["variant"], r["threads"]) for r in rows):
        mean = summary.mean_speedup(rows, variant, threads)
        heading = f"## {variant}, {threads} thread{'s' if threads > 1 else ''}"
        parts += [heading, VARIANTS[variant].title, tables.times(rows, variant, threads)]
        if mean is not None:
            parts.append(f"Geometric mean of the best peer's time over ours: {mean:.2f}.")
    if rows:
        parts += [_scaling(rows), "## What was to be shown", tables.floors(result)]
        parts.append("Prototypes' numbers on one thread are not measured by this run.")
        most = max(r["threads"] for r in rows)
        parts += [
            f"## Memory, and time before the first run ({most} threads)",
            "Peak resident memory above the same process with its libraries imported, loading and compiling in that "
            "process included; then seconds of exporting the module, of compiling (or planning), and of loading with "
            "the first run. Ours compiles in a process of its own, inductor in the one that runs.",
            tables.costs(rows, most),
            "## Errors",
            "Error against f64 over eager's own f32 error, the worst of all lengths; the rule allows 2 and about 4.",
            tables.errors(rows),
            "## Limits measured",
            tables.limits(rows),
            "## Settings",
            tables.settings(rows),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_report(result: dict[str, Any], stem: Path, title: str = "Comparison") -> None:
    """Writes stem.md and, if matplotlib is installed, stem.svg."""
    picture = stem.with_suffix(".svg")
    plotted = bool(result["rows"]) and write_plot(result, picture)
    stem.with_suffix(".md").write_text(markdown(result, picture.name if plotted else None, title))
    if not plotted and result["rows"]:
        print("no plot: matplotlib is not installed", file=sys.stderr)


def print_summary(result: dict[str, Any]) -> None:
    """The tables of times and the floors, to stdout."""
    rows = result["rows"]
    for variant, threads in dict.fromkeys((r["variant"], r["threads"]) for r in rows):
        print(f"\n{variant}, {threads} thread{'s' if threads > 1 else ''}, ms (share of the limit)\n")
        print(tables.times(rows, variant, threads))
    words = {True: "met  ", False: "SHORT", None: "-    "}
    print("\nWhat was to be shown\n")
    for floor in summary.floors(result):
        print(f"{words[floor.met]}  {floor.text}: {floor.found}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the Markdown and the plot from a results.json.")
    parser.add_argument("results", type=Path, help="results.json")
    parser.add_argument("stem", type=Path, help="where to write, without .md: docs/performance")
    args = parser.parse_args()
    try:
        result = json.loads(args.results.read_text())
        write_report(result, args.stem, "Performance")
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"compare.report: error: {args.results}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
