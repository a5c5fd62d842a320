"""Loop nests that become part of others (ops.nests.py), over sizes that each run chooses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from buddy_attention import export_layer
from dynamic import check_steps, compile_dynamic
from layers import buddy
from ops.case import integers, normal, whole
from ops.nests import rope_by_einsum
from torch.export import Dim


class Nests(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", whole(9, 6))
        self.register_buffer("weight", normal(8, 7))
        self.register_buffer("row", normal(1, 5))
        self.register_buffer("shift", normal(3, 1, 5))

    def forward(self, x: torch.Tensor, ids: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
        # Of each product its own: what two read is a tensor of its own.
        a, b, c, d = x[:, :4].split(1, 1)
        picked = F.embedding(ids, self.table)
        return (
            rope_by_einsum(torch.stack([x, x + 1])[None]),
            a @ self.row + self.shift,
            ((b @ self.row)[None] * self.shift).amax(0),
            (c @ self.row).expand(3, -1, -1) + 1,
            d.sum(1)[None] + self.shift[..., 0],
            picked.sum(1),
            (picked * (ids > 3).float()[..., None]).sum(1),
            picked.sum(0),
            x.floor()[:, [0, 1, 1]].sum(0),
            # What a product starts from is a sum of as many terms as a run has.
            x @ self.weight + y.sum(2),
        )


def test_open_sizes(tmp_path: Path) -> None:
    rows, terms = Dim("rows", min=1, max=200), Dim("terms", min=1, max=200)

    def inputs(count: int, length: int) -> tuple[torch.Tensor, ...]:
        return normal(count, 8), integers(count, 24, high=9), whole(count, 7, length)

    module = Nests()
    given = dict(zip(("x", "ids", "y"), inputs(20, 30), strict=True))
    shapes = {"x": {0: rows}, "ids": {0: rows}, "y": {0: rows, 2: terms}}
    export_layer(module, (), tmp_path / "layer.pt2", given, dynamic_shapes=shapes)
    buddy("compile", tmp_path / "layer.pt2", "-o", tmp_path / "layer.buddy")
    sizes = [(20, 30), (1, 1), (2, 17), (17, 2), (33, 100), (150, 16)]
    check_steps(tmp_path / "layer.buddy", module, [inputs(*size) for size in sizes])


class Rows(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x @ y


@pytest.mark.parametrize("rows", [2, 3, 4, 8, 12])
def test_rows_that_are_whole_tiles(rows: int, tmp_path: Path) -> None:
    """So many rows for each of a batch fill tiles of 6, 3 and 1 rows (AVX2) or 8, 4, 2 and 1: none is left over."""
    batch, columns = Dim("batch", min=1, max=200), Dim("columns", min=1, max=200)
    module = Rows()
    inputs = {"x": normal(17, rows, 4), "y": normal(4, 11)}
    export_layer(module, (), tmp_path / "layer.pt2", inputs, dynamic_shapes={"x": {0: batch}, "y": {1: columns}})
    for target in "x86-64-v4", "x86-64-v3", "native":
        buddy("compile", tmp_path / "layer.pt2", f"--target={target}", "-o", tmp_path / "layer.buddy")
    steps = [(normal(count, rows, 4), normal(4, length)) for count, length in ((1, 1), (2, 17), (7, 33), (150, 100))]
    check_steps(tmp_path / "layer.buddy", module, steps)


class Steps(torch.nn.Module):
    """What is left of a batch of one, copied as it is."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (
            *(x[:, ::2], x[:, 1::2], x[:, -9::3], x[..., 1:2, :], x[:, 3], x[:, ::13], x[:, None, ::2], x.unflatten(0, (1, 1))),
            *(y[:, ::2, :, ::3], y[:, :, :, 1::4], y[:, 1:2, :, 2:3], y[:, ::2].transpose(2, 3), y[:, ::2, :, :1].squeeze(3)),
        )


def test_every_second_of_one_batch(tmp_path: Path) -> None:
    length = Dim("length", min=1, max=200)
    module = Steps()
    inputs = {"x": normal(1, 13, 17), "y": normal(1, 6, 17, 9)}
    export_layer(module, (), tmp_path / "layer.pt2", inputs, dynamic_shapes={"x": {2: length}, "y": {2: length}})
    buddy("compile", tmp_path / "layer.pt2", "-o", tmp_path / "layer.buddy")
    check_steps(tmp_path / "layer.buddy", module, [(normal(1, 13, n), normal(1, 6, n, 9)) for n in (1, 2, 17, 150)])


class Masked(torch.nn.Module):
    """Sizes that are sums and products in more than one way: three pieces, and three times a piece."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        v = torch.cat([x[2:]] * 3)
        mask = torch.arange(16)[None] > torch.arange(v.shape[0])[:, None] + 1
        halves = torch.cat([x, x * 2], 1)
        return v.masked_fill(mask, -1e9).softmax(-1), v + torch.cat([x[1:-1], x[2:], x[:-2]]), halves.t() @ halves


def test_sizes_written_in_several_ways(tmp_path: Path) -> None:
    module = Masked()
    package = compile_dynamic(tmp_path, module, (normal(9, 16),), {0: Dim("rows", min=4, max=100)})
    check_steps(package, module, [(normal(rows, 16),) for rows in (9, 4, 5, 33, 100)])


class Ring(torch.nn.Module):
    """A state that one call writes many times, and reads as it was before and on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("state", torch.zeros(40, 5))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        before, middle = self.state.clone(), None
        for i in range(30):
            self.state[i] = x[i] + self.state[i + 1]
            if i == 20:
                middle = self.state.clone()
        assert middle is not None
        return before.sum(0), middle * 2, self.state + before


def test_state_written_many_times(tmp_path: Path) -> None:
    module = Ring()
    export_layer(module, (whole(30, 5),), tmp_path / "layer.pt2")
    buddy("compile", tmp_path / "layer.pt2", "-o", tmp_path / "layer.buddy")
    check_steps(tmp_path / "layer.buddy", module, [(whole(30, 5),) for _ in range(3)])
