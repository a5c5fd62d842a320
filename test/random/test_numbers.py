"""Programs under the rule for numbers: what is right is never called wrong, and what is wrong is, at every step.

The rule itself is tested by test/e2e/test_rule.py.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import torch
from execute import Result, compare, eager_values, is_as_near, reference
from generate import generate
from source import HEAD, load, source


def _space(forward: str, inputs: str, path: Path, buffers: str = "", steps: int = 1) -> ModuleType:
    """A program by hand: forward's lines, its inputs as a dictionary's text, and buffers that it changes."""
    text = HEAD.format(seed=0, kind="by hand") + "class Program(torch.nn.Module):\n"
    if buffers:
        text += f"    def __init__(self):\n        super().__init__()\n        {buffers}\n"
    text += f"    def forward(self, x, y):\n        {forward}\n"
    text += f"def inputs_forward(call=0):\n    return {inputs}\nDYNAMIC = {{}}\n"
    text += f"STEPS = [('forward', {{}}, call) for call in range({steps})]\n"
    return load(text, path)


def _judged(space: ModuleType, change: dict[int, float] | None = None, step: int = 0) -> Result:
    """Eager's own results, with some elements of a step's first output changed, as if they were ours."""
    expected = reference(space)
    ours = [[value.clone() for value in eager_values(expected, number)] for number in range(len(space.STEPS))]
    for place, value in (change or {}).items():
        ours[step][0].view(-1)[place] = value
    return compare(ours, expected, space)


def test_eager_is_right(tmp_path: Path) -> None:
    """Of 40 programs: its own rounding errors are never too large."""
    for seed in range(40):
        space = load(source(generate(seed)), tmp_path / "program.py")
        result = _judged(space)
        assert result.verdict == "fine", f"seed {seed}: {result.detail}"


WHOLE = "{'x': torch.tensor([41.0, 82.0, 10.0]), 'y': torch.tensor([41.0, 41.0, 3.0])}"


def test_whole_quotients_are_judged(tmp_path: Path) -> None:
    """41 / 41 is 1 in any arithmetic that rounds correctly: a floor of it that is 0 is a fault."""
    space = _space("return torch.floor(x / y),", WHOLE, tmp_path / "p.py")
    assert _judged(space).verdict == "fine"
    assert _judged(space, {0: 0.0}).verdict == "wrong"


def test_floors_at_a_jump_are_left_out(tmp_path: Path) -> None:
    """sin(x) / sin(x) of two evaluations lies on either side of 1, as they are rounded."""
    inputs = "{'x': torch.tensor([0.3, 0.7]), 'y': torch.ones(2)}"
    space = _space("return torch.floor(x.sin() / x.sin().mul(3).div(3) * y),", inputs, tmp_path / "p.py")
    for value in (0.0, 1.0):
        result = _judged(space, {0: value})
        assert (result.verdict, result.judged + result.left_out) == ("fine", 2) and result.left_out, result
    space = _space("return (x.sin() * y >= x.sin().mul(3).div(3)),", inputs, tmp_path / "p.py")
    assert _judged(space).left_out


GENERATED = "{{'x': torch.randn({}, generator=generator(1)), 'y': torch.randn({}, generator=generator(2))}}"


@pytest.mark.parametrize(
    ("forward", "inputs"),
    [
        ("return x @ y,", GENERATED.format("4, 9", "9, 5")),
        ("return (x * 1e-30 + y),", "{'x': torch.ones(3), 'y': torch.tensor([1e-30, 2e-30, 1e-28])}"),
        ("return torch.softmax(x, -1) * y,", GENERATED.format("3, 7", "7")),
        ("return (x @ y).sum(), x.exp(), x.mul(3).exp(), x.mul(5).exp()", GENERATED.format("300, 300", "300, 300")),
    ],
)
def test_a_small_error_is_found(forward: str, inputs: str, tmp_path: Path) -> None:
    """An element that is off by a 10,000th of itself, wherever it is."""
    space = _space(forward, inputs, tmp_path / "p.py")
    right = eager_values(reference(space), 0)[0].reshape(-1)
    for place in {0, right.numel() - 1}:
        assert _judged(space, {place: float(right[place]) * 1.0001}).verdict == "wrong"


def test_few_values_without_noise_are_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eager's error of one value may be anything; another number is a fault all the same."""
    monkeypatch.setattr("execute.MOST_WORK", 1)
    space = _space("return x.exp().sum(), (x @ y)", GENERATED.format("9, 9", "9, 9"), tmp_path / "p.py")
    right = float(eager_values(reference(space), 0)[0])
    result = _judged(space, {0: right * 1.00001})
    assert (result.verdict, result.judged, result.left_out) == ("fine", 81, 1)
    assert _judged(space, {0: right * 1.01}).verdict == "wrong"
    same = _space("return x.exp().sum().expand(70), (x @ y)", GENERATED.format("9, 9", "9, 9"), tmp_path / "same.py")
    result = _judged(same, {i: right * 1.00001 for i in range(70)})
    assert (result.verdict, result.judged, result.left_out) == ("fine", 81, 70)


