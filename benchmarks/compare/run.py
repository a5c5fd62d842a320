"""The comparison as a whole: every case in turn."""

from __future__ import annotations

import datetime
import sys
import time
from typing import Any

from . import artifacts, machine, measure
from .layers import VARIANTS, Case
from .limits import memory_bandwidth
from .peers import PEERS, reason_to_skip

JSON_VERSION = 1


def compare(options: Any) -> dict[str, Any]:
    """Measures every case. Returns what results.json holds."""
    skipped = {name: reason for name in options.peers if (reason := reason_to_skip(PEERS[name]))}
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    peers = [PEERS[name] for name in options.peers if name not in skipped]
    result: dict[str, Any] = {
        "version": JSON_VERSION,
        "date": datetime.date.today().isoformat(),
        "machine": machine.describe(),
        "versions": {peer.name: peer.version() for peer in peers},
        "method": {
            "rounds": options.rounds,
            "burst_seconds": measure.BURST_SECONDS,
            "quiet_seconds": measure.QUIET_SECONDS,
            "warm_seconds": measure.WARM_SECONDS,
        },
        "skipped": skipped,
        "rows": [],
    }
    if not peers:
        return result
    layers = [VARIANTS[name] for name in options.variants]
    cases = [Case(layer, seq, n) for layer in layers for seq in options.seqs for n in options.threads]
    print("exporting the layers", file=sys.stderr)
    artifacts.prepare_layers(options.work, list(dict.fromkeys(case.folder for case in cases)), peers)
    memory = {n: memory_bandwidth(n) for n in options.threads}
    begin = time.monotonic()
    for number, case in enumerate(cases, 1):
        print(f"[{number}/{len(cases)}] {case}  ({time.monotonic() - begin:.0f} s)", file=sys.stderr, flush=True)
        result["rows"] += measure.measure(case, peers, options.rounds, memory[case.threads], options.work)
    result["seconds"] = time.monotonic() - begin
    return result
