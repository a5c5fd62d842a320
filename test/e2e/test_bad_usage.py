"""What is wrong with the command line, and with IR that is given to --from, is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from layers import Layer, buddy
from refusals import INPUT_AT_FAULT, WRONG_USAGE, refused


def test_unknown_stage(tiny: Layer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "--until=tosaa", "-o", out, says=["tosaa"])
    assert "tosa-to-linalg" in text and "reconcile-casts" in text, "the stages' names are listed"


@pytest.mark.parametrize(
    "arguments",
    [[], ["compile"], ["frobnicate"], ["compile", "x.pt2", "--no-such-option"], ["run", "x.buddy"]],
    ids=["nothing", "no-file", "command", "option", "no-inputs"],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    refused(tmp_path, WRONG_USAGE, *arguments, says=[], cwd=tmp_path)


@pytest.mark.parametrize("command", [[], ["compile"], ["run"], ["verify"], ["bench"], ["inspect"]])
def test_help(command: list[str]) -> None:
    assert "usage" in buddy(*command, "--help").stdout.lower()


def test_unknown_target(tiny: Layer, tmp_path: Path) -> None:
    out = tmp_path / "out.buddy"
    arguments = ["compile", tiny.archive, "--target=pentium-mmx", "-o", out]
    text = refused(tmp_path, WRONG_USAGE, *arguments, says=["pentium-mmx"])
    assert "x86-64-v3" in text


@pytest.fixture(scope="module")
def dumps(tiny: Layer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dumps")
    buddy("compile", tiny.archive, "--until=tosa", "-o", folder)
    return folder


def from_files(*files: Path) -> str:
    return "--from=" + ",".join(map(str, files))


def test_ir_at_the_wrong_stage(dumps: Path, tmp_path: Path) -> None:
    tosa = from_files(dumps / "forward.mlir", dumps / "subgraph0.mlir")
    for stage, until in (("vector-to-llvm", "reconcile-casts"), ("matmul-optimization", "vector-optimization")):
        arguments = ["compile", tosa, f"--at={stage}", f"--until={until}", "-o", tmp_path / "out"]
        refused(tmp_path, INPUT_AT_FAULT, *arguments, says=["tosa"])
    arguments = ["compile", tosa, "--at=tosa-to-linalg", "--until=tosa", "-o", tmp_path / "out"]
    refused(tmp_path, WRONG_USAGE, *arguments, says=["tosa-to-linalg"])


def test_ir_that_is_broken(dumps: Path, tmp_path: Path) -> None:
    broken = tmp_path / "subgraph0.mlir"
    out = ["--at=tosa-to-linalg", "--until=vector-optimization", "-o", tmp_path / "out"]
    for text in ("", "not MLIR at all", (dumps / "subgraph0.mlir").read_text()[:-200]):
        broken.write_text(text)
        refused(
            tmp_path, INPUT_AT_FAULT, "compile", from_files(dumps / "forward.mlir", broken), *out, says=["subgraph0"]
        )
    # forward calls what the second file does not have.
    arguments = ["compile", from_files(dumps / "forward.mlir", dumps / "forward.mlir"), *out]
    refused(tmp_path, INPUT_AT_FAULT, *arguments, says=["forward"])
    missing = from_files(dumps / "forward.mlir", tmp_path / "nowhere.mlir")
    refused(tmp_path, INPUT_AT_FAULT, "compile", missing, *out, says=["nowhere.mlir"])
