"""The documents do what they say: every command of every page runs, and prints what the page shows.

A page's commands run in order in one shell (doc_runner.py). What cannot run here is in the table NOT_RUN,
with the reason; its options are compared with the program's --help instead.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import pytest
from conftest import ROOT
from doc_output import mismatch
from doc_pages import Block, Page, read_page
from doc_runner import PageError, Terminal, commands_of, run_page
from repository_copy import make_copy

PAGES = sorted(
    [
        *(ROOT / "docs").glob("*.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "examples").glob("*/README.md"),
    ]
)

# The beginning of a command, why it does not run here, and what prints its options (none: it has none of
# ours, and only has to be a command).
NOT_RUN: dict[str, tuple[str, list[str]]] = {
    "./bootstrap demo": ("builds, and takes the machine to measure", ["./bootstrap", "demo", "--help"]),
    "./bootstrap bench-model": ("15 minutes, 22 GB of disk", ["./bootstrap", "bench-model", "--help"]),
    "./bootstrap bench-sizes": ("15 minutes", ["./bootstrap", "bench-sizes", "--help"]),
    "./bootstrap bench": ("20 minutes", ["./bootstrap", "bench", "--help"]),
    "./bootstrap fuzz": ("10 minutes", ["./bootstrap", "fuzz", "--help"]),
    "./bootstrap docs": ("its test is test_site.py", ["./bootstrap", "help"]),
    "./bootstrap build": ("builds", ["./bootstrap", "help"]),
    "./bootstrap test": ("is what runs this", ["./bootstrap", "help"]),
    "./bootstrap fuzz files": ("builds for long", ["./bootstrap", "fuzz", "files", "--help"]),
    "PYTHONPATH=benchmarks .venv/bin/python -m compare.report": ("reads the results of ./bootstrap bench", []),
    "python $EXAMPLE/import-attention.py --weights": (
        "needs a checkpoint of several gigabytes",
        [sys.executable, "examples/BuddyAttention/import-attention.py", "--help"],
    ),
    ".venv/bin/python -m pytest test/e2e/test_families.py --all-forms": ("half an hour", []),
    ".venv/bin/python -m pytest test/e2e/test_models.py --true-sizes": ("half an hour", []),
    ".venv/bin/python -m pytest test/e2e/test_docs.py --all-forms": ("is this", []),
    ".venv/bin/python -m pytest test/e2e/test_wheel.py": ("runs beside this", []),
    "pip install .": ("its test is test_wheel.py", []),
    "pip wheel .": ("its test is test_wheel.py", []),
    "mypy": ("is not among the requirements", []),
    "python3 scripts/check_format.py --fix": ("changes files", []),
    "apt-get": ("installs", []),
    "sudo": ("installs", []),
    "codename=": ("for the installation", []),
    'echo "deb': ("for the installation", []),
    "python3 -m venv": ("installs", []),
    ".venv/bin/pip": ("installs", []),
    "pip ": ("installs, and builds for minutes", []),
    "mkdir -p build": ("begins a build", []),
    "cmake -G Ninja ..": ("builds", []),
    "cmake -G Ninja -S . -B build ": ("builds", []),
    "cmake --preset": ("builds", []),
    "ninja": ("builds", []),
    "ctest": ("is what runs this", []),
    "clang-tidy-22": ("takes a minute a file", []),
}


def not_run(command: str) -> tuple[str, list[str]] | None:
    """The longest entry of the table that the command begins with."""
    fitting = [start for start in NOT_RUN if command.strip().startswith(start)]
    return NOT_RUN[max(fitting, key=len)] if fitting else None


def is_skipped(page: Page, block: Block) -> bool:
    """Whether the block's commands are in the table: all of them, or none."""
    if page.directive("in a copy") is not None:
        return False  # building is what these pages are about
    in_table = [not_run(command) is not None for command in commands_of(block)]
    assert all(in_table) or not any(in_table), (
        f"line {block.line}: some of these commands are run, some not: split them"
    )
    return bool(in_table) and all(in_table)


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def page_at(path: Path) -> Page:
    return read_page(path)


@pytest.fixture(scope="session")
def terminals(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Terminal | PageError]:
    """What pages have left behind, for those that go on from there."""
    return {}


