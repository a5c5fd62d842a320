"""Signatures: what goes in and comes out, parameters, buffers and contexts."""

import torch

from .case import Case, booleans, integers, normal, whole


class Weights(torch.nn.Module):
    """Tied, strided, unused and non-float32 parameters, buffers and constants."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(whole(4, 33))  # summed to one number
        self.tied = self.w
        self.strided = torch.nn.Parameter(normal(6, 4)[1:5:2].t())
        self.constant = torch.tensor([1.0, 2.0])
        self.register_buffer("integers", torch.arange(4))
        self.register_buffer("mask", torch.ones(4, 4).bool().tril())
        self.register_buffer("not_saved", normal(33), persistent=False)
        self.register_buffer("doubles", torch.tensor([0.5, 0.25, 4.0]).double())
        self.register_buffer("unused", normal(7))

    def forward(self, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        first = (a @ self.w + self.not_saved) * 2 + self.tied.sum()
        second = torch.where(self.mask, 1.0, 0.0).sum() + self.integers.sum() + self.doubles.float()
        return first, second, a @ self.strided + self.constant


class ReturnsParameters(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(normal(3, 18))
        self.u = torch.nn.Parameter(normal(5))

    def forward(self, a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.w, a, self.u, self.w.t(), self.w


class OneParameter(torch.nn.Module):
    """Its only parameter is all of arg0.data."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(normal(*shape))

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        return a @ self.w if self.w.dim() == 2 else a * self.w


class NoGrad(torch.nn.Module):
    def forward(self, a: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            b = a * 2
        return a * b + b


class Autocast(torch.nn.Module):
    def forward(self, a: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False):
            b = a.float() * 2
        return a * b


def read_off(a: torch.Tensor, n: torch.Tensor, f: torch.Tensor, flag: torch.Tensor) -> torch.Tensor:
    """What is read off a tensor and used by nothing, but for assertions and prints."""
    f.item()
    flag.item()
    torch._check(n.item() <= 6)
    torch._check(n.item() >= 0)
    torch._check(flag.item())
    torch.ops.aten._assert_async((a < 1e6).all())
    torch.ops.aten._assert_async.msg((a > -1e6).all(), "far away")
    str(n.item())
    return a * 2


x = normal(3, 18)

CASES: dict[str, Case] = {
    "input-is-output": (lambda a: a, (x,)),
    "integers-and-booleans-through": (lambda a, b: (b, a), (integers(3, 18), booleans(3, 18))),
    "large-integers-through": (lambda a: a, (torch.tensor([2**63 - 1, -(2**63), 0]),)),
    "swapped": (lambda a, b: (b, a, b), (x, normal(3, 18))),
    "unused-input": (lambda a, b: a * 2, (x, normal(4))),
    "all-unused": (lambda a: torch.ones(3), (x,)),
    "same-output-twice": (lambda a: (a * 2,) * 3, (x,)),
    "equal-outputs": (lambda a: (a * 2, a * 2, 2 * a), (x,)),
    "views-of-one-output": (lambda a: (a * 2, (a * 2).view(-1), (a * 2)[1:], (a * 2).t()), (x,)),
    "input-and-its-views": (lambda a: (a, a.view(-1), a[1:], a.t()), (x,)),
    "output-used-further": (lambda a: (a + 1, (a + 1) * 3, ((a + 1) * 3).sum(-1)), (normal(30, 18),)),
    "none-output": (lambda a: (a * 2, None), (x,)),
    "nested-outputs": (lambda a: {"first": a * 2, "second": [a + 1, (a - 1,)]}, (x,)),
    "scalar-in-scalar-out": (lambda a: a * 2 + 1, (torch.tensor(1.25),)),
    "scalar-integer": (lambda a: (a * 2, a > 3), (torch.tensor(4),)),
    "one-element": (lambda a: a * 2, (normal(1, 1),)),
    "inputs-untouched": (lambda a, b: (torch.addmm(a, b, b), a), (normal(8, 8), normal(8, 8))),
    "lifted": (lambda a: torch.ops.aten.lift(a) + 1, (x,)),
    "booleans-with-numbers": (lambda a: (a & True, a | False, a ^ True), (booleans(3, 18),)),
    "weights": (Weights(), (normal(2, 4),)),
    "returns-parameters": (ReturnsParameters(), (normal(2),)),
    "one-parameter": (OneParameter(4, 33), (normal(2, 4),)),
    "one-parameter-vector": (OneParameter(4), (normal(2, 4),)),
    "one-parameter-scalar": (OneParameter(), (normal(2, 4),)),
    "read-off-elements": (read_off, (x, torch.tensor(3), torch.tensor(2.5), torch.tensor(True))),
    "no-grad": (NoGrad(), (x,)),
    "autocast": (Autocast(), (x,)),
}
