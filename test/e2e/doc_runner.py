"""Runs the commands of a page as its reader would: in order, in one terminal.

All commands go to one bash, so folders and variables last from one to the next. It starts in
the repository, with a home of its own. A block with a title is saved under it in the folder that the
commands have come to. A block marked ``text`` right after the commands is what they print.

Directives of a page (see doc_pages.py):
  after PAGE             the reader has done that page before, and goes on in its terminal
  in a copy              the repository is a copy, for pages that change it and build for minutes
Directives of a block:
  numbers vary           (text) sizes and times: any number will do
  ends with N            (sh) the last command's exit status, where it is not 0
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from doc_output import mismatch
from doc_pages import Block, Page, after

# A record separator and the block's index, on a line of its own.
MARK = "\x1eblock "


@dataclass
class Terminal:
    """What is left when a page is done: a home, the folder, the variables."""

    home: Path
    folder: Path
    variables: Path  # bash's own text

    def copy(self, home: Path) -> Terminal:
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        folder = home / self.folder.relative_to(self.home) if self.folder.is_relative_to(self.home) else self.folder
        return Terminal(home, folder, self.variables)


class PageError(AssertionError):
    """A command failed, or printed something else than the page says."""


def commands_of(block: Block) -> list[str]:
    """The lines of a block as commands: continued lines are one, comments and blank lines none."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def script_for(blocks: list[tuple[int, Block]], start: Terminal | None, files: Path, end: Path) -> str:
    lines = []
    if start is not None:
        # Read-only variables of bash cannot be set again; what it says about them is of no interest.
        lines.append(f"source {shlex.quote(str(start.variables))} 2>/dev/null")
        lines += [f"export HOME={shlex.quote(str(start.home))}", f"cd {shlex.quote(str(start.folder))}"]
    lines += ["exec 2>&1", "set -e"]
    for index, block in blocks:
        lines.append(f"printf '\\n%s%s\\n' {shlex.quote(MARK)} {index}")
        if block.title:
            lines.append(f"cp {shlex.quote(str(files / str(index)))} {shlex.quote(block.title)}")
            continue
        status = after(block.directives, "ends with")
        if status is None:
            lines.append(block.text)
        else:
            expected = int(status)
            lines += ["set +e", block.text.rstrip(), "__status=$?", "set -e"]
            lines += [f'[ $__status = {expected} ] || {{ echo "ended with $__status, not {expected}"; exit 1; }}']
    lines += [f"printf '\\n%s%s\\n' {shlex.quote(MARK)} end", f"pwd > {shlex.quote(str(end / 'folder'))}"]
    lines += [f"declare -px > {shlex.quote(str(end / 'variables'))}"]
    return "\n".join(lines) + "\n"


def split_output(printed: str) -> dict[str, str]:
    outputs = {}
    for part in printed.split("\n" + MARK)[1:]:
        index, _, text = part.partition("\n")
        outputs[index] = text
    return outputs


def run_page(
    page: Page,
    work: Path,
    repository: Path,
    start: Terminal | None = None,
    skip: Callable[[Block], bool] = lambda block: False,
    prefix: Sequence[str] = (),
    timeout: float = 300,
) -> Terminal:
    """Raises PageError at the first block that fails or prints something else than the page shows.

    ``work`` is an empty folder for what the page makes; ``skip`` says which commands not to run, and
    ``prefix`` is a command that starts the shell.
    """
    name = page.path.name
    home, files, end = work / "home", work / "files", work / "end"
    for folder in (home, files, end):
        folder.mkdir(parents=True)
    if start is not None:
        start = start.copy(home)
    chosen = [(i, b) for i, b in enumerate(page.blocks) if b.title or (b.is_command and not skip(b))]
    for index, block in chosen:
        if block.title:
            (files / str(index)).write_text(block.text)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BUDDY"))}
    # No bytecode is left in the repository.
    environment |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    script = script_for(chosen, start, files, end)
    (work / "script").write_text(script)
    try:
        done = subprocess.run(
            [*prefix, "bash", str(work / "script")],
            cwd=repository,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        raise PageError(f"{name}: not done after {timeout:g} s") from error
    outputs = split_output("\n" + done.stdout)
    if "end" not in outputs:
        index = int(list(outputs)[-1]) if outputs else 0
        block = page.blocks[index]
        printed = outputs.get(str(index), "") + done.stderr
        raise PageError(f"{name}:{block.line}: ended with {done.returncode}\n{block.text}\nprinted\n{printed}")
    check_output(page, outputs)
    return Terminal(home, Path((end / "folder").read_text().strip()), end / "variables")


def check_output(page: Page, outputs: dict[str, str]) -> None:
    for index, (before, block) in enumerate(zip(page.blocks, page.blocks[1:])):
        printed = outputs.get(str(index))
        if block.language != "text" or block.title or not before.is_command or printed is None:
            continue
        missing = mismatch(block.text, printed, "numbers vary" in block.directives)
        if missing is not None:
            raise PageError(
                f"{page.path.name}:{block.line}: the page shows what was not printed: {missing}\n"
                f"{before.text}\nprinted\n{printed}"
            )
