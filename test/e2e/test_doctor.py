"""buddy doctor reads this machine, and says what is wrong with one that was spoilt."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from layers import Layer, buddy


def examine(status: int = 0, *options: str, **more: Any) -> dict[str, Any]:
    done = buddy("doctor", "--json", *(options or ["--no-limits"]), check=status, **more)
    assert done.stderr == ""
    return json.loads(done.stdout)


def with_environment(**variables: str) -> dict[str, Any]:
    return {"env": {**os.environ, **variables}}


def test_facts_are_this_machines(tiny: Layer) -> None:
    facts = examine()
    assert facts["ok"] is True and facts["problems"] == []
    assert Path(facts["linker"]["path"]).is_file() and facts["linker"]["version"].startswith("22.")
    assert Path(facts["openmp"]["path"]).is_file()
    assert facts["threads"]["usable"] == len(os.sched_getaffinity(0))
    assert facts["threads"]["processors"] == os.cpu_count()
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert facts["memory"]["bytes"] == int(total.split()[1]) * 1024
    assert facts["limits"] is None
    # What a package for "native" needs is what is said here.
    target = json.loads(buddy("inspect", tiny.package, "--json").stdout)["target"]
    assert facts["cpu"]["target"] == target["name"]
    assert sorted(facts["cpu"]["used"]) == sorted(target["features"])
    assert not set(facts["cpu"]["unused"]) & set(facts["cpu"]["used"])


def test_unused_features_are_the_cpus(tmp_path: Path) -> None:
    flags = set()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("flags", "Features")):
            flags = set(line.split(":", 1)[1].split())
    kernel_names = {"avx512vnni": "avx512_vnni", "avx512bf16": "avx512_bf16", "amx-tile": "amx_tile", "bf16": "bf16"}
    unused = set(examine()["cpu"]["unused"])
    for name, kernel_name in kernel_names.items():
        assert (name in unused) == (kernel_name in flags), name


def test_limits_are_measured() -> None:
    limits = examine(0, "--json")["limits"]
    assert limits["threads"] == len(os.sched_getaffinity(0))
    assert limits["fma_gflops"] > 1 and limits["read_gb_per_s"] > 0.1


def test_python_and_what_it_has(tmp_path: Path) -> None:
    environment = with_environment(VIRTUAL_ENV=sys.prefix, PYTHONPATH="")
    python = examine(**environment)["python"]
    assert python["path"] == f"{sys.prefix}/bin/python"
    assert python["version"] == sys.version.split()[0]
    assert python["torch"] == torch.__version__

    sources = str(Path(__file__).resolve().parents[2] / "python")
    found = examine(**with_environment(VIRTUAL_ENV=sys.prefix, PYTHONPATH=sources))
    assert found["python"]["buddy_attention"]
    assert not [advice for advice in found["advice"] if "buddy_attention" in advice["what"]]

    # One that does not run is none.
    (tmp_path / "bin").mkdir()
    broken = tmp_path / "bin" / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IEXEC)
    other = examine(**with_environment(VIRTUAL_ENV=str(tmp_path)))["python"]
    assert other["path"] != str(broken)


def test_no_folder_for_temporary_files(tmp_path: Path) -> None:
    facts = examine(1, **with_environment(TMPDIR=str(tmp_path / "missing")))
    assert facts["ok"] is False
    assert facts["temporary"] == {"path": str(tmp_path / "missing"), "writable": False, "free_bytes": 0}
    (problem,) = facts["problems"]
    assert str(tmp_path / "missing") in problem["what"] and "TMPDIR" in problem["do"]
    text = buddy("doctor", "--no-limits", check=1, **with_environment(TMPDIR=str(tmp_path / "missing"))).stdout
    assert problem["do"] in text and max(map(len, text.splitlines())) <= 100


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor cannot be taken away")
def test_affinity_and_threads() -> None:
    one = min(os.sched_getaffinity(0))
    environment = with_environment(OMP_NUM_THREADS="64")
    facts = examine(preexec_fn=lambda: os.sched_setaffinity(0, {one}), **environment)
    assert facts["ok"] is True, "advice is no problem"
    assert facts["threads"]["usable"] == 1
    what = " ".join(advice["what"] for advice in facts["advice"])
    assert "OMP_NUM_THREADS is 64" in what and "affinity" in what
