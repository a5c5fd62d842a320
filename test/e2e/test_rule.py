"""The numbers rule has teeth: planted errors are found (test_other_evaluations.py: and no false alarms)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from buddy_attention import Verdict, expected_outputs, judge_outputs, write_reference
from buddy_attention import judge as rule_judge
from conftest import need_binding
from layers import buddy, compile_module
from ops.case import as_module, random
from safetensors.torch import save_file

need_binding()

EPSILON = torch.finfo(torch.float32).eps


def verdict(function: Callable[..., Any], inputs: tuple[torch.Tensor, ...], ours: torch.Tensor) -> Verdict:
    (result,) = judge_outputs({"output0": ours}, expected_outputs(as_module(function), inputs))
    return result


# Planted errors -----------------------------------------------------------------------------------


def attention(x: torch.Tensor, last: int = 0) -> torch.Tensor:
    keep = torch.ones(x.shape[0], x.shape[0], dtype=torch.bool).tril(last)
    return (x @ x.T).masked_fill(~keep, -torch.inf).softmax(-1) @ x


def one_element_off(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """By 8 units in the last place of its condition, the sum of the sizes of its terms."""
    result = x @ y
    result[0, 0] += 8 * EPSILON * (x.abs() @ y.abs())[0, 0]
    return result


def normalized(x: torch.Tensor, epsilon: float = 1e-5) -> torch.Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)


def small(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x.abs() < torch.finfo(torch.float32).tiny, 0.0, x)


WHOLE = torch.arange(1.0, 200)
ROWS = torch.full((3, 37), 12345.678)
#: What is right, what is computed instead, and of what.
WRONG: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[torch.Tensor, ...]]] = {
    "one-element": (lambda x, y: x @ y, one_element_off, (random(4, 9), random(9, 5, seed=1))),
    "term-left-out": (lambda x: x.sum(1), lambda x: x[:, 1:].sum(1), (random(3, 40),)),
    "term-left-out-of-one-sum": (lambda x: x.sum(), lambda x: x[:-1].sum(), (random(300),)),
    "bf16-inputs": (lambda x, y: x @ y, lambda x, y: x.bfloat16().float() @ y, (random(2, 8), random(8, 2, seed=1))),
    "reciprocal": (lambda x, y: x / y, lambda x, y: x * (1 / y), (WHOLE, WHOLE)),
    "floor-of-a-reciprocal": (
        lambda x, y: torch.floor(x / y),
        lambda x, y: torch.floor(x * (1 / y)),
        (WHOLE * WHOLE, WHOLE),
    ),
    "mean-as-a-product": (lambda x: x.mean(1), lambda x: x.sum(1) * (1 / 41), (WHOLE[:3, None].expand(3, 41) + 0.0,)),
    "root-of-a-square": (torch.sqrt, lambda x: x * torch.rsqrt(x), (WHOLE * WHOLE,)),
    "mask-off-by-one": (attention, lambda x: attention(x, last=1), (random(5, 4),)),
    "mask-off-by-one-other-side": (attention, lambda x: attention(x, last=-1).nan_to_num(), (random(5, 4),)),
    "no-epsilon": (normalized, lambda x: normalized(x, 0), (random(2, 16) / 4,)),
    "constant-rows": (lambda x: F.layer_norm(x, (37,)), lambda x: F.layer_norm(x, (37,)) + 0.004, (ROWS,)),
    "subnormal-flushed": (torch.exp, lambda x: small(torch.exp(x)), (torch.tensor([-90.0, -100.0, 1.0]),)),
    "nan-dropped": (lambda x: x * 0, torch.zeros_like, (torch.tensor([1.0, torch.nan]),)),
    "infinity-dropped": (lambda x: x * 2, lambda x: (x * 2).clamp(max=3e38), (torch.tensor([1.0, 3e38]),)),
    "whole-numbers": (lambda x: x.cumsum(0), lambda x: x.cumsum(0) * (1 + EPSILON), (WHOLE,)),
    "small-beside-large": (lambda x: x * 3, lambda x: x * 3 + 1e-6, (torch.tensor([1e6, 1.1, 1e-3]),)),
    "argmax": (lambda x: x.argmax(1), lambda x: x.argmin(1), (random(6, 5),)),
    "rotary-table-in-f16": (
        lambda x: torch.cos(x) + torch.sin(x),
        lambda x: (torch.cos(x) + torch.sin(x)).half().float(),
        (random(1, 2) * 9,),
    ),
    "tanh-for-erf": (F.gelu, lambda x: F.gelu(x, approximate="tanh"), (random(4),)),
}


@pytest.mark.parametrize("name", WRONG)
def test_planted_errors_are_found(name: str) -> None:
    right, wrong, inputs = WRONG[name]
    assert verdict(right, inputs, right(*inputs)).passed
    found = verdict(right, inputs, wrong(*inputs))
    assert not found.passed, found


def test_what_is_rounded_has_the_noise_of_one_rounding() -> None:
    """Where f64 lies next to a number all runs may give that number. Its neighbour is right too, not the fourth one."""
    eager = torch.tensor([1.0, 2.0])
    noise = torch.tensor([[1e-9, 0.0]]).expand(16, 2)
    exact = eager.double() + torch.tensor([1e-9, 0.0])
    up = lambda steps: eager + torch.tensor([steps * EPSILON, 0])  # noqa: E731
    assert rule_judge(up(1), eager, exact, noise).passed
    assert not rule_judge(up(4), eager, exact, noise).passed
    assert not rule_judge(eager + torch.tensor([0, 2 * EPSILON]), eager, exact, noise).passed  # exact


def test_an_overflow_on_the_way_is_not_asked_for() -> None:
    """NaN in eager where f64 has an infinity: that is right, and a number is not."""
    x, y = torch.tensor([[3e38, 3e38, -torch.inf]]), torch.tensor([[9.0], [9.0], [1.0]])
    assert (x @ y).isnan().all()
    assert verdict(torch.matmul, (x, y), torch.tensor([[-torch.inf]])).passed
    for other in (torch.inf, 1.0):
        assert not verdict(torch.matmul, (x, y), torch.tensor([[other]])).passed

    def norm(x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm((x * 8).exp(), [6])

    x = torch.tensor([[7.0, 7.5, 8.0, 8.5, 9.0, 10.9]])
    assert norm(x).isnan().all() and norm(x.double()).isfinite().all()
    assert verdict(norm, (x,), norm(x.double()).float() * (1 + 40 * EPSILON)).passed


# Reference files ----------------------------------------------------------------------------------


class Decided(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.floor(x * (1 / 49)), (x * (1 / 49)).sum()


def test_verify_reads_noise(tmp_path: Path) -> None:
    layer = compile_module(tmp_path, Decided(), (WHOLE,))
    path = tmp_path / "ref.safetensors"
    tensors = write_reference(layer.module, layer.inputs, path)
    done = buddy("verify", layer.package, "--reference", path)
    assert "4 of 199 elements are not judged: rounding decides them" in done.stdout
    first, second = json.loads(buddy("verify", layer.package, "--reference", path, "--json").stdout)["outputs"]
    assert first["undetermined"] == 4 and second["undetermined"] == 0
    assert second["rms_limit"] > 2 * second["eager_rms"]

    # Wrong by one at an element that is determined.
    save_file({name: value + ("expected" in name) for name, value in tensors.items()}, path)
    buddy("verify", layer.package, "--reference", path, check=3)
    for noise in (torch.zeros(16, 198), torch.zeros(199), torch.zeros(0, 199), torch.zeros(16, 199).double()):
        save_file(tensors | {"noise.output0": noise}, path)
        done = buddy("verify", layer.package, "--reference", path, check=1)
        assert "noise.output0: is F" in done.stderr and "expected F32[runs, the shape [199]]" in done.stderr
    # Files of before it.
    save_file({name: value for name, value in tensors.items() if "noise" not in name}, path)
    buddy("verify", layer.package, "--reference", path)
