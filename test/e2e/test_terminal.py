"""What people see on a terminal, and that a pipe sees none of it: colours, and the line that shows how far
a long command is."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path
from typing import Any

import pytest
from layers import Layer, buddy

RED, END = "\x1b[1;31m", "\x1b[0m"


def on_terminal(*arguments: Any, columns: int = 80, **variables: str) -> tuple[int, str]:
    """Runs buddy with its standard error on a terminal: its exit status, and what the terminal was sent."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [os.environ["BUDDY"], *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**environment, "TERM": "xterm", **variables},
    )
    os.close(slave)
    sent = b""
    try:
        while data := os.read(master, 65536):
            sent += data
    except OSError:  # the other end is closed
        pass
    os.close(master)
    return process.wait(), sent.decode()


def screen(sent: str) -> list[str]:
    """The lines that stay: what was erased is gone."""
    lines = []
    for line in sent.replace("\r\n", "\n").split("\n"):
        lines.append(line.rpartition("\r\x1b[K")[2])
    return lines


def drawn(sent: str) -> list[str]:
    """The progress lines, in the order they were shown: they are indented."""
    return re.findall(r"\r\x1b\[K(  [^\r\n]*)", sent)


def test_errors_are_red_on_a_terminal() -> None:
    status, sent = on_terminal("complie")
    assert status == 2 and f"buddy: {RED}error:{END} there is no command" in sent


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}])
def test_who_wants_no_colour_gets_none(tiny: Layer, variables: dict[str, str]) -> None:
    assert "\x1b" not in on_terminal("complie", **variables)[1]
    missing = tiny.archive.with_name("missing.pt2")
    status, sent = on_terminal("compile", missing, "-o", tiny.archive.with_name("out.buddy"), **variables)
    assert status == 1 and RED not in sent and "error: " in sent


def test_an_empty_no_color_is_none() -> None:
    assert RED in on_terminal("complie", NO_COLOR="")[1]


def test_compile_shows_its_stages(default: Layer, tmp_path: Path) -> None:
    status, sent = on_terminal("compile", default.archive, "-o", tmp_path / "layer.buddy")
    assert status == 0
    lines = drawn(sent)
    assert any(re.fullmatch(r"  \[18/18\] object  \d+\.\d s", line) for line in lines), lines
    numbers = [int(match[1]) for line in lines if (match := re.match(r"  \[(\d+)/18\]", line))]
    assert numbers == sorted(numbers)
    # Of all this one line stays, and what took the time if it was worth a second.
    first, *rest = [line for line in screen(sent) if line]
    total = re.fullmatch(rf"{re.escape(str(tmp_path))}/layer.buddy in (\d+\.\d\d) s", first)
    assert total, first
    shares = [int(line.split()[-2]) for line in rest]
    assert (float(total[1]) < 1) == (rest == [])
    if rest:
        assert 97 <= sum(shares) <= 103 and "other stages" in rest[-1]


def test_lines_are_cut_to_the_width(default: Layer, tmp_path: Path) -> None:
    _, sent = on_terminal("compile", default.archive, "-o", tmp_path / "layer.buddy", columns=20)
    assert drawn(sent)
    assert max(map(len, drawn(sent))) < 20


def test_an_error_takes_the_place_of_the_line(default: Layer, tmp_path: Path) -> None:
    status, sent = on_terminal("compile", default.archive, "-o", tmp_path / "x", BUDDY_TEST_FAULT="func-to-llvm:fail",
                               TMPDIR=str(tmp_path))  # fmt: skip
    assert status == 70
    assert [line for line in screen(sent) if line][0].startswith(f"buddy: {RED}error:{END} ")


def test_measuring_commands_say_what_they_do(tiny: Layer) -> None:
    _, sent = on_terminal("bench", tiny.package, "--seconds", "0.05")
    assert ["loading", "running once"] == [line.strip() for line in drawn(sent)][:2]
    assert screen(sent) == [""], "nothing stays"
    _, sent = on_terminal("limits", "--seconds", "0.01", "--bytes", "100000")
    assert len(drawn(sent)) == 2 and screen(sent) == [""]


@pytest.mark.parametrize("command", ["compile", "bench"])
def test_a_pipe_sees_nothing(tiny: Layer, tmp_path: Path, command: str) -> None:
    arguments = {"compile": [tiny.archive, "-o", tmp_path / "a.buddy"], "bench": [tiny.package, "--seconds", "0.05"]}
    done = buddy(command, *arguments[command])
    assert done.stderr == "" and "\x1b" not in done.stdout
