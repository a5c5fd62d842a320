"""The judge: what is right is never called wrong, and what is wrong is, however small the program's values."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import torch
from execute import Result, compare, eager
from generate import generate
from judge import DRAWS, judge
from source import HEAD, load, source


def _space(body: str, inputs: str, path: Path) -> ModuleType:
    """A program by hand: forward's lines, and its inputs as a dictionary's text."""
    text = (
        HEAD.format(seed=0, kind="by hand")
        + f"class Program(torch.nn.Module):\n    def forward(self, x, y):\n        {body}\n"
    )
    text += f"def inputs_forward(call=0):\n    return {inputs}\nSTEPS = [('forward', {{}}, 0)]\nDYNAMIC = {{}}\n"
    return load(text, path)


def _judged(space: ModuleType, change: dict[int, float] | None = None) -> Result:
    """Eager's own f32 results, some changed, as if they were ours."""
    expected = eager(space, None)
    ours = [[value.clone().numpy() for value in step] for step in expected]
    for place, value in (change or {}).items():
        ours[0][0].reshape(-1)[place] = value
    return compare(ours, expected, [eager(space, draw) for draw in DRAWS], space)


def test_eager_is_right(tmp_path: Path) -> None:
    for seed in range(40):
        space = load(source(generate(seed)), tmp_path / "program.py")
        result = _judged(space)
        assert result.verdict == "fine", f"seed {seed}: {result.detail}"


QUOTIENT = "return torch.floor(x / y),"
WHOLE = "{'x': torch.tensor([41.0, 82.0, 10.0]), 'y': torch.tensor([41.0, 41.0, 3.0])}"


def test_whole_quotients_are_judged(tmp_path: Path) -> None:
    """41 / 41 is 1 in any arithmetic that rounds correctly: a floor of it that is 0 is a fault."""
    space = _space(QUOTIENT, WHOLE, tmp_path / "p.py")
    assert _judged(space).verdict == "fine"
    assert _judged(space, {0: 0.0}).verdict == "wrong"


def test_floors_at_a_jump_are_left_out(tmp_path: Path) -> None:
    """0.1 * 10 lies on either side of 1, as it is rounded."""
    space = _space(
        "return torch.floor(x.sin() / x.sin() * y),",
        "{'x': torch.tensor([0.3, 0.7]), 'y': torch.ones(2)}",
        tmp_path / "p.py",
    )
    assert _judged(space, {0: 0.0}).verdict == "fine"
    assert _judged(space).left_out == 0  # floats: the bound of such an element is the jump
    space = _space(
        "return (x.sin() * y >= x.sin()),", "{'x': torch.tensor([0.3]), 'y': torch.ones(1)}", tmp_path / "p.py"
    )
    assert _judged(space).left_out == 1


@pytest.mark.parametrize(
    ("body", "inputs"),
    [
        (
            "return x @ y,",
            "{'x': torch.randn(4, 9, generator=generator(1)), 'y': torch.randn(9, 5, generator=generator(2))}",
        ),
        ("return (x * 1e-30 + y),", "{'x': torch.ones(3), 'y': torch.tensor([1e-30, 2e-30, 1e-28])}"),
        ("return torch.softmax(x, -1) * y,", "{'x': torch.randn(3, 7, generator=generator(1)), 'y': torch.ones(7)}"),
    ],
)
def test_a_small_error_is_found(body: str, inputs: str, tmp_path: Path) -> None:
    """An element that is off by a 100,000th of itself, wherever it is."""
    space = _space(body, inputs, tmp_path / "p.py")
    right = eager(space, None)[0][0].reshape(-1)
    for place in (0, right.numel() - 1):
        assert _judged(space, {place: float(right[place]) * 1.0001}).verdict == "wrong"


def test_what_is_not_finite() -> None:
    nan, inf = float("nan"), float("inf")
    eager_, exact = torch.tensor([nan, inf, 1.0]), torch.tensor([nan, inf, 1.0], dtype=torch.float64)
    draws = [exact] * len(DRAWS)
    assert judge(eager_, eager_, draws).reason == ""
    for place, value in ((0, 1.0), (1, -inf), (1, nan), (2, nan), (2, inf)):
        ours = eager_.clone()
        ours[place] = value
        assert judge(ours, eager_, draws).reason, (place, value)


def test_shapes_and_dtypes_are_compared() -> None:
    one = torch.ones(2)
    assert judge(torch.ones(3), one, [one.double()]).reason
    assert judge(torch.ones(2, dtype=torch.int64), one, [one.double()]).reason
