"""Packages of several entries: a prefill and a decoding step that share parameters and caches."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from buddy_attention import export_layer, export_programs, judge_outputs, write_steps_reference
from cached import CachedAttention, call, with_static_cache
from conftest import ROOT
from layers import buddy, passed
from safetensors.torch import load_file, save_file
from test_c_example import BUILD, SOURCE, built, find_program
from torch.export.pt2_archive import _package


def steps_of(size: int, lengths: list[int]) -> list[dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(5)
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [
        {"x": torch.randn(1, n, size, generator=generator), "position": torch.arange(start, start + n)}
        for start, n in zip(starts, lengths)
    ]


def compile_two(module: torch.nn.Module, folder: Path) -> tuple[Path, list[dict[str, torch.Tensor]]]:
    """A package with prefill (5 rows) and decode (1 row) of CachedAttention, and steps for it."""
    steps = steps_of(24, [5, 1, 1, 1])
    export_programs(module, {"prefill": steps[0], "decode": steps[1]}, folder / "model.pt2")
    buddy("compile", folder / "model.pt2", "-o", folder / "model.buddy", "--save-stages", folder / "stages")
    return folder / "model.buddy", steps


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[torch.nn.Module, Path, list[dict[str, torch.Tensor]]]:
    torch.manual_seed(0)
    module = CachedAttention().eval()
    return module, *compile_two(module, tmp_path_factory.mktemp("entries"))


ENTRIES = ["prefill", "decode", "decode", "decode"]


def test_numbers_and_state(made: tuple, tmp_path: Path) -> None:
    """Each step sees what the others left, whichever entry they were; a new run starts anew."""
    module, package, steps = made
    reference = tmp_path / "ref.safetensors"
    tensors = write_steps_reference(module, steps, reference, ENTRIES)
    buddy("verify", package, "--reference", reference)
    inputs = {name.replace("input.", ""): t for name, t in tensors.items() if ".input." in name}
    save_file(inputs, tmp_path / "in.safetensors")
    for _ in range(2):
        buddy("run", package, "--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out.safetensors")
        outputs = load_file(tmp_path / "out.safetensors")
        for number, entry in enumerate(ENTRIES):
            prefix = f"step{number}.{entry}."
            assert all(map(passed, judge_outputs(outputs, tensors, prefix)))
            assert outputs[prefix + "output1"].item() == 5 + number
    # The module itself has not been run.
    assert module.seen.item() == 0 and not module.keys.any()


def test_parameters_lie_once(made: tuple, tmp_path: Path) -> None:
    module, package, steps = made
    export_layer(module, (), tmp_path / "one.pt2", steps[1])
    buddy("compile", tmp_path / "one.pt2", "-o", tmp_path / "one.buddy")
    assert (package / "params.bin").read_bytes() == (tmp_path / "one.buddy" / "params.bin").read_bytes()
    manifest = json.loads((package / "manifest.json").read_text())
    assert [entry["name"] for entry in manifest["entries"]] == ["prefill", "decode"]
    assert [entry["states"] for entry in manifest["entries"]] == [["keys", "values", "seen"]] * 2
    assert [state["name"] for state in manifest["states"]] == ["keys", "values", "seen"]
    # The archive holds them once, too, and torch reads it.
    archive = package.parent / "model.pt2"
    weights = [n for n in zipfile.ZipFile(archive).namelist() if "/data/weights/weight_" in n]
    assert len(weights) == len(module.state_dict())
    programs = _package.load_pt2(str(archive)).exported_programs
    assert sorted(programs) == ["decode", "prefill"]
    for program in programs.values():
        assert torch.equal(program.state_dict["project.weight"], module.project.weight)


def test_stages_of_each_program(made: tuple, tmp_path: Path) -> None:
    _, package, _ = made
    stages = package.parent / "stages"
    for entry in ("prefill", "decode"):
        names = {path.name for path in (stages / entry).iterdir()}
        assert {"graph.log", "graph_fused.log", "forward.mlir", "subgraph0.mlir", "model.s"} <= names
        assert f'buddy.entry = "{entry}"' in (stages / entry / "forward.mlir").read_text() or entry == "forward"
    buddy("compile", package.parent / "model.pt2", "--until=fused", "-o", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["decode", "prefill"]


def test_caches_are_changed_in_place(made: tuple) -> None:
    """No buffer of the size of a cache, and no copy of one."""
    _, package, _ = made
    for entry in ("prefill", "decode"):
        text = (package.parent / "stages" / entry / "04-bufferization.mlir").read_text()
        assert "memref<1x12x24xf32>" in text
        for line in text.splitlines():
            assert not ("memref.copy" in line and "12x24" in line.split("to")[-1] and "strided" not in line), line
            assert not ("memref.view" in line and "12x24xf32" in line), line


def test_programs_of_two_modules(tmp_path: Path) -> None:
    programs = {}
    for name in ("first", "second"):
        torch.manual_seed(len(name))
        programs[name] = torch.export.export(torch.nn.Linear(4, 4).eval(), (torch.ones(2, 4),))
    _package.package_pt2(str(tmp_path / "two.pt2"), exported_programs=programs)
    done = buddy("compile", tmp_path / "two.pt2", "-o", tmp_path / "two.buddy", check=1)
    assert "'weight' is not the same tensor in program 'second'" in done.stderr
    assert "from one module" in done.stderr
    assert not (tmp_path / "two.buddy").exists()


class Table(torch.nn.Module):
    """Adds a constant that depends on the length: one name, another tensor in each program."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.tensor([float(x.shape[0]), 2.0, 3.0])


