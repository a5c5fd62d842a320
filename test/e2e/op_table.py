"""The op table of the importer, read from its source: lib/Frontend/Import/Ops."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

OPS = Path(__file__).resolve().parents[2] / "lib" / "Frontend" / "Import" / "Ops"
ENTRY = re.compile(r'\{"(\w+)\.(\w+)",\s*([^{}]*?),\s*(\w+(?:<[\w:,\s]*>)?)\}', re.S)
MACRO = re.compile(r"#define (\w+)\s+((?:[^\n]*\\\n)*[^\n]*)")


@dataclass(frozen=True)
class Entry:
    family: str  # the source file without its suffix
    name: str
    overload: str
    schema: str
    function: str  # the importer in that file, with template arguments


@cache
def entries() -> tuple[Entry, ...]:
    """Every line of the table, by file and then as it stands there."""
    found = []
    for path in sorted(OPS.glob("*.cpp")):
        source = path.read_text()
        macros = dict(MACRO.findall(source))
        for name, overload, schema, function in ENTRY.findall(source):
            for macro, value in macros.items():
                schema = re.sub(rf"\b{macro}\b", lambda _: value, schema)
            text = "".join(re.findall(r'"([^"]*)"', schema))
            found.append(Entry(path.stem, name, overload, text, " ".join(function.split())))
    return tuple(found)
