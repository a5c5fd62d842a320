"""What becomes part of another loop nest: products of inner size one, gathers below sums, sizes of one."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from .case import Case, booleans, integers, normal, whole

FREQUENCIES = torch.rand(4, generator=torch.Generator().manual_seed(3))


def rope_by_einsum(x: torch.Tensor) -> torch.Tensor:
    angles = torch.einsum("i,j->ij", torch.arange(x.shape[2]).float(), FREQUENCIES)
    return x[..., :4] * angles.cos() - x[..., 4:] * angles.sin()


def gathered_sums(table: torch.Tensor, ids: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Rows of a table added up, as of an embedding; columns that a list picks; elements; all backwards."""
    picked, weights = F.embedding(ids, table), (ids > 3).float()[..., None]
    columns = x[:, [0, 1, 1]].sum(0)
    return picked.sum(1), (picked * weights).sum(1), columns, table.gather(0, ids.t()).sum(0), x.flip(0).sum(0)


def repeated(times: int, step: Callable[..., tuple[torch.Tensor, ...]]) -> Callable[..., tuple[torch.Tensor, ...]]:
    """`step` again and again on its results: what takes each reading of a value for another one takes for ever."""

    def function(*values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        for _ in range(times):
            values = step(*values)
        return values

    return function


def picked_after_sharing(table: torch.Tensor, i: torch.Tensor, j: torch.Tensor) -> torch.Tensor:
    i, j = repeated(40, lambda a, b: (torch.maximum(a, b), torch.minimum(a + b, b)))(i, j)
    return table[i.clamp(0, 4)] + table[torch.minimum(i, j).clamp(0, 4)]


CASES: dict[str, Case] = {
    # Of each product its own: what two read is a tensor of its own.
    "inner-one": (
        lambda a, b, c: (
            a @ b + c,
            c * ((a + 1) @ b),
            ((a + 2) @ b).expand(3, -1, -1) - 1,
            ((a + 3) @ b).repeat(3, 1),
            (((a + 4) @ b)[None] * c).amax(0),
            (((a + 5) @ b)[None] + c).softmax(0),
        ),
        (normal(4, 1), normal(1, 5), normal(3, 4, 5)),
    ),
    "inner-one-batched": (
        lambda a, b, c: (torch.bmm(a, b)[:, None] + c, torch.einsum("bij,bjk->bik", a, b + 1)[:, None] * c),
        (normal(3, 4, 1), normal(3, 1, 5), normal(3, 2, 4, 5)),
    ),
    "inner-one-from": (
        lambda x, w, b, c: (F.linear(x, w, b)[None] + c, torch.addmm(b, x, w.t(), beta=0.5)[None] * c, F.linear(x, w) @ w, F.linear(x, w - 1) + c),
        (normal(4, 1), normal(5, 1), normal(5), normal(3, 4, 5)),
    ),
    "inner-one-twice": (
        lambda a, b, c: (a @ b + c, a @ (b + 1) + c, (a @ b) @ (b.t() @ a.t()) + c[0, 0, 0]),
        (normal(4, 1), normal(1, 5), normal(3, 4, 5)),
    ),
    "inner-one-attention": (  # one query, one key, in a nest of its own
        lambda q, k, v, b: torch.einsum("ab,xbay->yxa", F.scaled_dot_product_attention(q, k, v), b).repeat(1, 1, 1, 2),
        (normal(1, 7), normal(1, 7), normal(1, 7), normal(1, 7, 1, 1)),
    ),
    "inner-one-rope": (rope_by_einsum, (normal(1, 4, 6, 8),)),
    "inner-one-reductions": (
        lambda a, c: (
            a.sum(-1)[None] + c,
            a.mean(-1)[None] * c,
            a.amax(-1)[None] + c,
            a.amin(-1)[None] * c,
            a.argmax(-1)[None] + c,
            (a > 0).any(-1)[None] & (c > 0),
            a.softmax(-1)[..., 0] + c,
        ),
        (normal(4, 1), normal(3, 4)),
    ),
    "inner-one-convolution": (
        lambda x, w, c: (F.conv1d(x, w) + c, F.conv1d(x, w + 1) + x.expand(3, -1, -1), F.conv1d(x, w, padding=1)),
        (normal(1, 1, 40), normal(1, 1, 1), normal(3, 2, 40)),
    ),
    **{
        f"gathered-sum-{count}": (gathered_sums, (whole(9, 6), integers(3, count, high=9), whole(count, 6)))
        for count in (16, 17, 20, 31, 32, 100)
    },
    "masked-sum": (
        lambda x: (x.tril().sum(0), x.triu(1).sum(1), torch.where(torch.arange(70)[:, None] < 7, x, 0).sum(0)),
        (whole(70, 70),),
    ),
    "shared": (
        lambda a, b: torch.mul(*repeated(20, lambda c, d: (c + d, c - d))(a, b)),
        (whole(3, 4), whole(3, 4)),
    ),
    "shared-numbers": (
        repeated(40, lambda a, b: (torch.where(a > b, a, b), torch.where(a > b, b, a * 0.5))),
        (normal(5), normal(5)),
    ),
    "shared-bools": (repeated(50, lambda a, b: (a & b, a | ~b)), (booleans(5), booleans(5))),
    "shared-indices": (picked_after_sharing, (normal(5, 3), integers(4, high=2), integers(4, high=2))),
}
