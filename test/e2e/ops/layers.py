"""Normalizations, activations and convolutions."""

import math

import torch
import torch.nn.functional as F

from .case import Case, normal, positive


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
    "max-pool": (
        lambda x: (
            *(F.max_pool2d(x, 2), F.max_pool2d(x, 3, 2, 1), F.max_pool2d(x, (3, 2), (1, 3), (1, 0), 2), F.max_pool2d(x[0], 2)),
            *(F.max_pool2d(x, 3, 2, 1, ceil_mode=True), F.max_pool2d(x, 2, 3, 1, ceil_mode=True), F.max_pool2d(x, 5, 1, 2)),
            F.max_pool2d(x[..., :3, :2], 4, ceil_mode=True),
            *(F.max_pool1d(x[0], 3, 2), F.max_pool1d(x[0], 4, 3, 2, 1, True), F.max_pool3d(x[None], 2), F.max_pool2d(-x.abs(), 3, 1, 1)),
        ),
        (normal(2, 3, 13, 14),),
    ),
    "convolution": (
        lambda x, w, b: (
            torch.ops.aten.convolution(x, w, b, [1, 2], [1, 0], [2, 1], False, [0, 0], 1),
            torch.ops.aten.convolution(x[:, :, 0], w[:, :, 0], None, [2], [1], [1], False, [0], 1),
            torch.ops.aten.convolution(x[None], w[None, :2], None, [1] * 3, [0] * 3, [1] * 3, False, [0] * 3, 1),
        ),
        (normal(2, 6, 13, 14), normal(4, 6, 3, 2), normal(4)),
    ),
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
    "conv1d-depthwise": (
        lambda x, w, b: (F.conv1d(x, w[:, :1], b, padding=1, groups=40), F.conv1d(x[:, :20], w[:, :1], None, groups=20)),
        (normal(2, 40, 19), normal(40, 2, 3), normal(40)),
    ),
    "conv1d-many-groups": (
        lambda x, w, b: F.conv1d(x, w, b, stride=2, groups=20),
        (normal(2, 40, 19), normal(60, 2, 3), normal(60)),
    ),
    "conv2d-depthwise": (lambda x, w, b: F.conv2d(x, w, b, padding=3, groups=24), (normal(1, 24, 9, 8), normal(24, 1, 7, 7), normal(24))),
    "conv3d": (
        lambda x, w, b: (F.conv3d(x, w, b, stride=(2, 4, 4)), F.conv3d(x, w, padding=1)),
        (normal(1, 3, 4, 8, 8), normal(5, 3, 2, 4, 4), normal(5)),
    ),
    "unfold": (
        lambda x: (F.unfold(x, (3, 1), padding=(1, 0)), F.unfold(x, 2, stride=2, dilation=2)),
        (normal(2, 5, 9, 7),),
    ),
    "group-norm": (
        lambda x, w, b: (F.group_norm(x, 3, w, b), F.group_norm(x, 6), F.group_norm(x, 2, w, None, 0.1)),
        (normal(40, 6, 37) + 2, normal(6), normal(6)),
    ),
    "batch-norm": (
        lambda x, m, v, w, b: (F.batch_norm(x, m, v, w, b), F.batch_norm(x, m, v, eps=0.1)),
        (normal(5, 6, 7), normal(6), positive(6), normal(6), normal(6)),
    ),
    "weight-norm": (
        lambda v, g, h, i: (torch._weight_norm(v, g, 0), torch._weight_norm(v, h, 2), torch._weight_norm(v, i, 1)),
        (normal(8, 6, 40), normal(8, 1, 1), normal(1, 1, 40), normal(1, 6, 1)),
    ),
    "resampled": (
        lambda x: (
            F.interpolate(x, size=(9, 7), mode="bilinear"),
            F.interpolate(x[:1, :1, :1, :1], size=(12, 5), mode="bilinear"),
            F.interpolate(x, size=(3, 12), mode="bilinear", align_corners=True),
            F.interpolate(x, size=(9, 6), mode="bicubic"),
            F.interpolate(x, size=(3, 11), mode="bicubic", align_corners=True),
            F.interpolate(x, size=(10, 4), mode="nearest"),
        ),
        (normal(2, 3, 5, 6),),
    ),
    "resampled-rows": (
        lambda x: (F.interpolate(x, size=9, mode="linear"), F.interpolate(x, size=5, mode="nearest")),
        (normal(2, 3, 7),),
    ),
    "pooled": (
        lambda x: (F.adaptive_avg_pool2d(x, (1, 1)), F.adaptive_avg_pool2d(x, (2, 3)), F.adaptive_avg_pool1d(x[0], 1)),
        (normal(8, 12, 8, 9),),  # of a handful of means eager has the better luck
    ),
    "empty-cache": (empty_cache, (normal(2, 3, 5, 4),)),
}
