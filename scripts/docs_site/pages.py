"""The pages that people wrote, as mkdocs wants them: in one folder, with links that stay inside.

A link out of docs/ to another document leads to that document's page; one to a source file leads to a
page that shows the file, one to a folder to a list of what is in it.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

# Where documents outside of docs/ go. README.md is the first page; docs/README.md lists the others.
PLACES = {
    "README.md": "index.md",
    "docs/README.md": "documents.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "license.md",
}
LANGUAGES = {".py": "python", ".c": "c", ".h": "c", ".cpp": "cpp", ".hpp": "cpp", ".td": "tablegen", ".txt": "cmake"}
LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s]+)(\))")
FOR_TESTS = re.compile(r"^<!-- test: .*? -->\n", re.MULTILINE)
FENCE = re.compile(r"^(`{3,}).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def place_of(name: str) -> str:
    """The site's file for a file or folder of the repository, "docs/sizes.md"."""
    if name in PLACES:
        return PLACES[name]
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    if name.endswith("README.md"):
        return name.removesuffix("README.md") + "index.md"
    return f"source/{name}.md"


class Pages:
    def __init__(self, repository: Path, folder: Path) -> None:
        self.repository = repository
        self.folder = folder
        self.waiting: list[str] = []
        self.done: set[str] = set()

    def want(self, name: str) -> str:
        if name not in self.done:
            self.done.add(name)
            self.waiting.append(name)
        return place_of(name)

    def write_all(self) -> None:
        while self.waiting:
            self.write(self.waiting.pop())

    def write(self, name: str) -> None:
        source, target = self.repository / name, self.folder / place_of(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(self.with_links(name, source.read_text()))
        elif source.is_dir():
            inside = [p for p in source.iterdir() if not p.name.startswith((".", "__"))]
            names = sorted(p.name + ("/" if p.is_dir() else "") for p in inside)
            target.write_text(f"# {name}\n\n" + "".join(f"- `{one}`\n" for one in names))
        elif name.startswith("docs/"):  # an image
            shutil.copyfile(source, target)
        else:
            language = LANGUAGES.get(source.suffix, "text")
            target.write_text(f"# {name}\n\n````{language}\n{source.read_text()}\n````\n")

    def with_links(self, name: str, text: str) -> str:
        """The text with its links as they are on the site, without what only tests read. Code is left alone."""
        text = FOR_TESTS.sub("", text)

        def replace(match: re.Match[str]) -> str:
            target, mark, anchor = match[2].partition("#")
            if not target or "://" in target or target.startswith("mailto:"):
                return match[0]
            path = Path(os.path.normpath((self.repository / name).parent / target))
            if not path.is_relative_to(self.repository) or not path.exists():
                raise ValueError(f"{name}: links to {target}, which does not exist")
            place = self.want(str(path.relative_to(self.repository)))
            return match[1] + os.path.relpath(place, Path(place_of(name)).parent) + mark + anchor + match[3]

        parts, end = [], 0
        for fence in FENCE.finditer(text):
            parts += [LINK.sub(replace, text[end : fence.start()]), fence[0]]
            end = fence.end()
        return "".join([*parts, LINK.sub(replace, text[end:])])


def write_pages(repository: Path, folder: Path) -> None:
    """Raises ValueError at a link to a file that is not there."""
    pages = Pages(repository, folder)
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        pages.want(name)
    for path in [*(repository / "docs").glob("*.md"), *(repository / "examples").glob("*/README.md")]:
        pages.want(str(path.relative_to(repository)))
    pages.write_all()
    shutil.copytree(repository / "docs" / "assets", folder / "assets", dirs_exist_ok=True)
