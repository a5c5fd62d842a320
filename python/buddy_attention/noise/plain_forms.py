"""ATen's composed operations in sums, products and functions, as a plain evaluation rounds them.

Each takes the arguments of the ATen operation of its name. random_rounding.py evaluates these in place of the
operation, so that the error of the steps inside of it counts.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


def _count(x: Tensor, dims: list[int] | None) -> int:
    return math.prod(x.shape[dim] for dim in dims) if dims and x.dim() else x.numel()


def sum(x: Tensor, dim: list[int] | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor | None:
    return None if dtype in (None, x.dtype) else torch.sum(x.to(dtype), dim, keepdim)


def cumsum(x: Tensor, dim: int, *, dtype: Any = None) -> Tensor | None:
    return None if dtype in (None, x.dtype) else torch.cumsum(x.to(dtype), dim)


def mean(x: Tensor, dim: list[int] | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    x = x if dtype is None else x.to(dtype)
    return torch.sum(x, dim or list(range(x.dim())), keepdim) / _count(x, dim)


def _moments(x: Tensor, dims: list[int] | None, correction: float = 0) -> tuple[Tensor, Tensor]:
    dims = dims or list(range(x.dim()))
    center = mean(x, dims, True)
    return torch.sum((x - center).square(), dims, True) / (_count(x, dims) - correction), center


def var(x: Tensor, dim: list[int] | None = None, *, correction: float | None = None, keepdim: bool = False) -> Tensor:
    value, _ = _moments(x, dim, 1 if correction is None else correction)
    return value if keepdim else value.squeeze(dim or list(range(x.dim())))


def std(x: Tensor, dim: list[int] | None = None, *, correction: float | None = None, keepdim: bool = False) -> Tensor:
    return var(x, dim, correction=correction, keepdim=keepdim).sqrt()


def _scaled(y: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def _normalized(x: Tensor, dims: list[int], eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """Centered twice: the first mean is rounded, and what is far from zero is not centered by it."""
    first = mean(x, dims, True)
    second = mean(x - first, dims, True)
    centered = x - first - second
    scale = torch.rsqrt(mean(centered.square(), dims, True) + eps)
    return centered * scale, first + second, scale


def native_layer_norm(
    x: Tensor, shape: list[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    y, center, scale = _normalized(x, list(range(x.dim() - len(shape), x.dim())), eps)
    return _scaled(y, weight, bias), center, scale


def native_batch_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    center: Tensor | None,
    variance: Tensor | None,
    training: bool,
    _: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor] | None:
    """In the form of ATen, x * factor + shift, whose terms may cancel."""
    if training or center is None or variance is None:
        return None
    factor = torch.rsqrt(variance + eps)
    factor = factor if weight is None else factor * weight
    shift = -(center * factor) if bias is None else bias - center * factor
    shape = [1, -1] + [1] * (x.dim() - 2)
    return x * factor.reshape(shape) + shift.reshape(shape), x.new_empty(0), x.new_empty(0)


def native_group_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, n: int, c: int, _: int, groups: int, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    y, center, scale = _normalized(x.reshape(n, groups, -1), [2], eps)
    shape = [1, c] + [1] * (x.dim() - 2)
    weight, bias = (p if p is None else p.reshape(shape) for p in (weight, bias))
    return _scaled(y.reshape(x.shape), weight, bias), center.reshape(n, groups), scale.reshape(n, groups)


def _softmax(x: Tensor, dim: int, half_to_float: bool) -> Tensor:
    e = torch.exp(x - torch.amax(x, dim, True))
    return e / torch.sum(e, dim, True)


def _safe_softmax(x: Tensor, dim: int, dtype: Any = None) -> Tensor:
    weights = _softmax(x if dtype is None else x.to(dtype), dim, False)
    return torch.where((x == -math.inf).all(dim, True), 0.0, weights)


def _log_softmax(x: Tensor, dim: int, half_to_float: bool) -> Tensor:
    shifted = x - torch.amax(x, dim, True)
    return shifted - torch.log(torch.sum(torch.exp(shifted), dim, True))


def logsumexp(x: Tensor, dim: list[int], keepdim: bool = False) -> Tensor:
    largest = torch.amax(x, dim, True)
    largest = torch.where(torch.isfinite(largest), largest, 0.0)
    total = torch.log(torch.sum(torch.exp(x - largest), dim, True)) + largest
    return total if keepdim else total.squeeze(dim)


def linalg_vector_norm(
    x: Tensor, ord: float = 2, dim: list[int] | None = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    x = (x if dtype is None else x.to(dtype)).abs()
    dims = list(range(x.dim())) if dim is None else list(dim)
    if ord in (math.inf, -math.inf):
        return (torch.amax if ord > 0 else torch.amin)(x, dims, keepdim)
    if ord in (0, 1):
        return torch.sum(x if ord else (x != 0).to(x.dtype), dims, keepdim)
    if ord == 2:
        return torch.sum(x * x, dims, keepdim).sqrt()
    return torch.sum(x**ord, dims, keepdim) ** (1 / ord)


def norm(
    x: Tensor, p: float | None = 2, dim: list[int] | None = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    return linalg_vector_norm(x, 2 if p is None else p, dim, keepdim, dtype=dtype)


def _weight_norm_interface(v: Tensor, g: Tensor, dim: int = 0) -> tuple[Tensor, Tensor]:
    norms = torch.sum(v * v, [i for i in range(v.dim()) if i != dim % v.dim()], True).sqrt()
    return v * (g / norms), norms


def sigmoid(x: Tensor) -> Tensor:
    return torch.reciprocal(1 + torch.exp(-x))


def silu(x: Tensor) -> Tensor:
    return x / (1 + torch.exp(-x))


def gelu(x: Tensor, *, approximate: str = "none") -> Tensor:
    if approximate == "tanh":
        inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)
        return x * 0.5 * (torch.tanh(inner) + 1)
    return x * 0.5 * (torch.erf(x * math.sqrt(0.5)) + 1)


def softplus(x: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    scaled = x * beta
    smooth = torch.clamp(x, min=0) + torch.log1p(torch.exp(-scaled.abs())) / beta
    return torch.where(scaled > threshold, x, smooth)


def mish(x: Tensor) -> Tensor:
    return x * torch.tanh(torch.log1p(torch.exp(x)))


def log_sigmoid_forward(x: Tensor) -> tuple[Tensor, Tensor]:
    e = torch.exp(-x.abs())
    return torch.clamp(x, max=0) - torch.log1p(e), e


def elu(x: Tensor, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Tensor:
    negative = torch.expm1(torch.clamp(x, max=0) * input_scale) * (alpha * scale)
    return negative + torch.clamp(x, min=0) * scale


def celu(x: Tensor, alpha: float = 1) -> Tensor:
    return elu(x, alpha, 1, 1 / alpha)


def hardsigmoid(x: Tensor) -> Tensor:
    return torch.clamp(x + 3, 0, 6) / 6


def hardswish(x: Tensor) -> Tensor:
    return x * torch.clamp(x + 3, 0, 6) / 6


def glu(x: Tensor, dim: int = -1) -> Tensor:
    value, gate = x.chunk(2, dim)
    return value * torch.sigmoid(gate)


def addmm(bias: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    product = torch.mm(a, b)
    return (bias if beta == 1 else bias * beta) + (product if alpha == 1 else product * alpha)


def baddbmm(bias: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    product = torch.bmm(a, b)
    return (bias if beta == 1 else bias * beta) + (product if alpha == 1 else product * alpha)


def convolution(x: Tensor, weight: Tensor, bias: Tensor | None, *options: Any) -> Tensor | None:
    if bias is None:
        return None
    shape = [-1] + [1] * (x.dim() - 2)
    product: Tensor = aten.convolution.default(x, weight, None, *options)
    return product + bias.reshape(shape)


def _linear(t: Tensor) -> list[Tensor]:
    return [1 - t, t]


def _cubic(t: Tensor) -> list[Tensor]:
    """Keys' cubic convolution with a = -0.75, as PyTorch has it."""
    a = -0.75

    def near(x: Tensor) -> Tensor:
        return (x * (a + 2) - (a + 3)) * x * x + 1

    def far(x: Tensor) -> Tensor:
        return ((x * a - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _interpolated(
    weights_at: Callable[[Tensor], list[Tensor]], x: Tensor, size: list[int], corners: bool, *factors: float | None
) -> Tensor:
    """One dimension after the other: where each result lies between elements, and a rounded weight of each of these."""
    for dim, count in reversed(list(enumerate(size, 2))):
        last, factor = x.shape[dim] - 1, factors[dim - 2] if factors else None
        place = torch.arange(count, dtype=torch.float64)
        if corners:
            place = place * (last / (count - 1) if count > 1 else 0.0)
        else:
            place = (place + 0.5) * (1 / factor if factor else (last + 1) / count) - 0.5
            place = place.clamp(min=0) if weights_at is _linear else place
        below = place.floor()
        weights = weights_at(place - below)
        terms = [
            x.index_select(dim, (below.long() + i + 1 - len(weights) // 2).clamp(0, last))
            * weight.to(x.dtype).reshape([-1] + [1] * (x.dim() - dim - 1))
            for i, weight in enumerate(weights)
        ]
        x = functools.reduce(torch.add, terms)
    return x


def upsample_linear1d(x: Tensor, size: list[int], corners: bool, *factors: float | None) -> Tensor:
    return _interpolated(_linear, x, size, corners, *factors)


def upsample_bilinear2d(x: Tensor, size: list[int], corners: bool, *factors: float | None) -> Tensor:
    return _interpolated(_linear, x, size, corners, *factors)


def upsample_bicubic2d(x: Tensor, size: list[int], corners: bool, *factors: float | None) -> Tensor:
    return _interpolated(_cubic, x, size, corners, *factors)


def addcmul(x: Tensor, a: Tensor, b: Tensor, *, value: float = 1) -> Tensor:
    return x + a * b * value


def addcdiv(x: Tensor, a: Tensor, b: Tensor, *, value: float = 1) -> Tensor:
    return x + a / b * value


def lerp(start: Tensor, end: Tensor, weight: Tensor | float) -> Tensor:
    return start + (end - start) * weight


def add(x: Tensor, other: Any, alpha: float = 1) -> Tensor | None:
    return None if alpha == 1 else x + other * alpha


def sub(x: Tensor, other: Any, alpha: float = 1) -> Tensor | None:
    return None if alpha == 1 else x - other * alpha


def rsub(x: Tensor, other: Any, alpha: float = 1) -> Tensor | None:
    return None if alpha == 1 else torch.sub(other, x * alpha) if isinstance(other, Tensor) else other - x * alpha


def pow(x: Any, exponent: Any) -> Tensor | None:
    if not isinstance(x, Tensor) or isinstance(exponent, Tensor) or not x.is_floating_point():
        return None
    forms: dict[float, Callable[[Tensor], Tensor]] = {
        2: lambda x: x * x,
        3: lambda x: x * x * x,
        0.5: torch.sqrt,
        -1: torch.reciprocal,
        -2: lambda x: torch.reciprocal(x * x),
    }
    return forms[exponent](x) if exponent in forms else None


def remainder(x: Any, divisor: Any) -> Tensor:
    quotient: Tensor = x / divisor
    return torch.sub(x, torch.floor(quotient) * divisor)


def fmod(x: Tensor, divisor: Any) -> Tensor:
    return torch.sub(x, torch.trunc(x / divisor) * divisor)


def frac(x: Tensor) -> Tensor:
    return x - torch.trunc(x)


#: By the operation's name. A form that returns None leaves the operation as it is.
FORMS: dict[str, Callable[..., Any]] = {
    form.__name__: form
    for form in (
        sum, cumsum, mean, var, std, native_layer_norm, native_batch_norm, native_group_norm, _softmax, _safe_softmax,
        _log_softmax, logsumexp, linalg_vector_norm, norm, _weight_norm_interface, sigmoid, silu, gelu, softplus, mish,
        log_sigmoid_forward, elu, celu, hardsigmoid, hardswish, glu, addmm, baddbmm, convolution, addcmul, addcdiv,
        lerp, add, sub, rsub, pow, remainder, fmod, frac, upsample_linear1d, upsample_bilinear2d, upsample_bicubic2d,
    )
}  # fmt: skip
#: Operations that PyTorch has exactly where operands without an error allow it, in whatever way it computes:
#: constant rows of a normalization, remainders.
EXACT_AS_A_WHOLE = frozenset("native_layer_norm native_group_norm var std remainder fmod frac".split())
