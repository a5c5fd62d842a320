"""Tensors that are written piece by piece, or put together again and again."""

import torch

from .case import Case, normal, whole
from .nests import repeated


def recurrence(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    h, all_steps = torch.zeros_like(x[0]), []
    for step in x:
        h = torch.maximum(h * 0.9, step)
        all_steps.append(h)
    return torch.stack(all_steps), torch.stack(all_steps[::-1], -1)


def one_by_one(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Slices of a tensor, one after the other; what it was on the way is read at the end."""
    y, z, states = torch.zeros_like(x), x.clone(), []
    for i in range(1, len(x)):
        y[i] = x[i] * 2
        z[i] = z[i - 1] + x[i]
        states.append(torch.slice_scatter(states[-1] if states else x, x[i : i + 1] + i, 0, i, i + 1))
    views = sum((x[i : i + 3] * i for i in range(len(x) - 3)), torch.zeros(3, 1))
    return y, z, states[-1], states[3] * 2 + states[20], states[17], views


def doubled(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    (rows,) = repeated(8, lambda a: (torch.cat([a, a]),))(x)
    (columns,) = repeated(5, lambda a: (torch.cat([a, a], 1),))(x)
    return rows * 2, columns


def rope_of_two(x: torch.Tensor) -> torch.Tensor:
    """Pairs of a head of two: the table has one column, twice."""
    angles = (torch.arange(x.shape[-2]).float()[:, None] * torch.tensor([[0.5]])).repeat_interleave(2, -1)
    turned = torch.stack((-x[..., 1::2], x[..., ::2]), -1).flatten(-2)
    return x * angles.cos() + turned * angles.sin()


CASES: dict[str, Case] = {
    "rope-of-two": (rope_of_two, (normal(2, 3, 5, 2),)),
    "stack": (recurrence, (normal(100, 9),)),
    "cat": (lambda x: torch.cat([x[i] * (i + 1) for i in range(100)]), (normal(100, 5),)),
    "slices": (one_by_one, (whole(60, 5),)),
    "doubled": (doubled, (normal(2, 3),)),
}
