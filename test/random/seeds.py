"""Which programs are run: by number, by time, or those of continuous integration."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Iterator, Sized
from pathlib import Path

KINDS = ("static", "one size", "two sizes", "four sizes", "states", "entries")
#: What continuous integration runs of every commit, and how many more it chooses by the commit.
FIXED = range(1, 81)
NEW = 60


def default_jobs() -> int:
    return len(os.sched_getaffinity(0))


def new_seeds() -> list[int]:
    """Seeds of this commit: one commit has one verdict. Without git they are always the same."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD^{tree}"]
    try:
        tree = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        tree = "0" * 40
    start = int(tree[:8], 16) * 100
    return list(range(start, start + NEW))


def seeds(options: argparse.Namespace, first: int, failed: Sized = ()) -> Iterator[tuple[int, str | None]]:
    """Seeds and kinds from ``first`` on, as many as the options say; ``failed`` grows with what is found."""
    if options.ci:
        yield from ((seed, None) for seed in [*FIXED, *new_seeds()])
        return
    minutes = options.minutes or (None if options.programs else 10)
    end = time.monotonic() + 60 * minutes if minutes else None
    number = 0
    while (options.programs is None or number < options.programs) and (end is None or time.monotonic() < end):
        if failed and options.stop_at_first:
            return
        yield first + number, options.kind
        number += 1
