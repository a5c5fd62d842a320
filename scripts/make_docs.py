"""Writes the reference of passes and dialects from their .td files.

    python scripts/make_docs.py [--output build/docs]

One Markdown file for each Passes.td and each *Ops.td under include/buddy, and an index.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LLVM_VERSION = 22


class Failed(Exception):
    """mlir-tblgen is missing, or refused a file."""


def find_program(name: str) -> Path | None:
    """A program of LLVM: under its versioned name, in LLVM's own prefix, or under its plain name."""
    found = shutil.which(f"{name}-{LLVM_VERSION}") or shutil.which(f"/usr/lib/llvm-{LLVM_VERSION}/bin/{name}")
    found = found or shutil.which(name)
    return Path(found) if found else None


def mlir_include_dir(tblgen: Path) -> Path:
    return tblgen.resolve().parents[1] / "include"


def make_page(tblgen: Path, source: Path, generator: list[str]) -> str:
    command = [str(tblgen), *generator, f"-I{mlir_include_dir(tblgen)}", f"-I{ROOT / 'include'}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(command)} failed\n{done.stderr}")
    # Descriptions are plain text with code in it: `[N/t][K]` in a sentence is no link.
    pieces = re.split(r"(^```.*?^```$|`[^`\n]*`)", done.stdout, flags=re.MULTILINE | re.DOTALL)
    return "".join(piece if index % 2 else piece.replace("][", "]\\[") for index, piece in enumerate(pieces))


def write_pages(output: Path) -> int:
    """Writes a page for each file, and index.md. Returns how many pages there are."""
    tblgen = find_program("mlir-tblgen")
    if tblgen is None:
        raise Failed(f"mlir-tblgen-{LLVM_VERSION} was not found: apt-get install mlir-{LLVM_VERSION}-tools")
    include = ROOT / "include" / "buddy"
    output.mkdir(parents=True, exist_ok=True)
    index = ["# Dialects and passes", "", "Made from the .td files by `scripts/make_docs.py`.", ""]
    for source in sorted(include.rglob("*.td")):
        room = "/".join(p for p in source.relative_to(include).parts[:-1] if p not in ("IR", "Transforms"))
        if source.name == "Passes.td":
            title, pages = f"Passes of {room}", [make_page(tblgen, source, ["-gen-pass-doc"])]
        else:
            dialects = re.findall(r"def \w+\s*:\s*Dialect\s*\{.*?let name = \"(\w+)\"", source.read_text(), re.DOTALL)
            if not dialects:
                continue
            title = "Dialect " + ", ".join(dialects)
            pages = [make_page(tblgen, source, ["-gen-dialect-doc", f"-dialect={d}"]) for d in dialects]
        name = title.lower().replace("/", "-").replace(",", "").replace(" ", "-") + ".md"
        (output / name).write_text(f"# {title}\n\n" + "\n".join(pages))
        index.append(f"- [{title}]({name})")
    (output / "index.md").write_text("\n".join(index) + "\n")
    return len(index) - 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "docs", metavar="DIR")
    output: Path = parser.parse_args().output
    try:
        count = write_pages(output)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} pages in {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
