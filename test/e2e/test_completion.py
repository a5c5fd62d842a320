"""Completion in real shells, the manual pages, and what is said about a command line that is wrong."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from layers import buddy

WRONG_USAGE = 2
COMMANDS = {"compile", "run", "verify", "bench", "limits", "inspect", "tune", "doctor", "completion"}
STAGES = {"graph", "fused", "tosa", "tosa-to-linalg", "bufferization", "reconcile-casts", "object"}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with something of each kind, to complete in."""
    for name in ("layer.pt2", "larger.pt2", "notes.txt", "ref.safetensors"):
        (tmp_path / name).touch()
    for name in ("layer.buddy", "stages"):
        (tmp_path / name).mkdir()
    return tmp_path


def complete_bash(folder: Path, line: str) -> set[str]:
    """What bash offers at the end of ``line``, by the way that it calls completions itself."""
    script = r"""
source <("$BUDDY" completion bash)
[[ $(complete -p buddy) == *"-F _buddy buddy" ]] || exit 9
# As readline does it: words are divided at "=" too.
read -ra words <<<"${LINE//=/ = }"
[[ $LINE != *" " ]] || words+=("")
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE=$LINE COMP_POINT=${#LINE}
compopt() { :; } # works only while readline completes
_buddy buddy
printf '%s\n' "${COMPREPLY[@]}"
"""
    return words_of(run_shell(["bash", "--norc", "-c", script], folder, line))


