"""Schedules are seen in the dumps and by buddy inspect, and can be overridden from a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from layers import TINY, Layer, buddy, check_numbers, compile_layer
from refusals import INPUT_AT_FAULT, WRONG_USAGE, refused


def schedule_file(package: Path) -> dict[str, Any]:
    return json.loads(buddy("inspect", package, "--schedule").stdout)


def entry(schedules: dict[str, Any], op: str) -> dict[str, Any]:
    return next(e for e in schedules["schedules"] if e["op"] == op)


def write(path: Path, *entries: Any) -> Path:
    path.write_text(json.dumps({"version": 1, "schedules": list(entries)}))
    return path


def contents(package: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in package.iterdir()}


def test_inspect_names_the_heavy_operations(tiny: Layer) -> None:
    schedules = schedule_file(tiny.package)
    names = [e["op"] for e in schedules["schedules"]]
    assert {"subgraph0.contraction0", "subgraph0.attention0", "subgraph0.contraction1"} <= set(names)
    assert len(set(names)) == len(names)
    projections = entry(schedules, "subgraph0.contraction0")
    # q, k and v in one: 64 + 32 + 32 columns, 2 x 7 rows.
    loops = projections["loops"]
    assert (loops["row"], loops["k"], loops["panel"] * loops["lane"] >= 128) == (14, 64, True)
    assert re.fullmatch(r"attention_model\.py:\d+", projections["location"])
    attention = entry(schedules, "subgraph0.attention0")["loops"]
    assert (attention["batch"], attention["head"], attention["query"], attention["key"]) == (2, 4, 7, 7)
    manifest = json.loads((tiny.package / "manifest.json").read_text())
    assert manifest["entries"][0]["schedules"] == schedules["schedules"]
    assert json.loads(buddy("inspect", tiny.package, "--json").stdout)["entries"][0]["schedules"] == schedules["schedules"]
    text = buddy("inspect", tiny.package).stdout
    assert all(name in text for name in names)


def test_every_dump_from_the_schedules_on_lists_them(tiny: Layer, tmp_path: Path) -> None:
    buddy("compile", tiny.archive, "-o", tmp_path / "a.buddy", f"--save-stages={tmp_path / 'stages'}")
    names = [e["op"] for e in schedule_file(tmp_path / "a.buddy")["schedules"]]
    for number in range(1, 15):
        (dump,) = (tmp_path / "stages").glob(f"{number:02}-*.mlir")
        text = dump.read_text()
        (attributes,) = re.findall(r"^module attributes .*$", text, re.MULTILINE)
        listed = re.findall(r'\bop = "([^"]*)"', attributes)
        assert listed == (names if number >= 3 else []), dump
        if number == 3:
            on_loops = set(re.findall(r'^\s*\} \{.*buddy\.schedule = \{.*\bop = "([^"]*)"', text, re.MULTILINE))
            assert {"subgraph0.contraction0", "subgraph0.attention0"} <= on_loops <= set(names)


def test_an_unedited_file_changes_nothing(tiny: Layer, tmp_path: Path) -> None:
    schedules = write(tmp_path / "s.json", *schedule_file(tiny.package)["schedules"])
    buddy("compile", tiny.archive, "-o", tmp_path / "a.buddy", "--schedule", schedules)
    assert contents(tmp_path / "a.buddy") == contents(tiny.package)


def test_one_edited_number_is_compiled(tiny: Layer, tmp_path: Path) -> None:
    edited = schedule_file(tiny.package)
    entry(edited, "subgraph0.contraction0")["schedule"]["tile"]["row"] = 3
    entry(edited, "subgraph0.attention0")["schedule"].update(key_block=2, diagonal_block=1)
    write(tmp_path / "s.json", *edited["schedules"])
    buddy("compile", tiny.archive, "-o", tmp_path / "a.buddy", "--schedule", tmp_path / "s.json")
    assert schedule_file(tmp_path / "a.buddy") == edited
    assert contents(tmp_path / "a.buddy")["libmodel.so"] != contents(tiny.package)["libmodel.so"]
    assert contents(tmp_path / "a.buddy")["params.bin"] == contents(tiny.package)["params.bin"]
    check_numbers(Layer(tiny.module, tiny.inputs, tiny.archive, tmp_path / "a.buddy"), tiny.inputs, tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"contraction0": {"tile": {"row": 1, "lane": 5}, "k_block": 16}},
        {"contraction1": {"parallel": {"panel": 0, "row": 7}, "tile": {"panel": 2, "row": 4}}},
        {"attention0": {"query_block": 3, "key_block": 5, "diagonal_block": 5, "tile": {"row": 3, "lane": 7}}},
        {"attention0": {"query_block": 64, "key_block": 64, "diagonal_block": 64, "tile": {"row": 1, "lane": 64}}},
    ],
    ids=["odd-tile", "rows-in-parallel", "odd-blocks", "large-blocks"],
)
def test_any_legal_schedule_computes_the_same(tiny: Layer, changes: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path / "s.json", *({"op": f"subgraph0.{op}", "schedule": fields} for op, fields in changes.items()))
    buddy("compile", tiny.archive, "-o", tmp_path / "a.buddy", "--schedule", tmp_path / "s.json")
    check_numbers(Layer(tiny.module, tiny.inputs, tiny.archive, tmp_path / "a.buddy"), tiny.inputs, tmp_path)


@pytest.mark.parametrize(
    ("op", "members", "says"),
    [
        ("contraction9", {}, ["there is no operation", "subgraph0.contraction0"]),
        ("contraction0", {"loops": {"row": 128}}, ["contraction0: loops", "row 14", "another program"]),
        ("contraction0", {"schedule": {"tile": {"row": 0, "lane": 0}, "k_block": 0}}, ["k_block: 0", "only 1 to"]),
        ("attention0", {"schedule": {"diagonal_block": 3}}, ["diagonal_block 3 does not divide key_block"]),
        ("attention0", {"schedule": {"tile": {"row": 4000, "lane": 4000}}}, ["attention0: tile", "at most"]),
        ("attention0", {"schedule": {"query_block": 100000}}, ["attention0: query_block", "only 1 to 256"]),
        ("attention0", {"schedule": {"speed": 11}}, ["attention0: speed", "the fields are query_block"]),
    ],
)
def test_refused(tiny: Layer, op: str, members: dict[str, Any], says: list[str], tmp_path: Path) -> None:
    write(tmp_path / "edited.json", {"op": f"subgraph0.{op}", "schedule": {}, **members})
    command = ["compile", tiny.archive, "-o", tmp_path / "a.buddy", "--schedule", tmp_path / "edited.json"]
    refused(tmp_path, INPUT_AT_FAULT, *command, says=["edited.json", *says])


def test_a_whole_long_loop_is_refused_before_it_is_compiled(default: Layer, tmp_path: Path) -> None:
    """It would be one vector of 40 x 32 or more, which takes minutes to compile."""
    change = {"op": "subgraph0.contraction0", "schedule": {"tile": {"row": 0, "lane": 0, "panel": 0}}}
    write(tmp_path / "edited.json", change)
    command = ["compile", default.archive, "-o", tmp_path / "a.buddy", "--schedule", tmp_path / "edited.json"]
    refused(tmp_path, INPUT_AT_FAULT, *command, says=["contraction0: tile", "too large", "registers"])


def test_more_than_a_threads_stack_is_the_files_fault(tmp_path: Path) -> None:
    """What only a later stage can see is still not the compiler's fault, and names the operation."""
    layer = compile_layer(tmp_path, TINY, seq=1500)
    change = {"op": "subgraph0.attention0", "schedule": {"query_block": 256, "key_block": 1500}}
    write(tmp_path / "edited.json", change)
    command = ["compile", layer.archive, "-o", tmp_path / "a.buddy", "--schedule", tmp_path / "edited.json"]
    refused(tmp_path, INPUT_AT_FAULT, *command, says=["stack", "subgraph0.attention0", "edited.json"])


