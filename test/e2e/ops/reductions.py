"""Sums, means, maxima, softmax. Sums to one number are of whole numbers, which are exact."""

import math

import torch
import torch.nn.functional as F

from .case import Case, booleans, integers, normal, whole

x = normal(7, 5, 37)

CASES: dict[str, Case] = {
    "mean": (lambda a: (a.mean(-1), a.mean(-1, keepdim=True), a.mean(1)), (x,)),
    "mean-several": (lambda a: a.mean((0, 2)), (normal(7, 40, 37),)),
    "sum": (lambda a: (a.sum(-1), a.sum(1), a.sum(0), a.sum(-1, keepdim=True, dtype=torch.float32)), (x,)),
    "sum-several": (lambda a: a.sum((0, 2)), (normal(7, 40, 37),)),
    "sum-all": (lambda a: (a.sum(), a.max(), a.amax()), (whole(7, 5, 37),)),
    "mean-all": (lambda a: a.mean(), (whole(8, 4, 32),)),
    "long-sum": (lambda a: a.sum(-1), (normal(9, 5000),)),
    "amax": (lambda a: (a.amax(-1), a.amax((0, 1), keepdim=True), a.amax(0)), (x,)),
    "amin": (lambda a: (a.amin(-1), a.amin((0, 1), keepdim=True), a.min()), (x,)),
    "extremes": (lambda a: (*a.max(-1), *a.min(1, keepdim=True)), (x,)),
    "argmax": (
        lambda a, b: (a.argmax(-1), a.argmin(0, keepdim=True), a.argmax(), b.argmax(-1), b.argmin(1), (b == 2).int().argmax(-1)),
        (x, integers(6, 40)),
    ),
    "argmax-picks": (lambda a, b: a[torch.arange(4), b.argmax(-1)], (normal(4, 9, 5), integers(4, 9))),
    "norms": (
        lambda a: (
            torch.linalg.vector_norm(a, dim=-1),
            a.norm(dim=1, keepdim=True),
            torch.linalg.vector_norm(a, 1, (0, 2)),
            torch.linalg.vector_norm(a, float("inf")),
            F.normalize(a, dim=-1),
        ),
        (normal(8, 40, 37),),
    ),
    "integers": (
        lambda a: (a.sum(-1), a.sum(), (a > 1).sum(-1), a.amax(-1), a.int().sum(0), a.sum(-1, dtype=torch.float32)),
        (integers(5, 33),),
    ),
    "any-all": (
        lambda a, m: (m.any(-1), m.all(-1, keepdim=True), m.any(), a.bool().all(), (a > 0).any((0, 1))),
        (normal(4, 33), booleans(4, 33)),
    ),
    "sum-to-bool": (lambda a, i: (a.relu().sum(-1, dtype=torch.bool), i.sum(dtype=torch.bool), i.sum(0, True, dtype=torch.bool)), (normal(9, 2), integers(5, 3, low=0, high=2))),
    "softmax": (lambda a: (F.softmax(a, -1), a.softmax(1)), (x,)),
    "softmax-of-one-number": (lambda a: (F.softmax(a, 0), (a * math.inf).softmax(-1)), (torch.tensor(1.5),)),
    "softmax-dtype": (lambda a: F.softmax(a, dim=1, dtype=torch.float32), (x,)),
    "softmax-integers": (lambda a: F.softmax(a, dim=1, dtype=torch.float32), (integers(64, 40),)),
    "softmax-sharp": (lambda a: F.softmax(a * 30, -1), (x,)),
    "_softmax": (lambda a: torch._softmax(a, -1, False), (x,)),
}