def complete_zsh(folder: Path, line: str) -> set[str]:
    """What an interactive zsh lists, in a terminal of its own, when it is asked for the choices."""
    require("zsh")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 400, 250, 0, 0))
    environment = environment_for(folder, line)
    zsh = subprocess.Popen(
        ["zsh", "-f", "-i"], cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)

    def until(mark: str) -> str:
        seen = ""
        while not re.search(mark, seen, re.DOTALL):
            assert select.select([master], [], [], 20)[0], f"{mark!r} does not come: {seen}"
            seen += os.read(master, 65536).decode(errors="replace")
        return seen

    try:
        setup = "autoload -Uz compinit; compinit -D -u; source <(buddy completion zsh); bindkey -e; bindkey '^T' list-choices"
        os.write(master, f"PS1='@ '; {setup}; echo rea''dy\n".encode())
        # The line editor has the terminal once it has asked for pasted text to be marked.
        until(r"ready.*\x1b\[\?2004h")
        # The choices, then the line is given up for one that says that they are all there.
        os.write(master, line.encode() + b"\x14")
        os.write(master, b"\x15echo do''ne\n")
        text = until("done")
    finally:
        zsh.kill()
        zsh.wait()
        os.close(master)
    return words_of(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", " ", text))


def complete_fish(folder: Path, line: str) -> set[str]:
    script = '"$BUDDY" completion fish | source; complete -C "$LINE"'
    done = run_shell(["fish", "--no-config", "-c", script], folder, line)
    return words_of("\n".join(choice.partition("\t")[0] for choice in done.splitlines()))


def environment_for(folder: Path, line: str) -> dict[str, str]:
    environment = {**os.environ, "LINE": line, "HOME": str(folder), "TERM": "dumb"}
    environment["PATH"] = f"{Path(os.environ['BUDDY']).parent}:{environment['PATH']}"
    return environment


def require(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")


def run_shell(command: list[str], folder: Path, line: str) -> str:
    require(command[0])
    done = subprocess.run(
        command, cwd=folder, env=environment_for(folder, line), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def words_of(text: str) -> set[str]:
    return {word.rstrip("/") for word in text.replace("\r", "\n").split()}


SHELLS = pytest.mark.parametrize("complete", [complete_bash, complete_zsh, complete_fish], ids=["bash", "zsh", "fish"])


@SHELLS
def test_commands(complete, here: Path) -> None:
    words = complete(here, "buddy ")
    assert words >= COMMANDS
    assert "man" not in words, "what is hidden is not offered"
    narrowed = complete(here, "buddy do")
    assert "doctor" in narrowed and "compile" not in narrowed


@SHELLS
def test_options(complete, here: Path) -> None:
    words = complete(here, "buddy compile --")
    assert words >= {"--until", "--target", "--save-stages", "--json"} or words >= {"--until=", "--target=", "--json"}
    assert not {"--reproduce", "--reproduce="} & words
    assert not {"--reference", "--reference="} & words, "that is another command's"


@SHELLS
@pytest.mark.parametrize("line", ["buddy compile layer.pt2 --until ", "buddy compile layer.pt2 --until="])
def test_values(complete, here: Path, line: str) -> None:
    words = complete(here, line)
    prefix = "--until=" if any(word.startswith("--until=") for word in words - {"--until="}) else ""
    assert words >= {prefix + stage for stage in STAGES}
    assert not {"layer.pt2", "stages"} & (words - set(line.split()))
    targets = complete(here, "buddy compile --target x86")
    assert {"x86-64-v3", "x86-64-v4"} <= targets and "aarch64" not in targets


@SHELLS
def test_files(complete, here: Path) -> None:
    archives = complete(here, "buddy compile la")
    assert {"layer.pt2", "larger.pt2"} <= archives and "notes.txt" not in archives
    packages = complete(here, "buddy verify l")
    assert "layer.buddy" in packages and "layer.pt2" not in packages
    references = complete(here, "buddy verify layer.buddy --reference r")
    assert "ref.safetensors" in references and "stages" not in references


def test_shells_that_are_not_known() -> None:
    assert "csh" in buddy("completion", "csh", check=WRONG_USAGE).stderr


def test_manual_pages(tmp_path: Path) -> None:
    page = buddy("man").stdout
    for command in COMMANDS:
        assert f"\\fBbuddy {command}\\fR" in page
    pages = [tmp_path / "buddy.1"]
    pages[0].write_text(page)
    installed = Path(os.environ["BUDDY"]).parents[1] / "share" / "man" / "man1"
    pages += [installed / f"{name}.1" for name in ("buddy-opt", "buddy-lsp-server")]
    checkers = {"man": ["man", "--warnings", "-l"], "mandoc": ["mandoc", "-Tlint"]}
    present = {name: command for name, command in checkers.items() if shutil.which(name)}
    if not present:
        pytest.skip("neither man nor mandoc is installed")
    for name, command in present.items():
        for file in pages:
            done = subprocess.run(
                [*command, file], capture_output=True, text=True, env={**os.environ, "MANWIDTH": "80"}
            )
            complaints = done.stdout + done.stderr if name == "mandoc" else done.stderr
            assert done.returncode == 0 and complaints == "", f"{name}: {complaints}"


@pytest.mark.parametrize("command", ["", *sorted(COMMANDS)])
def test_help_fits_into_80_columns(command: str) -> None:
    text = buddy(*command.split(), "--help").stdout
    assert text == buddy("help", *command.split()).stdout
    assert max(map(len, text.splitlines())) <= 80


def test_without_arguments() -> None:
    done = buddy(check=WRONG_USAGE)
    assert done.stdout == "" and done.stderr == buddy("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ("complie", "compile"),
        ("verfy layer.buddy", "verify"),
        ("insp", "inspect"),
        ("bench layer.buddy --treads 2", "--threads"),
        ("compile layer.pt2 --untl=tosa", "--until"),
        ("compile layer.pt2 --target=native --save-stage=x", "--save-stages"),
        ("--versoin", "--version"),
    ],
)
def test_did_you_mean(arguments: str, meant: str) -> None:
    done = buddy(*arguments.split(), check=WRONG_USAGE)
    assert f"did you mean {meant}?" in done.stderr


def test_nothing_near_was_meant() -> None:
    message = buddy("frobnicate", check=WRONG_USAGE).stderr
    assert "did you mean" not in message
    assert all(command in message for command in COMMANDS)
    message = buddy("run", "layer.buddy", "--frobnicate", check=WRONG_USAGE).stderr
    assert "--frobnicate" in message and "did you mean" not in message
    assert "too many" in buddy("bench", "one.buddy", "two.buddy", check=WRONG_USAGE).stderr


def test_all_is_installed(tmp_path: Path) -> None:
    build = Path(os.environ["BUDDY"]).parents[1]
    if not shutil.which("cmake") or not (build / "cmake_install.cmake").is_file():
        pytest.skip("there is no CMake, or the program is not in a build folder")
    subprocess.run(["cmake", "--install", build, "--prefix", tmp_path], check=True, capture_output=True)
    share = tmp_path / "share"
    assert (share / "bash-completion/completions/buddy").read_text() == buddy("completion", "bash").stdout
    assert (share / "zsh/site-functions/_buddy").read_text() == buddy("completion", "zsh").stdout
    assert (share / "fish/vendor_completions.d/buddy.fish").read_text() == buddy("completion", "fish").stdout
    pages = {path.name: path.read_text() for path in (share / "man/man1").iterdir()}
    assert set(pages) == {"buddy.1", "buddy-opt.1", "buddy-lsp-server.1"}
    assert pages["buddy.1"] == buddy("man").stdout
    assert "@" not in pages["buddy-opt.1"], "a variable of the build is left"
    for program in ("buddy", "buddy-opt", "buddy-lsp-server"):
        done = subprocess.run([tmp_path / "bin" / program, "--help"], capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout, done.stderr
