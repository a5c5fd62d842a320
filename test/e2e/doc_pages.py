"""The fenced blocks of a Markdown page, with what the page tells the test about them.

A block is a fence at the beginning of a line. Its first word is its language, ``title="NAME"`` after it
the file that the reader saves it as. Commands are marked ``sh``; a patch, marked ``diff``, is one if it
begins with the command that applies it. What only the test needs to know stands in HTML comments, which
readers do not see: ``<!-- test: numbers vary -->`` above a block is about that block, above the page's
first heading it is about the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^(`{3,})\s*([\w+-]*)\s*(.*)$")
TITLE = re.compile(r'title="([^"]+)"')
EDIT = "git apply <<'END'\n"
DIRECTIVE = re.compile(r"^<!-- test: (.+?) -->$")


@dataclass
class Block:
    language: str
    text: str
    line: int  # of the opening fence, from 1
    title: str = ""
    directives: list[str] = field(default_factory=list)

    @property
    def is_edit(self) -> bool:
        """A change of the repository: marked diff for its colours, and a command all the same."""
        return self.language == "diff" and self.text.startswith(EDIT)

    @property
    def is_command(self) -> bool:
        return (self.language == "sh" and not self.title) or self.is_edit


@dataclass
class Page:
    path: Path
    blocks: list[Block]
    directives: list[str]

    def directive(self, start: str) -> str | None:
        """What follows ``start`` in one of the page's directives."""
        return after(self.directives, start)


def after(directives: list[str], start: str) -> str | None:
    for directive in directives:
        if directive == start or directive.startswith(start + " "):
            return directive[len(start) :].strip()
    return None


def read_page(path: Path) -> Page:
    """Raises ValueError at a fence that is not closed, or a directive that is about nothing."""
    blocks: list[Block] = []
    of_page: list[str] = []
    waiting: list[str] = []
    seen_heading = False
    lines = path.read_text().splitlines()
    index = 0
    while index < len(lines):
        line, number = lines[index], index + 1
        index += 1
        if found := DIRECTIVE.match(line):
            (waiting if seen_heading else of_page).append(found[1])
            continue
        seen_heading |= line.startswith("#")
        fence = FENCE.match(line)
        if not fence:
            if waiting and line.strip():
                raise ValueError(f"{path}:{number}: the comment above is about no block: {waiting[0]!r}")
            continue
        end = next((i for i in range(index, len(lines)) if lines[i].rstrip() == fence[1]), None)
        if end is None:
            raise ValueError(f"{path}:{number}: the block has no end")
        title = TITLE.search(fence[3])
        text = "".join(one + "\n" for one in lines[index:end])
        blocks.append(Block(fence[2], text, number, title[1] if title else "", waiting))
        waiting = []
        index = end + 1
    if waiting:
        raise ValueError(f"{path}: the last comment is about no block: {waiting[0]!r}")
    return Page(path, blocks, of_page)
