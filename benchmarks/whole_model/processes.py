"""Running a program and watching its memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A program ended with an error; the text is the end of what it said."""


@dataclass
class Ran:
    seconds: float
    own_bytes: int  # the most memory that is not a mapped file's, of the program and its children together


def _tree(pid: int) -> list[int]:
    found = [pid]
    for pid in found:
        try:
            found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        except OSError:
            pass  # it has ended
    return found


def _own_bytes(pid: int) -> int:
    total = 0
    for one in _tree(pid):
        try:
            for line in Path(f"/proc/{one}/status").read_text().splitlines():
                if line.startswith(("RssAnon:", "RssShmem:")):
                    total += 1024 * int(line.split()[1])
        except OSError:
            pass
    return total


def run(command: list[str], log: Path, **environment: str) -> Ran:
    """Runs to the end; what it prints goes to ``log``. Raises Failed."""
    start = time.perf_counter()
    most = 0
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
        ended = threading.Event()

        def watch() -> None:
            nonlocal most
            while not ended.wait(0.02):
                most = max(most, _own_bytes(process.pid))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            status = process.wait()
        finally:
            process.kill()
            ended.set()
            watcher.join()
    seconds = time.perf_counter() - start
    if status:
        lines = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise Failed(f"{' '.join(command[:4])} ... ended with status {status}: {' / '.join(lines)} (all of it: {log})")
    return Ran(seconds, most)
