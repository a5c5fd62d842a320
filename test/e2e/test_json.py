"""What --json prints is what docs/json.md says: every key with its type, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from buddy_attention import export_layer, export_programs, write_reference
from cached import CachedAttention
from conftest import ROOT
from dynamic import SEQUENCE
from layers import Layer, buddy
from safetensors.torch import load_file, save_file

# The type of a JSON value as the tables call it; an integer is a number too.
TYPES = {str: "text", bool: "boolean", int: "integer", float: "number", type(None): "null"}
ROW = re.compile(r"^\| (\()?`([^`]+)`\)? \| ([^|]+) \|")


def documented(command: str) -> dict[str, tuple[set[str], bool]]:
    """Of the command's table: key -> its types, and whether it is always there."""
    text = (ROOT / "docs" / "json.md").read_text()
    section = text.split(f"\n## {command}\n", 1)[1].split("\n## ", 1)[0]
    rows = [match for line in section.splitlines() if (match := ROW.match(line))]
    assert rows, command
    return {row[2]: (set(row[3].split(" or ")), not row[1]) for row in rows}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is not an object or a list, with its key as the tables write it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path + "[]")
    else:
        yield path, value


def pattern_of(key: str) -> re.Pattern[str]:
    return re.compile(re.escape(key).replace(r"\*", r".+?") + "$")


def check(command: str, text: str) -> Any:
    """Checks the output of a command against its table, and returns it."""
    value = json.loads(text)
    table = {key: (pattern_of(key), *rest) for key, rest in documented(command).items()}
    seen = set()
    for path, leaf in leaves(value):
        # The plain keys first: a star matches them as well.
        matching = sorted((key for key in table if table[key][0].match(path)), key=lambda key: key.count("*"))
        assert matching, f"{command}: {path} is not in docs/json.md"
        _, types, _ = table[matching[0]]
        name = TYPES[type(leaf)]
        assert name in types or (name == "integer" and "number" in types), f"{command}: {path} is {leaf!r}, not {types}"
        seen.add(matching[0])
    missing = {key for key, (_, _, always) in table.items() if always} - seen
    assert not missing, f"{command}: documented, and not there: {sorted(missing)}"
    return value


