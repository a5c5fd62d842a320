"""Checks that a room includes only rooms above it (docs/contracts.md has the order).

    python scripts/check_rooms.py [repository]

Reads every #include of "buddy/..." under include/buddy, lib, runtime, tools, unittests and python, and prints
each one that points the wrong way as file:line. Exit status 1 if there is any.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# From the first room, which includes no other, to the last. The graph dialect and its transforms are
# one room; so is the midend with its attention dialect.
ROOMS = [
    "Target",
    "Frontend/Graph",
    "Frontend/Import",
    "Frontend/Tosa",
    "Midend",
    "Backend",
    "Package",
    "Pipelines",
]
RUNTIME = "runtime"
INCLUDE = re.compile(r'^\s*#\s*include\s+["<](buddy/[^">]+)[">]')
SOURCES = {".h", ".hpp", ".c", ".cpp", ".inc"}


def room_of(path: str) -> str | None:
    """The room of a path below include/buddy or lib, or None if it belongs to none."""
    for room in ROOMS:
        if path == room or path.startswith((room + "/", room + ".")):
            return room
    return RUNTIME if path.split(".")[0].split("/")[0] in ("runtime", "Runtime") else None


def may_include(owner: str, target: str) -> bool:
    if owner == "tools" or owner == target:
        return True
    if RUNTIME in (owner, target) or owner == "python":
        # The compiler may know the runtime's C interface, never the other way round.
        return target == RUNTIME
    return ROOMS.index(target) <= ROOMS.index(owner)


def check(root: Path) -> list[str]:
    problems: list[str] = []
    for folder in ("include/buddy", "lib", "runtime", "tools", "unittests", "python"):
        base = root / folder
        for file in sorted(p for p in base.rglob("*") if p.suffix in SOURCES):
            if folder == "runtime":
                owner: str | None = RUNTIME
            elif folder == "python":
                owner = folder
            elif folder in ("tools", "unittests"):
                owner = "tools"
            else:
                owner = room_of(str(file.relative_to(base)))
            where = file.relative_to(root)
            if owner is None:
                problems.append(f"{where}: belongs to no room; the rooms are {', '.join(ROOMS)}, runtime")
                continue
            for number, line in enumerate(file.read_text().splitlines(), start=1):
                match = INCLUDE.match(line)
                if match is None:
                    continue
                target = room_of(match[1].removeprefix("buddy/"))
                if target is None:
                    problems.append(f"{where}:{number}: {match[1]} belongs to no room")
                elif not may_include(owner, target):
                    problems.append(f"{where}:{number}: {owner} may not include {match[1]}, of the room {target}")
    return problems


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    problems = check(root)
    print("\n".join(problems) if problems else "every room includes only rooms above it")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