def test_constants_of_one_name(tmp_path: Path) -> None:
    calls = {"short": {"x": torch.ones(1, 3)}, "long": {"x": torch.ones(7, 3)}}
    export_programs(Table().eval(), calls, tmp_path / "m.pt2")
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    for entry, inputs in calls.items():
        save_file({f"{entry}.x": inputs["x"]}, tmp_path / "in.safetensors")
        buddy("run", tmp_path / "m.buddy", "--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out")
        (name, output), = load_file(tmp_path / "out").items()
        assert name == f"{entry}.output0"
        assert torch.equal(output, Table()(inputs["x"]))


class Unregistered(torch.nn.Module):
    """Its cache is no buffer: torch lifts it as a constant that only its order names."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = [torch.zeros(4, 3)]

    def forward(self, x: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        self.holder[0].index_copy_(0, position, x)
        return self.holder[0].sum(0)


def test_state_that_is_no_buffer(tmp_path: Path) -> None:
    module = Unregistered().eval()
    calls = {
        "two": {"x": torch.ones(2, 3), "position": torch.arange(2)},
        "one": {"x": torch.ones(1, 3), "position": torch.arange(1)},
    }
    export_programs(module, calls, tmp_path / "shared.pt2")
    buddy("compile", tmp_path / "shared.pt2", "-o", tmp_path / "m.buddy")
    save_file(
        {
            "step0.two.x": torch.ones(2, 3),
            "step0.two.position": torch.tensor([0, 3]),
            "step1.one.x": 5 * torch.ones(1, 3),
            "step1.one.position": torch.tensor([1]),
        },
        tmp_path / "in.safetensors",
    )
    buddy("run", tmp_path / "m.buddy", "--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out")
    outputs = load_file(tmp_path / "out")
    assert outputs["step0.two.output0"].tolist() == [2.0] * 3
    assert outputs["step1.one.output0"].tolist() == [7.0] * 3
    # Saved by torch, which writes a copy for each program, nothing says that they are one.
    programs = {name: torch.export.export(module, (), inputs) for name, inputs in calls.items()}
    _package.package_pt2(str(tmp_path / "apart.pt2"), exported_programs=programs)
    done = buddy("compile", tmp_path / "apart.pt2", "-o", tmp_path / "no.buddy", check=1)
    assert "program 'one' changes" in done.stderr and "register_buffer" in done.stderr


def test_bad_requests(made: tuple, tmp_path: Path) -> None:
    module, package, steps = made
    archive = package.parent / "model.pt2"
    with pytest.raises(ValueError, match="C function"):
        export_programs(module, {"pre-fill": steps[0]}, tmp_path / "m.pt2")
    program = torch.export.export(torch.nn.ReLU(), (torch.ones(2),))
    _package.package_pt2(str(tmp_path / "named.pt2"), exported_programs={"a-b": program})
    done = buddy("compile", tmp_path / "named.pt2", "-o", tmp_path / "x.buddy", check=1)
    assert "'a-b'" in done.stderr and "letters, digits and underscores" in done.stderr
    (tmp_path / "s.json").write_text('{"version": 1, "schedules": []}')
    done = buddy("compile", archive, "-o", tmp_path / "x.buddy", "--schedule", tmp_path / "s.json", check=1)
    assert "of one program" in done.stderr
    done = buddy("inspect", package, "--schedule", check=1)
    assert "has 2 entries" in done.stderr
    done = buddy("bench", package, "--entry", "sideways", check=1)
    assert "no entry 'sideways', it has prefill, decode" in done.stderr
    save_file({"step0.sideways.x": steps[0]["x"]}, tmp_path / "in.safetensors")
    done = buddy("run", package, "--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out", check=1)
    assert "step0.sideways.x: the model has no input of this name" in done.stderr
    # Rows beyond the cache.
    save_file({f"decode.{name}": t for name, t in (steps[1] | {"position": torch.tensor([12])}).items()}, tmp_path / "in.safetensors")
    done = buddy("run", package, "--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out", check=1)
    assert "(position): element [0] is 12; it is an index and must lie between 0 and 11" in done.stderr


def greedy(module: torch.nn.Module, prompt: list[int], length: int, count: int) -> list[int]:
    """Eager PyTorch, with the calls that generate.c makes."""
    import copy

    module = copy.deepcopy(module)
    tokens = list(prompt)
    with torch.no_grad():
        done = length if len(prompt) >= length else 0
        logits = module(**call(tokens[:length], 0))[0, -1] if done else None
        while len(tokens) < len(prompt) + count:
            if done == len(tokens):
                tokens.append(int(logits.argmax()))
            if len(tokens) == len(prompt) + count:
                break
            logits = module(**call([tokens[done]], done))[0, -1]
            done += 1
    return tokens[len(prompt) :]


@pytest.mark.parametrize("family", ["qwen2", "llama"])
def test_generate_in_c(family: str, tmp_path: Path) -> None:
    """Sixty-four tokens from several prompts, longer and shorter than the prefill: transformers' own."""
    module = with_static_cache(family, cache=96)
    calls = {"prefill": call([1, 2, 3, 4, 5, 6, 7], 0), "decode": call([1], 0)}
    export_programs(module, calls, tmp_path / "m.pt2")
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    compiler = shutil.which("cc") or str(find_program("clang"))
    library = BUILD / "lib"
    paths = [f"-I{ROOT / 'include'}", f"-I{tmp_path / 'm.buddy'}", f"-L{library}", f"-Wl,-rpath,{library}"]
    warnings = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
    built(compiler, *warnings, SOURCE / "generate.c", "-o", tmp_path / "generate", *paths, "-lbuddy_runtime")
    generator = np.random.default_rng(3)
    for length in (7, 12, 3):
        prompt = [int(token) for token in generator.integers(0, 131, length)]
        command = [tmp_path / "generate", tmp_path / "m.buddy", "64", *map(str, prompt)]
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert [int(line) for line in done.stdout.split()] == greedy(module, prompt, 7, 64)
    done = subprocess.run([str(tmp_path / "generate"), str(tmp_path / "m.buddy"), "100", "1"], capture_output=True, text=True)
    assert done.returncode == 1 and "must lie between 0 and 95" in done.stderr
