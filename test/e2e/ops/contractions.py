"""Matrix products and attention, in PyTorch's spellings."""

import torch
import torch.nn.functional as F

from .case import Case, booleans, normal

sdpa = F.scaled_dot_product_attention


def spelled_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, m: torch.Tensor) -> torch.Tensor:
    scores = (q @ k.transpose(-1, -2)) / 8**0.5 + m
    return F.softmax(scores, dim=-1) @ v


CASES: dict[str, Case] = {
    "linear": (F.linear, (normal(2, 9, 37), normal(21, 37), normal(21))),
    "linear-no-bias": (F.linear, (normal(2, 9, 37), normal(21, 37))),
    "linear-vector": (F.linear, (normal(40), normal(21, 40), normal(21))),
    "linear-one-row": (F.linear, (normal(1, 1, 40), normal(21, 40), normal(21))),
    "linear-5d": (F.linear, (normal(2, 1, 3, 2, 16), normal(35, 16))),
    "mm": (torch.mm, (normal(9, 37), normal(37, 21))),
    "mm-transposed": (lambda a, b: torch.mm(a.t(), b.t()), (normal(37, 9), normal(21, 37))),
    "bmm": (torch.bmm, (normal(3, 9, 37), normal(3, 37, 21))),
    "matmul-broadcast": (torch.matmul, (normal(6, 2, 9, 8), normal(2, 8, 17))),
    "matmul-shared": (torch.matmul, (normal(2, 9, 8), normal(8, 17))),
    "matmul-5d": (torch.matmul, (normal(2, 1, 3, 5, 8), normal(2, 3, 1, 8, 17))),
    "addmm": (torch.addmm, (normal(21), normal(9, 37), normal(37, 21))),
    "addmm-factors": (
        lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2),
        (normal(9, 21), normal(9, 37), normal(37, 21)),
    ),
    "baddbmm": (torch.baddbmm, (normal(3, 9, 21), normal(3, 9, 37), normal(3, 37, 21))),
    "baddbmm-beta-0": (
        lambda c, a, b: torch.baddbmm(c, a, b, beta=0.0, alpha=0.3),
        (normal(3, 9, 21), normal(3, 9, 37), normal(3, 37, 21)),
    ),
    "long-sum": (torch.mm, (normal(3, 3000), normal(3000, 18))),
    "one-by-one": (torch.mm, (normal(1, 64), normal(64, 1))),
    "outer": (lambda a, b: (torch.outer(a, b), torch.ger(a, b), a[:, None] * b[None]), (normal(5), normal(33))),
    "outer-integers": (torch.outer, (torch.arange(5), normal(33))),
    "einsum-scores": (lambda a, b: torch.einsum("bhqd,bhkd->bhqk", a, b), (normal(2, 3, 7, 16), normal(2, 3, 18, 16))),
    "einsum-values": (
        lambda a, b: torch.einsum("bhqk,bhkd -> bqhd", a, b),
        (normal(2, 3, 7, 18), normal(2, 3, 18, 16)),
    ),
    "einsum-weight": (lambda a, w: torch.einsum("bhqk,dk->bhqd", a, w), (normal(2, 3, 7, 18), normal(20, 18))),
    "einsum-outer": (lambda a, b: torch.einsum("i,j->ji", a, b), (normal(5), normal(33))),
    "einsum-to-batch": (lambda a, b: torch.einsum("bhqk,bhqk->b", a, b), (normal(40, 3, 7, 6), normal(40, 3, 7, 6))),
    "sdpa": (sdpa, (normal(2, 4, 7, 8), normal(2, 4, 19, 8), normal(2, 4, 19, 6))),
    "sdpa-3d": (sdpa, (normal(2, 7, 8), normal(2, 7, 8), normal(2, 7, 8))),
    "sdpa-causal-scale": (
        lambda q, k, v: sdpa(q, k, v, is_causal=True, scale=0.3),
        (normal(2, 4, 19, 8), normal(2, 4, 19, 8), normal(2, 4, 19, 8)),
    ),
    "sdpa-grouped-bool-mask": (
        lambda q, k, v, m: sdpa(q, k, v, attn_mask=m, enable_gqa=True),
        (normal(2, 4, 7, 8), normal(2, 2, 7, 8), normal(2, 2, 7, 8), booleans(2, 1, 7, 7) | torch.eye(7).bool()),
    ),
    "sdpa-one-key-head": (sdpa, (normal(2, 4, 7, 8), normal(2, 1, 19, 8), normal(2, 1, 19, 6))),
    "sdpa-broadcast": (sdpa, (normal(1, 4, 7, 8), normal(2, 1, 19, 8), normal(2, 4, 19, 6))),
    "sdpa-float-mask": (sdpa, (normal(2, 4, 7, 8), normal(2, 4, 7, 8), normal(2, 4, 7, 8), normal(7, 7))),
    "attention-spelled": (
        spelled_attention,
        (normal(2, 4, 7, 8), normal(2, 4, 19, 8), normal(2, 4, 19, 8), normal(2, 1, 7, 19)),
    ),
}
