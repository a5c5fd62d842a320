"""Temporary folders that do not stay when their process is killed."""

from __future__ import annotations

import fcntl
import multiprocessing
import multiprocessing.util
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

_PREFIX = "buddy-attention-"


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)


@contextmanager
def _unused(folder: Path) -> Iterator[bool]:
    """Whether the folder is ours and nobody uses it any more; nobody does then while this lasts."""
    try:
        lock = _open(folder)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_unused = os.fstat(lock).st_uid == os.geteuid()
    except OSError:
        is_unused = False
    try:
        yield is_unused
    finally:
        os.close(lock)


def _sweep() -> None:
    """Removes what processes left that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with _unused(folder) as is_unused:
            if is_unused:
                shutil.rmtree(folder, ignore_errors=True)


def _make() -> tuple[Path, int]:
    """A new folder, and the descriptor that holds its lock. The system lets go of it as the process ends,
    however it ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            lock = _open(folder)
        except FileNotFoundError:  # another process has swept it away, between the two lines
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # it is about to
            os.close(lock)
            continue
        except OSError:
            pass  # where folders cannot be locked nobody takes them for unused
        if folder.is_dir():
            return folder, lock
        os.close(lock)


def _remove(folder: Path, lock: int, owner: int) -> None:
    if os.getpid() == owner:  # not in a process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


class TemporaryFolder:
    """A folder that is removed, with what is in it, with this object, and at the latest when Python ends.

    Where a process was killed, or ended without Python's own ways, as forked ones do, the next one that
    makes such a folder removes it.
    """

    def __init__(self) -> None:
        _sweep()
        self.path, lock = _make()
        #: Removes it now.
        self.remove = weakref.finalize(self, _remove, self.path, lock, os.getpid())
        if multiprocessing.parent_process() is not None:  # such a process ends by other ways than Python itself
            multiprocessing.util.Finalize(None, self.remove, exitpriority=0)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()
