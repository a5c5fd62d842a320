"""What a refusal is: the right exit status, a message that says what is wrong, and nothing left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from layers import buddy

INPUT_AT_FAULT, WRONG_USAGE = 1, 2


def refused(folder: Path, status: int, *arguments: Any, says: list[str], **options: Any) -> str:
    """buddy ends with ``status``, its message holds every text of ``says``, ``folder`` is as before."""
    before = contents(folder)
    done = buddy(*arguments, check=status, **options)
    for text in says:
        assert text.lower() in done.stderr.lower(), f"{text!r} is not in:\n{done.stderr}"
    assert "Stack dump" not in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert contents(folder) == before, "something was left behind, or changed"
    return done.stderr


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}
