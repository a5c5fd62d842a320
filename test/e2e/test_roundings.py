"""What is right to the last bit, and what must not lose more of it than eager PyTorch does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from buddy_attention import expected_outputs, judge_outputs
from layers import compile_module, judge, run_package


def run(module: torch.nn.Module, directory: Path, **inputs: torch.Tensor) -> list[torch.Tensor]:
    """What the compiled module gives for the inputs, named as the arguments of its forward."""
    layer = compile_module(directory, module, tuple(inputs.values()))
    outputs = run_package(layer.package, inputs, directory)
    return [outputs[f"output{i}"] for i in range(len(outputs))]


class Quotients(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor, n: torch.Tensor, m: torch.Tensor, row: torch.Tensor) -> Any:
        return (
            x / y,
            (x / y).floor(),
            n / m,
            (n / m).floor(),
            x / 3,
            x / 41.0,
            1 / y,
            x.reciprocal(),
            row / y,
            x / torch.full((9, 1), 7.0),
            y.expand(9, 40) / 48**0.5,
            F.hardsigmoid(x / 9),
        )


def test_quotients_are_rounded_once(tmp_path: Path) -> None:
    """k * y / y is k, so that its floor is k too; and any other quotient is the one of IEEE 754."""
    y = torch.tensor([3.0, 7.0, 41.0, 55.0, 10.0, 1e-3, 1e30, 3e38, 1e-40])[:, None]
    k = torch.arange(1, 41).float()
    x = torch.cat([k * y[:4], torch.randn(5, 40, generator=torch.Generator().manual_seed(1)) * y[4:]])
    n, m = (k * y[:4]).long(), y[:4].long()
    module = Quotients()
    ours = run(module, tmp_path, x=x, y=y, n=n, m=m, row=k)
    for number, (our, eager) in enumerate(zip(ours, module(x, y, n, m, k), strict=True)):
        if number == 11:  # eager multiplies by a sixth there
            torch.testing.assert_close(our, eager, rtol=2e-7, atol=0)
        else:
            assert torch.equal(our, eager), number
    assert torch.equal(ours[1][:4], k.expand(4, 40)) and torch.equal(ours[3], k.expand(4, 40))


class Scaled(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> Any:
        return torch.add(x, y, alpha=7), torch.sub(x, y, alpha=0.1), torch.rsub(x, 3, alpha=-1.7), x.add(2, alpha=1 / 3)


def test_what_alpha_scales_is_not_rounded_before_it_is_added(tmp_path: Path) -> None:
    """Where both cancel, an error of the product would be all that is left."""
    y = torch.randn(9, 40, generator=torch.Generator().manual_seed(1))
    x = -7 * y  # rounded: the rest is far below y
    x[4:] = torch.randn(5, 40, generator=torch.Generator().manual_seed(2))
    module = Scaled()
    for our, eager in zip(run(module, tmp_path, x=x, y=y), module(x, y), strict=True):
        assert torch.equal(our, eager)
    assert torch.equal(module(x, y)[0], (x.double() + 7 * y.double()).float())


class Roots(torch.nn.Module):
    def forward(self, x: torch.Tensor, sides: torch.Tensor) -> Any:
        return x.sqrt(), x**0.5, torch.linalg.vector_norm(sides, dim=-1), sides.norm(dim=0), x**-0.5, x.rsqrt()


def test_roots_are_rounded_once(tmp_path: Path) -> None:
    whole = torch.arange(300).float()
    others = torch.rand(100, generator=torch.Generator().manual_seed(2))
    x = torch.cat([whole**2, others, torch.tensor([1e-40, 3e38, torch.inf, -1.0])])
    sides = torch.stack([whole * 3, whole * 4], -1)
    ours = run(Roots(), tmp_path, x=x, sides=sides)
    assert torch.equal(ours[0][:300], whole) and torch.equal(ours[2], whole * 5)
    root = x.double().sqrt().float()  # eager's own, from a vector library, is not always the nearest
    for our, right in zip(ours[:2] + ours[4:], (root, root, 1 / root, 1 / root), strict=True):
        torch.testing.assert_close(our, right, rtol=0, atol=0, equal_nan=True)


class Means(torch.nn.Module):
    def forward(self, x: torch.Tensor, three: torch.Tensor, wide: torch.Tensor) -> Any:
        return (
            F.layer_norm(x, (37,)),
            F.layer_norm(three, (3,)),
            F.group_norm(wide, 7),
            x - x.mean(-1, keepdim=True),
            three.mean(-1),
            wide.mean((1, 2)),
            F.adaptive_avg_pool1d(three, 1),
        )


def test_means_of_equal_numbers(tmp_path: Path) -> None:
    """Nothing is left of a constant row when its mean is taken away."""
    value = 12345.678
    x, three, wide = torch.full((2, 37), value), torch.full((4, 5, 3), value), torch.full((2, 7, 11), value)
    ours = run(Means(), tmp_path, x=x, three=three, wide=wide)
    for norm in ours[:3]:
        assert torch.equal(norm, torch.zeros_like(norm))
    torch.testing.assert_close(ours[3], torch.zeros(2, 37), rtol=0, atol=2e-3)
    for mean in ours[4:]:
        torch.testing.assert_close(mean, torch.full_like(mean, value), rtol=1.2e-7, atol=0)


class Sums(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> Any:
        wide = x * 1.5
        return x.sum(-1), x.mean(-1), (x * x).sum(-1), wide.t().sum(0), x.softmax(-1)


class NormByHand(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean(-1, keepdim=True)
        variance = ((x - mean) ** 2).mean(-1, keepdim=True)
        return (x - mean) / (variance + 1e-5).sqrt()


@pytest.mark.parametrize("size", [17, 31, 63, 127, 255, 511, 1000, 2047, 16383, 65535])
def test_long_sums(size: int, tmp_path: Path) -> None:
    """Just below a power of two is where most is left over of whole blocks."""
    x = torch.rand(64, size, generator=torch.Generator().manual_seed(size))
    ours, eager, exact = run(Sums(), tmp_path, x=x), Sums()(x), Sums()(x.double())
    for our, its, right in zip(ours, eager, exact, strict=True):
        judge(our.numpy(), its.numpy(), right.numpy())


def test_norm_by_hand_of_large_numbers(tmp_path: Path) -> None:
    x = torch.randn(8, 3001, generator=torch.Generator().manual_seed(3)) + 10000
    module = NormByHand()
    (ours,) = run(module, tmp_path, x=x)
    judge(ours.numpy(), module(x).numpy(), module(x.double()).numpy())


def test_norm_by_hand_of_whole_numbers(tmp_path: Path) -> None:
    """Their mean is rounded once, and what is near to it has few digits: the mean of the differences has more error."""
    x = torch.randint(-9, 10, (200, 25), generator=torch.Generator().manual_seed(0)).float()
    module = NormByHand()
    (ours,) = run(module, tmp_path, x=x)
    (verdict,) = judge_outputs({"output0": ours}, expected_outputs(module, (x,)))
    assert verdict.passed, verdict


class RunningSums(torch.nn.Module):
    def forward(self, x: torch.Tensor, n: torch.Tensor) -> Any:
        return x.cumsum(-1), x.cumsum(0), x.cumsum(1), n.cumsum(-1), (x * 2 + 1).cumsum(-1) * 0.5


def test_running_sums_round_each_element_once(tmp_path: Path) -> None:
    x = torch.randn(3, 5, 300, generator=torch.Generator().manual_seed(4))
    n = torch.arange(30).reshape(3, 10)
    ours = run(RunningSums(), tmp_path, x=x, n=n)
    for dim, our in zip((-1, 0, 1), ours[:3], strict=True):
        assert torch.equal(our, x.double().cumsum(dim).float())
    assert torch.equal(ours[3], n.cumsum(-1))
    assert torch.equal(ours[4], (x * 2 + 1).double().cumsum(-1).float() * 0.5)


class Tiny(torch.nn.Module):
    def forward(self, x: torch.Tensor, tiny: torch.Tensor) -> Any:
        return x.exp(), F.softplus(x), F.mish(x), tiny.log(), tiny.log1p(), tiny * 0.5, tiny.sqrt(), 1 - x.exp()


def test_results_below_the_normal_numbers(tmp_path: Path) -> None:
    """Of exp and what stands on it; and logarithms of such numbers."""
    x = torch.linspace(-104.5, -85, 3000)
    least = 1.17549435e-38
    few = [1e-45, 3e-45, 1e-42, 1e-40, 1.1e-38, least, 1.2e-38, 0.0, -0.0, -1e-40, 1.0, torch.inf, torch.nan]
    tiny = torch.tensor(few)
    ours, exact = run(Tiny(), tmp_path, x=x, tiny=tiny), Tiny()(x.double(), tiny.double())
    for our, right, steps in zip(ours, exact, (1, 2, 300, 1, 1, 1, 1, 1), strict=True):
        finite = torch.isfinite(right)
        step = torch.from_numpy(np.abs(np.spacing(right.float().numpy()))).double()
        assert ((our.double() - right).abs()[finite] <= steps * step[finite]).all()
        torch.testing.assert_close(our[~finite], right[~finite].float(), rtol=0, atol=0, equal_nan=True)
    assert (ours[0][(x > -103.2) & (x < -87.4)] > 0).all()


class Elementwise(torch.nn.Module):
    @staticmethod
    def functions(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        results = (x.exp(), x.tanh(), x.erf(), x.sin(), x.cos(), y.log(), x.sigmoid(), F.gelu(x))
        gates = (F.gelu(x, approximate="tanh"), F.silu(x), F.softplus(x), F.mish(x), F.elu(x))
        more = (y**x, x / y, y.sqrt(), y.rsqrt(), x.expm1(), y.log1p())
        sums = (x * y + x, x * y - y * y, (x + 1) * y - x * 3, y - x * x)
        return torch.stack((*results, *gates, *more, *sums))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> Any:
        parts = [(0, 1), (1, 4), (4, 11), (11, 19), (19, 34), (34, 40)]
        return (self.functions(x, y), *(self.functions(x[a:b], y[a:b]) for a, b in parts))


@pytest.mark.parametrize("target", ["native", "x86-64-v3"])
def test_a_number_is_the_same_wherever_it_stands(target: str, tmp_path: Path) -> None:
    """In whole registers, in what fills none, alone: by the same operations, rounded at the same places."""
    random = torch.Generator().manual_seed(6)
    x, y = torch.randn(40, generator=random) * 3, torch.rand(40, generator=random) * 5
    layer = compile_module(tmp_path, Elementwise(), (x, y), f"--target={target}")
    outputs = run_package(layer.package, {"x": x, "y": y}, tmp_path)
    parts = [outputs[f"output{i}"] for i in range(1, len(outputs))]
    assert torch.equal(outputs["output0"], torch.cat(parts, -1))
    # A product and a sum are two roundings, as the module says.
    assert torch.equal(outputs["output0"][-4:], Elementwise.functions(x, y)[-4:])


class Attention(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.project = torch.nn.Linear(64, 64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heads = self.project(x).reshape(1, 40, 4, 16).transpose(1, 2)
        return F.scaled_dot_product_attention(heads, heads, heads, is_causal=True)


@pytest.mark.parametrize(("target", "fused"), [("x86-64-v4", "vfmadd"), ("x86-64-v3", "vfmadd"), ("aarch64", "fmla")])
def test_no_rounding_is_left_to_llvm(target: str, fused: str, tmp_path: Path) -> None:
    """Multiply-adds are said in the IR, and are the instructions of the kernels."""
    stages = tmp_path / "stages"
    compile_module(tmp_path, Attention(), (torch.randn(1, 40, 64),), f"--target={target}", f"--save-stages={stages}")
    ir, assembly = (stages / "model.ll").read_text(), (stages / "model.s").read_text()
    assert not re.search(r"fmuladd|= f(mul|add|sub|div) [^\n]*\b(contract|fast|afn|arcp)\b", ir)
    assert ir.count("@llvm.fma.v") > 20
    assert assembly.count(fused) > 20
