"""Tensors made in the program. What does not depend on an input is evaluated when compiling."""

import torch

from .case import Case, integers, normal


def rope(q: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
    inverse = 1.0 / (10000.0 ** (torch.arange(0, 8, 2).float() / 8))
    angle = torch.cat([torch.outer(position.float(), inverse)] * 2, -1)
    return q * angle.cos() + torch.cat((-q[..., 4:], q[..., :4]), -1) * angle.sin()


def rope_angles_of_transformers(position: torch.Tensor) -> torch.Tensor:
    inverse = 1.0 / (10000.0 ** (torch.arange(0, 8, 2, dtype=torch.int64).float() / 8))
    expanded = inverse[None, :, None].float().expand(position.shape[0], -1, 1)
    return (expanded @ position[:, None, :].float()).transpose(1, 2)


CASES: dict[str, Case] = {
    "filled": (
        lambda a: (
            torch.ones(2, 3),
            torch.zeros(2, 3, dtype=torch.int64),
            torch.full((2,), 1.5),
            torch.full((2,), 3),
            torch.full((2,), True),
            torch.full((2, 2), float("-inf")),
            torch.full((2,), 1, dtype=torch.float32),
        ),
        (normal(1),),
    ),
    "like": (
        lambda a: (
            torch.ones_like(a),
            torch.zeros_like(a, dtype=torch.bool),
            torch.full_like(a, 2),
            a.new_ones(2),
            a.new_zeros(3),
            a.new_full((2,), 7),
            a.new_ones((2,), dtype=torch.int64),
            a.new_tensor(3.0),
        ),
        (normal(2, 3),),
    ),
    "eye": (
        lambda a: (torch.eye(3), torch.eye(2, 5), torch.eye(4, 2, dtype=torch.int64), torch.eye(3, dtype=torch.bool), torch.eye(0).sum(), a @ torch.eye(3)),
        (normal(2, 3),),
    ),
    "scalars": (
        lambda a, d: (
            d * torch.tensor(2.5),
            d + torch.tensor(2),
            a * torch.tensor(2, dtype=torch.float64),
            torch.tensor(2) * torch.tensor(1.5),
            torch.ops.aten.scalar_tensor(2) + torch.ops.aten.scalar_tensor(2.5, dtype=torch.float64) + a,
        ),
        (normal(2, 3), integers(2, 3)),
    ),
    "arange": (
        lambda a: (
            torch.arange(4),
            torch.arange(1, 5),
            torch.arange(0, 8, 2),
            torch.arange(0, 1, 0.25),
            torch.arange(4.0),
            torch.arange(5, dtype=torch.float32),
            torch.arange(5, 0, -2),
            torch.arange(0, 5, 2, dtype=torch.float32),
            torch.arange(0, 5, 2.0),
        ),
        (normal(1),),
    ),
    "masks": (
        lambda a: (
            torch.tril(torch.ones(3, 3), diagonal=-1),
            torch.tril(torch.ones(4, 4, dtype=torch.bool)),
            torch.ones(4, 4).triu(diagonal=1).bool(),
        ),
        (normal(1),),
    ),
    "rope": (rope, (normal(1, 2, 11, 8), torch.arange(11))),
    "rope-far": (rope, (normal(1, 2, 11, 8), torch.arange(32000, 32011))),
    "rope-angles": (rope_angles_of_transformers, (torch.arange(11)[None],)),
}
