"""Finds libbuddy_runtime.so."""

from __future__ import annotations

import os
from pathlib import Path

from .. import ROOT

NAME = "libbuddy_runtime.so"


def find_runtime() -> Path:
    """$BUDDY_RUNTIME, else the build folder's. Raises FileNotFoundError, saying where it looked."""
    named = os.environ.get("BUDDY_RUNTIME")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"$BUDDY_RUNTIME names {named!r}, which is not a file")
        return Path(named)
    build = Path(os.environ.get("BUDDY_BUILD") or ROOT / "build")
    for path in (build / "lib" / NAME, build / "runtime" / NAME):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{NAME} is not in {build}: `./bootstrap build` makes it, $BUDDY_RUNTIME names another one")
