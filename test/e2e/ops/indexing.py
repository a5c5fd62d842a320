"""Gathers, running sums and differences, and RMSNorm."""

import torch
import torch.nn.functional as F

from .case import Case, booleans, integers, normal, whole

x = normal(5, 6, 7)
i, j = torch.tensor([[0, 2], [1, 4]]), torch.tensor([3, 0])


def far(*shape: int) -> torch.Tensor:
    """Indices from the end and from the front of a dimension of size 5."""
    return integers(*shape, low=-5, high=5)


class Corner(torch.nn.Module):
    """Tables far larger than what a call uses of them: GPT-Neo's mask at its real 2048 positions."""

    def __init__(self) -> None:
        super().__init__()
        mask = torch.tril(torch.ones(2048, 2048, dtype=torch.bool))
        self.register_buffer("mask", mask.view(1, 1, 2048, 2048), persistent=False)
        self.register_buffer("places", torch.arange(1_200_000) % 3)

    def forward(self, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        length = a.shape[-1]
        scores = torch.where(self.mask[:, :, :length, :length], a, -1e4)
        return scores.softmax(-1), a[self.places[1_100_000 : 1_100_005] % 2], self.places[7:11] + 1


CASES: dict[str, Case] = {
    "corner-of-a-large-table": (Corner(), (normal(2, 3, 9, 9),)),
    "embedding": (lambda w, a: F.embedding(a, w), (normal(5, 33), integers(2, 3))),
    "embedding-int32": (lambda w, a: F.embedding(a, w), (normal(5, 16), integers(4).int())),
    "embedding-offset": (lambda w, a: F.embedding(a + 2, w), (normal(7, 9), integers(3))),
    "embedding-padding-idx": (lambda w, a: F.embedding(a, w, padding_idx=1), (normal(5, 9), integers(3))),
    "index-select": (lambda a, b: a.index_select(1, b), (x, integers(4))),
    "gather": (lambda a, b: a.gather(1, b), (x, integers(5, 4, 7, low=0, high=6))),
    "gather-first": (lambda a, b: a.gather(0, b), (x, integers(9, 6, 7, low=0, high=5))),
    "gather-last": (lambda a, b: a.gather(-1, b), (x, integers(2, 3, 40, low=0, high=7))),
    "gather-expanded": (lambda a, b: a.expand(2, -1).gather(1, b), (integers(1, 9), integers(2, 6, low=0, high=9))),
    "gather-numbers": (lambda a, b: (a.sum().gather(0, b[0]), a[0].gather(0, b[0])), (whole(5), integers(2, low=0, high=1))),
    "index-rows": (lambda a, b: a[b], (x, far(3, 2))),
    "index-middle": (lambda a, b: a[:, b], (x, far(4))),
    "index-two": (lambda a, b, c: a[b, c], (x, far(2, 3), integers(3))),
    "index-apart": (lambda a, b, c: a[b, :, c], (x, far(2, 3), integers(3))),
    "index-constants": (lambda a: a[i, j], (x,)),
    "index-views": (lambda a: a[torch.arange(5)[:, None], torch.arange(1, 6, 2)[None]], (x,)),
    "index-last": (lambda a: a[:, [-1]], (x,)),
    "index-bools": (lambda a, b: a[b], (booleans(5, 3), integers(4))),
    "index-integers": (lambda a, b: a[:, b], (integers(2, 5), integers(4))),
    "index-computed": (lambda a, b: (a[b * b - 2], a.argmax(0), a[:, a.argmax(0).argmin(0)]), (x, torch.tensor([2, 0, -1, 1]))),
    "index-copy-computed": (lambda a, b: a.index_copy(1, b * b, a[:, :3]), (x, torch.tensor([2, 0, -1]))),
    "index-select-computed": (lambda a, b: a.index_select(2, b * b), (x, torch.tensor([2, 0, -1]).int())),
    "embedding-computed": (lambda w, a: F.embedding(a.cumsum(-1) * 2, w), (x[:, :, 0].clone(), torch.tensor([[1, -1, 2], [0, 1, 0]]))),
    "gather-computed": (lambda a, b: a.gather(1, b // 2 + b % 2), (x, torch.arange(5 * 4 * 7).reshape(5, 4, 7) % 9)),
    "index-routed": (
        lambda a, w, b: torch.einsum("td,tdh->th", a, w[torch.where(b, a.argmax(-1) * 2 % 5, a.argmin(-1) % 5)]),
        (x[:, 0, :3].clone(), torch.arange(5 * 3 * 4.0).reshape(5, 3, 4), torch.tensor([True, False, True, True, False])),
    ),
    "cumsum": (lambda a: a.cumsum(1), (normal(3, 37, 2),)),
    "cumsum-integers": (lambda a: a.cumsum(-1), (integers(3, 20),)),
    "cumsum-bools": (lambda a: a.cumsum(0), (booleans(9, 2),)),
    "cumsum-positions": (lambda a, w: w[a.bool().cumsum(-1)], (integers(2, 6), normal(7, 5))),
    "cumsum-dtype": (lambda a: a.cumsum(0, dtype=torch.float32), (integers(12),)),
    "diff": (lambda a: a.diff(), (whole(3, 8),)),
    "diff-twice": (lambda a: a.diff(2, 0), (integers(5, 4),)),
    "diff-prepend": (lambda a, b: torch.diff(a, dim=-1, prepend=b), (integers(2, 6), integers(2, 1))),
    "diff-bools": (lambda a: a.diff(), (booleans(3, 6),)),
    "rms-norm": (lambda a, w: F.rms_norm(a, (7,), w, 1e-6), (x, normal(7))),
    "rms-norm-plain": (lambda a: F.rms_norm(a, (7,)), (x,)),
    "rms-norm-two": (lambda a, w: F.rms_norm(a, (6, 7), w), (x, normal(6, 7))),
    "rms-norm-wide": (lambda a, w: F.rms_norm(a, (1536,), w, 1e-5), (normal(3, 1536), normal(1536))),
    "swiglu": (lambda a, b: F.silu(a) * b, (normal(4, 100), normal(4, 100))),
    "cat-nothing": (lambda a: torch.cat((a[..., :7], a[..., 7:]), -1), (x,)),
}
