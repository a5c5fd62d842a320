"""What is wrong with an archive is said."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import attention_model
import pytest
import torch
from archives import rewrite_archive
from buddy_attention import export_layer
from layers import Layer, buddy
from refusals import INPUT_AT_FAULT, refused


def refuse_archive(archive: Path, *says: str) -> str:
    package = archive.parent / "out.buddy"
    return refused(archive.parent, INPUT_AT_FAULT, "compile", archive, "-o", package, says=list(says))


def test_no_such_file(tmp_path: Path) -> None:
    refuse_archive(tmp_path / "missing.pt2", "missing.pt2", "no such file")


def test_not_a_zip(tmp_path: Path) -> None:
    (tmp_path / "text.pt2").write_text("this is not an archive\n" * 50)
    refuse_archive(tmp_path / "text.pt2", "text.pt2", "zip")
    (tmp_path / "empty.pt2").write_bytes(b"")
    refuse_archive(tmp_path / "empty.pt2", "empty")


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.95, 0.999])
def test_truncated(tiny: Layer, tmp_path: Path, kept: float) -> None:
    data = tiny.archive.read_bytes()
    (tmp_path / "cut.pt2").write_bytes(data[: int(kept * len(data))])
    refuse_archive(tmp_path / "cut.pt2", "cut.pt2", "truncated")


def test_no_model_json(tiny: Layer, tmp_path: Path) -> None:
    archive = rewrite_archive(tiny.archive, tmp_path / "a.pt2", replace={"models/model.json": None})
    refuse_archive(archive, "models/model.json")


def test_torch_save_instead_of_export(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "state.pt2")
    refuse_archive(tmp_path / "state.pt2", "torch.export")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'{"graph_module": ', "model.json"),
        (b"", "model.json"),
        (b"[" * 200_000 + b"]" * 200_000, "model.json"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "model.json"),
        (b"[]", "model.json"),
        (b'{"schema_version": {"major": 8}}', "model.json"),
        (b"\xff\xfe\x00", "model.json"),
    ],
    ids=["cut", "empty", "deep-lists", "deep-objects", "list", "keys-missing", "not-utf8"],
)
def test_broken_json(tiny: Layer, tmp_path: Path, text: bytes, says: str) -> None:
    refuse_archive(rewrite_archive(tiny.archive, tmp_path / "a.pt2", replace={"models/model.json": text}), says)


@pytest.mark.parametrize("major", [7, 9, 99])
def test_other_schema(tiny: Layer, tmp_path: Path, major: int) -> None:
    def change(model: Any) -> None:
        model["schema_version"]["major"] = major

    archive = rewrite_archive(tiny.archive, tmp_path / "a.pt2", edit={"models/model.json": change})
    refuse_archive(archive, f"{major}", "schema", "8")


def first_weight(tiny: Layer) -> tuple[str, int]:
    with zipfile.ZipFile(tiny.archive) as archive:
        info = next(i for i in archive.infolist() if i.filename.endswith("weights/weight_0"))
    return "data/weights/weight_0", info.file_size


def test_weight_missing(tiny: Layer, tmp_path: Path) -> None:
    name, _ = first_weight(tiny)
    refuse_archive(rewrite_archive(tiny.archive, tmp_path / "a.pt2", replace={name: None}), "weight_0")


def test_weight_short(tiny: Layer, tmp_path: Path) -> None:
    name, size = first_weight(tiny)
    archive = rewrite_archive(tiny.archive, tmp_path / "a.pt2", replace={name: bytes(size - 4)})
    refuse_archive(archive, "weight_0", str(size // 4 - 1))


def test_weight_damaged(tiny: Layer, tmp_path: Path) -> None:
    archive = tmp_path / "a.pt2"
    data = bytearray(tiny.archive.read_bytes())
    weight = tiny.module.q_proj.weight.detach().numpy().tobytes()
    data[data.index(weight) + 1000] ^= 1
    archive.write_bytes(data)
    refuse_archive(archive, "weight_0", "damaged")


def test_archive_with_64_bit_offsets(tiny: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives beyond 4 GiB keep sizes and offsets in 64-bit fields; this makes a small one of that form."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 0)
    archive = rewrite_archive(tiny.archive, tmp_path / tiny.archive.name)
    data = archive.read_bytes()
    assert data.count(b"\xff" * 4) >= 3
    buddy("compile", archive, "--until=graph", "-o", tmp_path / "wide")
    buddy("compile", tiny.archive, "--until=graph", "-o", tmp_path / "narrow")
    assert (tmp_path / "wide" / "graph.log").read_text() == (tmp_path / "narrow" / "graph.log").read_text()

    with zipfile.ZipFile(archive) as entries:
        last = struct.pack("<Q", entries.infolist()[-1].header_offset)
    at = data.rindex(last)
    archive.write_bytes(data[:at] + struct.pack("<Q", 1 << 60) + data[at + 8 :])
    refuse_archive(archive, "damaged", "is not where the directory says")


def test_compressed_weights(tiny: Layer, tmp_path: Path) -> None:
    archive = rewrite_archive(tiny.archive, tmp_path / "a.pt2", compression=zipfile.ZIP_DEFLATED)
    refuse_archive(archive, "compressed")


def test_pickled_weight(tiny: Layer, tmp_path: Path) -> None:
    def change(config: Any) -> None:
        next(iter(config["config"].values()))["use_pickle"] = True

    refuse_archive(
        rewrite_archive(tiny.archive, tmp_path / "a.pt2", edit={"data/weights/model_weights_config.json": change}),
        "pickle",
    )


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_weights_of_another_dtype(tmp_path: Path, dtype: torch.dtype) -> None:
    module = attention_model.make_model(hidden_size=144, num_attention_heads=4, head_dim=36).to(dtype)
    inputs = (torch.zeros(1, 4, 144, dtype=dtype), torch.ones(1, 4, dtype=torch.int64))
    export_layer(module, inputs, tmp_path / "a.pt2")
    arguments = ["compile", tmp_path / "a.pt2", "-o", tmp_path / "out.buddy"]
    name = str(dtype).removeprefix("torch.")
    refused(tmp_path, INPUT_AT_FAULT, *arguments, says=["q_proj.weight", "o_proj.weight", name, "f32"])


class Unsupported(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.special.erfcx(x)
        y = y + torch.cummax(x, dim=-1).values
        z = torch.special.erfcx(y)
        return torch.kthvalue(z, 2, dim=-1).values


def test_unsupported_ops_all_at_once(tmp_path: Path) -> None:
    export_layer(Unsupported(), (torch.randn(3, 5),), tmp_path / "a.pt2")
    text = refuse_archive(tmp_path / "a.pt2", "erfcx", "cummax", "kthvalue")
    lines = Path(__file__).read_text().splitlines()
    for call in ("y = torch.special.erfcx(x)", "torch.cummax(", "z = torch.special.erfcx(y)", "torch.kthvalue("):
        number = 1 + next(i for i, line in enumerate(lines) if call in line)
        assert f"test_bad_archives.py:{number}" in text, f"line {number}, {call}, is not in:\n{text}"
