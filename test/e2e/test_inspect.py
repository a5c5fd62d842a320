"""buddy inspect on archives: what a program uses, and everything in it that cannot be compiled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from buddy_attention import export_layer
from layers import buddy


class Inner(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.ops.aten.median.default(x) + torch.fft.fft(x).real  # two that are not supported


class Outer(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(4, 4)
        self.blocks = torch.nn.ModuleList([Inner(), Inner()])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(self.linear(x)).relu()
        return x


def inspect(path: Path, status: int) -> dict[str, Any]:
    return json.loads(buddy("inspect", path, "--json", check=status).stdout)


def export(directory: Path, module: torch.nn.Module, *inputs: torch.Tensor) -> Path:
    export_layer(module, inputs, directory / "model.pt2")
    return directory / "model.pt2"


@pytest.mark.parametrize("name", ["t_", "swapaxes_", "unsqueeze_"])
def test_shapes_that_change_in_place(name: str, tmp_path: Path) -> None:
    """A view that was taken before keeps the old shape: such operations are refused, also where shapes fit."""

    class Turned(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            y = x * 2
            view = y[0]
            getattr(y, name)(*{"t_": (), "swapaxes_": (0, 1), "unsqueeze_": (0,)}[name])
            return view + 1, y + 1

    archive = export(tmp_path, Turned(), torch.arange(9.0).reshape(3, 3))
    (entry,) = inspect(archive, 1)["unsupported"]
    assert entry["operation"] == f"aten.{name}.default"
    assert "changes the shape" in entry["reason"] and "without the underscore" in entry["advice"]


def test_everything_unsupported_at_once(tmp_path: Path) -> None:
    archive = export(tmp_path, Outer(), torch.ones(3, 4))
    report = inspect(archive, 1)
    assert report["supported"] is False
    assert report["operations"]["aten.linear.default"] == 2
    by_name = {entry["operation"]: entry for entry in report["unsupported"]}
    assert set(by_name) >= {"aten.median.default", "aten.fft_fft.default"}
    for name in ("aten.median.default", "aten.fft_fft.default"):
        entry = by_name[name]
        assert entry["count"] == len(entry["uses"]) == report["operations"][name] == 2
        assert [use["module"] for use in entry["uses"]] == ["blocks.0", "blocks.1"]
        for use in entry["uses"]:
            assert Path(use["file"]).name == "test_inspect.py" and "aten.median" in use["source"]
            assert "aten.median" in Path(use["file"]).read_text().splitlines()[use["line"] - 1]
        assert entry["reason"] and entry["advice"]
    # The same for people, and nothing is written.
    text = buddy("inspect", archive, check=1).stdout
    assert "aten.median.default, 2 times" in text and "(in blocks.1)" in text and "what to do:" in text
    assert [path.name for path in tmp_path.iterdir()] == ["model.pt2"]


def test_a_supported_program(tmp_path: Path) -> None:
    archive = export(tmp_path, torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.GELU(), torch.nn.LayerNorm(5)), torch.ones(3, 4))
    report = inspect(archive, 0)
    assert report["supported"] is True and not report["unsupported"] and not report["problems"]
    assert report["operations"] == {"aten.linear.default": 1, "aten.gelu.default": 1, "aten.layer_norm.default": 1}
    assert [entry["type"] for entry in report["programs"][0]["inputs"] + report["programs"][0]["outputs"]] == ["f32[3, 4]", "f32[3, 5]"]
    assert "operations 3, all supported" in buddy("inspect", archive).stdout


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16])
def test_what_only_a_later_stage_refuses(dtype: torch.dtype, tmp_path: Path) -> None:
    """An operation of the table on a dtype that cannot be computed with: a problem with its line."""

    class Wide(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x.to(dtype) * 2).float()

    report = inspect(export(tmp_path, Wide(), torch.ones(3)), 1)
    assert report["supported"] is False
    lines = [entry["line"] for entry in report["problems"] if entry["kind"] == "error"]
    lines += [use["line"] for entry in report["unsupported"] for use in entry["uses"]]
    source = Path(__file__).read_text().splitlines()
    assert any("x.to(dtype) * 2" in source[line - 1] for line in lines if line)


def test_no_archive(tmp_path: Path) -> None:
    (tmp_path / "no.pt2").write_bytes(b"no archive")
    done = buddy("inspect", tmp_path / "no.pt2", check=1)
    assert "no.pt2" in done.stderr and not done.stdout
    report = inspect(tmp_path / "no.pt2", 1)
    assert report["supported"] is False and report["problems"] and not report["operations"]
