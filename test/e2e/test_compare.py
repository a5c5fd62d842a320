"""The comparison of benchmarks/compare: what it writes, what it marks, what it refuses. Times decide nothing."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from safetensors.numpy import load_file, save_file

sys.path.insert(0, str(ROOT / "benchmarks"))
from compare import report, stats, summary, tables  # noqa: E402  (needs the path above)
from compare.layers import VARIANTS  # noqa: E402
from compare.measure import error_fields, judge_outputs  # noqa: E402
from compare.peers import PEERS, reason_to_skip  # noqa: E402
from compare.plot import write_plot  # noqa: E402

SEQ = 5


def compare(*arguments: Any, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "compare", *map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks"), **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def results(work: Path) -> Path:
    """A small comparison: both variants, ours and eager, and a peer that is told to be missing."""
    out = work / "out"
    done = compare("--seqs", SEQ, "--threads", 1, "--rounds", 2, "--peers", "ours,eager", "--work", work, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "What was to be shown" in done.stdout
    return out


def test_rows_say_what_was_measured(results: Path) -> None:
    result = json.loads((results / "results.json").read_text())
    assert result["machine"]["cpu"] and result["machine"]["isa"]
    assert set(result["versions"]) == {"ours", "eager"}
    rows = result["rows"]
    assert [(r["variant"], r["peer"]) for r in rows] == [(v, p) for v in VARIANTS for p in ("ours", "eager")]
    for row in rows:
        assert (row["seq"], row["threads"], row["status"]) == (SEQ, 1, "measured")
        assert row["verified"] is True
        assert 0 < row["rms_ratio"] <= 2 and 0 < row["largest_ratio"] < 5
        assert 0 < row["best_ms"] <= row["median_ms"] < 10_000 and row["mad_ms"] >= 0
        assert row["runs"] >= 4 and len(row["round_medians_ms"]) == 2
        assert 0 <= row["overhead_us"] < 100
        assert row["memory_bytes"] > 0 and row["load_seconds"] > 0 and row["setting"]
        limit = max(row["flops"] / row["fma_limit_gflops"] / 1e6, row["param_bytes"] / row["read_limit_gb_per_s"] / 1e6)
        assert row["limit_ms"] == pytest.approx(limit)
        assert row["share_of_limit"] == pytest.approx(limit / row["median_ms"])
        assert row["gflops"] == pytest.approx(row["flops"] / row["median_ms"] / 1e6)
        assert row["params_read_from"] in ("cache", "memory")
    ours = [r for r in rows if r["peer"] == "ours"]
    assert all(r["compile_seconds"] > 0 and r["export_seconds"] > 0 for r in ours)
    assert [r["masked"] for r in ours] == [False, True]
    assert set(rows[1]["forms_tried"]) == {"module", "repeat-kv"}


def test_eager_in_its_own_form_has_eagers_error(results: Path) -> None:
    rows = json.loads((results / "results.json").read_text())["rows"]
    plain = [r for r in rows if r["peer"] == "eager" and r["form"] == "module"]
    # Another spelling is rounded elsewhere, and eager may have been fastest with it.
    assert all(r["rms_ratio"] == pytest.approx(1, abs=0.2) for r in plain)


def test_work_is_counted_as_stated() -> None:
    seq = 40
    assert VARIANTS["mha"].flops(seq) == 8 * seq * 1536**2 + 4 * 12 * seq**2 * 128
    assert VARIANTS["default"].flops(seq) == 2 * seq * 1536 * 3584 + 2 * 12 * seq**2 * 128
    import attention_model

    for name, variant in VARIANTS.items():
        layer = attention_model.make_model(name)
        assert variant.param_bytes == sum(4 * p.numel() for p in layer.parameters())


def test_markdown_and_plot(results: Path) -> None:
    text = (results / "results.md").read_text()
    for heading in ("## default, 1 thread", "## mha, 1 thread", "## Settings"):
        assert heading in text
    lines = [line for line in text.splitlines() if line.startswith(f"| {SEQ} |")]
    assert len(lines) == 2 and all(line.count("%)") == 2 for line in lines)
    result = json.loads((results / "results.json").read_text())
    if write_plot(result, results / "again.svg"):
        picture = (results / "again.svg").read_text()
        assert picture == (results / "results.svg").read_text()
        assert "](results.svg)" in text
    else:
        assert "](results.svg)" not in text


def test_document_is_made_from_the_json(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["report", str(results / "results.json"), str(tmp_path / "performance")])
    assert report.main() == 0
    assert (tmp_path / "performance.md").read_text().startswith("# Performance\n")
    (tmp_path / "broken.json").write_text('{"rows": 1}')
    monkeypatch.setattr(sys, "argv", ["report", str(tmp_path / "broken.json"), str(tmp_path / "performance")])
    assert report.main() == 1


def test_wrong_numbers_are_marked_and_not_timed(results: Path, work: Path, tmp_path: Path) -> None:
    reference = work / f"default-s{SEQ}" / "reference.safetensors"
    good = load_file(reference)
    bad = {**good, "expected_f64.output0": good["expected_f64.output0"] + 1e-3, "expected_f32.output0": np.array(0)}
    bad["expected_f32.output0"] = (bad["expected_f64.output0"] + 1e-7).astype(np.float32)
    options = ("--variants", "default", "--seqs", SEQ, "--threads", 1, "--rounds", 1, "--work", work)
    try:
        save_file(bad, reference)
        done = compare(*options, "--peers", "ours", "--out", tmp_path)
    finally:
        save_file(good, reference)
    assert done.returncode == 1
    assert "not verified" in done.stderr and "RMS error" in done.stderr
    (row,) = json.loads((tmp_path / "results.json").read_text())["rows"]
    assert row["status"] == "not verified" and row["verified"] is False
    assert not {"median_ms", "best_ms", "gflops", "share_of_limit"} & set(row)
    assert "| not verified |" in (tmp_path / "results.md").read_text()


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--seqs", "0", "'0' is not a whole number from 1 to 32768"),
        ("--seqs", "40,x", "'x'"),
        ("--threads", "-1", "'-1'"),
        ("--variants", "gpt", "there are: default, mha"),
        ("--peers", "ours,tvm", "there are: ours, eager"),
        ("--rounds", "0", "'0'"),
        ("--frobnicate", "1", "unrecognized"),
    ],
)
def test_wrong_usage(option: str, value: str, named: str) -> None:
    done = compare(f"{option}={value}")
    assert done.returncode == 2
    assert named in done.stderr and "Traceback" not in done.stderr


def test_without_the_program(tmp_path: Path) -> None:
    done = compare("--out", tmp_path, BUDDY=str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "./bootstrap build" in done.stderr and "Traceback" not in done.stderr


def test_output_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = compare("--out", tmp_path / "file" / "out")
    assert done.returncode == 1
    assert "file/out" in done.stderr and "Traceback" not in done.stderr


def test_a_peer_that_is_not_installed_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "openvino" else find(name))
    reason = reason_to_skip(PEERS["openvino"])
    assert reason is not None and "openvino" in reason and "bootstrap bench" in reason
    assert reason_to_skip(PEERS["eager"]) is None
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "C++ compiler" in str(reason_to_skip(PEERS["inductor"]))
    result = {
        "rows": [],
        "skipped": {"openvino": reason},
        "machine": {"cpu": "a", "cpu_family": "", "cpu_model": "", "isa": [], "cores": 1, "caches": {}}
        | {"memory_bytes": 0, "system": ""},
        "versions": {},
        "date": "today",
        "method": {"rounds": 1, "quiet_seconds": 0, "warm_seconds": 0, "burst_seconds": 0},
    }
    assert f"Skipped: openvino: {reason}" in report.markdown(result, None, "x")


def test_statistics() -> None:
    assert stats.median([3, 1, 2]) == 2
    assert stats.median([4, 1, 2, 3]) == 2.5
    assert stats.median_absolute_deviation([1, 1, 2, 2, 4, 6, 9]) == 1
    assert stats.geometric_mean([1, 8]) == pytest.approx(math.sqrt(8))
    assert stats.geometric_mean([5]) == pytest.approx(5)
    for function in (stats.median, stats.geometric_mean):
        with pytest.raises(ValueError):
            function([])
    with pytest.raises(ValueError):
        stats.geometric_mean([1, 0])


def test_peers_are_judged_by_the_rule_of_verify() -> None:
    """By numpy arrays: the process that measures has no PyTorch."""
    script = "import sys; from compare.measure import judge_outputs; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT / "benchmarks").returncode == 0
    exact = np.linspace(-1, 1, 101)
    eager = (exact + 1e-6).astype(np.float32)
    reference = {"expected_f32.output0": eager, "expected_f64.output0": exact}
    judged = lambda ours: judge_outputs({"output0": ours}, reference)[0]  # noqa: E731
    right = judged((exact - 1.5e-6).astype(np.float32))
    assert right.passed
    fields = error_fields(right)
    assert fields["rms_ratio"] == pytest.approx(1.5, abs=0.1) and fields["largest_ratio"] == pytest.approx(1.5, abs=0.1)
    nothing = error_fields(judge_outputs({"output0": eager}, {**reference, "expected_f64.output0": eager})[0])
    assert nothing["error_rms"] == 0 and nothing["rms_ratio"] is None
    wrong = eager.copy()
    wrong[3] += 1e-5
    larger = (exact + 3e-6).astype(np.float32)
    for ours, reason in ((wrong, "error"), (larger, "RMS error"), (exact, "float64"), (eager[:-1], "shape")):
        assert reason in judged(ours).reason
    assert "missing" in judge_outputs({}, reference)[0].reason


def row(peer: str, seq: int, threads: int, ms: float, **more: Any) -> dict[str, Any]:
    """A measured row of the default variant, with 100 GFLOP/s and 10 GB/s as limits."""
    variant = VARIANTS["default"]
    flops = variant.flops(seq)
    limits = {"fma_limit_gflops": 100.0, "read_limit_gb_per_s": 10.0, "param_bytes": variant.param_bytes}
    rates = {"flops": flops, "gflops": flops / ms / 1e6, "share_of_limit": flops / 1e8 / ms}
    rest = {"memory_bytes": 10, "compile_seconds": 1.0, "params_read_from": "memory", "limit_ms": flops / 1e8}
    named = {"variant": "default", "peer": peer, "seq": seq, "threads": threads, "status": "measured"}
    return {**named, "median_ms": ms, **limits, **rates, **rest, **more}


def test_floors_follow_from_the_rows() -> None:
    at_limit = VARIANTS["default"].flops(128) / 1e8
    rows = [
        row("ours", 128, 1, 2 * at_limit),
        row("ours", 128, 2, at_limit / 0.8),
        row("eager", 128, 2, 3 * at_limit, memory_bytes=9),
        row("onnxruntime", 128, 2, 2 * at_limit, memory_bytes=20),
        row("ours", 512, 2, 10.0),
        row("eager", 512, 2, 9.0, memory_bytes=20),
        row("openvino", 512, 2, 1.0, status="not verified"),
    ]
    assert summary.speedups(rows) == pytest.approx({("default", 128, 2): 1.6, ("default", 512, 2): 0.9})
    assert summary.mean_speedup(rows, "default", 2) == pytest.approx(math.sqrt(1.6 * 0.9))
    assert summary.mean_speedup(rows, "mha", 2) is None
    assert summary.scaling(rows) == {("default", 128): (2, pytest.approx(0.8))}
    floors = {f.text: f for f in summary.floors({"rows": rows, "machine": {"cores": 2}})}
    fastest = floors["ours is the fastest in every row"]
    assert fastest.met is False and "default 512 x2: 11%" in fastest.found
    share = floors["default, sequence 128, 2 threads: 85% of the FMA rate"]
    assert share.met is False and share.found == "80.0%, short by 5.0 points"
    assert floors["mha, sequence 128, 2 threads: 85% of the FMA rate"].met is None
    assert floors["peak resident memory below every peer's"].met is False
    assert floors["compile time of the layer at most 3 s"].met is True
    assert "not verified" in tables.times(rows, "default", 2)


def test_the_limits_command() -> None:
    def limits(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([os.environ["BUDDY"], "limits", *arguments], capture_output=True, text=True)

    found = json.loads(limits("--threads", "1", "--bytes", "1000000", "--seconds", "0.02", "--json").stdout)
    assert (found["threads"], found["read_bytes"]) == (1, 1000000)
    assert found["fma_gflops"] is None or found["fma_gflops"] > 0.1
    assert found["read_gb_per_s"] > 0.1
    for wrong in (("--bytes", "0"), ("--threads", "-1"), ("--seconds", "0"), ("extra",)):
        done = limits(*wrong)
        assert done.returncode == 2 and done.stderr.startswith("buddy: error: ")
    most = 64 << 30  # that the option takes
    if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < most:
        done = limits("--bytes", str(most))
        assert done.returncode == 1 and "bytes of memory are available" in done.stderr