@pytest.fixture
def readers_build() -> None:
    if Path(os.environ["BUDDY"]).resolve() != (ROOT / "build" / "bin" / "buddy").resolve():
        pytest.skip("the documents speak of build/, and another build is tested")
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("the documents speak of .venv, which ./bootstrap makes")
    if platform.machine() != "x86_64" or " avx2 " not in Path("/proc/cpuinfo").read_text():
        pytest.skip("the documents show what is compiled for x86-64-v3, and run it")


def do_page(path: Path, terminals: dict[Path, Terminal | PageError], factory: pytest.TempPathFactory) -> Terminal:
    """Does a page once, and the one that it goes on from before."""
    page = page_at(path)
    if path not in terminals:
        before = page.directive("after")
        start = None
        if before:
            try:
                start = do_page(path.parent / before, terminals, factory)
            except PageError:
                pytest.skip(f"{path.name} goes on from {before}, and that fails")
        try:
            terminals[path] = run_page(page, factory.mktemp(path.stem), ROOT, start, partial(is_skipped, page))
        except PageError as error:
            terminals[path] = error
    done = terminals[path]
    if isinstance(done, PageError):
        raise done
    return done


@pytest.mark.parametrize("path", [p for p in PAGES if page_at(p).directive("in a copy") is None], ids=page_id)
def test_page(
    path: Path,
    terminals: dict[Path, Terminal | PageError],
    tmp_path_factory: pytest.TempPathFactory,
    readers_build: None,
) -> None:
    page = page_at(path)
    if all(is_skipped(page, b) for b in page.blocks if b.is_command):
        return  # nothing to run; test_what_is_not_run looks at it
    do_page(path, terminals, tmp_path_factory)


COPIES = [p for p in PAGES if page_at(p).directive("in a copy") is not None]


