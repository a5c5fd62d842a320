"""The reference of the C interface, from include/buddy/runtime.h as clang reads it.

The comment above a declaration is its text; the file's first comment, and the banners that part the
header, are the page's.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from make_docs import find_program  # noqa: E402

BANNER = re.compile(r"^//===-+===//\n// (.+)\n//===-+===//$", re.MULTILINE)
Node = dict[str, Any]


def read_declarations(include: Path, header: Path) -> list[Node]:
    clang = find_program("clang")
    if clang is None:
        raise ValueError("clang-22 was not found: apt-get install clang-22")
    # Comments are plain ones, and only clang knows what each belongs to.
    command = [str(clang), "-x", "c", "-std=c11", "-fsyntax-only", "-fparse-all-comments", f"-I{include}"]
    done = subprocess.run([*command, "-Xclang", "-ast-dump=json", str(header)], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"{header} cannot be read:\n{done.stderr}")
    found: list[Node] = []
    file = ""
    for node in json.loads(done.stdout)["inner"]:
        # A location names its file only where that is another one than before.
        for key in ("spellingLoc", "expansionLoc"):
            file = node.get("loc", {}).get(key, {}).get("file", file)
        file = node.get("loc", {}).get("file", file)
        if file == str(header) and not node.get("isImplicit"):
            found.append(node)
    return found


def text_of(source: str, node: Node) -> str:
    """The declaration as the header has it."""
    begin, end = (place.get("expansionLoc", place) for place in (node["range"]["begin"], node["range"]["end"]))
    return source[begin["offset"] : end["offset"] + end["tokLen"]] + ";"


def comment_of(node: Node) -> str:
    """Paragraphs, with the line breaks of the header."""

    def words(part: Node) -> str:
        if part["kind"] == "ParagraphComment":
            return "\n".join(p.get("text", "").strip() for p in part.get("inner", [])).strip()
        return "\n\n".join(filter(None, map(words, part.get("inner", []))))

    for inner in node.get("inner", []):
        if inner["kind"] == "FullComment":
            return words(inner)
    return ""


def first_comment(source: str) -> str:
    """The comment that the file begins with; indented lines are code."""
    lines = []
    for line in source.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.removeprefix("//").removeprefix(" "))
    text = ""
    for paragraph in "\n".join(lines).split("\n\n"):
        is_code = all(line.startswith("  ") for line in paragraph.splitlines())
        text += f"```c\n{paragraph}\n```\n\n" if is_code else f"{paragraph}\n\n"
    return text


def make_c_page(include: Path) -> str:
    """Raises ValueError if clang does not accept the header, or a function has no comment near it."""
    header = include / "buddy" / "runtime.h"
    source = header.read_text()
    banners = [(match.start(), match[1]) for match in BANNER.finditer(source)]
    page = "# The C interface\n\n`#include <buddy/runtime.h>`, and link `buddy_runtime`.\n\n" + first_comment(source)
    above = ""  # functions without a comment of their own share the one above
    for node in read_declarations(include, header):
        name = node.get("name", "")
        if not name or node["kind"] not in ("FunctionDecl", "TypedefDecl"):
            continue  # structs and enums are seen as what they are typedefs of
        declaration = text_of(source, node)
        offset = source.index(declaration[:-1])
        while banners and banners[0][0] < offset:
            page += f"## {banners.pop(0)[1]}\n\n"
        comment = comment_of(node)
        if not comment and not above:
            raise ValueError(f"{header}: {name} has no comment")
        above = comment or above
        declaration = re.sub(r"^BUDDY_API ", "", declaration)
        page += f"### {name}\n\n```c\n{declaration}\n```\n\n{comment}\n\n"
    return page
