"""Rounded to half and back, and computed in double: inside of a float32 module, and at its edges."""

import math

import torch
import torch.nn.functional as F

from .case import Case, booleans, integers, normal, positive

x, wide = normal(5, 37), normal(5, 37) * 1000

# Ties, what is just beside them, the largest and smallest of each type, and what no number is.
_edges = [0.0, 1.0, 65504.0, 65519.99, 65520.0, 65536.0, 3.0e38, 3.4e38, math.inf, math.nan]
_edges += [2.0**-14, 2.0**-15 * 1.5, 2.0**-24, 2.0**-25, 2.0**-25 * 1.001, 2.0**-26]
_edges += [1e-30, 1e-40, 2.0**-133, 2.0**-134, 2049.0, 2051.0, 257.0, 259.0]
_edges += [1 + k * 2.0**-12 for k in range(1, 9)] + [1 + k * 2.0**-9 for k in range(1, 9)]
edges = torch.tensor(_edges + [-value for value in _edges])


def casts(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return (
        a.half().float(),
        a.to(torch.bfloat16).float(),
        a.half().to(torch.bfloat16).float(),
        a.bfloat16().half().float(),
        a.double().half().float(),
        a.half().double().bfloat16().float(),
    )


def changed_in_place(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    half = a.half()
    half[1:].add_(0.333)
    row = half[0]
    half.mul_(3)
    return half.float(), row.float()


class HalfBuffer(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.linspace(0.1, 3, 37).half())
        self.register_buffer("table", torch.linspace(-1, 1, 100 * 37).reshape(100, 37).bfloat16())

    def forward(self, a: torch.Tensor, index: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (a * self.scale, self.table[:5] + a, F.embedding(index, self.table).float())


class RmsNormOfHalves(torch.nn.Module):
    """As Llama's in half: computed in float32, rounded, and scaled."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.linspace(0.5, 1.5, 37).half())

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        half = a.half()
        up = half.float()
        up = up * torch.rsqrt(up.pow(2).mean(-1, keepdim=True) + 1e-6)
        return (self.weight * up.to(half.dtype)).float()


def rope_in_double(q: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
    inverse = 1.0 / (10000.0 ** (torch.arange(0, 8, 2, dtype=torch.float64) / 8))
    angle = torch.cat([torch.outer(position.double(), inverse)] * 2, -1)
    cos, sin = angle.cos().float(), angle.sin().float()
    return q * cos + torch.cat((-q[..., 4:], q[..., :4]), -1) * sin


class DoubleWeights(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.linear = torch.nn.Linear(37, 6).double()
        with torch.no_grad():
            self.linear.weight.copy_(torch.randn(6, 37, generator=generator))
            self.linear.bias.copy_(torch.randn(6, generator=generator))
        self.register_buffer("shift", torch.tensor(0.1, dtype=torch.float64))

    def forward(self, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.linear(a.double()).float(), self.linear(a.double()) + self.shift


class DoubleState(torch.nn.Module):
    """A sum over all calls that float32 would lose."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("total", torch.full((3,), 1e9, dtype=torch.float64))

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        self.total.add_(a.double().sum(0))
        return self.total - 1e9


CASES: dict[str, Case] = {
    "casts": (casts, (x,)),
    "casts-of-edges": (casts, (edges,)),
    "casts-of-halves-to-others": (
        lambda a, n, b: (
            a.half().long(),
            a.half().bool(),
            (a * 3).bfloat16().int(),
            n.half().float(),
            (n * 1001).bfloat16().float(),
            b.half().float(),
            a.half().type_as(a),
            n.to(torch.float16).long(),
        ),
        (wide, integers(5, 37, high=5000), booleans(5, 37)),
    ),
    "half-arithmetic": (
        lambda a, c: (
            (a.half() + c.half()).float(),
            (a.half() * c.half() - 1).float(),
            (a.half() / c.half()).float(),
            (a.bfloat16() * 0.1).float(),
            a.half() * c,
            (a.half() + c.bfloat16()) * 2,
            (a.half() * torch.tensor(0.1)).float(),
            (a.half() + 0.1 - torch.tensor(0.7)).float(),
            (1.7 - a.bfloat16()).float() * (0.1 == torch.full_like(a, 0.1).half()),
            a.half() > c.half(),
            torch.where(a > 0, a.half(), c.half()).float(),
            torch.maximum(a.half(), c.half()).float(),
            (-a.half()).abs().float(),
            a.half().clamp(-0.3, 0.3).float(),
        ),
        (x, positive(5, 37)),
    ),
    "half-functions": (
        lambda a: (
            F.silu(a.half()).float(),
            F.softmax(a.half(), -1).float(),
            a.half().exp().float(),
            a.half().sum(-1).float(),
            a.bfloat16().mean(0).float(),
            a.half().sum(-1, dtype=torch.float32),
            a.half().amax(-1).float(),
            F.layer_norm(a.half(), (37,)).float(),
        ),
        (x,),
    ),
    "half-views": (
        lambda a: (
            a.half().t().reshape(-1).float(),
            a.half()[1:4, ::3].float(),
            a.half()[None].expand(3, -1, -1).float(),
            torch.cat([a.half(), a.half().flip(0)], 1).float(),
            a.half()[torch.tensor([3, 0, 3])].float(),
            a.half().tril().float(),
            a.half().clone().contiguous().unflatten(1, (37, 1)).float(),
            F.pad(a.half(), (1, 2), value=0.1).float(),
        ),
        (x,),
    ),
    "half-in-place": (changed_in_place, (x,)),
    "half-constants": (
        lambda a: (
            a + torch.full((37,), 0.1, dtype=torch.float16),
            a * torch.arange(37, dtype=torch.bfloat16),
            a + torch.zeros(37, dtype=torch.half) + torch.ones_like(a.half()) * 0.3,
            a + torch.tensor([0.1, 0.7], dtype=torch.half)[:1],
            torch.arange(2040, 2060).half().float(),
            torch.arange(2040, 2060, dtype=torch.float16).long(),
            (a + torch.finfo(torch.float16).min).half().float(),
        ),
        (x,),
    ),
    "half-buffers": (HalfBuffer(), (x, integers(5, high=100))),
    "half-rms-norm": (RmsNormOfHalves(), (x,)),
    "half-matmul": (
        lambda a, c: ((a.half() @ c.half()).float(), F.linear(a.bfloat16(), c.t().bfloat16()).float()),
        (x, normal(37, 9)),
    ),
    "double-softmax": (
        lambda a: (
            F.softmax(a, dim=-1, dtype=torch.float64).to(a.dtype),
            F.softmax(a, 0, dtype=torch.float64),
            (a.double().softmax(-1) + 1e-9).log().float(),
        ),
        (x * 10,),
    ),
    "double-reductions": (
        lambda a: (
            a.sum(dtype=torch.float64),
            a.sum(-1, dtype=torch.float64).float(),
            a.double().mean(0),
            a.double().amax(-1),
            a.double().argmax(-1),
            a.double().cumsum(-1),
            (a.double() > 0).sum(),
        ),
        (x,),
    ),
    "double-arithmetic": (
        lambda a, c: (
            a.double() + c,
            a.double() * 0.1 - c.double() / 3,
            a.double() / c,
            1 / c.double(),
            a.double().abs().sqrt(),
            c.double().rsqrt(),
            c.double() ** 1.7,
            (a.double() ** 2).float(),
            torch.maximum(a.double(), c.double()),
            a.double().clamp(-0.5, 0.1),
            -a.double(),
            a.double().floor(),
            torch.where(a > 0, a.double(), 0.1),
            a.double().masked_fill(a > 1, -math.inf),
        ),
        (x, positive(5, 37)),
    ),
    "double-functions": (
        lambda a, c: (
            a.double().exp(),
            c.double().log(),
            (a.double() * 100).sin(),
            (a.double() * 1e6).cos(),
            a.double().tanh(),
            torch.erf(a.double()),
            torch.erf(a.double() * 3),
            a.double().sigmoid(),
            F.silu(a.double()).float(),
            F.gelu(a.double()).float(),
            F.gelu(a.double(), approximate="tanh").float(),
        ),
        (x, positive(5, 37)),
    ),
    "double-comparisons": (
        lambda a: (
            a.double() > 0.1,
            a.double() == a,
            a.double() != a.double() * 1.0000000001,
            (a.double() + 1e-12) > a.double(),
            (a.double() / 0 - a.double() / 0) == 0,
        ),
        (x,),
    ),
    "double-conversions": (
        lambda a, n, b: (
            a.double().long(),
            a.double().int(),
            a.double().bool(),
            n.double() / 7,
            b.double(),
            n.double().long(),
            a.double(),
            (n.double() * 0.1).float(),
        ),
        (wide, integers(5, 37, low=-5000, high=5000), booleans(5, 37)),
    ),
    "double-products": (
        lambda a, c: (
            a.double() @ c.double(),
            (a.double() @ c.double()).float(),
            torch.einsum("ij,jk->ik", a.double(), c.double()),
            F.scaled_dot_product_attention(*[a.double()[None, None]] * 3, is_causal=True),
            F.layer_norm(a.double(), (37,)).float(),
            F.rms_norm(a.double(), (37,), eps=1e-6).float(),
        ),
        (x, normal(37, 9)),
    ),
    "double-creation": (
        lambda a: (
            torch.arange(0, 1, 0.1, dtype=torch.float64),
            torch.arange(7, dtype=torch.float64) / 3 + a[0, 0],
            torch.full((3,), 0.1, dtype=torch.float64) * a[0, 0],
            torch.zeros(2, dtype=torch.float64),
            torch.ones_like(a, dtype=torch.float64) / 3,
            torch.tensor([0.1, 0.2], dtype=torch.float64) * a[:2, :2],
            a.double()[:1],
        ),
        (x,),
    ),
    "double-views": (
        lambda a: (
            a.double().t().reshape(-1),
            a.double()[1:4, ::3],
            a.double()[None].expand(3, -1, -1) + 0.1,
            torch.cat([a.double(), a.double() * 2], 1),
            a.double()[torch.tensor([3, 0, 3])],
            a.double().tril(),
            F.pad(a.double(), (1, 2), value=0.1),
        ),
        (x,),
    ),
    "double-rope": (rope_in_double, (normal(1, 2, 11, 8), torch.arange(32000, 32011))),
    "double-weights": (DoubleWeights(), (x,)),
    "double-inputs": (lambda a, c: (a + 0.1, (a * c).float(), c + 1), (x.double() / 3, x)),
    "double-state": (DoubleState(), (x[:, :3],)),
}
