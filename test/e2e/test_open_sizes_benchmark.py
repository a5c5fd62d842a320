"""benchmarks/open_sizes at a short length: what it writes is consistent, and bad requests are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "open_sizes", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, timeout=300)


def test_short_length(tmp_path: Path) -> None:
    done = bench("--lengths", "9", "--rounds", "1", "--seconds", "0.01", "--json", tmp_path / "results.json")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    assert [(r["variant"], r["length"]) for r in results] == [("default", 9), ("mha", 9)]
    for result in results:
        assert result["ratio"] == pytest.approx(result["open_ms"] / result["fixed_ms"])
        assert f"| {result['variant']} | {result['length']} | {result['fixed_ms']:.2f} |" in done.stdout


@pytest.mark.parametrize("option", [("--lengths", "40,x"), ("--lengths", "0"), ("--rounds", "0"), ("--seconds", "no")])
def test_bad_requests(option: tuple[str, str]) -> None:
    done = bench(*option)
    assert done.returncode == 2 and option[0] in done.stderr and "Traceback" not in done.stderr
