"""What is wrong with the input is said, with the right exit status, and nothing is left behind."""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from archives import copy_package, edit_manifest, flip_byte, rewrite_archive
from buddy_attention import export_layer
from layers import Layer, buddy
from safetensors.torch import save_file

INPUT_AT_FAULT, WRONG_USAGE = 1, 2


def refused(folder: Path, status: int, *arguments: Any, says: list[str], **options: Any) -> str:
    """buddy ends with ``status``, its message holds every text of ``says``, ``folder`` is as before."""
    before = contents(folder)
    done = buddy(*arguments, check=status, **options)
    for text in says:
        assert text.lower() in done.stderr.lower(), f"{text!r} is not in:\n{done.stderr}"
    assert "Stack dump" not in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert contents(folder) == before, "something was left behind, or changed"
    return done.stderr


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


# The archive ---------------------------------------------------------------------------------------


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
    import attention_model

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
        assert f"test_bad_inputs.py:{number}" in text, f"line {number}, {call}, is not in:\n{text}"


# The output ----------------------------------------------------------------------------------------


def test_output_folder_that_cannot_be_made(tiny: Layer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    says = [str(tmp_path / "file"), "is not a folder"]
    refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "-o", tmp_path / "file" / "layer.buddy", says=says)
    done = buddy("compile", tiny.archive, "-o", "/sys/layer.buddy", check=INPUT_AT_FAULT)
    assert "/sys" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_output_folder_not_writable(tiny: Layer, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        says = ["permission denied"]
        refused(tmp_path, INPUT_AT_FAULT, "compile", tiny.archive, "-o", tmp_path / "layer.buddy", says=says)
    finally:
        tmp_path.chmod(0o755)


def test_output_folder_of_somebody_else(tiny: Layer, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    says = ["thesis", "package"]
    refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "-o", tmp_path / "thesis", says=says)
    (tmp_path / "notes.txt").write_text("more work")
    refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "-o", tmp_path / "notes.txt", says=["notes.txt"])


def limit_file_size(size: int) -> Callable[[], None]:
    """As on a full disk: writing beyond ``size`` bytes of a file fails."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("size", [0, 1000, 20_000])
def test_disk_full(tiny: Layer, tmp_path: Path, size: int) -> None:
    done = buddy("compile", tiny.archive, "-o", tmp_path / "layer.buddy", check=None, preexec_fn=limit_file_size(size))
    assert done.returncode == INPUT_AT_FAULT, done.stderr
    assert "too large" in done.stderr.lower() or "no space" in done.stderr.lower() or "write" in done.stderr.lower()
    assert contents(tmp_path) == {}


def test_killed_while_replacing_a_package(tiny: Layer, tmp_path: Path) -> None:
    package = copy_package(tiny.package, tmp_path / "layer.buddy")
    reference = tmp_path / "ref.safetensors"
    from buddy_attention import write_reference

    write_reference(tiny.module, tiny.inputs, reference)
    started = time.monotonic()
    buddy("compile", tiny.archive, "-o", package)
    whole = time.monotonic() - started
    for part in (0.3, 0.6, 0.8, 0.9, 0.95, 1.0):
        process = subprocess.Popen(
            [os.environ["BUDDY"], "compile", tiny.archive, "-o", package], stderr=subprocess.DEVNULL
        )
        time.sleep(part * whole)
        process.kill()
        process.wait()
        buddy("verify", package, "--reference", reference)


# The package ---------------------------------------------------------------------------------------


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


# Inputs at run time --------------------------------------------------------------------------------


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
        (lambda t: t.update(mask=t["mask"] << 40), ["mask", "1099511627776"]),
    ],
    ids=["misspelt", "missing", "extra", "shape", "rank", "dtype-mask", "dtype-states", "beyond-i32"],
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
    from buddy_attention import write_reference

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


# The command line ----------------------------------------------------------------------------------


def test_unknown_stage(tiny: Layer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = refused(tmp_path, WRONG_USAGE, "compile", tiny.archive, "--until=tosaa", "-o", out, says=["tosaa"])
    assert "tosa-to-linalg" in text and "reconcile-casts" in text, "the stages' names are listed"


@pytest.mark.parametrize(
    "arguments",
    [[], ["compile"], ["frobnicate"], ["compile", "x.pt2", "--no-such-option"], ["run", "x.buddy"]],
    ids=["nothing", "no-file", "command", "option", "no-inputs"],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    refused(tmp_path, WRONG_USAGE, *arguments, says=[], cwd=tmp_path)


@pytest.mark.parametrize("command", [[], ["compile"], ["run"], ["verify"], ["bench"], ["inspect"]])
def test_help(command: list[str]) -> None:
    assert "usage" in buddy(*command, "--help").stdout.lower()


def test_unknown_target(tiny: Layer, tmp_path: Path) -> None:
    out = tmp_path / "out.buddy"
    arguments = ["compile", tiny.archive, "--target=pentium-mmx", "-o", out]
    text = refused(tmp_path, WRONG_USAGE, *arguments, says=["pentium-mmx"])
    assert "x86-64-v3" in text


@pytest.fixture(scope="module")
def dumps(tiny: Layer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dumps")
    buddy("compile", tiny.archive, "--until=tosa", "-o", folder)
    return folder


def from_files(*files: Path) -> str:
    return "--from=" + ",".join(map(str, files))


def test_ir_at_the_wrong_stage(dumps: Path, tmp_path: Path) -> None:
    tosa = from_files(dumps / "forward.mlir", dumps / "subgraph0.mlir")
    for stage, until in (("vector-to-llvm", "reconcile-casts"), ("matmul-optimization", "vector-optimization")):
        arguments = ["compile", tosa, f"--at={stage}", f"--until={until}", "-o", tmp_path / "out"]
        refused(tmp_path, INPUT_AT_FAULT, *arguments, says=["tosa"])
    arguments = ["compile", tosa, "--at=tosa-to-linalg", "--until=tosa", "-o", tmp_path / "out"]
    refused(tmp_path, WRONG_USAGE, *arguments, says=["tosa-to-linalg"])


def test_ir_that_is_broken(dumps: Path, tmp_path: Path) -> None:
    broken = tmp_path / "subgraph0.mlir"
    out = ["--at=tosa-to-linalg", "--until=vector-optimization", "-o", tmp_path / "out"]
    for text in ("", "not MLIR at all", (dumps / "subgraph0.mlir").read_text()[:-200]):
        broken.write_text(text)
        refused(
            tmp_path, INPUT_AT_FAULT, "compile", from_files(dumps / "forward.mlir", broken), *out, says=["subgraph0"]
        )
    # forward calls what the second file does not have.
    arguments = ["compile", from_files(dumps / "forward.mlir", dumps / "forward.mlir"), *out]
    refused(tmp_path, INPUT_AT_FAULT, *arguments, says=["forward"])
    missing = from_files(dumps / "forward.mlir", tmp_path / "nowhere.mlir")
    refused(tmp_path, INPUT_AT_FAULT, "compile", missing, *out, says=["nowhere.mlir"])
