"""Indices that the program computes and nothing proves to be inside: each run looks, and says what eager says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import buddy_attention
import pytest
import torch
from buddy_attention import Model, export_layer, export_programs, write_reference
from buddy_attention.backend import buddy as backend
from conftest import need_binding
from layers import buddy
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.export import Dim

need_binding()

Inputs = tuple[Tensor, ...]


class Function(nn.Module):
    def __init__(self, function: Callable[..., object], **members: Tensor) -> None:
        super().__init__()
        self.function = function
        for name, value in members.items():
            self.register_parameter(name, nn.Parameter(value))

    def forward(self, *inputs: Tensor) -> object:
        return self.function(self, *inputs)


def compiled(folder: Path, module: nn.Module, inputs: Inputs, dynamic: object = None) -> Path:
    export_layer(module.eval(), inputs, folder / "m.pt2", dynamic_shapes=dynamic)
    buddy("compile", folder / "m.pt2", "-o", folder / "m.buddy", "--save-stages", folder / "stages")
    return folder / "m.buddy"


def checks(package: Path, entry: int = 0) -> list[dict]:
    """Those in the manifest."""
    return json.loads((package / "manifest.json").read_text())["entries"][entry].get("checks", [])


def eager(module: nn.Module, inputs: Inputs) -> list[Tensor] | None:
    """Its outputs; None if an index is outside."""
    try:
        with torch.no_grad():
            outputs = module(*inputs)
    except (IndexError, RuntimeError) as error:
        assert "out of" in str(error)
        return None
    return list(outputs) if isinstance(outputs, tuple) else [outputs]


def agree(module: nn.Module, model: Model, inputs: Inputs) -> str:
    """Both give the same numbers (""), or both an error: ours is returned."""
    expected = eager(module, inputs)
    if expected is None:
        with pytest.raises(IndexError) as error:
            model(*inputs)
        return str(error.value)
    outputs = model(*inputs)
    for ours, theirs in zip(outputs if isinstance(outputs, tuple) else (outputs,), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    return ""


def put(x: Tensor, places: Tensor, value: Tensor) -> Tensor:
    x[:, places] = value
    return x


def rows(n: int, columns: int = 20) -> Tensor:
    return torch.arange(n * columns, dtype=torch.float32).reshape(n, columns) / 7


IDS = torch.tensor([[0, 1, 2], [2, 1, 0]])

#: A function, examples, other inputs inside, and inputs outside with what the error names.
CASES: dict[str, tuple[nn.Module, Inputs, list[Inputs], list[tuple[Inputs, str]]]] = {
    "embedding": (
        Function(lambda m, ids: torch.nn.functional.embedding(ids * ids, m.table), table=rows(10)),
        (IDS,),
        [(IDS + 1,), (-IDS,)],
        [((IDS + 2,), r"embedding: index 16 at \[0, 2\] is outside of a dimension of size 10 (0 to 9)")],
    ),
    "embedding-negative": (
        Function(lambda m, ids: torch.nn.functional.embedding(ids * ids - 1, m.table), table=rows(10)),
        (IDS + 1,),
        [],
        [((IDS,), r"embedding: index -1 at \[0, 0\]")],
    ),
    "wrap": (
        Function(lambda m, ids: m.table[ids * ids * ids], table=rows(10)),
        (IDS,),
        [(-IDS,), (IDS - 2,), (-torch.tensor([[2, 2, 1], [1, 0, 2]]),)],
        [((IDS + 1,), r"index: index 27 at \[0, 2\] is outside of a dimension of size 10 (-10 to 9)")],
    ),
    "wrap-ends": (
        Function(lambda m, ids: m.table[ids * 5], table=rows(10)),
        (IDS - 1,),
        [(torch.tensor([[-2, 1, 0]]).repeat(2, 1),)],
        [((IDS + 0,), r"index: index 10 at \[0, 2\]"), ((IDS - 3,), r"index: index -15 at \[0, 0\]")],
    ),
    "argmax": (
        Function(lambda m, x: (m.table[x.argmax(-1)], m.table[x.argmin(0)].sum(-1)), table=rows(5)),
        (torch.eye(6)[[4, 3, 2, 0]],),
        [(torch.eye(6)[[1, 0, 3, 2]],)],
        [((torch.eye(6)[[0, 5, 1, 5]],), r"index: index 5 at \[1\]")],
    ),
    "routing": (
        Function(
            lambda m, x: torch.einsum("td,tdh->th", x, m.experts[(x @ m.router).argmax(-1) + x[:, 0].to(torch.int64)]),
            experts=rows(4 * 8, 16).reshape(4, 8, 16),
            router=torch.eye(8, 4),
        ),
        (torch.eye(8)[[1, 2, 3]],),
        [(torch.eye(8)[[2, 1, 5]],), (torch.eye(8)[[0, 0, 3]],)],
        [((torch.eye(8)[[0, 0, 3]] * 3 + torch.eye(8)[[1, 4, 4]] * 4,), r"index: index 4 at \[0\]")],
    ),
    "cumsum": (
        Function(lambda m, x: m.table[(x > 0).cumsum(0) * 2], table=rows(6)),
        (torch.tensor([1.0, -1.0, 1.0, -1.0]),),
        [(torch.tensor([-1.0, -1.0, -1.0, 1.0]),)],
        [((torch.ones(4),), r"index: index 6 at \[2\]")],
    ),
    "gather": (
        Function(lambda m, x, ids: torch.gather(x, 1, ids * ids)),
        (rows(2, 5), IDS),
        [(rows(2, 5), -IDS)],
        [((rows(2, 5), IDS + 1), r"gather: index 9 at \[0, 2\] is outside of a dimension of size 5 (0 to 4)")],
    ),
    "index_select": (
        Function(lambda m, x, i: torch.index_select(x, 1, i * i)),
        (rows(3, 5), torch.tensor([0, 1, 2])),
        [(rows(3, 5), torch.tensor([-2, 1, 2]))],
        [((rows(3, 5), torch.tensor([0, 3, 2])), r"index_select: index 9 at \[1\]")],
    ),
    "two-indices": (
        Function(lambda m, x, i, j: x[i * i, j * j]),
        (rows(5, 5), torch.tensor([0, 1]), torch.tensor([[2], [1]])),
        [],
        [
            ((rows(5, 5), torch.tensor([0, 1]), torch.tensor([[2], [3]])), r"index: index 9 at \[1, 0\]"),
            ((rows(5, 5), torch.tensor([0, 4]), torch.tensor([[3], [3]])), r"index: index 16 at \[1\]"),
        ],
    ),
    "index_copy": (
        Function(lambda m, x, i, y: x.index_copy(0, i * i, y)),
        (rows(5), torch.tensor([0, 2]), -rows(2)),
        [(rows(5), torch.tensor([-1, 0]), -rows(2))],
        [((rows(5), torch.tensor([1, 3]), -rows(2)), r"index_copy: index 9 at \[1\]")],
    ),
    "index_put": (
        Function(lambda m, x, i, y: put(x.clone(), i * 2, y)),
        (rows(3, 6), torch.tensor([0, 2]), torch.tensor(-1.0)),
        [(rows(3, 6), torch.tensor([-1, -3]), torch.tensor(-1.0))],
        [((rows(3, 6), torch.tensor([0, -4]), torch.tensor(1.0)), r"index_put: index -8 at \[1\]")],
    ),
    "int32": (
        Function(lambda m, i: m.table[i * i], table=rows(6)),
        (torch.tensor([0, 2], dtype=torch.int32),),
        [(torch.tensor([-1, -2], dtype=torch.int32),)],
        [((torch.tensor([0, 3], dtype=torch.int32),), r"index: index 9 at \[1\]")],
    ),
    "wide": (
        Function(lambda m, i: m.table[i * i], table=rows(6)),
        (torch.tensor([0, 2]),),
        [],
        [((torch.tensor([1, 1 << 16]),), r"index: index 4294967296 at \[1\]")],
    ),
    "one": (
        Function(lambda m, i: torch.nn.functional.embedding(i * i, m.table), table=rows(5)),
        (torch.tensor(2),),
        [(torch.tensor(-1),)],
        [((torch.tensor(3),), r"embedding: index 9 is outside of a dimension of size 5")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_as_eager(name: str, tmp_path: Path) -> None:
    module, inputs, inside, outside = CASES[name]
    package = compiled(tmp_path, module, inputs)
    assert checks(package)
    for threads in (1, 4):
        model = buddy_attention.load(package, threads=threads)
        assert len(model.outputs) == len(eager(module, inputs) or ())
        for tensors in [inputs, *inside]:
            assert agree(module, model, tensors) == ""
        for tensors, said in outside:
            message = agree(module, model, tensors)
            assert said.replace("\\", "") in message
            assert message.startswith("test_checked_indices.py:")
        assert agree(module, model, inputs) == ""  # what failed before has left nothing


def test_what_is_proven_is_not_checked(tmp_path: Path) -> None:
    def look_up(m: nn.Module, x: Tensor, ids: Tensor) -> Tensor:
        first = m.table[(x.argmax(-1) * 3).clamp(0, 9)]
        return first + m.table[torch.remainder(ids * ids, 10).clamp(-10, 9)] + m.table[ids]

    package = compiled(tmp_path, Function(look_up, table=rows(10)), (torch.randn(3, 4), torch.tensor([1, 2, 3])))
    assert checks(package) == []
    assert "check_indices" not in (tmp_path / "stages" / "graph_fused.log").read_text()


def test_one_check_for_what_is_the_same(tmp_path: Path) -> None:
    """Three tables of experts by one list of indices: the first look-up's error is that of all."""

    def experts(m: nn.Module, ids: Tensor) -> Tensor:
        chosen = ids * ids
        return m.up[chosen] * m.gate[chosen] + m.down[chosen] + m.wide[chosen].sum(1, keepdim=True)

    module = Function(experts, up=rows(4), gate=rows(4), down=rows(4), wide=rows(6))
    package = compiled(tmp_path, module, (torch.tensor([0, 1]),))
    assert [check["highest"] for check in checks(package)] == [3, 5]
    model = buddy_attention.load(package)
    assert "size 4" in agree(module, model, (torch.tensor([1, 2]),))


