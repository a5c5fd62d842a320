"""Tensors without elements: parameters, buffers, constants, states, and parts of tensors."""

import torch
import torch.nn.functional as F

from .case import Case, normal

x = normal(3, 4)


class Registers(torch.nn.Module):
    """DINOv3 has register tokens, and none by default."""

    def __init__(self) -> None:
        super().__init__()
        self.cls = torch.nn.Parameter(torch.ones(1, 1, 4))
        self.registers = torch.nn.Parameter(torch.zeros(1, 0, 4))
        self.register_buffer("rows", torch.zeros(0, 4))
        self.register_buffer("indices", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("flags", torch.zeros(0, dtype=torch.bool))
        self.constant = torch.zeros(2, 0)

    def forward(self, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        tokens = torch.cat([self.cls, self.registers, a[None]], 1), torch.cat([self.rows, a])
        sums = a * 1 + self.rows.sum(), self.indices.sum() + a[0], self.constant.sum(1), self.registers.mean(1)
        return *tokens, *sums, self.flags.any(), self.flags.all(), a[self.indices].sum(0)


class Adapter(torch.nn.Module):
    """LoRA of rank 0: products over nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.base, self.down = torch.nn.Linear(4, 5), torch.nn.Linear(4, 0, bias=False)
        self.up, self.biased = torch.nn.Linear(0, 5, bias=False), torch.nn.Linear(0, 5)

    def forward(self, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        down = self.down(a)
        return self.base(a) + self.up(down), self.biased(down)


class States(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("none", torch.zeros(0, 4))
        self.register_buffer("some", torch.zeros(3))

    def forward(self, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        self.none.add_(1)
        self.none.copy_(a[:0])
        self.some.add_(1)
        self.some[1:1].mul_(3)
        self.some[:0] = 5.0
        return torch.cat([self.none, a]), self.some * 1


def reductions(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    e = a[:0]
    sums = e.sum(), e.sum(0), e.sum(0, keepdim=True), a[:, :0].sum(1), e.to(torch.int64).sum(0), e.view(2, 0, 2).sum(1)
    others = e.mean(0), e.mean(), (e > 0).any(), (e > 0).all(), (e > 0).any(0), torch.linalg.vector_norm(a[:, :0], dim=1)
    return *sums, *others, e.softmax(0).sum(0), e.argmax(1).sum(), e.amax(1).sum(), e.cumsum(0).sum(0)


def products(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    thin, flat = a[:, :0], a.reshape(4, 3)[:0]
    return (
        *(thin @ a.new_zeros(0, 4), torch.addmm(a, thin, a.new_zeros(0, 4)), torch.bmm(thin[None], a.new_zeros(1, 0, 2))),
        *(torch.einsum("ij,jk->ik", thin, flat), torch.outer(a[0, :0], a[0]).sum(0), thin.t().matmul(a).sum(0)),
    )


def joined(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    e = a[:0]
    return (
        *(torch.cat([e, a]), torch.cat([e, e, a, e]), torch.cat([a.new_zeros(0), a]), torch.stack([e, e]).sum(1)),
        *(F.pad(e, (0, 0, 2, 1), value=3.0), a.split([0, 3])[1], e.chunk(2, 0)[0].sum(0), a.split([0, 3])[0].sum(0)),
        *(a.index_copy(0, torch.zeros(0, dtype=torch.int64), e), a.slice_scatter(e, 0, 1, 1), e.roll(1, 0).sum(0)),
        *(e.repeat(2, 1).sum(0), a.repeat(0, 1).sum(0), e.flip(0).sum(0), a[:1].diff(dim=0).sum(0), e.diff(dim=0).sum(0)),
        *(e.reshape(-1).sum(), e.sort(0)[0].sum(0), torch.arange(0).sum(), a.new_empty(0).sum(), F.layer_norm(e, (4,)).sum(0)),
    )


def attention(q: torch.Tensor) -> tuple[torch.Tensor, ...]:
    none = q[:, :, :0]
    by_hand = (q @ none.transpose(-1, -2)).softmax(-1) @ none
    return F.scaled_dot_product_attention(q, none, none), by_hand, F.scaled_dot_product_attention(none, q, q).sum(2)


CASES: dict[str, Case] = {
    "parameters-and-buffers": (Registers(), (x,)),
    "adapter": (Adapter(), (x,)),
    "states": (States(), (x,)),
    "reductions": (reductions, (x,)),
    "products": (products, (x,)),
    "joined": (joined, (x,)),
    "attention": (attention, (normal(1, 2, 3, 4),)),
}
