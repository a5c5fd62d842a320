"""buddy tune writes a file that compile takes, keeps what it found when it is stopped, and says what is
wrong with its input. No test asks whether anything got faster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from buddy_attention import write_reference
from layers import Layer, buddy, check_numbers
from refusals import INPUT_AT_FAULT, WRONG_USAGE, refused
from safetensors.torch import load_file, save_file
from test_schedules import schedule_file

NOT_VERIFIED = 3
OUTCOMES = {"faster", "not faster", "same code", "refused", "wrong", "crashed", "too slow to compile"}


def tune(archive: Path, output: Path, *options: Any) -> dict[str, Any]:
    """Runs buddy tune with its temporary files beside ``output``; nothing of them may stay."""
    scratch = output.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(scratch)}
    done = buddy("tune", archive, "-o", output, "--json", *options, env=environment)
    assert done.stderr == "", done.stderr
    assert list(scratch.iterdir()) == []
    return json.loads(done.stdout)


@pytest.mark.parametrize("with_reference", [True, False], ids=["reference", "untuned"])
def test_writes_a_file_that_compiles_and_verifies(tiny: Layer, with_reference: bool, tmp_path: Path) -> None:
    options = ["--threads", "2"]
    if with_reference:
        write_reference(tiny.module, tiny.inputs, tmp_path / "ref.safetensors")
        options += ["--reference", tmp_path / "ref.safetensors"]
    # How many candidates fit into a time depends on what else runs on the machine.
    for seconds in (6, 60):
        report = tune(tiny.archive, tmp_path / "schedule.json", *options, "--time", seconds)
        if any(trial["outcome"] in ("faster", "not faster") for trial in report["trials"]):
            break
    assert report["verified_against"] == ("reference" if with_reference else "untuned")
    assert not report["interrupted"]
    assert report["untuned_ms"] > 0 and report["ratio"] > 0
    outcomes = [trial["outcome"] for trial in report["trials"]]
    assert outcomes, "nothing was tried"
    assert set(outcomes) <= OUTCOMES
    # All candidates are legal, so none may be refused, and right, so none may be found wrong.
    assert not {"refused", "wrong", "crashed"} & set(outcomes), report["trials"]
    assert any(outcome in ("faster", "not faster") for outcome in outcomes)

    # The file holds the schedules as they were but for the changes.
    expected = schedule_file(tiny.package)["schedules"]
    for change in report["changes"]:
        fields = next(e for e in expected if e["op"] == change["op"])["schedule"]
        field, _, element = change["coordinate"].partition(".")
        holder, key = (fields[field], element) if element else (fields, field)
        assert holder[key] == change["from"]
        holder[key] = change["to"]
    written = json.loads((tmp_path / "schedule.json").read_text())
    assert written["schedules"] == expected
    assert "2 threads" in written["note"]
    # The changes are those of the trials that were faster.
    faster = {(t["op"], t["coordinate"]) for t in report["trials"] if t["outcome"] == "faster"}
    assert {(c["op"], c["coordinate"]) for c in report["changes"]} <= faster

    buddy("compile", tiny.archive, "-o", tmp_path / "a.buddy", "--schedule", tmp_path / "schedule.json")
    assert schedule_file(tmp_path / "a.buddy")["schedules"] == expected
    check_numbers(Layer(tiny.module, tiny.inputs, tiny.archive, tmp_path / "a.buddy"), tiny.inputs, tmp_path)


def test_no_time_at_all_keeps_the_untuned_schedules(tiny: Layer, tmp_path: Path) -> None:
    report = tune(tiny.archive, tmp_path / "schedule.json", "--time", "0.01")
    assert report["changes"] == [] and not report["complete"]
    assert json.loads((tmp_path / "schedule.json").read_text())["schedules"] == schedule_file(tiny.package)["schedules"]


def start(archive: Path, output: Path) -> subprocess.Popen[str]:
    scratch = output.parent / "scratch"
    scratch.mkdir()
    command = [os.environ["BUDDY"], "tune", str(archive), "-o", str(output), "--time", "300"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    # A group of its own, as a shell gives its jobs: Ctrl-C reaches every process of it.
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        if path.exists() or process.poll() is not None:
            return
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("delay", [0.0, 0.7, 1.6])
def test_interrupted_it_keeps_the_best(tiny: Layer, number: int, delay: float, tmp_path: Path) -> None:
    output = tmp_path / "schedule.json"
    process = start(tiny.archive, output)
    wait_for(output, process)
    time.sleep(delay)
    # Ctrl-C goes to the group, kill to the process alone.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr
    assert "interrupted" in stdout and "schedule.json" in stdout
    assert [p.name for p in tmp_path.iterdir() if p.name != "scratch"] == ["schedule.json"]
    assert list((tmp_path / "scratch").iterdir()) == []
    buddy("compile", tiny.archive, "-o", tmp_path / "a.buddy", "--schedule", output)


def test_interrupted_before_there_is_anything(tiny: Layer, tmp_path: Path) -> None:
    process = start(tiny.archive, tmp_path / "schedule.json")
    scratch = tmp_path / "scratch"
    for _ in range(600):
        if any(scratch.iterdir()):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    if process.returncode == 0:
        pytest.skip("it was measured before the signal came")
    assert process.returncode == -signal.SIGTERM
    assert [p.name for p in tmp_path.iterdir()] == ["scratch"]
    assert list(scratch.iterdir()) == []


def test_bad_inputs(tiny: Layer, tmp_path: Path) -> None:
    output = tmp_path / "schedule.json"
    reference = tmp_path / "ref.safetensors"
    write_reference(tiny.module, tiny.inputs, reference)
    short = ["-o", output, "--time", "1"]
    refused(tmp_path, INPUT_AT_FAULT, "tune", tmp_path / "none.pt2", *short, says=["none.pt2", "no such file"])
    refused(tmp_path, INPUT_AT_FAULT, "tune", tiny.package / "manifest.json", *short, says=["manifest.json", "zip"])
    missing = ["--reference", tmp_path / "none.safetensors"]
    refused(tmp_path, INPUT_AT_FAULT, "tune", tiny.archive, *short, *missing, says=["none.safetensors"])
    text = tmp_path / "text.safetensors"
    text.write_text("no tensors")
    refused(tmp_path, INPUT_AT_FAULT, "tune", tiny.archive, *short, "--reference", text, says=["text.safetensors"])
    refused(tmp_path, WRONG_USAGE, "tune", tiny.archive, "-o", tmp_path, says=["is a folder"])
    refused(tmp_path, WRONG_USAGE, "tune", tiny.archive, "-o", tmp_path / "no" / "s.json", says=["there is no folder"])
    refused(tmp_path, WRONG_USAGE, "tune", tiny.archive, *short, "--target", "z80", says=["z80"])
    refused(tmp_path, WRONG_USAGE, "tune", tiny.archive, "-o", output, "--time", "0", says=["--time"])
    refused(tmp_path, WRONG_USAGE, "tune", tiny.archive, *short, "--threads", "-1", says=["--threads"])
    refused(tmp_path, WRONG_USAGE, "tune", says=["archive"])


def test_another_machines_target_is_refused(tiny: Layer, tmp_path: Path) -> None:
    done = buddy("tune", tiny.archive, "-o", tmp_path / "s.json", "--target", "aarch64", check=None)
    assert done.returncode in (INPUT_AT_FAULT, WRONG_USAGE)
    assert "aarch64" in done.stderr and not (tmp_path / "s.json").exists()


def test_a_package_that_is_wrong_from_the_start_is_not_tuned(tiny: Layer, tmp_path: Path) -> None:
    write_reference(tiny.module, tiny.inputs, tmp_path / "ref.safetensors")
    tensors = load_file(tmp_path / "ref.safetensors")
    for kind in ("expected_f32", "expected_f64"):
        tensors[f"{kind}.output0"] += 0.5
    save_file(tensors, tmp_path / "ref.safetensors")
    command = ["tune", tiny.archive, "-o", tmp_path / "s.json", "--time", "1"]
    command += ["--reference", tmp_path / "ref.safetensors"]
    refused(tmp_path, NOT_VERIFIED, *command, says=["untuned package fails", "output0"])
