"""Normalizations, activations and convolutions."""

import math

import torch
import torch.nn.functional as F

from .case import Case, normal


def spelled_norm(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-5) * w + b


def new_gelu(x: torch.Tensor) -> torch.Tensor:
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


def empty_cache(x: torch.Tensor) -> torch.Tensor:
    return torch.cat([torch.tensor([]), x], dim=-2) * 2


conv = (normal(2, 6, 13, 14), normal(4, 6, 3, 2), normal(4))

CASES: dict[str, Case] = {
    "layer-norm": (
        lambda x, w, b: (F.layer_norm(x, (37,), w, b), F.layer_norm(x, (37,), w), F.layer_norm(x, (37,), None, b, 0.1)),
        (normal(5, 9, 37) + 2, normal(37), normal(37)),
    ),
    "layer-norm-several": (
        # Enough rows: all of a row's error can be one rounding of its root, and eager be lucky with it.
        lambda x, w: (F.layer_norm(x, (3, 11), w), F.layer_norm(x, (9, 3, 11))),
        (normal(40, 9, 3, 11), normal(3, 11)),
    ),
    "layer-norm-spelled": (spelled_norm, (normal(5, 9, 37), normal(37), normal(37))),
    "gelu": (lambda x: (F.gelu(x), F.gelu(x, approximate="tanh"), new_gelu(x), x * 0.5 * (1 + torch.erf(x / 2**0.5))), (normal(9, 37) * 2,)),
    "erf": (lambda x: (torch.erf(x), torch.special.erf(x * 0.01), torch.erf(x * 10)), (normal(9, 37),)),
    "patches": (lambda x, w, b: F.conv2d(x, w, b, stride=(3, 2)), conv),
    "patches-no-bias": (lambda x, w: F.conv2d(x, w, stride=4), (normal(2, 3, 16, 16), normal(20, 3, 4, 4))),
    "conv2d": (
        lambda x, w, b: (F.conv2d(x, w, b), F.conv2d(x, w, b, padding=1), F.conv2d(x, w, b, stride=(1, 2), dilation=2)),
        conv,
    ),
    "conv2d-same": (lambda x, w, b: (F.conv2d(x, w, b, padding="same"), F.conv2d(x, w, padding="valid")), conv),
    "conv2d-groups": (lambda x, w, b: F.conv2d(x, w[:, :3], b, groups=2, padding=(2, 0)), conv),
    "conv2d-unbatched": (lambda x, w, b: F.conv2d(x[0], w, b), conv),
    "conv1d": (
        lambda x, w, b: (F.conv1d(x, w, b, padding=1), F.conv1d(x, w, b, stride=2), F.conv1d(x, w, padding="same")),
        (normal(2, 6, 19), normal(5, 6, 3), normal(5)),
    ),
    "empty-cache": (empty_cache, (normal(2, 3, 5, 4),)),
}
