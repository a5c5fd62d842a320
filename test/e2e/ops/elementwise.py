"""Arithmetic, functions, comparisons, choices: on rows narrower and wider than a vector register."""

import torch
import torch.nn.functional as F

from .case import Case, booleans, integers, normal, positive


def _cases(width: int) -> dict[str, Case]:
    a, row, p, prow = normal(5, width), normal(width), positive(5, width), positive(width)
    n, nrow, b, brow = integers(5, width), integers(width, low=1), booleans(5, width), booleans(width)
    s = torch.tensor(1.5)
    return {
        "add-sub-mul": (lambda a, c: (a + c, a - c, a * c, a + 1, a - 1.5, 2 * a, 1 - a, -a), (a, row)),
        "div": (lambda a, c: (a / c, a / 3, 1 / a, a.reciprocal()), (p, prow)),
        "alpha": (
            lambda a, c: (
                torch.add(a, c, alpha=2),
                torch.sub(a, c, alpha=0.5),
                torch.rsub(a, c),
                torch.rsub(a, 2, alpha=3),
                torch.add(a, 3, alpha=2),
            ),
            (a, row),
        ),
        "scalar-overloads": (
            lambda a: [getattr(torch.ops.aten, op).Scalar(a, 2.5) for op in ("add", "mul", "sub", "div", "rsub")],
            (a,),
        ),
        "broadcast-5d": (
            lambda a, c: a * c + c,
            (normal(2, 1, 3, 1, width), normal(2, 1, 4, width)),
        ),
        "broadcast-6d": (lambda a, c: a - c, (normal(2, 1, 3, 1, 2, width), normal(1, 2, 1, 2, 1, width))),
        "integers": (
            lambda a, c: (a + c, a - c, a * c, a + 1, a * 2, 1 - a, -a, a.abs(), a.square(), F.relu(a - 2)),
            (n, nrow),
        ),
        "integers-to-float": (
            lambda a, c: (a + 1.5, a * 0.5, a / 2, a / c, 3.0 - a, a / 2.0),
            (n, nrow),
        ),
        "mixed-types": (
            lambda a, c, d: (a + c, a * d, c + d, d * 1.0, d + 1, d + d, d * d, c.int() + c, d.int() + d),
            (a, n, b),
        ),
        "additive-mask": (lambda c: ((1.0 - c) * -10000.0, (1 - c) * -10000.0), (n,)),
        "scalar-tensors": (lambda a, c, d: (a + c, d + c, c * 2, a.float() * c.to(torch.float32)), (a, s, n)),
        "powers": (lambda a: (a**2, a**3, a**-1, a**1, a**0, a**-2, a.square()), (p,)),
        "roots": (lambda a: (a**0.5, a**-0.5, a.sqrt(), a.rsqrt()), (p,)),
        "power-tensor": (lambda a, c: (a**1.75, a.pow(c), 10000.0**c, 2**c), (p, row)),
        "power-integers": (lambda a: (a**2, a**3, a**0.5, 10000.0 ** (a / 5)), (n + 1,)),
        "exp-log": (lambda a, c: (a.exp(), c.log()), (a, p)),
        "sin-cos": (lambda a: (a.sin(), a.cos(), (a * 2047).sin(), (a * 32768).cos()), (a,)),
        "tanh": (lambda a: (a.tanh(), (a * 0.01).tanh(), (a * 20).tanh()), (a,)),
        "sigmoid": (lambda a: (a.sigmoid(), F.silu(a), (a * 40).sigmoid()), (a,)),
        "activations": (
            lambda a: (
                F.elu(a, 0.7),
                F.selu(a),
                F.celu(a, 0.5),
                F.leaky_relu(a, 0.2),
                F.relu6(a * 4),
                F.hardtanh(a, -0.5, 0.75),
                F.hardsigmoid(a * 2),
                F.hardswish(a * 2),
            ),
            (a,),
        ),
        "softplus": (
            lambda a: (F.softplus(a * 20), F.softplus(a, 2.0, 3.0), F.mish(a * 3), F.logsigmoid(a * 30)),
            (a,),
        ),
        "log1p-expm1": (
            lambda a, c: (torch.log1p(c), torch.log1p(c * 1e-6), torch.expm1(a), torch.expm1(a * 1e-6), torch.expm1(a * 50)),
            (a, p),
        ),
        "glu": (lambda a: (F.glu(a, 0), F.glu(torch.cat([a, a * 2], -1))), (normal(6, width),)),
        "rounded": (
            lambda a: (a.floor(), a.ceil(), a.trunc(), a.fix(), a.sign(), (a * 3).floor() / 3),
            (a * 3,),
        ),
        "rounded-integers": (lambda a: (a.floor(), a.ceil(), a.trunc(), (a - 2).sign()), (n,)),
        "relu-abs": (lambda a: (F.relu(a), a.abs(), -a), (a,)),
        "functions-of-integers": (
            lambda a: (a.exp(), a.sqrt(), a.reciprocal(), a.tanh(), a.sigmoid(), (a > 2).exp()),
            (n + 1,),
        ),
        "sin-cos-of-integers": (lambda a: (a.cos(), a.sin()), (n,)),
        "maximum-minimum": (
            lambda a, c: (torch.maximum(a, c), torch.minimum(a, c), torch.max(a, c), torch.min(a, c)),
            (a, row),
        ),
        "clamp": (
            lambda a, c: (a.clamp(-1, 1), a.clamp(min=0), a.clamp(max=0.5), a.clamp_min(0.1), a.clamp_max(0.2)),
            (a, row),
        ),
        "clamp-tensor": (lambda a, c: a.clamp(min=c), (a, row)),
        "clamp-integers": (lambda a: (a.clamp(1, 3), a.clamp(min=1.5), a.clamp(max=2)), (n,)),
        "compare": (lambda a, c: (a < c, a <= 1, a > 0.5, c >= c, a == c, a != a), (a, row)),
        "compare-integers": (
            lambda d, a: (d == 0, d != 1, d > 1.5, d < a, (d > 2) == 1, d.eq(0), torch.eq(d, d.int())),
            (n, a),
        ),
        "compare-nan": (lambda a: (a < 1, a != a, a == a, a >= 1), (torch.where(b, torch.nan, a),)),
        "logic": (
            lambda a, c, d: (
                a & c,
                a | c,
                a ^ c,
                ~a,
                torch.logical_and(a, d),
                torch.logical_or(a, c),
                torch.logical_not(d),
                torch.logical_xor(a, d),
                a * c,
                a + c,
                torch.bitwise_and(a, True),
            ),
            (b, brow, n),
        ),
        "where": (
            lambda m, a, c: (
                torch.where(m, a, c),
                torch.where(m, a, 0.0),
                torch.where(m, -1, a),
                torch.where(m, 1.0, 0.0),
                torch.where(m, 1, 0),
                torch.where(m, c, 1.5),
                torch.where(m, 0.0, float("-inf")),
            ),
            (b, row, integers(5, 1)),
        ),
        "masked-fill": (
            lambda a, m, c: (
                a.masked_fill(m, float("-inf")),
                a.masked_fill(m, -1e9),
                a.masked_fill(m, torch.tensor(2.0)),
                c.masked_fill(m, 3),
                a.masked_fill(~m, torch.finfo(torch.float32).min),
            ),
            (a, brow, n),
        ),
        "masked-fill-broadcast": (lambda a, m: a.masked_fill(m, 0), (normal(1, width), b)),
        "convert": (
            lambda a: (a.to(torch.int64), a.long(), a.int(), a.bool(), a.to("cpu"), a.type(torch.int64)),
            (a * 3,),
        ),
        "convert-to-others-type": (
            lambda a, c: (a.type_as(c), a.to(c), a.float(), c.to(a.dtype), c.to(torch.float32, copy=True)),
            (n, a),
        ),
        "_to_copy": (lambda a: torch.ops.aten._to_copy(a, dtype=torch.float32), (n,)),
        "tril-triu": (lambda a: (a.tril(), a.triu(1), a.tril(-1), a.triu(2**40), a.tril(-(2**62))), (a,)),
    }