def test_the_first_in_program_order(tmp_path: Path) -> None:
    """Whichever fails, the error is that of the first line, as in eager, and of the first place in it."""

    def both(m: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        first = m.small[a * a]  # size 5
        return first + m.large[b * b]  # size 9

    module = Function(both, small=rows(5), large=rows(9))
    fine, bad = torch.tensor([1, 2, 0, 1]), torch.tensor([0, 7, 1, 9])
    package = compiled(tmp_path, module, (fine, fine.clone()))
    for threads in (1, 2, 5):
        model = buddy_attention.load(package, threads=threads)
        said = [agree(module, model, pair) for pair in ((bad, fine), (fine, bad), (bad, bad), (fine, fine))]
        assert "index 49 at [1] is outside of a dimension of size 5" in said[0]
        assert "index 49 at [1] is outside of a dimension of size 9" in said[1]
        assert said[2] == said[0] and said[3] == ""


def test_of_many_the_first(tmp_path: Path) -> None:
    """Far more than threads and vectors: it is the first of all that are outside."""
    module = Function(lambda m, ids: m.table[ids * ids].sum(-1), table=rows(10, 4))
    ids = torch.arange(70000) % 4
    model_of = compiled(tmp_path, module, (ids,))
    for place in (0, 1, 255, 34999, 69999):
        bad = ids.clone()
        bad[place:] = 4
        for threads in (1, 3):
            assert f"index 16 at [{place}]" in agree(module, buddy_attention.load(model_of, threads=threads), (bad,))


def test_open_sizes(tmp_path: Path) -> None:
    """The limit and the number of indices are what the run has."""
    module = Function(lambda m, x, ids: x[ids * ids] + m.table[ids.cumsum(0) * 3].sum(), table=rows(16))
    rows_of, count = Dim("rows", min=1, max=500), Dim("count", min=1, max=500)
    package = compiled(tmp_path, module, (rows(7), torch.tensor([0, 1, 2])), (({0: rows_of}, {0: count}),))
    limits = [(check["lowest"], check["highest"]) for check in checks(package)]
    assert limits[1] == (-16, 15) and str(limits[0][0]).startswith("-1*") and str(limits[0][1]).endswith(" + -1")
    model = buddy_attention.load(package)
    for n in (1, 2, 5, 10, 37):
        for ids in ([0], [0, 1], [-1, 1, 1], [0, 2, 0, 1], [0, 0, 0, 0, 1, 2], [3]):
            message = agree(module, model, (rows(n), torch.tensor(ids)))
            if max(i * i for i in ids) >= n:
                assert f"outside of a dimension of size {n} (-{n} to {n - 1})" in message
    assert "index 18 at [2] is outside of a dimension of size 16" in agree(
        module, model, (rows(10), torch.tensor([3, 2, 1, 0]))
    )


def test_more_positions_than_a_table_has(tmp_path: Path) -> None:
    """Positions that an open size counts: as many as there are rows."""
    module = Function(lambda m, x: x + m.table[torch.arange(x.shape[0])], table=rows(16))
    package = compiled(tmp_path, module, (rows(7),), (({0: Dim("length", min=1, max=64)},),))
    model = buddy_attention.load(package)
    for length in (7, 1, 16):
        assert agree(module, model, (rows(length),)) == ""
    for length in (17, 64):
        assert "index 16 at [16] is outside of a dimension of size 16" in agree(module, model, (rows(length),))


class Counter(nn.Module):
    """A cache that is written where a buffer says."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("cache", torch.zeros(3, 4))
        self.register_buffer("position", torch.zeros(1, dtype=torch.int64))

    def forward(self, x: Tensor | None = None, query: Tensor | None = None) -> Tensor:
        if query is not None:
            return self.cache.sum(0) + query
        self.cache.index_copy_(0, self.position, x)
        self.position.add_(1)
        return self.cache.sum(0) * 2


def test_states(tmp_path: Path) -> None:
    """Computed positions: after a run that failed the context says so until it is reset; others go on."""
    module = Counter().eval()
    x = torch.ones(1, 4)
    export_programs(module, {"put": {"x": x}, "get": {"query": x[0]}}, tmp_path / "m.pt2")
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy")
    assert [len(checks(tmp_path / "m.buddy", entry)) for entry in (0, 1)] == [1, 0]
    model = buddy_attention.load(tmp_path / "m.buddy")
    context, other = model.context(), model.context()
    for _ in range(2):
        for i in range(3):
            assert torch.equal(context.run("put", x), torch.full((4,), 2.0 * (i + 1)))
        out = torch.zeros(4)
        with pytest.raises(IndexError, match=r"test_checked_indices.py:\d+: index_copy: index 3 at \[0\] is outside of .* size 3"):
            context.run("put", x, out=out)
        assert out.isnan().all()
        for entry, tensor in (("put", x), ("get", x[0])):
            with pytest.raises(ValueError, match="reset the context"):
                context.run(entry, tensor)
        assert torch.equal(other.run("get", x[0]), x[0])
        context.reset()
        assert torch.equal(context.run("get", x[0]), x[0])


class Experts(nn.Module):
    """A layer that looks up its own table by what the layers before have made of a number."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(8, 16), nn.Linear(16, 8)
        self.table = nn.Parameter(torch.randn(40, 8))

    def forward(self, x: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
        x = x + self.down(torch.relu(self.up(x)))
        return x + self.table[number], number * 3 + (x[:, 0] * 0).to(torch.int64)


class Layers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.layers = nn.ModuleList(Experts() for _ in range(4))

    def forward(self, x: Tensor, number: Tensor) -> Tensor:
        number = number * number
        for layer in self.layers:
            x, number = layer(x, number)
        return x


def test_repeated_layers(tmp_path: Path) -> None:
    """One subgraph for those in the middle, and yet it is told which layer's look-up failed."""
    module = Layers().eval()
    x, ones = torch.randn(3, 8), torch.ones(3, dtype=torch.int64)
    package = compiled(tmp_path, module, (x, ones))
    assert len(checks(package)) == 4
    assert (tmp_path / "stages" / "graph_fused.log").read_text().count("graph.check_indices") == 3
    model = buddy_attention.load(package)
    assert agree(module, model, (x, ones)) == agree(module, model, (x, ones - 1)) == ""
    for start, index in ((2, 108), (3, 81), (4, 48), (7, 49)):
        bad = ones.clone()
        bad[1] = start
        assert f"index {index} at [1]" in agree(module, model, (x, bad))


def test_outputs_hold_nothing(tmp_path: Path) -> None:
    """Nobody takes what a failed run has written for a result."""

    def several(m: nn.Module, ids: Tensor) -> tuple[Tensor, ...]:
        chosen = ids * ids
        return m.table[chosen], chosen, chosen > 1, m.table.double()[0] * 2, ids.to(torch.int32)

    module = Function(several, table=rows(5))
    ids = torch.tensor([0, 1, 2])
    model = buddy_attention.load(compiled(tmp_path, module, (ids,)))
    out = [torch.zeros_like(tensor) for tensor in model(ids)]
    model(ids, out=out)
    assert out[2].any() and not out[0].isnan().any()
    with pytest.raises(IndexError):
        model(ids + 1, out=out)
    assert out[0].isnan().all() and out[3].isnan().all()
    assert (out[1] == -1).all() and (out[4] == -1).all() and not out[2].any()


def test_tools(tmp_path: Path) -> None:
    """They show the user's outputs alone, and an index outside is the input's fault."""
    module = Function(lambda m, ids: m.table[ids * ids], table=rows(5))
    ids = torch.tensor([0, 1, 2])
    package = compiled(tmp_path, module, (ids,))
    write_reference(module, (ids,), tmp_path / "ref.safetensors")
    buddy("verify", package, "--reference", tmp_path / "ref.safetensors")
    inspected = json.loads(buddy("inspect", package, "--json").stdout)["entries"][0]
    assert [output["name"] for output in inspected["outputs"]] == ["output0"]
    line = inspected["checks"][0].pop("location")
    assert inspected["checks"] == [{"op": "index", "lowest": -5, "highest": 4}]
    assert f"indices from -5 to 4, {line}\n" in buddy("inspect", package).stdout
    assert "checks" not in (package / "model.h").read_text()
    save_file({"inputs_0": ids + 1}, tmp_path / "in.safetensors")
    run = ("run", package, "--inputs", tmp_path / "in.safetensors", "--outputs", tmp_path / "out.safetensors")
    assert "index: index 9 at [2] is outside" in buddy(*run, check=1).stderr
    assert not (tmp_path / "out.safetensors").exists()


def test_observed(tmp_path: Path) -> None:
    """--observe adds outputs; the checks still come last."""
    module = Function(lambda m, x, ids: torch.exp(x)[ids * ids] * 2)
    export_layer(module.eval(), (rows(5), IDS[0]), tmp_path / "m.pt2")
    buddy("compile", tmp_path / "m.pt2", "-o", tmp_path / "m.buddy", "--observe")
    model = buddy_attention.load(tmp_path / "m.buddy")
    assert len(model.outputs) > 1
    torch.testing.assert_close(model(rows(5), IDS[0])[0], module(rows(5), IDS[0]))
    with pytest.raises(IndexError, match="index 9"):
        model(rows(5), IDS[0] + 1)


def test_torch_compile() -> None:
    """PyTorch's own error, and the next call runs."""
    table = rows(5)
    function = torch.compile(lambda ids: table[ids * ids] + 1, backend=backend)
    ids = torch.tensor([0, 1, 2])
    torch.testing.assert_close(function(ids), table[ids * ids] + 1)
    with pytest.raises(IndexError), pytest.warns(UserWarning, match="left to PyTorch"):
        function(ids + 1)
    torch.testing.assert_close(function(-ids), table[ids * ids] + 1)
