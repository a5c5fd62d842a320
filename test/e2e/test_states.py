"""States of several entries, whoever writes them and whoever reads them, and tensors under two names."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import buddy_attention
import pytest
import torch
from buddy_attention import DynamoCompiler, export_layer, export_programs
from buddy_attention.backend import buddy as backend
from conftest import need_binding
from layers import buddy
from refusals import refused
from torch.export.pt2_archive import _package

need_binding()

Tensors = dict[str, torch.Tensor]


def check_calls(folder: Path, module: torch.nn.Module, calls: dict[str, Tensors], order: list[tuple[str, Tensors]]) -> dict:
    """The entries in this order against eager, twice with a reset between; the package's manifest."""
    module = module.eval()
    export_programs(module, calls, folder / "m.pt2")
    buddy("compile", folder / "m.pt2", "-o", folder / "m.buddy")
    model = buddy_attention.load(folder / "m.buddy")
    context = model.context()
    for _ in range(2):
        eager = copy.deepcopy(module)
        for entry, inputs in order:
            with torch.no_grad():
                expected = eager(**inputs)
            output = context.run_list(model.entries[entry], list(inputs.values()))[0]
            torch.testing.assert_close(output, expected, rtol=1e-5, atol=1e-6)
        context.reset()
    return json.loads((folder / "m.buddy" / "manifest.json").read_text())


class Holder(torch.nn.Module):
    """What one entry only writes another only reads, and one nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("held", torch.tensor([1.0, 2.0, 3.0]))
        self.register_buffer("times", torch.zeros(1, dtype=torch.int64))
        self.register_buffer("unread", torch.zeros(2))

    def forward(
        self, value: torch.Tensor | None = None, query: torch.Tensor | None = None, since: torch.Tensor | None = None
    ) -> torch.Tensor:
        if value is not None:
            self.held.copy_(value)
            self.times.add_(1)
            self.unread.fill_(3.0)
            return value * 2
        if since is not None:
            return self.times - since
        return query + self.held


def test_one_writes_and_another_reads(tmp_path: Path) -> None:
    value, zero, since = torch.full((3,), 5.0), torch.zeros(3), torch.tensor([0])
    get, count = ("get", {"query": zero}), ("count", {"since": since})
    put = ("put", {"value": value})
    order = [get, count, put, get, count, get, ("put", {"value": -value}), count, ("get", {"query": value})]
    manifest = check_calls(tmp_path, Holder(), dict([put, get, count]), order)
    states = {entry["name"]: entry["states"] for entry in manifest["entries"]}
    assert states == {"put": ["held", "times"], "get": ["held"], "count": ["times"]}
    assert [state["name"] for state in manifest["states"]] == ["held", "times"]


def test_what_no_entry_reads_is_no_state(tmp_path: Path) -> None:
    """Written before it is read; a counter reads itself."""
    export_layer(Holder(), (torch.ones(3),), tmp_path / "m.pt2")
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    manifest = json.loads((tmp_path / "m.buddy" / "manifest.json").read_text())
    assert [state["name"] for state in manifest["states"]] == ["times"]


class EncoderDecoder(torch.nn.Module):
    """The encoder leaves keys, values and a mask in buffers, which the decoder reads."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.key, self.value, self.query = (torch.nn.Linear(8, 8) for _ in range(3))
        for name in ("keys", "values"):
            self.register_buffer(name, torch.zeros(1, 2, 5, 4))
        self.register_buffer("mask", torch.ones(1, 1, 1, 5, dtype=torch.bool))

    def forward(
        self, source: torch.Tensor | None = None, keep: torch.Tensor | None = None, x: torch.Tensor | None = None
    ) -> torch.Tensor:
        if source is not None:
            self.keys.copy_(self.key(source).view(1, 5, 2, 4).transpose(1, 2))
            self.values.copy_(self.value(source).view(1, 5, 2, 4).transpose(1, 2))
            self.mask.copy_(keep)
            return source.mean(1)
        query = self.query(x).view(1, -1, 2, 4).transpose(1, 2)
        out = torch.nn.functional.scaled_dot_product_attention(query, self.keys, self.values, attn_mask=self.mask)
        return out.transpose(1, 2).reshape(1, -1, 8)


def test_encoder_and_decoder(tmp_path: Path) -> None:
    source, x = torch.randn(1, 5, 8), torch.randn(1, 1, 8)
    keep = torch.tensor([True, False, True, True, False]).view(1, 1, 1, 5)
    encode, decode = ("encode", {"source": source, "keep": keep}), ("decode", {"x": x})
    again = ("encode", {"source": source * 3, "keep": ~keep})
    order = [decode, encode, decode, ("decode", {"x": x * 2}), again, decode]
    check_calls(tmp_path, EncoderDecoder(), dict([encode, decode]), order)


def test_programs_that_torch_saved(tmp_path: Path) -> None:
    """Each has a copy of the buffers then; the name says that they are one."""
    module = Holder()
    calls = {"put": {"value": torch.full((3,), 5.0)}, "get": {"query": torch.zeros(3)}}
    programs = {name: torch.export.export(module, (), inputs) for name, inputs in calls.items()}
    _package.package_pt2(str(tmp_path / "m.pt2"), exported_programs=programs)
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    model = buddy_attention.load(tmp_path / "m.buddy")
    context = model.context()
    results = [context.run_list(model.entries[name], list(calls[name].values()))[0].tolist() for name in ("get", "put", "get")]
    assert results == [[1.0, 2.0, 3.0], [10.0] * 3, [5.0] * 3]


