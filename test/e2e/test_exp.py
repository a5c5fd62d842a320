"""The exponential function over all of its range: its stated error, and what is not a number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from layers import compile_module, run_package

LEAST, MOST = -87.33654, 88.72283  # where the result is a normal number


class Exp(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.exp()


@pytest.mark.parametrize("target", ["native", "x86-64-v3"])
def test_error_of_exp(target: str, tmp_path: Path) -> None:
    random = torch.Generator().manual_seed(5)
    wide = torch.empty(1 << 20).uniform_(LEAST, MOST, generator=random)
    near_zero = torch.empty(1 << 20).uniform_(-1, 1, generator=random)
    special = torch.tensor([0.0, -0.0, torch.inf, -torch.inf, torch.nan, -88.0, -104.0, -1e30, 89.0, 1e30, LEAST, MOST])
    x = torch.cat([wide, near_zero, special])
    layer = compile_module(tmp_path, Exp(), (x,), f"--target={target}")
    y = run_package(layer.package, {"x": x}, tmp_path)["output0"].numpy()

    exact = x.double().exp().numpy()
    normal = (x >= LEAST).numpy() & (x <= MOST).numpy()
    ulps = np.abs(y[normal] - exact[normal]) / np.spacing(exact[normal].astype(np.float32)).astype(np.float64)
    assert ulps.max() <= 0.9
    tail = y[-len(special) :]
    assert tail[:2].tolist() == [1, 1]
    assert tail[2] == np.inf and tail[3] == 0 and np.isnan(tail[4])
    assert abs(tail[5] - exact[-len(special) + 5]) <= 1.5e-45  # 6e-39, below the normal numbers
    assert tail[6:8].tolist() == [0, 0]
    assert tail[8:10].tolist() == [np.inf, np.inf]
