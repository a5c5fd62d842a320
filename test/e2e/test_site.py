"""What builds the site of the documents finds what is wrong in them. (The site itself is a test of ctest.)"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts" / "docs_site")]
import command_pages  # noqa: E402
import links  # noqa: E402
import make_docs  # noqa: E402
from c_header import make_c_page  # noqa: E402
from pages import write_pages  # noqa: E402


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# Links of a built site ----------------------------------------------------------------------------

GOOD = """<h1 id="top">A</h1><a href="b.html#there">b</a> <a href="#top">top</a> <a href="sub/">sub</a>
<a href="https://example.org/">elsewhere</a> <img src="data:image/png;base64,AA"><img src="i%20.png">
<link rel="canonical" href="https://example.org/a"><script src="s.js"></script>"""


def make_site(folder: Path, page: str) -> list[str]:
    write(folder / "a.html", page)
    write(folder / "b.html", '<h2 id="there">B</h2>')
    write(folder / "sub/index.html", '<a href="../a.html#top">a</a>')
    write(folder / "404.html", '<a href="/a.html">for a server</a>')
    write(folder / "i .png", "")
    write(folder / "s.js", "")
    return links.check_site(folder)


def test_a_site_that_is_whole(tmp_path: Path) -> None:
    assert make_site(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("b.html#there", "c.html", "a.html:1: there is no c.html"),
        ("b.html#there", "b.html#here", "a.html:1: b.html has no anchor #here"),
        ('"#top"', '"#bottom"', "a.html:1: the page has no anchor #bottom"),
        ("sub/", "other/", "a.html:1: there is no other/"),
        ("i%20.png", "j.png", "a.html:2: there is no j.png"),
        ("s.js", "https://cdn.example.org/s.js", "a.html:3: https://cdn.example.org/s.js is loaded from the network"),
        ("s.js", "//cdn.example.org/s.js", "a.html:3: //cdn.example.org/s.js is loaded from the network"),
    ],
)
def test_links_that_lead_nowhere(old: str, new: str, problem: str, tmp_path: Path) -> None:
    assert old in GOOD
    assert make_site(tmp_path, GOOD.replace(old, new)) == [problem]


# Pages --------------------------------------------------------------------------------------------


def make_repository(folder: Path, text: str) -> None:
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        write(folder / name, f"# {name}\n")
    write(folder / "README.md", "# R\n[guide](docs/guide.md)\n")
    write(folder / "docs/guide.md", text)
    write(folder / "docs/plot.svg", "<svg/>")
    write(folder / "docs/assets/site.css", "")
    write(folder / "examples/c/run.c", "int main(void) {}\n")


def test_pages_and_their_links(tmp_path: Path) -> None:
    text = """<!-- test: after x.md -->
# Guide

[home](../README.md#r) [run.c](../examples/c/run.c) [folder](../examples/c) ![plot](plot.svg) [out](https://a.b/c.md)

```text
[not](a-link.md)
```
"""
    make_repository(tmp_path / "r", text)
    write_pages(tmp_path / "r", tmp_path / "s")
    guide = (tmp_path / "s/guide.md").read_text()
    assert guide.startswith("# Guide\n"), "what is for tests is left out"
    assert "[home](index.md#r) [run.c](source/examples/c/run.c.md) [folder](source/examples/c.md)" in guide
    assert "![plot](plot.svg) [out](https://a.b/c.md)" in guide and "[not](a-link.md)" in guide
    assert "int main(void) {}" in (tmp_path / "s/source/examples/c/run.c.md").read_text()
    assert "`run.c`" in (tmp_path / "s/source/examples/c.md").read_text()
    assert (tmp_path / "s/plot.svg").exists()
    assert "[guide](guide.md)" in (tmp_path / "s/index.md").read_text()


@pytest.mark.parametrize("target", ["gone.md", "../gone.c", "../../outside.md"])
def test_pages_with_dead_links(target: str, tmp_path: Path) -> None:
    write(tmp_path / "outside.md", "# Outside of the repository\n")
    make_repository(tmp_path / "r", f"# Guide\n\n[x]({target})\n")
    with pytest.raises(ValueError, match=r"docs/guide.md: links to .*, which does not exist"):
        write_pages(tmp_path / "r", tmp_path / "s")


def test_documents_link_to_files_that_exist(tmp_path: Path) -> None:
    """As they are in the repository; that of the site, with anchors, is the test ``site`` of ctest."""
    write_pages(ROOT, tmp_path / "pages")
    assert (tmp_path / "pages" / "tutorial.md").exists()


# What is generated --------------------------------------------------------------------------------


def test_every_function_of_the_runtime_is_in_its_reference() -> None:
    page = make_c_page(ROOT / "include")
    names = re.findall(r"\bBUDDY_API [\w *]*?\b(buddy_\w+)\(", (ROOT / "include/buddy/runtime.h").read_text())
    assert len(names) > 20
    assert [name for name in names if f"### {name}\n" not in page] == []
    assert "## Contexts\n" in page and "BUDDY_DAMAGED = 4," in page
    assert "Loads the package in" in page


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("int buddy_nothing_said(void);\n", "buddy_nothing_said has no comment"),
        ("int buddy_broken(\n", "cannot be read"),
    ],
)
def test_headers_that_make_no_reference(header: str, message: str, tmp_path: Path) -> None:
    write(tmp_path / "buddy/runtime.h", header)
    with pytest.raises(ValueError, match=message):
        make_c_page(tmp_path)


def test_commands_are_found_in_the_help() -> None:
    text = "Usage\n\nCommands:\n  compile    Compile\n  lsp-x   Serve\n\nExamples:\n  buddy compile\n"
    assert command_pages.subcommands(text) == ["compile", "lsp-x"]
    assert command_pages.subcommands("Usage: nothing\n") == []
    ours = "      --buddy-fuse   -   Fuse\n        --depth=<int>  - Deep\n"
    assert command_pages.our_options(f"  --aarch64-x    - a\n    =one   -  of a\n{ours}  --color  - b\n") == ours
    with pytest.raises(ValueError, match="no option that begins with --buddy-"):
        command_pages.our_options("  --color\n")


def test_brackets_in_descriptions_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write(tmp_path / "tblgen", "#!/bin/sh\nprintf 'a [x][y]\\n`[x][y]`\\n```mlir\\n[x][y]\\n```\\n'\n")
    program.chmod(0o755)
    monkeypatch.setattr(make_docs, "mlir_include_dir", lambda tblgen: tmp_path)
    page = make_docs.make_page(program, tmp_path / "x.td", [])
    assert page == "a [x]\\[y]\n`[x][y]`\n```mlir\n[x][y]\n```\n"
