"""What follows from the rows: ours against the best peer, scaling, and the floors that the project set itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .stats import geometric_mean

Row = dict[str, Any]

# Share of the FMA rate on all cores, by variant and sequence.
SHARE_FLOORS = {
    "default": {40: 0.75, 128: 0.85, 512: 0.88, 2048: 0.88},
    "mha": {40: 0.78, 128: 0.85, 512: 0.88, 2048: 0.88},
}
READ_FLOOR = 0.80  # of the bandwidth, at sequence 1
GEOMETRIC_MEAN_FLOOR = 1.2
NEAR_LIMIT = 0.80  # a peer above this share leaves no room for that mean
COMPILE_SECONDS_FLOOR = 3.0


@dataclass(frozen=True)
class Floor:
    """One thing to be shown. ``met`` is None if this run has not measured it."""

    text: str
    met: bool | None
    found: str


def measured(rows: list[Row], **wanted: Any) -> list[Row]:
    """The measured rows that have these values."""
    return [r for r in rows if r["status"] == "measured" and all(r[key] == value for key, value in wanted.items())]


def cases(rows: list[Row]) -> list[tuple[str, int, int]]:
    """(variant, sequence, threads), in the order of the rows."""
    return list(dict.fromkeys((r["variant"], r["seq"], r["threads"]) for r in rows))


def pair(rows: list[Row], case: tuple[str, int, int]) -> tuple[Row | None, Row | None]:
    """Ours and the fastest peer of a case; None for one that was not measured."""
    here = measured(rows, variant=case[0], seq=case[1], threads=case[2])
    ours = next((r for r in here if r["peer"] == "ours"), None)
    peers = [r for r in here if r["peer"] != "ours"]
    return ours, min(peers, key=lambda r: r["median_ms"], default=None)


def speedups(rows: list[Row]) -> dict[tuple[str, int, int], float]:
    """Time of the best peer / time of ours, for each case that has both."""
    found = {}
    for case in cases(rows):
        ours, best = pair(rows, case)
        if ours and best:
            found[case] = best["median_ms"] / ours["median_ms"]
    return found


def mean_speedup(rows: list[Row], variant: str, threads: int) -> float | None:
    """Geometric mean of speedups() over the sequences, or None without any."""
    values = [s for (v, _, t), s in speedups(rows).items() if v == variant and t == threads]
    return geometric_mean(values) if values else None


def scaling(rows: list[Row], peer: str = "ours") -> dict[tuple[str, int], tuple[int, float]]:
    """(variant, sequence) -> (threads, efficiency): t1 / (n * tn) from one thread to the most measured."""
    found = {}
    for one in measured(rows, peer=peer, threads=1):
        others = [r for r in measured(rows, peer=peer, variant=one["variant"], seq=one["seq"]) if r["threads"] > 1]
        if others:
            most = max(others, key=lambda r: r["threads"])
            efficiency = one["median_ms"] / (most["threads"] * most["median_ms"])
            found[one["variant"], one["seq"]] = (most["threads"], efficiency)
    return found


def _fastest_everywhere(rows: list[Row]) -> Floor:
    found = speedups(rows)
    behind = {case: s for case, s in found.items() if s < 1}
    text = "ours is the fastest in every row"
    if not found:
        return Floor(text, None, "no case has both ours and a peer")
    if not behind:
        return Floor(text, True, f"{len(found)} of {len(found)} cases, by {min(found.values()):.2f} at least")
    named = ", ".join(f"{v} {s} x{t}: {1 / ratio - 1:.0%}" for (v, s, t), ratio in behind.items())
    return Floor(text, False, f"slower than the best peer in {len(behind)} of {len(found)} cases ({named})")


def _share(rows: list[Row], variant: str, seq: int, threads: int, floor: float, limit: str) -> Floor:
    text = f"{variant}, sequence {seq}, {threads} threads: {floor:.0%} of the {limit}"
    ours = measured(rows, peer="ours", variant=variant, seq=seq, threads=threads)
    if not ours:
        return Floor(text, None, "not measured")
    row = ours[0]
    if limit == "FMA rate":
        share = row["gflops"] / row["fma_limit_gflops"] if row["fma_limit_gflops"] else None
    else:
        share = row["param_bytes"] / row["median_ms"] / 1e6 / row["read_limit_gb_per_s"]
    if share is None:
        return Floor(text, None, "the FMA rate of this CPU is not known")
    short = "" if share >= floor else f", short by {100 * (floor - share):.1f} points"
    where = f" ({row['params_read_from']})" if limit != "FMA rate" else ""
    return Floor(text, share >= floor, f"{share:.1%}{where}{short}")


def _mean(rows: list[Row], threads: int) -> Floor:
    text = f"default, {threads} threads: geometric mean against the best peer at least {GEOMETRIC_MEAN_FLOOR}"
    mean = mean_speedup(rows, "default", threads)
    if mean is None:
        return Floor(text, None, "not measured")
    near = [
        r for r in measured(rows, variant="default", threads=threads)
        if r["peer"] != "ours" and r["share_of_limit"] > NEAR_LIMIT
    ]  # fmt: skip
    note = f"; {near[0]['peer']} is above {NEAR_LIMIT:.0%} of the limit here, so shares count" if near else ""
    short = "" if mean >= GEOMETRIC_MEAN_FLOOR else f", short by {GEOMETRIC_MEAN_FLOOR - mean:.2f}"
    return Floor(text, mean >= GEOMETRIC_MEAN_FLOOR, f"{mean:.2f}{short}{note}")


def _memory(rows: list[Row]) -> Floor:
    text = "peak resident memory below every peer's"
    worse, count = [], 0
    for case in cases(rows):
        here = measured(rows, variant=case[0], seq=case[1], threads=case[2])
        ours = next((r for r in here if r["peer"] == "ours"), None)
        peers = [r for r in here if r["peer"] != "ours"]
        if not ours or not peers:
            continue
        count += 1
        least = min(peers, key=lambda r: r["memory_bytes"])
        if ours["memory_bytes"] >= least["memory_bytes"]:
            over = (ours["memory_bytes"] - least["memory_bytes"]) / 1e6
            worse.append(f"{case[0]} {case[1]} x{case[2]}: {over:.1f} MB above {least['peer']}")
    if not count:
        return Floor(text, None, "no case has both ours and a peer")
    return Floor(text, not worse, ", ".join(worse) or f"in all {count} cases")


def _compile_time(rows: list[Row]) -> Floor:
    text = f"compile time of the layer at most {COMPILE_SECONDS_FLOOR:.0f} s"
    seconds = [r["compile_seconds"] for r in measured(rows, peer="ours")]
    if not seconds:
        return Floor(text, None, "not measured")
    return Floor(text, max(seconds) <= COMPILE_SECONDS_FLOOR, f"{max(seconds):.2f} s at most")


def floors(result: dict[str, Any]) -> list[Floor]:
    """Each floor, with what this run found. Shares and means are those of all cores."""
    rows = result["rows"]
    threads = result["machine"]["cores"]
    found = [_fastest_everywhere(rows)]
    for variant, shares in SHARE_FLOORS.items():
        found += [_share(rows, variant, seq, threads, floor, "FMA rate") for seq, floor in shares.items()]
        found.append(_share(rows, variant, 1, threads, READ_FLOOR, "read bandwidth"))
    return [*found, _mean(rows, threads), _memory(rows), _compile_time(rows)]
