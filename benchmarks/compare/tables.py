"""Markdown made from results.json."""

from __future__ import annotations

from typing import Any

from . import summary
from .layers import VARIANTS
from .peers import PEERS
from .summary import Row


def milliseconds(value: float) -> str:
    """Three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _peers(rows: list[Row]) -> list[str]:
    return [name for name in PEERS if any(r["peer"] == name for r in rows)]


def _cell(row: Row | None, best: float) -> str:
    if row is None:
        return ""
    if row["status"] != "measured":
        return row["status"]
    text = f"{milliseconds(row['median_ms'])} ({row['share_of_limit']:.0%})"
    return f"**{text}**" if row["median_ms"] == best else text


def times(rows: list[Row], variant: str, threads: int) -> str:
    """Milliseconds and share of the limit, a line a sequence, a column a peer."""
    rows = [r for r in rows if r["variant"] == variant and r["threads"] == threads]
    peers = _peers(rows)
    body = []
    for case in summary.cases(rows):
        here = {r["peer"]: r for r in rows if r["seq"] == case[1]}
        done = [r["median_ms"] for r in here.values() if r["status"] == "measured"]
        ours, best = summary.pair(rows, case)
        ratio = f"{best['median_ms'] / ours['median_ms']:.2f}" if ours and best else ""
        limit = next(iter(here.values()))
        cells = [_cell(here.get(peer), min(done, default=0.0)) for peer in peers]
        body.append([str(case[1]), *cells, f"{milliseconds(limit['limit_ms'])}", ratio])
    return _table(["sequence", *(PEERS[p].title for p in peers), "at the limit", "best peer / ours"], body)


def limits(rows: list[Row]) -> str:
    """What was measured of the machine, a line a case."""
    body = []
    for variant, seq, threads in summary.cases(rows):
        row = next(r for r in rows if (r["variant"], r["seq"], r["threads"]) == (variant, seq, threads))
        fma = f"{row['fma_limit_gflops']:.0f}" if row["fma_limit_gflops"] else "unknown"
        read = f"{row['read_limit_gb_per_s']:.0f} ({row['params_read_from']})"
        line = [variant, str(seq), str(threads), fma, read, f"{row['memory_gb_per_s']:.0f}", row["limit"]]
        body.append(line)
    head = ["layer", "sequence", "threads", "FMA, GFLOP/s", "parameters, GB/s", "memory, GB/s", "limited by"]
    return _table(head, body)


def costs(rows: list[Row], threads: int) -> str:
    """Peak memory, and seconds of export, compile and load, a line a case, a column a peer."""
    rows = [r for r in rows if r["threads"] == threads]
    peers = _peers(rows)
    body = []
    for variant, seq, _ in summary.cases(rows):
        line = [f"{variant}, {seq}"]
        for peer in peers:
            found = summary.measured(rows, variant=variant, seq=seq, peer=peer)
            if not found:
                line.append("")
                continue
            r = found[0]
            line.append(
                f"{r['memory_bytes'] / 1e6:.0f} MB, "
                f"{r['export_seconds']:.1f} + {r['compile_seconds']:.1f} + {r['load_seconds']:.2f} s"
            )
        body.append(line)
    return _table(["layer, sequence", *(PEERS[p].title for p in peers)], body)


def errors(rows: list[Row]) -> str:
    """Errors over eager's own, the worst of a variant's cases, a line a peer."""
    body = []
    for peer in _peers(rows):
        line = [PEERS[peer].title]
        for variant in VARIANTS:
            ratios = [r for r in rows if r["peer"] == peer and r["variant"] == variant and r.get("rms_ratio")]
            line.append(
                f"{max(r['rms_ratio'] for r in ratios):.2f}, {max(r['largest_ratio'] for r in ratios):.2f}"
                if ratios
                else ""
            )
        body.append(line)
    return _table(["", *(f"{v}: RMS, largest" for v in VARIANTS)], body)


def settings(rows: list[Row]) -> str:
    """What each peer was set to, with the cases that it was fastest so."""
    used: dict[tuple[str, str], list[str]] = {}
    for row in summary.measured(rows):
        case = f"{row['variant']} {row['seq']}x{row['threads']}"
        used.setdefault((row["peer"], row["setting"]), []).append(case)
    lines = []
    for (peer, setting), where in sorted(used.items(), key=lambda item: list(PEERS).index(item[0][0])):
        lines.append(f"- {PEERS[peer].title}: {setting}; in {', '.join(where)}")
    return "\n".join(lines)


def floors(result: dict[str, Any]) -> str:
    """What the project set itself to show, and whether this run shows it."""
    words = {True: "met", False: "**short**", None: "not measured"}
    return _table(["", "", "found"], [[f.text, words[f.met], f.found] for f in summary.floors(result)])
