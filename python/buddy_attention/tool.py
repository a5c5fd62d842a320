"""Finds the program ``buddy`` and runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
REPOSITORY = PACKAGE.parents[1]
#: The program that a wheel has inside.
BUNDLED = PACKAGE / "bin" / "buddy"


class BuddyError(RuntimeError):
    """``buddy`` could not be found, or ended with an error.

    ``returncode`` is buddy's exit status (1 the input is at fault, 2 wrong usage, 3 a verification
    failed, 70 a fault of the compiler), or None when there was no program to run. The text is what
    buddy wrote to stderr.
    """

    def __init__(self, message: str, returncode: int | None = None) -> None:
        super().__init__(message)
        self.returncode = returncode


def build_folder() -> Path:
    """$BUDDY_BUILD, else build in this repository: where the program and the extension module are built."""
    return Path(os.environ.get("BUDDY_BUILD") or REPOSITORY / "build")


def find_buddy() -> Path:
    """The program ``buddy``: $BUDDY, else the one in this package if it was installed from a wheel, else
    bin/buddy of the build folder ($BUDDY_BUILD, or build in this repository), else the one on PATH.

    Raises BuddyError, naming the places looked at, if there is none.
    """
    named = os.environ.get("BUDDY")
    if named:
        program = shutil.which(named)
        if program is None:
            raise BuddyError(f"$BUDDY names {named!r}, which is not a program that can be run")
        return Path(program).absolute()
    if os.access(BUNDLED, os.X_OK):
        return BUNDLED
    beside = build_folder() / "bin" / "buddy"
    if os.access(beside, os.X_OK):
        return beside
    on_path = shutil.which("buddy")
    if on_path is None:
        raise BuddyError(
            f"the program buddy was not found: $BUDDY is not set, {beside} does not exist, and there is "
            "none on PATH. `./bootstrap build` builds it, `pip install .` installs the package with it inside."
        )
    return Path(on_path).absolute()


def run_buddy(arguments: Sequence[str | os.PathLike[str]]) -> str:
    """Runs buddy with the arguments and returns what it wrote to stdout; its warnings go to stderr.

    Raises BuddyError with buddy's message when it ends with another status than 0.
    """
    command = [str(find_buddy()), *(os.fspath(a) for a in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode < 0:
        raise BuddyError(f"{' '.join(command)} was ended by signal {-done.returncode}\n{done.stderr}", 70)
    if done.returncode:
        raise BuddyError(done.stderr.strip() or f"buddy ended with status {done.returncode}", done.returncode)
    if done.stderr:
        print(done.stderr, end="", file=sys.stderr)
    return done.stdout
