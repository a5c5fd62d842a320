"""Making layers, running buddy or Python on them, and judging their numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import attention_model
import torch
from buddy_attention import expected_outputs, export_layer, rule, write_reference
from safetensors.torch import load_file, save_file

FULL: dict[str, int] = {}  # the model file's defaults
GROUPED = {"hidden_size": 512, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 64}
TINY = {"hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}
# Nothing here divides by a vector's width.
ODD = {"hidden_size": 100, "num_attention_heads": 5, "num_key_value_heads": 1, "head_dim": 26}


def buddy(*arguments: Any, check: int | None = 0, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs buddy. Fails unless it ends with the status ``check`` (None: whatever it is)."""
    command = [os.environ["BUDDY"], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=600, **options)
    if check is not None:
        assert done.returncode == check, (
            f"{' '.join(command)}\nended with {done.returncode}, not {check}\n{done.stdout}{done.stderr}"
        )
    return done


def run_python(script: str, **environment: str) -> str:
    """What a script prints in a process of its own. Fails unless it succeeds."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "python"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Layer:
    """A module, example inputs, its archive and its package."""

    module: torch.nn.Module
    inputs: tuple[torch.Tensor, ...]
    archive: Path
    package: Path


def compile_module(directory: Path, module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], *options: str) -> Layer:
    archive, package = directory / "layer.pt2", directory / "layer.buddy"
    export_layer(module, inputs, archive)
    buddy("compile", archive, "-o", package, *options)
    return Layer(module, inputs, archive, package)


def compile_layer(
    directory: Path,
    size: dict[str, int] = FULL,
    variant: str = "default",
    batch: int = 1,
    seq: int = 40,
    *,
    masked: bool = True,
    sharp: bool = False,
    options: Sequence[str] = (),
) -> Layer:
    """Exports and compiles a layer of the example. ``sharp`` makes its attention far from uniform."""
    if variant == "mha":
        size = {k: v for k, v in size.items() if k != "num_key_value_heads"}
    module = attention_model.make_model(variant, **size)
    if sharp:
        sharpen(module)
    inputs = attention_model.make_inputs(batch, seq, size.get("hidden_size", 1536), with_mask=masked)
    return compile_module(directory, module, inputs, *options)


def sharpen(module: torch.nn.Module, factor: float = 3.7) -> None:
    """Scales q's and k's weights until the scores have a standard deviation of about 4.5.

    With the default initialisation it is 0.33: softmax is nearly uniform, and wrong scores hardly
    show in the output.
    """
    with torch.no_grad():
        for projection in (module.q_proj, module.k_proj):
            projection.weight.mul_(factor)


def padding_masks(batch: int, seq: int) -> dict[str, torch.Tensor]:
    """Masks [batch, seq] int64, by pattern. Rows differ from each other where there are several."""
    ones = torch.ones(batch, seq, dtype=torch.int64)
    left, right, empty = ones.clone(), ones.clone(), ones.clone()
    for row in range(batch):
        padded = min(seq - 1, (seq // 3 or 1) + 2 * row)
        left[row, :padded] = 0
        right[row, seq - padded :] = 0
    empty[0] = 0
    return {"none": ones, "left": left, "right": right, "empty-row": empty}


def judge(ours: Any, eager: Any, exact: Any, noise: Any = None, name: str = "output") -> rule.Verdict:
    """Asserts the rule of ``buddy verify`` for one output (docs/numbers.md)."""
    return passed(rule.judge(ours, eager, exact, noise, name))


def passed(verdict: rule.Verdict) -> rule.Verdict:
    assert verdict.passed, verdict
    return verdict


def check_outputs(
    ours: Sequence[torch.Tensor],
    module: torch.nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
) -> None:
    """Compares what a call gave with eager."""
    outputs = {f"output{i}": value for i, value in enumerate(ours)}
    for verdict in rule.judge_outputs(outputs, expected_outputs(module, inputs, keywords)):
        passed(verdict)


def check_numbers(layer: Layer, inputs: tuple[torch.Tensor, ...], directory: Path) -> list[rule.Verdict]:
    """Compares the package with eager on ``inputs``: by buddy verify, and again from the outputs of buddy run."""
    reference = directory / "ref.safetensors"
    tensors = write_reference(layer.module, inputs, reference)
    return check_reference(layer.package, tensors, reference)


def check_reference(package: Path, tensors: dict[str, torch.Tensor], reference: Path) -> list[rule.Verdict]:
    inputs = {name.removeprefix("input."): t for name, t in tensors.items() if name.startswith("input.")}
    outputs = run_package(package, inputs, reference.parent)
    verdicts = [passed(verdict) for verdict in rule.judge_outputs(outputs, tensors)]
    buddy("verify", package, "--reference", reference)
    return verdicts


def run_package(package: Path, inputs: dict[str, torch.Tensor], directory: Path) -> dict[str, torch.Tensor]:
    save_file(inputs, directory / "in.safetensors")
    outputs = directory / "out.safetensors"
    buddy("run", package, "--inputs", directory / "in.safetensors", "--outputs", outputs)
    return load_file(outputs)
