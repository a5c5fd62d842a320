"""The parent's side of a worker: starts it, asks it, and keeps it stopped in between."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from . import ROOT
from .layers import Case
from .peers import Peer

START_SECONDS, LOAD_SECONDS, BURST_SECONDS = 120, 900, 300


class WorkerError(Exception):
    """A worker failed, died, or did not answer in time. The text says which, and where its log is."""


class Worker:
    """One peer, with one form of the layer, in its own process. ``with`` ends the process."""

    def __init__(self, peer: Peer, form: str, case: Case, scratch: Path) -> None:
        self.peer, self.form, self.case = peer, form, case
        name = f"{case.folder}-t{case.threads}-{peer.name}-{form}"
        self.log = scratch / "logs" / f"{name}.log"
        self.output = scratch / f"{name}.npy"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        request_read, request_write = os.pipe()
        reply_read, reply_write = os.pipe()
        command = [sys.executable, "-m", f"{__package__}.worker", peer.name]
        command += [str(request_read), str(reply_write), str(os.getpid())]
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(request_read, reply_write),
                env=_environment(peer, case.threads, scratch),
            )
        os.close(request_read)
        os.close(reply_write)
        self._requests = os.fdopen(request_write, "w")
        self._reply_fd = reply_read
        self._pending = b""

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._requests.close()
        if self._reply_fd >= 0:
            os.close(self._reply_fd)
            self._reply_fd = -1
        self.output.unlink(missing_ok=True)

    def wait_until_ready(self) -> None:
        """Until it has imported what it needs; then it is stopped."""
        self._answer(START_SECONDS)
        self._stop()

    def load(self, folder: Path) -> dict[str, Any]:
        """Loads and runs the layer; the reply's fields are worker.load's. Its output is in ``output``."""
        return self._ask(
            LOAD_SECONDS,
            do="load",
            variant=self.case.variant.name,
            threads=self.case.threads,
            form=self.form,
            folder=str(folder),
            artifact="layer.buddy" if self.peer.name == "ours" else self.peer.artifact(self.form),
            output=str(self.output),
        )

    def burst(self, seconds: float, warm_seconds: float) -> dict[str, Any]:
        """Runs for ``seconds``, at least once, after ``warm_seconds`` of untimed runs (0: none)."""
        return self._ask(BURST_SECONDS, do="burst", seconds=seconds, warm_seconds=warm_seconds)

    def _ask(self, limit: float, **request: Any) -> dict[str, Any]:
        self._process.send_signal(signal.SIGCONT)
        try:
            self._requests.write(json.dumps(request) + "\n")
            self._requests.flush()
        except BrokenPipeError:
            raise WorkerError(self._obituary()) from None
        answer = self._answer(limit)
        self._stop()
        return answer

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def _answer(self, limit: float) -> dict[str, Any]:
        deadline = time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(self._reply_fd, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise WorkerError(f"did not answer within {limit:.0f} s; its log is {self.log}")
                chunk = os.read(self._reply_fd, 1 << 16)
                if not chunk:
                    raise WorkerError(self._obituary())
                self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{answer['error']}; its log is {self.log}")
        return answer

    def _obituary(self) -> str:
        status = self._process.wait()
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        lines = self.log.read_text(errors="replace").strip().splitlines()
        last = f": {lines[-1]}" if lines else ""
        return f"the process {how}{last}; its log is {self.log}"


def _environment(peer: Peer, threads: int, scratch: Path) -> dict[str, str]:
    paths = [str(ROOT / "benchmarks"), str(ROOT / "python"), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
        "OMP_NUM_THREADS": str(threads),
        "TORCHINDUCTOR_CACHE_DIR": str(scratch / "inductor"),
        **peer.environment,
    }
