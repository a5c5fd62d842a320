"""torch.compile(backend="buddy"): what is left to PyTorch, with a warning that says why, and the rest compiled."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import buddy_attention
import pytest
import torch
from buddy_attention.backend import compiled_graph, forget_warnings
from conftest import need_binding
from torch_compiled import assert_same, compiled, fallback, fresh, new_data, packages, small  # noqa: F401  (fixtures)

need_binding()


def test_training_is_left_to_pytorch(packages: list[Any]) -> None:
    module = small()
    twin, x = copy.deepcopy(module), torch.randn(4, 48)
    layer = compiled(module)
    with fallback(r"gradients are wanted.*torch\.no_grad") as told:
        for _ in range(2):
            layer(x).square().sum().backward()
            twin(x).square().sum().backward()
    assert len(told) == 1 and packages == []
    assert_same([p.grad for p in module.parameters()], [p.grad for p in twin.parameters()])
    with torch.no_grad():
        assert_same(layer(x), module(x))
    with torch.inference_mode():
        assert_same(layer(x), module(x))
    assert packages
    module.requires_grad_(False)
    assert_same(layer(x), module(x))  # gradients are on, and nobody wants any


@torch.no_grad()
def test_other_dtypes() -> None:
    for dtype in (torch.float64, torch.bfloat16):
        module, x = small().to(dtype), torch.randn(4, 48).to(dtype)
        with fallback("dtype"):
            assert torch.equal(compiled(module)(x), module(x))
    module, x = small(), torch.randn(4, 48)
    with torch.autocast("cpu", torch.bfloat16), fallback("autocast is on"):
        assert torch.equal(compiled(module)(x), module(x))
    assert_same(compiled(module)(x), module(x))
    x = torch.randn(4, 48, dtype=torch.complex64)
    with fallback("dtype|complex|type"):
        assert torch.equal(compiled(lambda z: z * 2 + 1)(x), x * 2 + 1)


@torch.no_grad()
def test_other_devices_and_layouts() -> None:
    x = torch.randn(4, 6)
    with fallback("on meta"):
        assert compiled(lambda z: torch.tanh(z) * 2 + 1)(x.to("meta")).device.type == "meta"
    forget_warnings()
    with fallback("on meta"):
        assert compiled(lambda z: torch.tanh(z.to("meta")) * 2 + 1)(x).device.type == "meta"


@torch.no_grad()
def test_a_fault_of_the_backend_is_no_fault_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_graph, "export_graph", lambda *_: 1 / 0)
    x = torch.randn(4, 48)
    with fallback("fault of the backend.*ZeroDivisionError"):
        assert torch.equal(compiled(torch.tanh)(x), torch.tanh(x))


@torch.no_grad()
def test_indices_out_of_range_raise_as_in_eager() -> None:
    table = torch.nn.Embedding(10, 4)
    function = compiled(lambda ids: table(ids) * 2)
    assert_same(function(torch.tensor([1, 9])), table(torch.tensor([1, 9])) * 2)
    with fallback("left to PyTorch"), pytest.raises(IndexError):
        function(torch.tensor([1, 10]))


class Chooses(torch.nn.Module):
    """Between two stretches that compile there is one that does not."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = torch.nn.Linear(16, 32), torch.nn.Linear(32, 16)
        self.norm = torch.nn.LayerNorm(16)

    def forward(self, x: torch.Tensor) -> tuple[Any, ...]:
        h = self.norm(self.down(torch.relu(self.up(x)))) * 2
        values, indices = torch.topk(h, 3, dim=-1)
        h = h.scatter(-1, indices, 0.0)
        rows = h.view(-1, 16)
        h.add_(1)  # seen through rows
        return self.norm(self.down(torch.tanh(self.up(rows)))) + 1, values, rows, x.shape[0] * 2


@torch.no_grad()
def test_what_is_around_an_unsupported_operation_is_compiled(packages: list[Any]) -> None:
    module = Chooses()
    function = compiled(module)
    place = Path(__file__).read_text().splitlines().index("        values, indices = torch.topk(h, 3, dim=-1)") + 1
    with fallback(f"aten.topk.default .*test_torch_compile_fallback.py:{place}.*aten.scatter.value") as told:
        for rows in (3, 5, 6):
            x = torch.randn(rows, 4, 16)
            assert_same(function(x), module(x))
    assert len(told) == 1, [str(one.message) for one in told]
    assert len(packages) == 4  # two parts, of one length and of any
    for parameter in module.parameters():
        parameter.data = torch.randn_like(parameter)
    assert_same(function(x), module(x))


@torch.no_grad()
def test_parts_run_in_the_order_in_which_they_write() -> None:
    """Nothing but that order says that what reads y comes between two that write to it."""

    def function(y: torch.Tensor) -> torch.Tensor:
        y[0] = 3.0
        last = torch.sort(y, 0)[0]
        unused = torch.where(last > 0, torch.tanh(last), y.mean()).sum(0) * 2
        y.add_(unused)
        return last.detach()

    y = torch.randn(4, 4)
    same = y.clone()
    with fallback("aten.sort.default"):
        assert_same([compiled(function)(y), y], [function(same), same])


@torch.no_grad()
def test_a_graph_without_a_compilable_part(packages: list[Any]) -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        return torch.sort(x + 1)[0]

    x = torch.randn(3, 7)
    with fallback("a graph is run by PyTorch: aten.sort.default") as told:
        assert torch.equal(compiled(function)(x), function(x))
    assert len(told) == 1 and packages == []


@torch.no_grad()
def test_graph_breaks(packages: list[Any]) -> None:
    module = small()
    seen: list[float] = []

    def function(x: torch.Tensor) -> torch.Tensor:
        y = module(x)
        seen.append(y.sum().item())  # Python needs the number here
        return module(y) * 2 if seen[-1] > 0 else y - 1

    ours = compiled(function)
    for sign in (1, -1):
        module[2].bias.fill_(sign * 10.0)
        x = torch.randn(4, 48)
        assert_same(ours(x), function(x))
        torch.testing.assert_close(seen[-1], seen[-2], rtol=1e-4, atol=1e-4)
    assert len(packages) >= 2


def test_modes_are_left_as_they_were() -> None:
    linear = torch.nn.Linear(8, 8)

    def function(x: torch.Tensor) -> tuple[torch.Tensor, bool]:
        with torch.no_grad():
            y = torch.tanh(linear(x)) * 2
        return y, torch.is_grad_enabled()

    x = torch.randn(2, 8)
    assert_same(compiled(function)(x), function(x))
    assert torch.is_grad_enabled()


def test_a_mode_that_a_graph_changes_stays_changed() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        torch.set_grad_enabled(False)
        return torch.tanh(x) * 2

    x = torch.randn(2, 8)
    try:
        with fallback("turns gradients on or off"):
            assert_same(compiled(function)(x), torch.tanh(x) * 2)
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)


@torch.no_grad()
def test_later_faults_of_the_backend_are_no_faults_of_the_program(
    packages: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, x = small(), torch.randn(4, 48)
    layer = compiled(module)
    assert_same(layer(x), module(x))
    with monkeypatch.context() as patch, fallback("fault of the backend.*RuntimeError: broken"):

        def broken(*_: Any) -> Any:
            raise RuntimeError("broken")

        patch.setattr(buddy_attention.Context, "run_list", broken)
        assert torch.equal(layer(x), module(x))
    monkeypatch.setattr(compiled_graph, "export_graph", lambda *_: 1 / 0)
    new_data(module)
    with fallback("fault of the backend.*ZeroDivisionError"):
        assert torch.equal(layer(x), module(x))
