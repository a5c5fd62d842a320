"""The same input gives the same bits: of packages and dumps whoever compiles, of numbers however many threads run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import attention_model
import pytest
import torch
from buddy_attention import export_layer
from cached import CachedAttention
from dynamic import names_of
from layers import buddy
from safetensors.torch import save_file
from torch.export import Dim

SIZE = {"hidden_size": 192, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 32}


class Reductions(torch.nn.Module):
    """Sums of every kind, over lengths that divide by nothing, in float32 and in double."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        double = x.double()
        return (
            x.sum(-1),
            x.mean(0),
            x.sum(),
            x.square().mean((0, 2), keepdim=True),
            torch.softmax(x, -1),
            torch.softmax(x, 0),
            x.amax(1),
            x.argmax(-1),
            x.cumsum(-1),
            torch.linalg.vector_norm(x, dim=1),
            torch.softmax(double, -1).float(),
            double.sum((0, 1)).float(),
            x.half().float() + x.bfloat16().float(),
        )


@dataclass
class Model:
    """A module, the steps that are run one after the other, and its open dimensions by input."""

    make: Callable[[], torch.nn.Module]
    steps: list[tuple[torch.Tensor, ...]]
    dims: dict[int, Any] = field(default_factory=dict)

    def export(self, archive: Path) -> None:
        torch.manual_seed(1)
        module = self.make().eval()
        named = dict(zip(names_of(module, len(self.steps[0])), self.steps[0], strict=True))
        shapes = {name: self.dims for name in named} if self.dims else None
        export_layer(module, (), archive, named, dynamic_shapes=shapes)

    def inputs(self) -> dict[str, torch.Tensor]:
        names = names_of(self.make(), len(self.steps[0]))
        return {
            f"step{number}.{name}": tensor.contiguous()
            for number, step in enumerate(self.steps)
            for name, tensor in zip(names, step, strict=True)
        }


def _normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def _layer_inputs(batch: int, length: int) -> tuple[torch.Tensor, ...]:
    states, mask, *others = attention_model.make_inputs(batch, length, SIZE["hidden_size"], with_mask=True)
    mask[0, : length // 3] = 0
    return (states, mask, *others)


MODELS = {
    "layer-with-mask": Model(lambda: attention_model.make_model("default", **SIZE), [_layer_inputs(2, 75)]),
    "layer-of-open-sizes": Model(
        lambda: attention_model.make_model("default", **SIZE),
        [_layer_inputs(2, length) for length in (75, 1, 130)],
        {1: Dim("length", min=1, max=200)},
    ),
    "decoder-with-states": Model(
        lambda: CachedAttention(256, 300), [(_normal(1, 1, 256), torch.tensor([place])) for place in (0, 1, 299)]
    ),
    "reductions": Model(Reductions, [(_normal(37, 53, 131),)]),
    "reductions-of-open-sizes": Model(
        Reductions, [(_normal(37, rows, 131),) for rows in (53, 7, 400)], {1: Dim("rows", min=2, max=500)}
    ),
}


@pytest.fixture(scope="module", params=sorted(MODELS))
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Path]:
    """A model, and the folder with its archive and its package."""
    model = MODELS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    model.export(folder / "model.pt2")
    buddy("compile", folder / "model.pt2", "-o", folder / "model.buddy", f"--save-stages={folder / 'stages'}")
    return model, folder


def _bytes_in(*folders: Path) -> dict[str, bytes]:
    return {
        f"{folder.name}/{file.relative_to(folder)}": file.read_bytes()
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_whoever_compiles(exported: tuple[Model, Path], tmp_path: Path) -> None:
    """In another folder, from another place, with another locale, umask, number of threads and environment."""
    _, folder = exported
    elsewhere, scratch = tmp_path / "else where", tmp_path / "scratch"
    elsewhere.mkdir()
    scratch.mkdir()
    shutil.copy(folder / "model.pt2", elsewhere / "model.pt2")
    other = {
        "LC_ALL": "de_DE.UTF-8",
        "LANG": "tr_TR.UTF-8",
        "TZ": "Pacific/Auckland",
        "OMP_NUM_THREADS": "3",
        "TMPDIR": str(scratch),
        "HOME": str(scratch),
        "USER": "another",
        "PADDING": "x" * 4321,  # the stack lies elsewhere
    }
    environment = dict(reversed([*(os.environ | other).items()]))
    old = os.umask(0o077)
    try:
        buddy("compile", "model.pt2", "-o", "model.buddy", "--save-stages=stages", cwd=elsewhere, env=environment)
    finally:
        os.umask(old)
    first = _bytes_in(folder / "model.buddy", folder / "stages")
    second = _bytes_in(elsewhere / "model.buddy", elsewhere / "stages")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert {"model.buddy/libmodel.so", "model.buddy/params.bin", "model.buddy/manifest.json"} <= first.keys()
    assert len(first) > 20  # the dumps of all stages


def test_however_many_threads(exported: tuple[Model, Path], tmp_path: Path) -> None:
    model, folder = exported
    save_file(model.inputs(), tmp_path / "in.safetensors")
    outputs = {}
    for threads in (1, 2, 3, 1):
        out = tmp_path / "out.safetensors"
        buddy(
            *("run", folder / "model.buddy", "--inputs", tmp_path / "in.safetensors"),
            *("--outputs", out, "--threads", threads),
        )
        outputs[threads] = out.read_bytes()
        assert outputs[threads] == outputs[1], f"{threads} threads give other bits than one"