def test_wrong_usage(tiny: Layer, tmp_path: Path) -> None:
    schedules = write(tmp_path / "s.json")
    early = ["compile", tiny.archive, "--until=tosa", "-o", tmp_path / "out", "--schedule", schedules]
    refused(tmp_path, WRONG_USAGE, *early, says=["--schedule has no effect", "tensor-optimization"])
    missing = ["compile", tiny.archive, "-o", tmp_path / "a.buddy", "--schedule", tmp_path / "none.json"]
    refused(tmp_path, INPUT_AT_FAULT, *missing, says=["none.json", "no such file"])
    refused(tmp_path, WRONG_USAGE, "inspect", tiny.archive, "--schedule", says=["no package"])
    refused(tmp_path, WRONG_USAGE, "inspect", tiny.package, "--schedule", "--json", says=["excludes"])


def test_on_dumps_as_well(tiny: Layer, tmp_path: Path) -> None:
    """--schedule with --from gives what it gives with the archive."""
    buddy("compile", tiny.archive, "--until=tosa", "-o", tmp_path / "tosa")
    change = {"op": "subgraph0.contraction0", "schedule": {"k_block": 32}}
    write(tmp_path / "s.json", change)
    files = ",".join(str(tmp_path / "tosa" / f"{name}.mlir") for name in ("forward", "subgraph0"))
    command = ["compile", f"--from={files}", "--at=tosa-to-linalg", "--until=tensor-optimization"]
    buddy(*command, "-o", tmp_path / "out", "--schedule", tmp_path / "s.json")
    assert "k_block = 32" in (tmp_path / "out" / "subgraph0-tensor-optimization.mlir").read_text()


# docs/schedules.md ---------------------------------------------------------------------------------

DOCUMENT = ROOT / "docs" / "schedules.md"


def test_the_document_explains_every_field_and_loop(default: Layer) -> None:
    text = DOCUMENT.read_text()
    for one in schedule_file(default.package)["schedules"]:
        for name in [one["kind"], *one["loops"], *one["schedule"]]:
            name = re.sub(r"^(loop|batch|row|column|k)\d+$", r"\1", name)
            assert f"`{name}`" in text, f"docs/schedules.md does not explain `{name}`"
