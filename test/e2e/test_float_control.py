"""A host that has set the CPU to round another way, or to drop subnormal numbers."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import ROOT, need_binding
from layers import compile_module

need_binding()

HOST = """
import ctypes, os, sys, torch
sys.path.insert(0, os.environ["BUDDY_PYTHON"])
from buddy_attention import load

libm = ctypes.CDLL("libm.so.6")
UPWARD = 0x800
model = load(sys.argv[1], threads=2)
x = torch.load(sys.argv[2])
usual = model(x)
assert torch.set_flush_denormal(True) and libm.fesetround(UPWARD) == 0
odd = model(x)
assert libm.fegetround() == UPWARD, "the caller's rounding is not what it was"
assert (torch.tensor([1e-40]) * 1.0).item() == 0, "the caller's flush of subnormal numbers is not what it was"
libm.fesetround(0)
torch.set_flush_denormal(False)
assert torch.equal(usual.view(torch.int32), odd.view(torch.int32)), (usual != odd).sum()
assert ((usual != 0) & (usual.abs() < 1.1e-38)).any(), "no subnormal number was there"
print("same bits")
"""


class Work(torch.nn.Module):
    """Enough rows for both threads, and results below the normal numbers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x / 3).exp() * 1e-38 + x * 1e-39


@pytest.mark.skipif(platform.machine() != "x86_64", reason="MXCSR is x86-64's")
@pytest.mark.parametrize("inherit", ["0", "1"])
def test_the_hosts_control_register(inherit: str, tmp_path: Path) -> None:
    """The same bits, in every thread, and the register is what it was."""
    x = torch.randn(512, 512, generator=torch.Generator().manual_seed(1))
    layer = compile_module(tmp_path, Work(), (x,))
    torch.save(x, tmp_path / "x.pt")
    environment = {**os.environ, "KMP_INHERIT_FP_CONTROL": inherit, "BUDDY_PYTHON": str(ROOT / "python")}
    command = [sys.executable, "-c", HOST, layer.package, tmp_path / "x.pt"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.stdout == "same bits\n", done.stderr
