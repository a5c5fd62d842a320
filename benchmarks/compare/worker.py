"""A peer in a process of its own: loads one layer, then runs bursts when it is told to.

Started by `client.Worker`. Requests and replies are lines of JSON on the two file descriptors that it is
given; stdout and stderr stay free for what libraries print. Between requests the parent stops the
whole process, so that a pool that spins after its work takes nothing from the next peer.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from . import memory
from .peers import PEERS
from .peers.loaded import Loaded, WorkerCase

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """A stopped process would outlive a parent that is killed, for ever."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def load(peer_module: Any, request: dict[str, Any]) -> tuple[Loaded, int, dict[str, Any]]:
    """The loaded layer, the resident bytes before, and the reply."""
    folder = Path(request["folder"])
    tensors = load_file(folder / "reference.safetensors")
    inputs = {name: tensors[f"input.{name}"] for name in ("hidden_states", "mask") if f"input.{name}" in tensors}
    del tensors
    artifact = folder / request["artifact"] if request["artifact"] else None
    case = WorkerCase(request["variant"], request["threads"], request["form"], folder, artifact, inputs)
    memory.reset_peak()
    before = memory.resident_bytes()
    start = time.perf_counter()
    loaded = peer_module.load(case)
    loaded.run()
    load_seconds = time.perf_counter() - start - loaded.compile_seconds
    loaded.run()  # whatever is allocated at the second run belongs to the peer too
    peak = memory.peak_resident_bytes() - before
    np.save(request["output"], loaded.output())
    answer = {
        "setting": loaded.setting,
        "compile_seconds": loaded.compile_seconds,
        "load_seconds": load_seconds,
        "memory_bytes": peak,
        "overhead_us": loop_overhead_us(),
    }
    return loaded, before, answer


def loop_overhead_us() -> float:
    """What timing adds to a run: the median of an empty call timed as a run is."""
    times = timed_runs(lambda: None, 0, 1000)
    return sorted(times)[len(times) // 2] * 1e3


def timed_runs(run: Any, seconds: float, least: int) -> list[float]:
    """Milliseconds of each run, for ``seconds`` and at least ``least`` runs."""
    clock = time.perf_counter_ns
    times: list[float] = []
    end = clock() + int(seconds * 1e9)
    while len(times) < least or clock() < end:
        start = clock()
        run()
        times.append((clock() - start) / 1e6)
    return times


def burst(loaded: Loaded, before: int, request: dict[str, Any]) -> dict[str, Any]:
    """Runs untimed until the caches are this peer's again, then timed ones."""
    if request["warm_seconds"]:
        timed_runs(loaded.run, request["warm_seconds"], 1)
    times = timed_runs(loaded.run, request["seconds"], 1)
    return {"times_ms": times, "memory_bytes": memory.peak_resident_bytes() - before}


def main() -> None:
    peer_name, requests_fd, replies_fd, parent = sys.argv[1], *map(int, sys.argv[2:5])
    die_with_parent(parent)
    with os.fdopen(requests_fd) as requests, os.fdopen(replies_fd, "w") as replies:

        def reply(message: dict[str, Any]) -> None:
            replies.write(json.dumps(message) + "\n")
            replies.flush()

        loaded: Loaded | None = None
        before = 0
        try:
            peer_module = importlib.import_module(f".peers.{PEERS[peer_name].module}", __package__)
            reply({"ready": True})
            for line in requests:
                request = json.loads(line)
                if request["do"] == "load":
                    loaded, before, answer = load(peer_module, request)
                    reply(answer)
                else:
                    assert loaded is not None, "a burst before the layer was loaded"
                    reply(burst(loaded, before, request))
        except Exception as error:
            traceback.print_exc()
            reply({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
