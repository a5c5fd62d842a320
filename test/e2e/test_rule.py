"""The numbers rule has teeth, and no false alarms: planted errors are found, other evaluations pass."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from buddy_attention import Verdict, expected_outputs, expected_steps, judge_outputs, write_reference
from buddy_attention import judge as rule_judge
from buddy_attention.noise.plain_forms import FORMS
from conftest import need_binding
from layers import buddy, compile_module
from ops.case import as_module
from safetensors.torch import save_file

need_binding()

EPSILON = torch.finfo(torch.float32).eps


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


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


# Exact and undetermined results -------------------------------------------------------------------

EXACT: dict[str, tuple[Callable[..., Any], tuple[torch.Tensor, ...]]] = {
    "whole-sums": (lambda x: (x.sum(), x.cumsum(0), x.mean(), x @ x), (WHOLE,)),
    "moves": (lambda x: (x.T, x[1:].clone(), torch.cat([x, x]), x.flip(0), x.repeat(2, 1)), (random(3, 4),)),
    "choices": (lambda x: (x.amax(1), x.relu(), x.clamp(-1, 1), torch.where(x > 0, x, -x)), (random(3, 4),)),
    "powers-of-two": (lambda x: (x * 4, x / 8, x + x, -x), (random(9),)),
    "itself": (lambda x: (x / x, x - x, x / x.abs(), x.exp() / x.exp().clone()), (random(9),)),
    "one-probability": (lambda x: x.softmax(1), (random(9, 1),)),
    "integers": (lambda x: (x.float() / 5 * 5 >= 0, (x * 7 // 7).float()), (torch.arange(40),)),
}


@pytest.mark.parametrize("name", EXACT)
def test_what_needs_no_rounding_has_no_noise(name: str) -> None:
    function, inputs = EXACT[name]
    expected = expected_outputs(as_module(function), inputs)
    noise = {key: value for key, value in expected.items() if key.startswith("noise.")}
    assert noise or all(not value.is_floating_point() for value in expected.values())
    assert {key for key, value in noise.items() if value.any()} <= ({"noise.output3"} if name == "itself" else set())


def test_rounding_decides_what_is_near_a_step() -> None:
    """x (1/49) is above or below a whole number by how 1/49 is rounded; a quotient is not."""
    product = expected_outputs(as_module(lambda x: torch.floor(x * (1 / 49))), (WHOLE,))["noise.output0"]
    assert product.isnan().any(0).nonzero().flatten().tolist() == [48, 97, 146, 195]
    quotient = expected_outputs(as_module(lambda x: torch.floor(x / 49)), (WHOLE,))["noise.output0"]
    assert not quotient.any()
    near = torch.tensor([[0.3, 0.3 + EPSILON / 4, 0.25], [1, 2, 3]])
    expected = expected_outputs(as_module(lambda x: ((x * 1.1).argmax(1), x.exp() > 7.389056)), (near,))
    assert expected["noise.output0"].isnan().tolist() == [[True, False]]
    assert expected["noise.output1"].isnan().tolist() == [[[False] * 3, [False, True, False]]]


def test_subnormal_numbers_have_noise() -> None:
    """Smaller than f32 has numbers for: an error of a step is right, one of twenty is not."""
    x = torch.tensor([[1e-44, 3e-43, 5e-42, 1.0]])
    expected = expected_outputs(as_module(lambda x: x * 0.7), (x,))
    assert (expected["noise.output0"] != 0).all()
    eager = expected["expected_f32.output0"]
    for step, passes in ((1, True), (-1, True), (20, False)):
        (found,) = judge_outputs({"output0": eager + torch.tensor([0, step * 2.0**-149, 0, 0])}, expected)
        assert found.passed == passes, found


def test_what_is_rounded_has_the_noise_of_one_rounding() -> None:
    """Where f64 lies next to a number all runs may give that number. Its neighbour is right too, not the fourth one."""
    eager = torch.tensor([1.0, 2.0])
    noise = torch.tensor([[1e-9, 0.0]]).expand(16, 2)
    exact = eager.double() + torch.tensor([1e-9, 0.0])
    up = lambda steps: eager + torch.tensor([steps * EPSILON, 0])  # noqa: E731
    assert rule_judge(up(1), eager, exact, noise).passed
    assert not rule_judge(up(4), eager, exact, noise).passed
    assert not rule_judge(eager + torch.tensor([0, 2 * EPSILON]), eager, exact, noise).passed  # exact


def test_large_operations_are_left_out() -> None:
    """What is made of them has no noise, and all else has the noise that it has without them."""
    x, y = random(60, 60), random(3)
    large = lambda x, y: ((x @ x).exp().sum(), (y * 0.1).exp())  # noqa: E731
    expected = expected_steps(as_module(large), [((x, y), {})], [""], most_work=1 << 14, leave_out=True)
    noise = {name for name in expected if name.startswith("noise")}
    assert noise == {"noise.output1"} and not expected["noise.output1"].isnan().any()
    alone = expected_outputs(as_module(lambda y: (y * 0.1).exp()), (y,))["noise.output0"]
    spread, right = (value.square().mean().sqrt() for value in (expected["noise.output1"], alone))
    assert 0.5 < spread / right < 2
    assert not any("noise" in name for name in expected_steps(as_module(large), [((x, y), {})], most_work=1 << 14))


def test_modules_with_fast_paths_have_noise() -> None:
    layer = torch.nn.TransformerDecoderLayer(16, 4, 32, batch_first=True, norm_first=True).eval()
    assert "noise.output0" in expected_outputs(layer, (random(2, 7, 16), random(2, 5, 16, seed=1)))
    assert torch.backends.mha.get_fastpath_enabled()


def test_an_overflow_on_the_way_is_not_asked_for() -> None:
    """NaN in eager where f64 has an infinity: that is right, and a number is not."""
    x, y = torch.tensor([[3e38, 3e38, -torch.inf]]), torch.tensor([[9.0], [9.0], [1.0]])
    assert (x @ y).isnan().all()
    assert verdict(torch.matmul, (x, y), torch.tensor([[-torch.inf]])).passed
    for other in (torch.inf, 1.0):
        assert not verdict(torch.matmul, (x, y), torch.tensor([[other]])).passed


def test_plain_forms_take_what_their_operation_takes() -> None:
    implicit = torch._C.DispatchKey.CompositeImplicitAutograd
    count = 0
    for name, form in FORMS.items():
        packet = getattr(torch.ops.aten, name)
        for overload in packet.overloads():
            operation = getattr(packet, overload)
            arguments = operation._schema.arguments
            tensors = [a for a in arguments if str(a.type) == "Tensor"]
            if overload in ("dtype", "out") or not tensors or any(a.is_out for a in arguments):
                continue
            if operation.has_kernel_for_dispatch_key(implicit):
                continue  # made of others before it is seen
            given = [a.name for a in arguments if not a.kwarg_only]
            inspect.signature(form).bind(*given, **{a.name: None for a in arguments if a.kwarg_only})
            count += 1
    assert count >= len(FORMS)


PLAIN: dict[str, tuple[Any, ...]] = {
    "softplus": (2.0, 0.5),
    "elu": (0.7, 1.3, 0.9),
    "celu": (0.7,),
    "mean": ([1], True),
    "var": ([0],),
    "std": ([0, 1],),
    "logsumexp": ([1],),
    "linalg_vector_norm": (3, [0]),
    "_softmax": (0, False),
    "_log_softmax": (1, False),
    "_safe_softmax": (1,),
    "norm": (3, [0], True),
    "native_layer_norm": ([6], random(6).double(), None, 0.01),
    "native_group_norm": (None, random(8).double(), 3, 8, 6, 4, 0.01),
    "native_batch_norm": (None, None, random(8).double(), random(8).double().abs(), False, 0.1, 0.01),
    "_weight_norm_interface": (random(8, 1).double(), 0),
    "addcmul": (random(8, 6, seed=1).double(), random(8, 6, seed=2).double()),
    "addcdiv": (random(8, 6, seed=1).double(), random(8, 6, seed=2).double()),
    "lerp": (random(8, 6, seed=1).double(), 0.3),
    "add": (random(8, 6, seed=1).double(), 3),
    "remainder": (0.7,),
    "fmod": (0.7,),
    "pow": (-2,),
}


@pytest.mark.parametrize("name", [*PLAIN, "sigmoid", "silu", "gelu", "mish", "log_sigmoid_forward", "hardswish", "glu"])
def test_plain_forms_give_what_their_operation_gives(name: str) -> None:
    x, arguments = random(3, 8, 6).double(), PLAIN.get(name, ())
    x = x if name in ("native_group_norm", "native_batch_norm") else x[0]
    operation = getattr(torch.ops.aten, name)
    right, form = operation(x, *arguments) if name != "add" else torch.add(x, arguments[0], alpha=3), FORMS[name]
    ours = form(x, *arguments)
    right, ours = (value[0] if isinstance(value, tuple) else value for value in (right, ours))
    torch.testing.assert_close(ours, right, rtol=1e-12, atol=1e-12)


def test_states_and_steps_have_noise() -> None:
    class Counter(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("total", torch.zeros(2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.total.add_(x * 0.1)
            return self.total.clone()

    module = Counter()
    noise = expected_outputs(module, (random(2),))["noise.output0"]
    assert noise.any() and noise.abs().max() < 1e-7
    assert not module.total.any()


def test_noise_is_the_error_of_a_plain_evaluation() -> None:
    """Of sums of products, one after the other, it is known by a formula; eager makes them so."""
    x, y = random(50, 64), random(64, 50, seed=1)
    expected = expected_outputs(as_module(torch.matmul), (x, y))
    error = (expected["expected_f32.output0"].double() - expected["expected_f64.output0"]).square().mean().sqrt()
    assert 0.8 < expected["noise.output0"].double().square().mean().sqrt() / error < 1.25


def test_the_same_noise_each_time() -> None:
    first, second = (expected_outputs(as_module(attention), (random(5, 4),)) for _ in range(2))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


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


# No false alarms ----------------------------------------------------------------------------------


class Plain:
    """What torch has, in numpy: every sum in float32, one term after the other from the last to the first."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def total(x: np.ndarray, dim: int) -> np.ndarray:
        return np.cumsum(np.flip(x, dim), dim, dtype=np.float32).take([-1], dim)

    @staticmethod
    def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return Plain.total(x[:, :, None] * y.T[None], 1)[:, 0]

    @staticmethod
    def largest(x: np.ndarray) -> np.ndarray:
        return x.max(-1, keepdims=True)

    @staticmethod
    def divided(x: np.ndarray, n: int) -> np.ndarray:
        return x / np.float32(n)