CASES: dict[str, Case] = {f"{name}-{width}": case for width in (3, 37) for name, case in _cases(width).items()}

_edges = [2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**53 + 1, -(10**15), 2**24 + 1, -(2**24) - 1, 2**30 + 7, 41 * 1000, -41 * 999, 41, 40, 0, -1, 5, -5, 7 * 4194304 - 1]
_wide = torch.randint(-(2**62), 2**62, (60,), generator=torch.Generator().manual_seed(2))
_whole = torch.cat([torch.tensor(_edges), torch.randint(-(2**31), 2**31, (200,), generator=torch.Generator().manual_seed(1)), _wide])
CASES["remainder"] = (
    lambda a, c: (
        *(a % n for n in (1, -1, 2, 3, 5, -5, 41, -41, 1000, 999983, 4194304, -4194304, 2**31 - 1, -(2**31), 2**40, -(10**12))),
        *(c % 7, torch.remainder(c, -3), torch.arange(20) % 6),
    ),
    (_whole, _whole.to(torch.int32)),
)
CASES["rounded-division"] = (
    lambda a, c, x, y: (
        *(a // n for n in (1, 2, 3, 5, -5, 41, -41, 1000, 999983, 4194304, -4194304, 2**31 - 1, 2**40)),
        *(torch.div(a, n, rounding_mode="trunc") for n in (2, -5, 41, 1000)),
        *(torch.div(c, 7, rounding_mode="floor"), torch.arange(20) // 6, torch.ops.aten.floor_divide.Scalar(c, 3)),
        *(torch.div(x, y, rounding_mode="trunc"), torch.div(x, 0.25, rounding_mode="trunc"), torch.div(x, y, rounding_mode=None)),
    ),
    (_whole, _whole.to(torch.int32), normal(9, 7) * 20, normal(9, 7)),
)
_divisors = torch.where(_whole.roll(1) == 0, 3, _whole.roll(1))
CASES["integers-divided-by-tensors"] = (
    lambda a, c, n, m: (
        *(a % n, a // n, torch.div(a, n, rounding_mode="trunc"), a % n[:1], 1000 % n, 7 // n, a[:9, None] % m, m // a[:9, None].clamp(min=1)),
        *(c % m[0], torch.remainder(7, m), c.view(-1, 1) // m, a // a.size(0)),
    ),
    (_whole, _whole.to(torch.int32), _divisors, torch.tensor([2, -3, 5, 41, -7], dtype=torch.int32)),
)
CASES["remainder-as-index"] = (lambda a, i: (a[i % 5], a.index_copy(0, i[:3] % 5, a[2:5] * 2)), (normal(5, 3), integers(9, high=100)))
