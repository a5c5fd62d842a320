"""compile(): modules called from Python, beside eager PyTorch."""

from __future__ import annotations

import re
from collections import namedtuple
from pathlib import Path
from typing import Any

import buddy_attention
import pytest
import torch
from buddy_attention import CompiledModule
from conftest import ROOT, need_binding
from layers import check_outputs

need_binding()


class Mixed(torch.nn.Module):
    """Keywords, constants, a structure of outputs, and an output that is an input."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(24, 16)

    def forward(
        self, x: torch.Tensor, pair: tuple[torch.Tensor, int], *, mask: torch.Tensor | None = None, scale: float = 0.5
    ) -> dict[str, Any]:
        y = self.linear(x) * scale * pair[1] + pair[0]
        if mask is not None:
            y = y.masked_fill(mask, -1.0)
        return {"y": y, "nothing": None, "more": [y.sum(-1), x]}


@pytest.fixture(autouse=True, scope="module")
def same_modules() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def same_inputs() -> None:
    torch.manual_seed(1)


@pytest.fixture(scope="module")
def mixed() -> tuple[Mixed, tuple[Any, ...], dict[str, Any], CompiledModule]:
    module, args = Mixed().eval(), (torch.randn(3, 7, 24), (torch.randn(16), 3))
    kwargs = {"mask": torch.rand(3, 7, 16) > 0.5}
    return module, args, kwargs, buddy_attention.compile(module, args, kwargs)


@pytest.fixture(scope="module")
def open_linear() -> tuple[torch.nn.Module, CompiledModule]:
    module = torch.nn.Sequential(torch.nn.Linear(24, 256), torch.nn.GELU()).eval()
    length = torch.export.Dim("length", min=1, max=50)
    return module, buddy_attention.compile(module, (torch.randn(2, 5, 24),), dynamic_shapes=({1: length},))


def test_a_module_is_called_as_the_module_is(mixed: Any) -> None:
    module, args, kwargs, compiled = mixed
    x, pair = args
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((x, pair), kwargs),
        ((x,), {"pair": pair, **kwargs}),
        ((), {"x": x, "pair": pair, "scale": 0.5, **kwargs}),
        ((torch.randn(7, 3, 24).transpose(0, 1), pair), kwargs),  # not contiguous
        ((torch.nn.Parameter(x), pair), kwargs),
    ]
    with torch.no_grad():
        for args, kwargs in calls:
            ours = compiled(*args, **kwargs)
            assert list(ours) == ["y", "nothing", "more"] and ours["nothing"] is None
            assert isinstance(ours["more"], list) and len(ours["more"]) == 2
            check_outputs([ours["y"], *ours["more"]], module, args, kwargs)


def test_calls_that_do_not_fit_a_module(mixed: Any) -> None:
    _, (x, pair), kwargs, compiled = mixed
    with pytest.raises(TypeError, match="input 'mask' must be a torch.Tensor, got NoneType"):
        compiled(x, pair)
    with pytest.raises(TypeError, match="missing a required argument: 'pair'"):
        compiled(x, **kwargs)
    with pytest.raises(TypeError, match="without the argument 'scale'"):
        compiled(x, pair, scale=0.25, **kwargs)
    with pytest.raises(ValueError, match="is 4, the module was compiled with 3"):
        compiled(x, (pair[0], 4), **kwargs)
    with pytest.raises(TypeError, match="structure"):
        compiled(x, [pair[0], 3], **kwargs)
    with pytest.raises(ValueError, match="dtype is f64, expected f32"):
        compiled(x.double(), pair, **kwargs)
    with pytest.raises(ValueError, match=r"shape is \[3, 6, 24\], expected \[3, 7, 24\]"):
        compiled(x[:, :6], pair, **kwargs)
    with pytest.raises(ValueError, match=r"'x' is on meta.*\.cpu\(\)"):
        compiled(x.to("meta"), pair, **kwargs)
    with pytest.raises(ValueError, match="layout"):
        compiled(x.to_sparse(), pair, **kwargs)


def test_gradients_are_refused_not_lost(open_linear: Any) -> None:
    _, compiled = open_linear
    x = torch.randn(2, 5, 24, requires_grad=True)
    with pytest.raises(ValueError, match=r"requires grad.*torch\.no_grad\(\), or pass .*\.detach\(\)"):
        compiled(x)
    with torch.no_grad():
        assert torch.equal(compiled(x), compiled(x.detach()))


def test_tangents_are_refused_not_lost(open_linear: Any) -> None:
    _, compiled = open_linear
    x = torch.randn(2, 5, 24)
    with torch.autograd.forward_ad.dual_level():
        compiled(x)
        with pytest.raises(ValueError, match="has a tangent"):
            compiled(torch.autograd.forward_ad.make_dual(x, x))


def test_outputs_that_are_given(mixed: Any) -> None:
    module, (x, pair), kwargs, compiled = mixed
    fresh = compiled(x, pair, **kwargs)
    out = {"y": torch.zeros(3, 7, 16), "nothing": None, "more": [torch.zeros(3, 7), torch.zeros(3, 7, 24)]}
    version = out["y"]._version
    back = compiled(x, pair, out=out, **kwargs)
    assert back["y"] is out["y"] and torch.equal(out["y"], fresh["y"]) and torch.equal(out["more"][1], x)
    assert out["y"]._version > version  # autograd must see the write
    bad: list[tuple[Any, str]] = [
        (out["y"], "structure"),
        ({**out, "y": torch.zeros(3, 7, 15)}, "shape"),
        ({**out, "y": torch.zeros(7, 3, 16).transpose(0, 1)}, "contiguous"),
        ({**out, "more": [out["more"][0], x]}, "overlaps input"),
        ({**out, "y": None}, "must be a torch.Tensor"),
        ({**out, "y": torch._neg_view(torch.zeros(3, 7, 16))}, "negated"),
        ({**out, "y": torch.zeros(3, 7, 16, requires_grad=True)}, "requires grad"),
    ]
    for wrong, match in bad:
        with pytest.raises((TypeError, ValueError), match=match):
            compiled(x, pair, out=wrong, **kwargs)


def test_a_compiled_module_inside_of_torch_compile(open_linear: Any) -> None:
    module, inner = open_linear
    x = torch.randn(2, 5, 24)
    with torch.no_grad():
        ours = torch.compile(lambda x: inner(x) * 2, backend="eager")(x)
        torch.testing.assert_close(ours, module(x) * 2, rtol=1e-5, atol=1e-5)


class Scaled(torch.nn.Module):
    def forward(self, entry: torch.Tensor, scale: float = 0.0) -> torch.Tensor:
        return 1 / (entry * scale)


class Out(torch.nn.Module):
    def forward(self, x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        return x + out


def test_names_and_constants_of_arguments() -> None:
    x = torch.ones(3)
    with pytest.raises(ValueError, match=r"forward\(\) has a parameter 'out'"):
        buddy_attention.compile(Out(), (x, x))
    compiled = buddy_attention.compile(Scaled(), (x, 0.0))
    with pytest.raises(ValueError, match=r"is -0\.0, the module was compiled with 0\.0"):
        compiled(x, -0.0)
    assert torch.equal(compiled.model.context().run("forward", entry=x), torch.full((3,), torch.inf))  # type: ignore[arg-type]


def test_open_sizes(open_linear: Any) -> None:
    module, compiled = open_linear
    with torch.no_grad():
        for length in (50, 1, 17):
            x = torch.randn(2, length, 24)
            check_outputs([compiled(x)], module, (x,))
            out = torch.empty(2, length, 256)
            assert compiled(x, out=out) is out and torch.equal(out, compiled(x))
    (symbol,) = next(iter(compiled.model.entries.values())).symbols
    assert (symbol.min, symbol.max) == (1, 50)
    assert compiled.model.inputs[0].shape == (2, symbol.name, 24)
    with pytest.raises(ValueError, match="is 51, must be 1 to 50"):
        compiled(torch.randn(2, 51, 24))


class Branches(torch.nn.Module):
    def __init__(self, is_even: bool) -> None:
        super().__init__()
        self.is_even = is_even

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        chosen = x.shape[0] % 2 == 0 if self.is_even else x.shape[0] > 3
        return x * 2 if chosen else x * 3


@pytest.mark.parametrize("dim", [torch.export.Dim.AUTO, torch.export.Dim.DYNAMIC])
def test_branches_on_sizes_are_not_lost(dim: Any) -> None:
    with pytest.raises(ValueError, match=r"Mod\(x\.shape\[0\], 2\).*which a run does not check"):
        buddy_attention.compile(Branches(True), (torch.ones(4),), dynamic_shapes=({0: dim},))
    compiled = buddy_attention.compile(Branches(False), (torch.ones(4),), dynamic_shapes=({0: dim},))
    assert torch.equal(compiled(torch.ones(5)), torch.full((5,), 2.0))
    with pytest.raises(ValueError, match="is 3, must be 4"):
        compiled(torch.ones(3))


Pair = namedtuple("Pair", "first second")


class Structures(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, Any]:
        return {"largest": x.max(1), "pair": Pair(x + 1, [x * 2])}


def test_structures_that_an_archive_has_no_name_for(tmp_path: Path) -> None:
    module, x = Structures(), torch.randn(3, 4)
    with torch.no_grad():
        ours, eager = buddy_attention.compile(module, (x,))(x), module(x)
    assert type(ours["largest"]) is torch.return_types.max and type(ours["pair"]) is Pair
    torch.testing.assert_close(ours, eager)
    # The archive is one of PyTorch's own, with the tensors one after the other; the program is as it was.
    program = buddy_attention.export_layer(module, (x,), tmp_path / "m.pt2")
    with torch.no_grad():
        assert type(program.module()(x)["pair"]) is Pair
        plain = torch.export.load(tmp_path / "m.pt2").module()(x)
    torch.testing.assert_close(plain, (*eager["largest"], eager["pair"].first, eager["pair"].second[0]))


def test_the_page_about_python_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs docs/python.md from top to bottom."""
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL))
    # Only a wheel registers the name.
    code = code.replace('backend="buddy"', "backend=buddy_attention.backend.buddy")
    names: dict[str, Any] = {}
    exec(compile("import buddy_attention.backend\n" + code, "docs/python.md", "exec"), names)
    with torch.no_grad():
        x, module = names["x"], names["module"]
        torch.testing.assert_close(names["y"], module(x))
        torch.testing.assert_close(names["fast"](x), module(x))
        assert names["context"](torch.ones(4))[0].item() == 2  # it was reset
