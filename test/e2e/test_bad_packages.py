"""What is wrong with a package, with the inputs it is run on, and with a reference is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from archives import copy_package, edit_manifest, flip_byte
from buddy_attention import write_reference
from layers import Layer, buddy
from refusals import INPUT_AT_FAULT, refused
from safetensors.torch import save_file


@pytest.fixture
def inputs(tiny: Layer, tmp_path: Path) -> Path:
    path = tmp_path / "in.safetensors"
    save_file(dict(zip(("hidden_states", "mask"), tiny.inputs)), path)
    return path


def refuse_package(package: Path, inputs: Path, *says: str) -> str:
    out = inputs.parent / "out.safetensors"
    return refused(inputs.parent, INPUT_AT_FAULT, "run", package, "--inputs", inputs, "--outputs", out, says=list(says))


@pytest.mark.parametrize("file", ["manifest.json", "libmodel.so", "params.bin"])
def test_flipped_byte(tiny: Layer, inputs: Path, tmp_path: Path, file: str) -> None:
    package = copy_package(tiny.package, tmp_path / "p.buddy")
    size = (package / file).stat().st_size
    for offset in (size // 3, size // 2, size - 5):
        flip_byte(package / file, offset)
        refuse_package(package, inputs, file)
        flip_byte(package / file, offset)


@pytest.mark.parametrize("file", ["manifest.json", "libmodel.so", "params.bin"])
def test_file_missing_or_short(tiny: Layer, inputs: Path, tmp_path: Path, file: str) -> None:
    package = copy_package(tiny.package, tmp_path / "p.buddy")
    data = (package / file).read_bytes()
    (package / file).write_bytes(data[:-100])
    refuse_package(package, inputs, file)
    (package / file).write_bytes(b"")
    refuse_package(package, inputs, file)
    (package / file).unlink()
    refuse_package(package, inputs, file)


def test_not_a_package(inputs: Path, tmp_path: Path) -> None:
    refuse_package(tmp_path / "missing.buddy", inputs, "missing.buddy")
    (tmp_path / "empty.buddy").mkdir()
    refuse_package(tmp_path / "empty.buddy", inputs, "manifest.json")
    refuse_package(inputs, inputs, inputs.name)


def test_package_of_another_version(tiny: Layer, inputs: Path, tmp_path: Path) -> None:
    package = copy_package(tiny.package, tmp_path / "p.buddy")
    edit_manifest(package, lambda manifest: None)
    buddy("run", package, "--inputs", inputs, "--outputs", tmp_path / "out.safetensors")
    (tmp_path / "out.safetensors").unlink()
    edit_manifest(package, lambda manifest: manifest.update(version=manifest["version"] + 1))
    version = json.loads((package / "manifest.json").read_text())["version"]
    refuse_package(package, inputs, f"format version {version}, this runtime reads version {version - 1}")
    edit_manifest(package, lambda manifest: manifest.update(magic="something-else"))
    refuse_package(package, inputs, "manifest.json")


def test_package_for_another_cpu(tiny: Layer, inputs: Path, tmp_path: Path) -> None:
    package = copy_package(tiny.package, tmp_path / "p.buddy")
    edit_manifest(package, lambda manifest: manifest["target"]["features"].append("avx4096"))
    refuse_package(package, inputs, "avx4096")

    package = copy_package(tiny.package, tmp_path / "q.buddy")
    edit_manifest(package, lambda manifest: manifest["target"].update(triple="riscv64-unknown-linux-gnu"))
    refuse_package(package, inputs, "riscv64")


def good(tiny: Layer) -> dict[str, torch.Tensor]:
    return dict(zip(("hidden_states", "mask"), tiny.inputs))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.update(maks=t.pop("mask")), ["mask", "maks"]),
        (lambda t: t.pop("mask"), ["mask"]),
        (lambda t: t.update(extra=torch.zeros(1)), ["extra"]),
        (lambda t: t.update(mask=t["mask"][:, :-1].contiguous()), ["mask", "[2, 6]", "[2, 7]"]),
        (lambda t: t.update(hidden_states=t["hidden_states"][None]), ["hidden_states", "[1, 2, 7, 64]"]),
        (lambda t: t.update(mask=t["mask"].float()), ["mask", "f32", "i64"]),
        (lambda t: t.update(hidden_states=t["hidden_states"].double()), ["hidden_states", "f64", "f32"]),
    ],
    ids=["misspelt", "missing", "extra", "shape", "rank", "dtype-mask", "dtype-states"],
)
def test_wrong_input(tiny: Layer, tmp_path: Path, change: Callable[[Any], None], says: list[str]) -> None:
    tensors = good(tiny)
    change(tensors)
    save_file(tensors, tmp_path / "in.safetensors")
    refuse_package(tiny.package, tmp_path / "in.safetensors", *says)


def test_input_file_is_not_safetensors(tiny: Layer, tmp_path: Path) -> None:
    path = tmp_path / "in.safetensors"
    for data in (b"", b"\xff" * 100, (10**18).to_bytes(8, "little") + b"{}", (2).to_bytes(8, "little") + b"{"):
        path.write_bytes(data)
        refuse_package(tiny.package, path, "in.safetensors")
    path.unlink()
    refuse_package(tiny.package, path, "in.safetensors")


def test_verification_that_fails(tiny: Layer, tmp_path: Path) -> None:
    reference = tmp_path / "ref.safetensors"
    tensors = write_reference(tiny.module, tiny.inputs, reference)
    buddy("verify", tiny.package, "--reference", reference)
    for name in ("expected_f32.output0", "expected_f64.output0"):
        tensors[name][1, 3, 5] += 1e-3
    save_file(tensors, reference)
    done = buddy("verify", tiny.package, "--reference", reference, check=3)
    assert "output0" in done.stdout + done.stderr
    del tensors["expected_f64.output0"]
    save_file(tensors, reference)
    refused(tmp_path, INPUT_AT_FAULT, "verify", tiny.package, "--reference", reference, says=["expected_f64.output0"])
