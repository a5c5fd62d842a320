"""NaN and infinity: they are where eager PyTorch has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from buddy_attention.export import export_program, save_program
from layers import buddy, run_package

NAN, INF = torch.nan, torch.inf
ROWS = torch.tensor(
    [
        [1.0, NAN, INF, -INF, -0.0, 0.0, 2.0, -3.0],
        [INF, 1.0, NAN, NAN, 3.0, 4.0, 5.0, 6.0],
        [-INF] * 8,
        [-INF, -INF, -INF, NAN, -INF, -INF, -INF, -INF],
        [0.0, -0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        [NAN] * 8,
        [INF, INF, 1.0, 2.0, 3.0, 4.0, 5.0, -INF],
    ]
)
MASK = torch.arange(8) < 5


class Products(torch.nn.Module):
    """With zeros, which make a NaN of infinity, however the zeros are written."""

    def forward(self, x: torch.Tensor) -> Any:
        zeros = torch.zeros(8)
        return (
            x * 0,
            0 * x,
            x * -0.0,
            x * zeros,
            zeros.reshape(2, 4).reshape(8) * x,
            x * torch.zeros(1, 1).expand(1, 8),
            x * (torch.arange(8) > 9),
            x * MASK,
            torch.add(x, x * 2, alpha=0),
            F.leaky_relu(x, 0.0),
            0 / x,
            x / x,
            x / 0,
            x - x,
            (x + 1) - (x + 1),
            x + -x,
            x * 1 - x,
            (x * 0 + 1).sum(-1),
            x @ torch.zeros(8, 3),
            x**0,
            0**x,
            1**x,
            x**2,
            x * x,
        )


class Choices(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> Any:
        largest, at = x.max(-1)
        least, place = x.min(0)
        return (
            x.argmax(-1),
            x.argmin(-1),
            x.argmax(0),
            x.argmax(),
            largest,
            at,
            least,
            place,
            x.amax(-1),
            x.amin(-1),
            x.amax((0, 1)),
            x.max(),
            x.min(),
            x.clamp(-1, 1),
            x.clamp(min=0),
            x.clamp(max=0.5),
            F.relu(x),
            F.relu6(x),
            F.hardtanh(x),
            torch.maximum(x, -x),
            torch.minimum(x, -x),
            torch.maximum(x, torch.zeros(8)),
            x.sign(),
            x.abs(),
            x.floor(),
            x.ceil(),
            x.trunc(),
            x == x,
            x != x,
            x < 1,
            x >= x,
            x > -x,
            torch.where(x > 0, x, 0.0),
            torch.where(x == x, x, 7.0),
            x.masked_fill(x != x, 0.0),
            x.bool(),
            (x > 0).any(-1),
            (x == x).all(-1),
        )


class Functions(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> Any:
        bias = torch.where(MASK, 0.0, -INF)
        return (
            x.softmax(-1),
            x.softmax(0),
            (x + bias).softmax(-1),
            x.masked_fill(~MASK, -INF).softmax(-1),
            x.exp(),
            x.log(),
            x.sqrt(),
            x.rsqrt(),
            x.reciprocal(),
            x.tanh(),
            x.erf(),
            x.sigmoid(),
            F.silu(x),
            F.gelu(x),
            F.elu(x),
            F.softplus(x),
            F.mish(x),
            F.logsigmoid(x),
            x.log1p(),
            x.expm1(),
            x.sin(),
            x.mean(-1),
            x.sum(-1),
            x.sum(0),
            x.cumsum(-1),
            x.square(),
            torch.linalg.vector_norm(x, dim=-1),
            F.layer_norm(x, (8,)),
            F.rms_norm(x, (8,)),
            x**0.5,
            x**-2,
            x**1.5,
            (x * 0.5).tril(),
        )


class WideChoices(torch.nn.Module):
    """Of rows longer than a register."""

    def forward(self, x: torch.Tensor) -> Any:
        x = torch.cat([x, x[:, 2:], x * 1, x[:, :7]], -1)
        return x.argmax(-1), x.argmin(-1), *x.max(-1), x.amax(-1), x.amin(-1), x.softmax(-1), x.sum(-1), x.clamp(-1, 1)


@pytest.mark.parametrize(
    ("module", "is_open"),
    [(Products(), False), (Products(), True), (Choices(), False), (WideChoices(), False), (Functions(), False), (Functions(), True)],
    ids=["products", "products-open", "choices", "choices-wide", "functions", "functions-open"],
)
def test_as_in_eager(module: torch.nn.Module, is_open: bool, tmp_path: Path) -> None:
    sizes = ({0: torch.export.Dim("rows", min=2, max=64)},) if is_open else None
    program = export_program(module.eval(), (ROWS,), dynamic_shapes=sizes)
    package = tmp_path / "m.buddy"
    buddy("compile", save_program(program, tmp_path / "m.pt2"), "-o", package)
    ours, eager = run_package(package, {"x": ROWS}, tmp_path), module(ROWS)
    for i, its in enumerate(eager):
        our = ours[f"output{i}"]
        if not its.is_floating_point():
            assert torch.equal(our, its), i
            continue
        assert torch.equal(our.isnan(), its.isnan()), f"output {i}: {our} {its}"
        torch.testing.assert_close(our, its, rtol=1e-5, atol=1e-6, equal_nan=True, msg=f"output {i}: {our} {its}")