class Torch:
    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    @staticmethod
    def total(x: torch.Tensor, dim: int) -> torch.Tensor:
        return x.sum(dim, keepdim=True)

    @staticmethod
    def product(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x @ y.T.contiguous().T.T

    @staticmethod
    def largest(x: torch.Tensor) -> torch.Tensor:
        return x.amax(-1, keepdim=True)

    @staticmethod
    def divided(x: torch.Tensor, n: int) -> torch.Tensor:
        return x / n


def _softmax(m: Any, x: Any) -> Any:
    e = m.exp(x - m.largest(x))
    return e / m.total(e, -1)


def _norm(m: Any, x: Any) -> Any:
    center = x - m.divided(m.total(x, -1), x.shape[-1])
    return center / m.sqrt(m.divided(m.total(center * center, -1), x.shape[-1]) + np.float32(1e-5).item())


STEPS: list[Callable[[Any, Any, Any], Any]] = [
    lambda m, x, y: x + y,
    lambda m, x, y: x - y,
    lambda m, x, y: x * y,
    lambda m, x, y: x / (m.abs(y) + 0.5),
    lambda m, x, y: m.exp(m.tanh(x)),
    lambda m, x, y: m.sin(x) + m.cos(y),
    lambda m, x, y: m.sqrt(m.abs(x)) * 0.3,
    lambda m, x, y: m.log(m.abs(x) + 1.5),
    lambda m, x, y: 1 / (1 + m.exp(-x)),
    lambda m, x, y: m.total(x, 0) + y,
    lambda m, x, y: m.divided(m.total(x, 1), x.shape[1]) - y,
    lambda m, x, y: m.product(m.product(x, y), x) if x.shape[0] == x.shape[1] else x + y,
    lambda m, x, y: _softmax(m, x),
    lambda m, x, y: _norm(m, x),
    lambda m, x, y: m.maximum(x, y),
    lambda m, x, y: m.where(x > y, x, m.floor(x * 4)),
    lambda m, x, y: m.floor(x * 3),
]


def program(seed: int) -> tuple[Callable[[Any, list[Any]], Any], list[np.ndarray]]:
    """A few operations on a few values, some of them whole numbers."""
    choose = np.random.default_rng(seed)
    rows = int(choose.integers(1, 5))
    columns = rows if choose.random() < 0.5 else int(choose.integers(1, 9))
    inputs = [choose.standard_normal((rows, columns)).astype(np.float32) for _ in range(3)]
    if choose.random() < 0.3:
        inputs[0] = np.round(inputs[0] * 3)
    picks = [(int(choose.integers(len(STEPS))), choose.integers(0, 1000, 2)) for _ in range(choose.integers(1, 9))]

    def run(module: Any, values: list[Any]) -> Any:
        values = list(values)
        for step, (first, second) in picks:
            values.append(STEPS[step](module, values[first % len(values)], values[second % len(values)]))
        return values[-1]

    return run, inputs


@pytest.mark.parametrize("part", range(3))
def test_other_evaluations_of_random_programs_pass(part: int) -> None:
    undetermined = 0
    for seed in range(part * 100, part * 100 + 100):
        run, arrays = program(seed)
        inputs = tuple(map(torch.from_numpy, arrays))
        expected = expected_outputs(as_module(lambda *values, run=run: run(Torch(), list(values))), inputs)
        assert "noise.output0" in expected
        others = {"eager": expected["expected_f32.output0"], "numpy": torch.from_numpy(run(Plain(), arrays))}
        for name, ours in others.items():
            (found,) = judge_outputs({"output0": ours}, expected)
            assert found.passed, (seed, name, found)
            undetermined += found.undetermined
    assert undetermined < 150


@pytest.mark.parametrize("threads", [1, 2])
def test_eager_with_other_threads_passes(threads: int) -> None:
    before = torch.get_num_threads()
    x, y = random(3, 4000), random(4000, 3, seed=1)
    expected = expected_outputs(as_module(lambda x, y: (x @ y).softmax(-1) @ x.cumsum(1)), (x, y))
    torch.set_num_threads(threads)
    try:
        ours = (x @ y).softmax(-1) @ x.cumsum(1)
    finally:
        torch.set_num_threads(before)
    assert judge_outputs({"output0": ours}, expected)[0].passed
