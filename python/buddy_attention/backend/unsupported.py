"""Which nodes of a graph are not compiled, with the user's lines."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from torch.export import ExportedProgram

from ..export import save_program
from ..folder import TemporaryFolder
from ..tool import BuddyError, find_buddy
from .facts import NotCompilable


def _told_by_buddy(program: ExportedProgram) -> list[dict[str, Any]]:
    """What ``buddy inspect`` lists: operations, reasons, and the nodes with their lines."""
    with TemporaryFolder() as scratch:
        archive = save_program(program, scratch / "graph.pt2")
        command = [str(find_buddy()), "inspect", str(archive), "--json"]
        told = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout
    try:
        return list(json.loads(told)["unsupported"])
    except (ValueError, KeyError):  # a fault of the compiler: its own message says so
        return []


def explain(program: ExportedProgram, origins: Mapping[str, str], error: BuddyError) -> NotCompilable:
    """Why the program is not compiled: the operations with their lines, or else the compiler's message."""
    unsupported = _told_by_buddy(program)
    if not unsupported:
        return NotCompilable(str(error))
    nodes, lines = set(), []
    for one in unsupported:
        places = dict.fromkeys(f"{use['file']}:{use['line']}" for use in one["uses"] if use["file"])
        nodes |= {origins.get(use["node"], "") for use in one["uses"]}
        where = f" ({', '.join(places)})" if places else ""
        lines.append(f"{one['operation']}{where}: {one['reason']}")
    # Without knowing all of them nothing can be left out.
    return NotCompilable("; ".join(lines), () if "" in nodes else nodes)
