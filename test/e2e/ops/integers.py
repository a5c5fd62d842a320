"""Whole numbers and bools: their signs, their limits, and what becomes of other types."""

import torch

from .case import Case, booleans, integers, normal

n, m = integers(5, 37, low=-50, high=50), integers(37, low=1, high=9)
b, brow = booleans(5, 37), booleans(37)
wide = torch.tensor([2**63 - 1, -(2**63), 2**62, 2**53 + 1, 2**40, -(2**33), -5, 0, 7])
limits = torch.tensor([2**31 - 1, -(2**31), 2**30, -(2**30), 65536, -65537, -5, 0, 7], dtype=torch.int32)
beyond = torch.tensor([torch.nan, torch.inf, -torch.inf, 3e9, -3e9, 2147483647.0, 2147483520.0, -2147483648.0])

CASES: dict[str, Case] = {
    "int32-wraps": (
        lambda a: (a + a, a * 3, a - 1, a + 1, -a, a.abs(), a * a, a.square(), a**3, 1 - a, torch.sub(a, a, alpha=3)),
        (limits,),
    ),
    "int64-wraps": (
        lambda a: (a + a, a * 3, a - 1, a + 1, -a, a.abs(), a * a, a.square(), a**3, 1 - a, torch.sub(a, a, alpha=3)),
        (wide,),
    ),
    "int64-sums": (
        lambda a: (a.sum(-1), a.cumsum(-1), a.amax(-1), a.amin(0), a.sum(), a.argmax(1), a.max(0), a.diff(dim=-1)),
        (wide.repeat(3, 5),),
    ),
    "int64-chosen": (
        lambda a, i: (
            *(a[i], a.clamp(-(2**40), 2**40), torch.where(a > 2**32, a, -a), a == a.roll(1), a < i[0], a.sign(), a.bool()),
            *(a.index_copy(0, torch.tensor([3, 1]), a[:2] * 2), torch.cat([a, i]), a.triu(), a.flip(0), a.t().reshape(-1)),
            *(a.float(), a.double(), a / 7, a.float().long(), (a.double() * 0.5).long(), a + torch.arange(9) * 2**33),
        ),
        (wide[:, None] - wide, integers(4, 9, high=9)),
    ),
    "narrow-and-wide": (
        lambda a, i: (i + 1, i * i, i.clamp(0, 8) * 2**30, a.clamp(0, 8) * 3, i.sum() + 2**40, a.clamp(0, 8).cumsum(0) + i[0]),
        (wide, integers(4, 9, high=9)),
    ),
    "int32-sums": (
        lambda a: (a.sum(-1, dtype=torch.int32), a.cumsum(-1, dtype=torch.int32), a.amax(-1)),
        (limits.repeat(3, 5),),
    ),
    "bools": (
        lambda a, c: (
            *(a + c, a * c, a + 1, a * 2, a + 0.5, a.float(), a.long() - c.long()),
            *(a.sum(), a.sum(-1), a.sum(0, dtype=torch.float32), a.cumsum(-1), a.any(), a.any(-1), a.int() * c),
            *(torch.maximum(a, c), torch.minimum(a, c), a & c, a | c, a ^ c, ~a, a == c, a > c, a.float().mean(-1)),
        ),
        (b, brow),
    ),
    "floats-truncated": (
        lambda a: (a.long(), a.int(), (-a).long(), (a / 7).int(), a.bool(), a.floor().int()),
        (normal(5, 37) * 100,),
    ),
    "floats-beyond": (lambda a: (a.int(), a.bool(), a.double().int(), a.half().bool(), a.long(), (a * 1e10).long(), a.double().long()), (beyond,)),
    "to-floats": (
        lambda a: (a.float(), a.double(), a.half().float(), a.bfloat16().float(), a / 3, a * 0.5, a.sqrt()),
        (torch.tensor([2**24 + 1, 2**31 - 1, 16777219, 33554435, 2049, 65519, 65520, 0]),),
    ),
    "negative-to-floats": (
        lambda a: (a.float(), a.double(), a.half().float()),
        (torch.tensor([-(2**31), -16777219, -2049, -1]),),
    ),
    "signs": (
        lambda a, c: (
            *(a.sign(), a.abs(), -a, a.clamp(-3, 5), a.clamp(min=1.5), torch.relu(a), torch.maximum(a, -a)),
            *(a * c, a - c, torch.add(a, c, alpha=-3), a / c, c / a.abs().clamp(min=1), a.float() / c),
            *(a < c, a == -5, a >= -1.5, a.int() <= c, torch.where(a > 0, a, c), torch.where(a > 0, a, 1.5)),
            *(a.argmax(-1), a.argmin(0), a.sum(-1), a.cumsum(0), a.amin(1), a.diff(dim=-1)),
        ),
        (n, m),
    ),
}
