"""Programs made at random of views, changes in place and operations: torch.compile against eager PyTorch.

Numbers, strides, and who shares memory with whom. Those that once went wrong; sixty more with --all-forms.
"""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest
import torch
from buddy_attention.backend import BuddyFallbackWarning, buddy
from conftest import need_binding

need_binding()

VIEWS = """{a}.t() {a}[1:] {a}[:,::2] {a}.view(-1) {a}.reshape(2,-1) {a}[0] {a}.unsqueeze(0) {a}.transpose(0,-1)
{a}.chunk(2,-1)[1] {a}.flatten() {a}.detach() {a}.expand(2,*{a}.shape) {a}.contiguous() {a}.select(0,1)
{a}.narrow(0,0,1) {a}.diagonal() {a}.unbind(0)[-1] {a}.swapaxes(0,-1) {a}.to(torch.float32)""".split()
OPERATIONS = """{a}*2 torch.tanh({a}) {a}+{a}.sum() {a}.clone() torch.nn.functional.gelu({a}) {a}.softmax(-1)
{a}@{a}.transpose(-1,-2) {a}.mean(0) {a}-{b}.sum() torch.cat([{a},{a}],0) torch.where({a}>0,{a},{b}.mean())
{a}.sort(0)[0] {a}.cumsum(0)""".split()
CHANGES = """{a}.mul_(0.5) {a}.add_({b}.sum()) {a}.zero_() {a}.copy_({a}*2) {a}[0]=3.0 {a}.relu_() {a}.add_(1)
{a}[...]={b}.sum() {a}[-1:].add_(2)""".split()


def program(seed: int) -> str:
    choose = random.Random(seed)
    lines, names = [], ["x", "y"]
    for number in range(choose.randint(4, 9)):
        kind, a, b = choose.random(), choose.choice(names), choose.choice(names)
        if kind < 0.7:
            text = choose.choice(VIEWS if kind < 0.4 else OPERATIONS)
            lines.append(f"v{number}={text.format(a=a, b=b)}")
            names.append(f"v{number}")
        else:
            lines.append(choose.choice(CHANGES).format(a=a, b=b))
    returned = choose.sample(names, min(len(names), choose.randint(1, 5)))
    body = "\n ".join([*lines, f"return ({','.join(returned)},)"])
    return f"def f(x, y):\n {body}\n"


def assert_same(ours: list[torch.Tensor], eager: list[torch.Tensor]) -> None:
    for one, other in zip(ours, eager, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4, equal_nan=True)
        if 1 not in other.shape and other.numel():
            assert one.stride() == other.stride()


@torch.no_grad()
@pytest.mark.parametrize("seed", [106, 148, 291, 418, *range(1000, 1060)])
def test_program(seed: int, request: pytest.FixtureRequest) -> None:
    if seed >= 1000 and not request.config.getoption("--all-forms"):
        pytest.skip("with --all-forms")
    torch._dynamo.reset()
    torch.manual_seed(seed)
    source = program(seed)
    names: dict[str, Any] = {"torch": torch}
    exec(source, names)
    function, ours = names["f"], torch.compile(names["f"], backend=buddy)
    for rows in (4, 6, 8):
        x, y = torch.randn(rows, 4), torch.randn(4, 4)
        mine = [x.clone(), y.clone()]
        try:
            eager = function(x, y)
        except (RuntimeError, IndexError):
            continue  # shapes that do not go together
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BuddyFallbackWarning)
            made = ours(*mine)
        assert_same([*made, *mine], [*eager, x, y])
        # What is written to one is seen in all that share its memory, and in no other.
        for number, (one, other) in enumerate(zip(made, eager)):
            if 0 not in other.stride():
                one.fill_(number + 10.0)
                other.fill_(number + 10.0)
        assert_same([*made, *mine], [*eager, x, y])