@pytest.mark.parametrize("path", COPIES, ids=page_id)
def test_edits_still_apply(path: Path, tmp_path: Path) -> None:
    """The edits of a page, one after the other, on the files of today."""
    edits = [block for block in page_at(path).blocks if block.is_edit]
    assert edits
    for name in set(re.findall(r"^--- a/(.*)$", "".join(e.text for e in edits), re.MULTILINE)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for edit in edits:
        done = subprocess.run(["bash", "-e"], input=edit.text, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{page_id(path)}:{edit.line}: {done.stderr}"


@pytest.mark.parametrize("path", COPIES, ids=page_id)
def test_page_that_changes_the_compiler(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest, readers_build: None
) -> None:
    if not request.config.getoption("--all-forms"):
        pytest.skip("builds the compiler for minutes: --all-forms")
    place, prefix = make_copy(ROOT, tmp_path / "copy")
    run_page(page_at(path), tmp_path / "page", place, prefix=prefix, timeout=3600)


# What does not run --------------------------------------------------------------------------------


@cache
def help_of(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def check_options(where: str, command: str, help_text: str) -> None:
    for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", command):
        assert re.search(rf"{option}\b", help_text), f"{where}: {option} is no option: {command}"


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_what_is_not_run(path: Path) -> None:
    """Commands of the table are commands, and their options are there."""
    page = page_at(path)
    for block in page.blocks:
        if not block.is_command or not is_skipped(page, block):
            continue
        where = f"{page_id(path)}:{block.line}"
        done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
        assert done.returncode == 0, f"{where}: {done.stderr}"
        for command in commands_of(block):
            _, asks = not_run(command) or ("", [])
            if not asks:
                continue
            text = help_of(*asks)
            if command.startswith("./bootstrap"):
                word = command.split()[1]
                assert f"./bootstrap {word}" in help_of("./bootstrap", "help"), (
                    f"{where}: there is no ./bootstrap {word}"
                )
            check_options(where, command.split("#")[0], text)


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_usage(path: Path) -> None:
    """A block marked usage shows forms of commands; each has the options that it shows."""
    for block in page_at(path).blocks:
        if block.language != "usage":
            continue
        for line in commands_of(block):
            words = line.split("#")[0].split()
            if words[0] == "buddy":
                text = help_of(os.environ["BUDDY"], words[1], "--help")
            else:
                others = ("buddy-opt", "buddy-lsp-server")
                assert words[0] in others, f"{page_id(path)}:{block.line}: unknown program {words[0]}"
                text = help_of(str(Path(os.environ["BUDDY"]).with_name(words[0])), "--help")
                words = [w for w in words if "some-" not in w]
            check_options(f"{page_id(path)}:{block.line}", " ".join(words), text)


# What is run or compared, then what is only shown.
LANGUAGES = {"sh", "text", "usage", "python", "diff"} | {"c", "cmake", "cpp", "json", "mlir", "td", "lua", "elisp", "toml"}


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_every_block_says_what_it_is(path: Path) -> None:
    """A block without a language would be run by nobody, and nobody would notice."""
    for block in page_at(path).blocks:
        where = f"{page_id(path)}:{block.line}"
        assert block.language in LANGUAGES, f"{where}: mark the block as one of {', '.join(sorted(LANGUAGES))}"
        if block.language == "python":
            compile(block.text, where, "exec")


# The runner itself --------------------------------------------------------------------------------


def write_page(folder: Path, text: str) -> Page:
    (folder / "page.md").write_text(text)
    return read_page(folder / "page.md")


def run(folder: Path, text: str) -> Terminal:
    return run_page(write_page(folder, text), folder / "work", folder)


PAGE = """# A page

```python title="hello.py"
print("hello")
```

```sh
mkdir sub && cd sub
greeting=hello
```

```sh
echo $greeting; seq 5; echo "took 12.5 ms"
```

<!-- test: numbers vary -->
```text
hello
...
5
took   3 ms
```

<!-- test: ends with 3 -->
```sh
(exit 3)
```
"""


def test_a_page_runs_in_one_shell(tmp_path: Path) -> None:
    terminal = run(tmp_path, PAGE)
    assert terminal.folder == tmp_path / "sub"
    assert "greeting" not in terminal.variables.read_text(), "it is not exported"
    assert (tmp_path / "hello.py").read_text() == 'print("hello")\n'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("hello\n...", "hullo\n...", "page.md:17: .*'hullo'"),
        ("5\ntook", "five\ntook", "'five'"),
        ("<!-- test: numbers vary -->\n```text", "```text", "'took   3 ms'"),
        ("echo $greeting;", "echo $greeting; false;", "page.md:12: ended with 1"),
        ("(exit 3)", "(exit 4)", "ended with 4, not 3"),
        ("(exit 3)", "true", "ended with 0, not 3"),
        ("cd sub", "cd gone", "page.md:7: .*(\n.*)*No such file"),
    ],
)
def test_what_is_wrong_in_a_page_is_found(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in PAGE
    with pytest.raises(PageError, match=message):
        run(tmp_path, PAGE.replace(old, new))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# A\n\n```sh\ntrue\n", "3: the block has no end"),
        ("# A\n\n<!-- test: numbers vary -->\nText.\n", "4: the comment above is about no block"),
        ("# A\n\n<!-- test: numbers vary -->\n", "the last comment is about no block"),
    ],
)
def test_a_page_that_cannot_be_read(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        write_page(tmp_path, text)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a\nb", "a\nb\n"),
        ("a\n...\nc", "a\nb\nb\nc"),
        ("a\n...\nc", "a\nc"),
        ("...\nc", "a\nb\nc"),
        ("a\n...", "a"),
        ("a ... c", "a b b c"),
        ("...", ""),
        ("a\n...\na\nb", "a\na\na\nb"),
    ],
)
def test_output_that_is_as_shown(shown: str, printed: str) -> None:
    assert mismatch(shown, printed) is None


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a", "a\nb"),
        ("a\nb", "a"),
        ("a\n...\nc", "a\nb"),
        ("a\n...\nc", "a\nc\nd"),
        ("...\na\n...\nb\n...", "b\na"),
        ("a ... c", "a b"),
        ("1", "2"),
        ("a.c", "abc"),
        ("a", ""),
    ],
)
def test_output_that_is_not_as_shown(shown: str, printed: str) -> None:
    assert mismatch(shown, printed) is not None


def test_numbers_that_vary() -> None:
    assert mismatch("time  1.5 ms, 3e-08", "time 12345.25 ms, 1.25e-10", numbers_vary=True) is None
    assert mismatch("time 1.5 ms", "time fast ms", numbers_vary=True) is not None
    assert mismatch("x86-64 1", "x86-64 2") is not None