class SameName(torch.nn.Module):
    """Its argument has the name of a buffer, and another that of a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("held", torch.tensor([1.0, 2.0, 3.0]))
        self.weight = torch.nn.Parameter(torch.tensor([2.0, 3.0, 4.0]))

    def forward(self, held: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        self.held.add_(held)
        return self.held * self.weight - weight


def test_an_argument_with_the_name_of_a_buffer(tmp_path: Path) -> None:
    call = ("run", {"held": torch.ones(3), "weight": torch.tensor([5.0, 6.0, 7.0])})
    check_calls(tmp_path, SameName(), dict([call]), [call, call, call])


class Inner(torch.nn.Module):
    def __init__(self, held: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("cache", held)

    def forward(self, query: torch.Tensor) -> torch.Tensor:
        return query + self.cache


def test_two_modules_with_one_buffer(tmp_path: Path) -> None:
    """Under another name in each program: what is saved once is one state."""
    from buddy_attention.export import _storages_saved_once

    holder = Holder()
    inner = torch.nn.Sequential(Inner(holder.held))
    programs = {
        "put": torch.export.export(holder, (torch.ones(3),)),
        "get": torch.export.export(inner, (torch.ones(3),)),
    }
    with _storages_saved_once():
        _package.package_pt2(str(tmp_path / "m.pt2"), exported_programs=programs)
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    model = buddy_attention.load(tmp_path / "m.buddy")
    context = model.context()
    results = [context.run_list(model.entries[name], [torch.full((3,), 5.0)])[0].tolist() for name in ("get", "put", "get")]
    assert results == [[6.0, 7.0, 8.0], [10.0] * 3, [10.0] * 3]


# Two names --------------------------------------------------------------------------------------------


class Aliased(torch.nn.Module):
    """``a`` is changed, ``b`` is read."""

    def __init__(self, alias: Callable[[torch.nn.Module], None]) -> None:
        super().__init__()
        self.register_buffer("a", torch.zeros(3, 3))
        alias(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.a.add_(x)
        return self.b * 1


def attribute(module: torch.nn.Module) -> None:
    module.b = module.a


def parameter(module: torch.nn.Module) -> None:
    module.b = torch.nn.Parameter(module.a, requires_grad=False)


VISIBLE: dict[str, Callable[[torch.nn.Module], None]] = {
    "part": lambda m: m.register_buffer("b", m.a[1:]),
    "transposed": lambda m: m.register_buffer("b", m.a.t()),
    "parameter": parameter,
}
LOST: dict[str, Callable[[torch.nn.Module], None]] = {
    "attribute": attribute,
    "attribute-part": lambda m: setattr(m, "b", m.a[1:]),
    "not-persistent": lambda m: m.register_buffer("b", m.a[:2], persistent=False),
}


@pytest.mark.parametrize("name", [*VISIBLE, *LOST])
def test_two_names_are_refused(name: str, tmp_path: Path) -> None:
    module = Aliased((VISIBLE | LOST)[name]).eval()
    for export in (
        lambda: export_layer(module, (torch.ones(3, 3),), tmp_path / "m.pt2"),
        lambda: export_programs(module, {"one": {"x": torch.ones(3, 3)}}, tmp_path / "m.pt2"),
        lambda: DynamoCompiler(module, (torch.ones(3, 3),)),
        lambda: buddy_attention.compile(module, (torch.ones(3, 3),)),
    ):
        with pytest.raises(ValueError, match=r"'a' \(used in .*test_states.py:\d+\), which .* lie in the same memory"):
            export()
    assert not list(tmp_path.iterdir())
    if name in VISIBLE:  # torch's own archive says so, too
        torch.export.save(torch.export.export(module, (torch.ones(3, 3),)), tmp_path / "m.pt2")
        says = ["'a', which is changed, and 'b' lie in the same memory", ".clone()"]
        refused(tmp_path, 1, "compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy", says=says)


@pytest.mark.parametrize("name", [*VISIBLE, *LOST])
def test_two_names_under_torch_compile(name: str) -> None:
    torch._dynamo.reset()
    eager, ours = Aliased((VISIBLE | LOST)[name]).eval(), torch.compile(Aliased((VISIBLE | LOST)[name]).eval(), backend=backend)
    for step in range(3):
        assert torch.equal(ours(torch.full((3, 3), 1.0 + step)), eager(torch.full((3, 3), 1.0 + step)))


class TwoEntries(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("a", torch.zeros(3))
        self.b = self.a

    def forward(self, x: torch.Tensor | None = None, y: torch.Tensor | None = None) -> torch.Tensor:
        if x is not None:
            self.a.add_(x)
            return x * 1
        return self.b + y


def test_two_names_in_two_entries(tmp_path: Path) -> None:
    calls = {"put": {"x": torch.ones(3)}, "get": {"y": torch.ones(3)}}
    with pytest.raises(ValueError, match="'a' .*, which .* changes, and 'lifted_tensor_0' .* same memory"):
        export_programs(TwoEntries(), calls, tmp_path / "m.pt2")


class Harmless(torch.nn.Module):
    """Tied and not changed; one memory but other elements; a second name that nobody uses."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(3))
        self.tied, self.part = self.weight, self.weight.data[1:]
        both = torch.zeros(2, 3)
        self.register_buffer("keys", both[0])
        self.register_buffer("values", both[1])
        self.unused = self.keys
        self.register_buffer("same", self.values)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.keys.add_(x)
        self.values.sub_(x * self.weight)
        return self.keys + 2 * self.same * self.tied + self.part.sum()


def test_what_shares_memory_and_may(tmp_path: Path) -> None:
    x = torch.tensor([1.0, 2.0, 3.0])
    check_calls(tmp_path, Harmless(), {"run": {"x": x}}, [("run", {"x": x}), ("run", {"x": -2 * x}), ("run", {"x": x})])
