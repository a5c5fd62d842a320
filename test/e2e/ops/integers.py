"""Whole numbers and bools: their signs, their limits, and what becomes of other types."""

import torch

from .case import Case, booleans, integers, normal

n, m = integers(5, 37, low=-50, high=50), integers(37, low=1, high=9)
b, brow = booleans(5, 37), booleans(37)
limits = torch.tensor([2**31 - 1, -(2**31), 2**30, -(2**30), 65536, -65537, -5, 0, 7], dtype=torch.int32)
beyond = torch.tensor([torch.nan, torch.inf, -torch.inf, 3e9, -3e9, 2147483647.0, 2147483520.0, -2147483648.0])

CASES: dict[str, Case] = {
    "int32-wraps": (
        lambda a: (a + a, a * 3, a - 1, a + 1, -a, a.abs(), a * a, a.square(), a**3, 1 - a, torch.sub(a, a, alpha=3)),
        (limits,),
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
    "floats-beyond": (lambda a: (a.int(), a.bool(), a.double().int(), a.half().bool()), (beyond,)),
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
