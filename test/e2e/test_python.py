"""The Python package by itself: its start, finding buddy, names of inputs and parameters, reference files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from buddy_attention import BuddyError, DynamoCompiler, find_buddy, run_buddy, write_reference
from conftest import ROOT
from layers import run_python
from safetensors.torch import load_file


class Nested(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.full((3,), 2.0))
        self.register_buffer("offset", torch.ones(3), persistent=False)

    def forward(self, pair: tuple[torch.Tensor, torch.Tensor], *, last: torch.Tensor) -> dict[str, torch.Tensor]:
        a, b = pair
        return {"sum": a * self.scale + self.offset, "other": b - last}


def nested() -> DynamoCompiler:
    inputs = ((torch.randn(2, 3), torch.randn(3)),)
    return DynamoCompiler(Nested(), inputs, {"last": torch.randn(3)})


def test_names_are_those_of_the_exported_signature() -> None:
    compiler = nested()
    exported = [spec.arg.name for spec in compiler.program.graph_signature.input_specs if spec.target is None]
    assert compiler.input_names == exported
    assert compiler.input_names[-1] == "last"
    assert list(compiler.params) == ["scale", "offset"]


def test_reference_file(tmp_path: Path) -> None:
    compiler = nested()
    tensors = load_file(compiler.write_reference(tmp_path / "deep" / "ref.safetensors"))
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["ref.safetensors"]
    outputs = {f"{kind}.output{i}" for kind in ("expected_f32", "expected_f64", "noise") for i in range(2)}
    assert set(tensors) == outputs | {f"input.{name}" for name in compiler.input_names}
    assert tensors["expected_f32.output0"].dtype == torch.float32
    assert tensors["expected_f64.output0"].dtype == torch.float64
    (a, _), last = compiler.inputs[0], compiler.keywords["last"]
    assert torch.equal(tensors["input.last"], last)
    assert torch.equal(tensors["expected_f64.output0"], a.double() * 2 + 1)


def test_inputs_that_do_not_fit_the_program(tmp_path: Path) -> None:
    compiler = nested()
    with pytest.raises(ValueError, match="exported with 3 inputs, 1 were given"):
        write_reference(Nested(), (torch.randn(2, 3),), tmp_path / "ref.safetensors", program=compiler.program)
    assert list(tmp_path.iterdir()) == []


def test_module_is_left_as_it_was(tmp_path: Path) -> None:
    module = Nested()
    write_reference(
        module, ((torch.randn(2, 3), torch.randn(3)),), tmp_path / "r.safetensors", {"last": torch.randn(3)}
    )
    assert module.scale.dtype == module.offset.dtype == torch.float32


def test_buddy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUDDY", "/nowhere/buddy")
    with pytest.raises(BuddyError, match="/nowhere/buddy"):
        find_buddy()


def test_errors_of_buddy_are_raised(tmp_path: Path) -> None:
    (tmp_path / "bad.pt2").write_text("no archive")
    with pytest.raises(BuddyError, match="bad.pt2") as caught:
        run_buddy(["compile", tmp_path / "bad.pt2", "-o", tmp_path / "out.buddy"])
    assert caught.value.returncode == 1


def test_without_the_extension_the_rest_works() -> None:
    script = (
        "import sys; sys.modules['buddy_attention._runtime'] = None\n"  # as if it was not built
        "import torch, buddy_attention as b\n"
        "print(b.DynamoCompiler(torch.nn.Linear(3, 2), (torch.ones(1, 3),)).graph.count('graph.linear'))\n"
        "for call in (lambda: b.load('x'), lambda: b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))):\n"
        "    try: call()\n"
        "    except b.BuddyError as error: print('pip install .' in str(error), 'build/python' in str(error))\n"
    )
    assert run_python(script).split() == ["1", "True", "True", "True", "True"]


def test_the_build_folder_has_the_program_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "buddy"
    program.parent.mkdir()
    program.symlink_to(os.environ["BUDDY"])
    monkeypatch.delenv("BUDDY")
    monkeypatch.setenv("BUDDY_BUILD", str(tmp_path))
    assert find_buddy() == program


def test_the_module_is_the_program() -> None:
    command = [sys.executable, "-m", "buddy_attention", "inspect", "nowhere.pt2"]
    ours = subprocess.run(command, cwd=ROOT / "python", capture_output=True)
    itself = subprocess.run([os.environ["BUDDY"], "inspect", "nowhere.pt2"], capture_output=True)
    assert (ours.returncode, ours.stdout, ours.stderr) == (1, itself.stdout, itself.stderr)


def test_the_program_and_the_package_need_no_torch_to_start(tmp_path: Path) -> None:
    """It takes seconds to import."""
    (tmp_path / "torch.py").write_text("raise RuntimeError('PyTorch was imported')\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT / "python")])
    command = [sys.executable, "-m", "buddy_attention", "--version"]
    ours = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    itself = subprocess.run([os.environ["BUDDY"], "--version"], capture_output=True)
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, itself.stdout, b"")
    script = (
        "import sys, buddy_attention as b\n"
        "print(b.find_buddy().name, b.BuddyError.__name__, set(b.__all__) <= set(dir(b)), 'torch' in sys.modules)\n"
        "print(b.load.__name__, b.model.load is b.load, 'torch' in sys.modules, hasattr(b, 'nothing'))\n"
        "from buddy_attention import *\n"
        "print(all(globals()[name] is getattr(b, name) for name in b.__all__))\n"
    )
    printed = run_python(script).splitlines()
    assert printed == ["buddy BuddyError True False", "load True True False", "True"]