@pytest.fixture(scope="module")
def reference(tiny: Layer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reference") / "ref.safetensors"
    write_reference(tiny.module, tiny.inputs, path)
    return path


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive and a package that have states."""
    folder = tmp_path_factory.mktemp("cached")
    inputs = {"x": torch.zeros(1, 1, 24), "position": torch.tensor([0])}
    export_programs(CachedAttention().eval(), {"decode": inputs}, folder / "model.pt2")
    buddy("compile", folder / "model.pt2", "-o", folder / "model.buddy")
    return folder


class OpenLength(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.project = torch.nn.Linear(16, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.project(x), -1)


@pytest.fixture(scope="module")
def open_length(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open")
    inputs = (torch.zeros(1, 7, 16),)
    export_layer(OpenLength(), inputs, folder / "model.pt2", dynamic_shapes=({1: SEQUENCE},))
    buddy("compile", folder / "model.pt2", "-o", folder / "model.buddy")
    return folder


def test_compile(tiny: Layer, tmp_path: Path) -> None:
    package = tmp_path / "layer.buddy"
    done = check("buddy compile", buddy("compile", tiny.archive, "-o", package, "--json").stdout)
    assert done["output"] == str(package)
    assert [stage["name"] for stage in done["stages"]][:3] == ["graph", "fused", "tosa"]
    assert {Path(file).name for file in done["stages"][-1]["files"]} == {path.name for path in package.iterdir()}
    assert sum(stage["seconds"] for stage in done["stages"]) <= done["seconds"] * 1.01


def test_run(tiny: Layer, tmp_path: Path) -> None:
    save_file(dict(zip(("hidden_states", "mask"), tiny.inputs)), tmp_path / "in.safetensors")
    files = ["--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out.safetensors"]
    done = check("buddy run", buddy("run", tiny.package, *files, "--json").stdout)
    written = load_file(tmp_path / "out.safetensors")
    assert {tensor["name"]: tensor["shape"] for tensor in done["tensors"]} == {
        name: list(tensor.shape) for name, tensor in written.items()
    }
    assert done["steps"] == 1
    assert buddy("run", tiny.package, *files).stdout == "", "without --json nothing is said"


def test_verify(tiny: Layer, reference: Path, tmp_path: Path) -> None:
    assert check("buddy verify", buddy("verify", tiny.package, "--reference", reference, "--json").stdout)["verified"]
    tensors = load_file(reference)
    for name in ("expected_f32.output0", "expected_f64.output0"):
        tensors[name] = tensors[name] + 1
    save_file(tensors, tmp_path / "wrong.safetensors")
    done = buddy("verify", tiny.package, "--reference", tmp_path / "wrong.safetensors", "--json", check=3)
    assert check("buddy verify", done.stdout)["outputs"][0]["reason"]


def test_bench(open_length: Path) -> None:
    arguments = [open_length / "model.buddy", *size_option(open_length), "--seconds", "0.01", "--json"]
    done = check("buddy bench", buddy("bench", *arguments).stdout)
    assert list(done["sizes"].values()) == [5] and done["status"] == "not verified"
    assert "profile" not in done
    assert check("buddy bench", buddy("bench", *arguments, "--profile").stdout)["profile"]["kernels"]


def size_option(folder: Path) -> list[str]:
    (symbol,) = json.loads(buddy("inspect", folder / "model.buddy", "--json").stdout)["entries"][0]["symbols"]
    return ["--size", f"{symbol['name']}=5"]


def test_limits() -> None:
    check("buddy limits", buddy("limits", "--seconds", "0.01", "--bytes", "100000", "--json").stdout)


def test_tune(tiny: Layer, tmp_path: Path) -> None:
    options = ["--time", "3", "--json", "-o", tmp_path / "schedule.json"]
    check("buddy tune", buddy("tune", tiny.archive, *options).stdout)


def test_inspect_packages(tiny: Layer, cached: Path, open_length: Path) -> None:
    section = "buddy inspect, of a package"
    check(section, buddy("inspect", tiny.package, "--json").stdout)
    with_states = check(section, buddy("inspect", cached / "model.buddy", "--json").stdout)
    assert with_states["states"] and with_states["entries"][0]["states"]
    with_sizes = check(section, buddy("inspect", open_length / "model.buddy", "--json").stdout)
    assert with_sizes["entries"][0]["symbols"] and "workspace" in with_sizes["entries"][0]


class Unsupported(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.special.erfcx(x)


def test_inspect_archives(tiny: Layer, cached: Path, open_length: Path, tmp_path: Path) -> None:
    section = "buddy inspect, of an archive"
    for archive in (tiny.archive, cached / "model.pt2", open_length / "model.pt2"):
        assert check(section, buddy("inspect", archive, "--json").stdout)["supported"]
    export_layer(Unsupported(), (torch.zeros(3),), tmp_path / "a.pt2")
    done = check(section, buddy("inspect", tmp_path / "a.pt2", "--json", check=1).stdout)
    assert "erfcx" in done["unsupported"][0]["operation"]
    (tmp_path / "b.pt2").write_text("no archive\n" * 10)
    assert check(section, buddy("inspect", tmp_path / "b.pt2", "--json", check=1).stdout)["problems"]


def test_doctor() -> None:
    assert check("buddy doctor", buddy("doctor", "--json", "--no-limits").stdout)["limits"] is None
    measured = json.loads(buddy("doctor", "--json").stdout)
    limits = documented("buddy doctor")
    assert {f"limits.{key}" for key in measured["limits"]} == {key for key in limits if key.startswith("limits.")}
    assert {f"limits.{key}" for key in measured["limits"]} <= {path for path, _ in leaves(measured)}


def test_errors_stay_text(tmp_path: Path) -> None:
    for arguments in (["compile", tmp_path / "none.pt2", "-o", tmp_path / "x.buddy"], ["bench", tmp_path / "none.buddy"]):
        done = buddy(*arguments, "--json", check=1)
        assert done.stdout == "" and done.stderr.startswith("buddy: error: ")


def test_the_check_itself(tiny: Layer) -> None:
    text = buddy("inspect", tiny.package, "--json").stdout
    section = "buddy inspect, of a package"
    value = json.loads(text)
    value["target"]["speed"] = 1
    with pytest.raises(AssertionError, match=r"target\.speed is not in"):
        check(section, json.dumps(value))
    del value["target"]["speed"], value["library"]["crc32"]
    with pytest.raises(AssertionError, match=r"library\.crc32"):
        check(section, json.dumps(value))
    value["library"]["crc32"] = 7
    with pytest.raises(AssertionError, match="7"):
        check(section, json.dumps(value))
