"""The plot made from results.json: time against length, with the limit as a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import summary
from .layers import VARIANTS
from .peers import PEERS

STYLES = {
    "ours": ("#d62728", "o", 2.2),
    "eager": ("#7f7f7f", "s", 1.2),
    "inductor": ("#1f77b4", "^", 1.2),
    "inductor-max": ("#17becf", "v", 1.2),
    "onnxruntime": ("#2ca02c", "D", 1.2),
    "openvino": ("#9467bd", "P", 1.2),
}


def write_plot(result: dict[str, Any], path: Path) -> bool:
    """Writes an SVG, a panel a variant and thread count. False if matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    # The same rows give the same bytes: no date, no random ids.
    matplotlib.rcParams["svg.hashsalt"] = "buddy"
    from matplotlib import pyplot

    rows = result["rows"]
    variants = [v for v in VARIANTS if any(r["variant"] == v for r in rows)]
    threads = sorted({r["threads"] for r in rows})
    size = (5.2 * len(threads), 4.2 * len(variants))
    figure, axes = pyplot.subplots(len(variants), len(threads), figsize=size, squeeze=False, layout="constrained")
    for line, variant in enumerate(variants):
        for column, count in enumerate(threads):
            _panel(axes[line][column], rows, variant, count)
    figure.suptitle(f"{result['machine']['cpu']}, f32, {result['date']}")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


def _panel(axis: Any, rows: list[summary.Row], variant: str, threads: int) -> None:
    here = [r for r in rows if r["variant"] == variant and r["threads"] == threads]
    limits = sorted({(r["seq"], r["limit_ms"]) for r in here})
    axis.plot(*zip(*limits), color="black", linestyle="--", linewidth=1, label="the limit")
    for peer, (color, marker, width) in STYLES.items():
        points = sorted((r["seq"], r["median_ms"]) for r in summary.measured(here, peer=peer))
        if points:
            label = PEERS[peer].title
            axis.plot(*zip(*points), color=color, marker=marker, markersize=4, linewidth=width, label=label)
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    ticks = sorted({r["seq"] for r in here})
    axis.set_xticks(ticks, [str(t) for t in ticks])
    axis.minorticks_off()
    axis.set_xlabel("sequence")
    axis.set_ylabel("ms, median")
    axis.set_title(f"{variant}, {threads} thread{'s' if threads > 1 else ''}")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)
