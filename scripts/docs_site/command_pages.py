"""The reference of the commands, from what they print when asked for help."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def help_of(*command: str | Path) -> str:
    # Programs whose help is as wide as the terminal take it to be a usual one.
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise ValueError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def subcommands(text: str) -> list[str]:
    """The names below "Commands:" in the help of buddy."""
    _, _, rest = text.partition("\nCommands:\n")
    return re.findall(r"^  (\w[\w-]*)\s", rest.partition("\n\n")[0], re.MULTILINE)


def our_options(text: str) -> str:
    """Of the more than a thousand lines of buddy-opt, the passes and stages that are ours."""
    lines, keep = [], False
    for line in text.splitlines():
        option = re.match(r"( +)--(\S+)", line)
        if option and len(option[1]) <= 6:
            keep = option[2].startswith("buddy-")
        elif not line.startswith("      "):
            keep = False
        if keep:
            lines.append(line.rstrip())
    if not lines:
        raise ValueError("buddy-opt --help lists no option that begins with --buddy-")
    return "\n".join(lines) + "\n"


def section(level: int, title: str, text: str) -> str:
    return f"{'#' * level} {title}\n\n```text\n{text.strip()}\n```\n\n"


def make_command_page(binaries: Path) -> str:
    top = help_of(binaries / "buddy", "--help")
    commands = subcommands(top)
    if not commands:
        raise ValueError("buddy --help lists no commands")
    page = "# Commands\n\nWhat the programs print when asked with `--help`.\n\n" + section(2, "buddy", top)
    for command in commands:
        page += section(3, f"buddy {command}", help_of(binaries / "buddy", command, "--help"))
    page += section(2, "buddy-opt", our_options(help_of(binaries / "buddy-opt", "--help")))
    page += section(2, "buddy-lsp-server", help_of(binaries / "buddy-lsp-server", "--help"))
    page += section(2, "./bootstrap", help_of(ROOT / "bootstrap", "help"))
    return page
