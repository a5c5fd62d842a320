"""benchmarks/whole_model on a tiny model: what it writes is consistent, and bad requests are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from whole_model import models  # noqa: E402


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "whole_model", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks")}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)


def test_tiny(tmp_path: Path) -> None:
    arguments = ["--size", "tiny", "--layers", 1, "--seq", 7, "--cache", 16, "--seconds", 1, "--peers", "eager"]
    done = bench(*arguments, "--work", tmp_path / "work", "--json", tmp_path / "results.json")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    for kind, steps in (("plain", 1), ("cached", 5)):
        row = results[kind]
        assert len(row["error_ratios"]) == steps and max(row["error_ratios"]) <= 2
        assert 0 < row["compile_own_bytes"] < 2**31 and row["compile_seconds"] > 0
        assert len(row["runs"]) == 2 and all(run["verified"] for run in row["runs"])
        eager = row["peers"]["eager"]
        assert eager["median_ms"] > 0 and eager["ours_ms"] == pytest.approx(sum(r["median_ms"] for r in row["runs"]) / 2)
    # Prefill and decode share all parameters: the package is no larger for having both.
    assert results["cached"]["params_bytes"] == results["plain"]["params_bytes"]
    assert results["parameter_bytes"] <= results["plain"]["params_bytes"]
    assert "| compile, in all |" in done.stdout and "eager:" in done.stdout
    left = {path.suffix for path in (tmp_path / "work").iterdir()}
    assert left <= {".log", ".json"}, "gigabytes are not left behind"


def test_parameters_are_counted() -> None:
    assert models.SIZES["deepseek-r1-1.5b"].parameter_bytes(28) == pytest.approx(7.11e9, rel=0.001)


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--peers", "eager,nobody"], 2, "there is no 'nobody'"),
        (["--layers", "0"], 2, "whole number from 1"),
        (["--cache", "40"], 2, "has no room for 40 tokens"),
        (["--size", "tiny", "--work", "/proc/nothing"], 1, "/proc/nothing"),
        (["--layers", "100000"], 1, "GB are needed; name another folder with --work"),
    ],
)
def test_bad_requests(arguments: list[str], status: int, text: str, tmp_path: Path) -> None:
    done = bench("--work", tmp_path, *arguments)
    assert done.returncode == status and text in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
