"""erf and tanh over all of their range: the stated error, and what is not a number."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from layers import compile_module, run_package

TINY = torch.finfo(torch.float32).tiny  # the smallest normal number


class Functions(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x.erf(), x.tanh()


@pytest.mark.parametrize("target", ["native", "x86-64-v3"])
def test_error_of_erf_and_tanh(target: str, tmp_path: Path) -> None:
    random = torch.Generator().manual_seed(6)
    wide = torch.empty(1 << 20).uniform_(-11, 11, generator=random)
    near = torch.empty(1 << 20).uniform_(-1, 1, generator=random)
    # As many of every size down to the smallest.
    sizes = torch.exp2(torch.empty(1 << 19).uniform_(-126, 1, generator=random)) * (1 - 2 * (near[: 1 << 19] < 0).float())
    special = torch.tensor([0.0, -0.0, torch.inf, -torch.inf, torch.nan, 1e30, -1e30, 0.921875, 0.625, 4.0, 10.0])
    x = torch.cat([wide, near, sizes, special])
    package = compile_module(tmp_path, Functions(), (x,), f"--target={target}").package
    outputs = run_package(package, {"x": x}, tmp_path)

    for name, exact in (("output0", x.double().erf()), ("output1", x.double().tanh())):
        y = outputs[name]
        known = x.isfinite() & (exact.abs() >= TINY)
        rounded = exact[known].float().abs()
        ulp = (torch.nextafter(rounded, torch.tensor(torch.inf)) - rounded).double()
        ulps = (y[known].double() - exact[known]).abs() / ulp
        assert ulps.max() <= 1.5, (name, x[known][ulps.argmax()], ulps.max())
        tail = y[-len(special) :]
        assert tail[:2].tolist() == [0, 0] and tail[:2].signbit().tolist() == [False, True]
        assert tail[2:4].tolist() == [1, -1] and tail[4].isnan() and tail[5:7].tolist() == [1, -1]
