"""Calls the program `buddy`: $BUDDY, else build/bin/buddy of this repository.

Not through the package buddy_attention: that imports PyTorch, and the process that measures has none.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from . import ROOT


class BuddyFailed(Exception):
    """buddy could not be started or ended with an error; the text is its own."""


def program() -> Path:
    """The program. Raises BuddyFailed if there is none."""
    path = Path(os.environ.get("BUDDY") or ROOT / "build" / "bin" / "buddy")
    if not os.access(path, os.X_OK) or path.is_dir():
        raise BuddyFailed(f"{path} is not a program: `./bootstrap build` makes it, $BUDDY names another one")
    return path


def run(*arguments: object) -> str:
    """What buddy writes to stdout."""
    command = [str(program()), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BuddyFailed(done.stderr.strip() or f"{' '.join(command)} ended with status {done.returncode}")
    return done.stdout


def run_json(*arguments: object) -> Any:
    return json.loads(run(*arguments, "--json"))
