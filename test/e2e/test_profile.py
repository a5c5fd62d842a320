"""buddy bench --profile: which kernels there are, whose time they are, the trace. How long they take decides nothing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from buddy_attention import DynamoCompiler, write_reference
from layers import Layer, buddy

SECONDS = "--seconds=0.05"


def profile(package: Path, *arguments: Any) -> dict[str, Any]:
    done = buddy("bench", package, SECONDS, "--profile", "--json", "--threads=2", *arguments)
    return json.loads(done.stdout)["profile"]


def reference(layer: Layer, directory: Path) -> Path:
    write_reference(layer.module, layer.inputs, directory / "ref.safetensors")
    return directory / "ref.safetensors"


def check_times(found: dict[str, Any]) -> None:
    assert found["runs"] >= 10
    assert found["outside_ms"] >= 0
    for kernel in found["kernels"]:
        assert 0 <= kernel["ms"] <= found["median_ms"]
        assert kernel["calls"] >= 1
        # A thread's share lies within the calls of its kernel; medians of both may be of different runs.
        assert all(busy <= 1.5 * kernel["ms"] + 0.05 for busy in kernel["thread_ms"])


def test_kernels_are_the_schedules(default: Layer, tmp_path: Path) -> None:
    package = default.package
    found = profile(package, "--reference", reference(default, tmp_path), "--trace", tmp_path / "trace.json")
    check_times(found)
    kernels = {kernel["name"]: kernel for kernel in found["kernels"]}
    manifest = json.loads((package / "manifest.json").read_text())
    scheduled = {schedule["op"]: schedule for schedule in manifest["entries"][0]["schedules"]}
    # The two projections and the attention are there, from their lines, with all of the work.
    heavy = {name for name, schedule in scheduled.items() if schedule["kind"] in ("contraction", "attention")}
    assert heavy <= set(kernels)
    for name in heavy:
        assert kernels[name]["location"] == scheduled[name]["location"]
        assert kernels[name]["kind"] == scheduled[name]["kind"]
        assert kernels[name]["gflops"] > 0
        assert len(kernels[name]["thread_ms"]) == 2
    assert sum(kernels[name]["flops"] for name in heavy) == manifest["entries"][0]["flops"]
    # q, k and v in one product: its parameters, its input and its output.
    projection = kernels["subgraph0.contraction0"]
    assert projection["bytes"] == 4 * (2048 * 1536 + 2048 + 40 * 1536 + 40 * 2048)

    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    rows = {event["tid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
    assert set(rows.values()) == {"runs", "kernels", "thread 0", "thread 1"}
    complete = [event for event in events if event["ph"] == "X"]
    runs = [event for event in complete if rows[event["tid"]] == "runs"]
    assert len(runs) == 10
    slack = 1e-3
    for event in complete:
        inside = [
            run
            for run in runs
            if run["ts"] - slack <= event["ts"] and event["ts"] + event["dur"] <= run["ts"] + run["dur"] + slack
        ]
        assert len(inside) == 1
    counts = Counter(event["name"] for event in complete if rows[event["tid"]] == "kernels")
    assert counts == {name: 10 * kernel["calls"] for name, kernel in kernels.items()}


class Layers(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Linear(32, 32) for _ in range(5)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = x + torch.relu(layer(x))
        return x


def test_a_layer_called_often_and_open_sizes(tmp_path: Path) -> None:
    dynamic = {"x": {0: torch.export.Dim("rows", min=1, max=512)}}
    compiler = DynamoCompiler(Layers(), (torch.ones(24, 32),), dynamic_shapes=dynamic)
    package = compiler.compile(tmp_path / "layers.buddy")
    symbol = json.loads((package / "manifest.json").read_text())["entries"][0]["symbols"][0]["name"]
    for rows in (24, 100):
        found = profile(package, "--size", f"{symbol}={rows}")
        check_times(found)
        (product,) = [kernel for kernel in found["kernels"] if kernel["kind"] == "contraction"]
        assert product["calls"] == 5
        assert product["flops"] == 5 * 2 * rows * 32 * 32
        assert product["bytes"] is None  # depends on the size


def test_for_people_and_wrong_usage(tiny: Layer, tmp_path: Path) -> None:
    text = buddy("bench", tiny.package, SECONDS, "--profile").stdout
    assert "in no kernel" in text
    rows = [line for line in text.splitlines() if line.startswith("  subgraph0.")]
    assert rows and all(line.endswith("(not verified)") for line in rows)
    assert "--trace goes with --profile" in buddy("bench", tiny.package, "--trace", tmp_path / "t", check=2).stderr
    missing = tmp_path / "nowhere" / "trace.json"
    refused = buddy("bench", tiny.package, SECONDS, "--profile", "--trace", missing, check=1)
    assert str(missing) in refused.stderr


@pytest.mark.parametrize("profiled", [False, True])
def test_numbers_stay(tiny: Layer, profiled: bool, tmp_path: Path) -> None:
    flags = ["--profile"] if profiled else []
    done = buddy("bench", tiny.package, SECONDS, "--json", "--reference", reference(tiny, tmp_path), *flags)
    report = json.loads(done.stdout)
    assert report["verified"] is True
    assert ("profile" in report) is profiled