def test_what_is_nowhere_farther_than_twice_eagers_error_needs_no_noise(tmp_path: Path) -> None:
    space = _space("return x.exp(), x > 0", GENERATED.format("9", "9"), tmp_path / "p.py")
    expected = reference(space, noise=False)
    eager, is_positive = eager_values(expected, 0)
    exact = expected["step0.expected_f64.output0"]
    assert is_as_near([[eager, is_positive]], expected) and is_as_near([[exact.float(), is_positive]], expected)
    for ours in ([eager + 1e-5, is_positive], [eager, ~is_positive], [eager], [eager.double(), is_positive]):
        assert not is_as_near([ours], expected)
    assert not is_as_near([[eager.clone().fill_(torch.nan), is_positive]], expected)


def test_each_step_is_judged_with_what_those_before_it_left(tmp_path: Path) -> None:
    """The error of a state grows from step to step, and with it what is allowed; another step's value is wrong."""
    forward = "self.b.mul_(0.9).add_(x); return self.b * y,"
    buffers = "self.register_buffer('b', torch.zeros(3))"
    inputs = "{'x': torch.rand(3, generator=generator(1, call)) + 1, 'y': torch.full((3,), 0.7)}"
    space = _space(forward, inputs, tmp_path / "p.py", buffers, steps=3)
    expected = reference(space)
    spread = [expected[f"step{step}.noise.output0"].square().mean().sqrt() for step in range(3)]
    assert spread[0] < spread[1] < spread[2]
    assert _judged(space).verdict == "fine" and _judged(space).judged == 9
    for step in (1, 2):
        before = float(eager_values(expected, step - 1)[0][1])
        result = _judged(space, {1: before}, step)
        assert result.verdict == "wrong" and f"output0 of step {step}" in result.detail


def test_steps_of_several_entries_are_judged(tmp_path: Path) -> None:
    """What one entry writes, another reads."""
    space = load(source(generate(3, "entries")), tmp_path / "program.py")
    assert len({entry for entry, _, _ in space.STEPS}) == 2
    assert _judged(space).verdict == "fine"
    right = eager_values(reference(space), 4)[0].reshape(-1)
    assert right.is_floating_point() and right[0].isfinite()
    assert _judged(space, {0: float(right[0]) + 1}, 4).verdict == "wrong"


def test_outputs_that_are_missing_or_of_another_kind_are_wrong(tmp_path: Path) -> None:
    space = _space("return x, y", WHOLE, tmp_path / "p.py")
    expected = reference(space)
    one = torch.ones(3)
    for ours in ([one], [one, one, one], [one.long(), one], [one[:2], one]):
        assert compare([ours], expected, space).verdict == "wrong"
