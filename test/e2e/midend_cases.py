"""Lines of layers for test_midend_numbers.py, in groups, with shapes that divide by nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


class Case:
    """A name, what is computed, and its inputs. ``weights`` come before the inputs, as parameters."""

    def __init__(
        self, name: str, compute: Callable[..., Tensor], *inputs: Tensor, weights: Sequence[Tensor] = ()
    ) -> None:
        self.name, self.compute, self.inputs, self.weights = name, compute, inputs, weights


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape)))


def qkv(batch: int, heads: int, kv_heads: int, sq: int, skv: int, depth: int, value_depth: int = 0) -> list[Tensor]:
    """Queries, keys and values whose scores have a standard deviation of about 3."""
    return [
        random(batch, heads, sq, depth, scale=3.0, seed=1),
        random(batch, kv_heads, skv, depth, seed=2),
        random(batch, kv_heads, skv, value_depth or depth, seed=3),
    ]


def sdpa(**options: object) -> Callable[..., Tensor]:
    return lambda q, k, v, mask=None: F.scaled_dot_product_attention(q, k, v, attn_mask=mask, **options)


def spelled(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Attention as matmul, softmax, matmul; a boolean mask keeps."""
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    return torch.softmax(scores, dim=-1) @ v


def lengths() -> list[Case]:
    shapes = zip((1, 5, 8, 17, 33, 67), (8, 12, 20, 24, 64, 12))
    return [
        Case(
            f"seq {seq}, head_dim {depth}, causal {causal}",
            sdpa(is_causal=causal, enable_gqa=True),
            *qkv(3, 4, 2, seq, seq, depth),
        )
        for i, (seq, depth) in enumerate(shapes)
        for causal in ((i % 2 == 0, True) if seq == 17 else (i % 2 == 0,))
    ]


def crossed() -> list[Case]:
    pairs = ((1, 67), (1, 33), (67, 1), (33, 5), (17, 64), (64, 17), (5, 33), (40, 130), (300, 290), (290, 300), (35, 517))
    return [
        Case(f"{sq} queries, {skv} keys, causal {causal}", sdpa(is_causal=causal), *qkv(2, 3, 3, sq, skv, 12, 20))
        for i, (sq, skv) in enumerate(pairs)
        for causal in (i % 2 == 1,)
    ]


def single_queries() -> list[Case]:
    """Steps of decoding. Six query heads and two of keys: the heads of a group share the vector's lanes."""
    some_keys = torch.arange(67) % 3 != 0
    first_is_empty = torch.stack([torch.zeros(67, dtype=torch.bool), some_keys])[:, None, None, :]
    grouped = qkv(2, 6, 2, 1, 67, 12, 20)
    gqa = sdpa(enable_gqa=True)

    def sequence_major(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return gqa(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)).transpose(1, 2).reshape(2, 1, -1)

    return [
        Case("grouped", gqa, *grouped),
        Case("one key/value head", gqa, *qkv(3, 5, 1, 1, 33, 8)),
        Case("one key, causal", sdpa(is_causal=True, enable_gqa=True), *qkv(2, 6, 2, 1, 1, 12)),
        Case("causal: the first key", sdpa(is_causal=True, enable_gqa=True), *qkv(2, 6, 2, 1, 9, 12)),
        Case("sequence-major", sequence_major, *(t.transpose(1, 2).contiguous() for t in grouped)),
        Case("padding, one row without keys", gqa, *grouped, first_is_empty),
        Case("a mask by head", gqa, *grouped, random(1, 6, 1, 67, seed=4)),
        Case("a mask by batch and head", gqa, *grouped, random(2, 6, 1, 67, seed=4)),
        Case("a mask by head without batch", gqa, *grouped, random(6, 1, 67, seed=4)),
        Case("a mask by head, not by key", gqa, *grouped, random(6, 1, 1, seed=4)),
    ]


def filled(q: Tensor, k: Tensor, v: Tensor, keep: Tensor) -> Tensor:
    """transformers' eager attention: finfo.min where a key is excluded. Without a key it is the mean of all values."""
    mask = torch.where(keep, 0.0, torch.finfo(torch.float32).min)
    return torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + mask, dim=-1) @ v


def replaced(q: Tensor, k: Tensor, v: Tensor, keep: Tensor) -> Tensor:
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    return torch.softmax(scores.masked_fill(~keep, torch.finfo(torch.float32).min), dim=-1) @ v


def filled_masks() -> list[Case]:
    """Queries without a key before, between and behind those that keep some, in one block of keys and in several."""

    def causal(compute: Callable[..., Tensor], window: int | None = None) -> Callable[..., Tensor]:
        def masked(q: Tensor, k: Tensor, v: Tensor, padding: Tensor) -> Tensor:
            row, column = torch.arange(q.shape[-2])[:, None], torch.arange(k.shape[-2])
            kept = column <= row
            if window:
                kept = kept & (column > row - window)
            return compute(q, k, v, kept & padding[:, None, None, :])

        return masked

    def as_mask(q: Tensor, k: Tensor, v: Tensor, keep: Tensor) -> Tensor:
        mask = torch.where(keep, 0.0, torch.finfo(torch.float32).min)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)

    padding = torch.ones(3, 150, dtype=torch.bool)
    padding[0, :40] = False
    padding[1, 100:] = False
    padding[2] = False
    short = padding[:, 30:47]
    long, wide = qkv(3, 4, 4, 150, 150, 12, 20), qkv(3, 4, 4, 17, 33, 20)
    return [
        Case("left, right and all", causal(filled), *long, padding),
        Case("replaced", causal(replaced), *long, padding),
        Case("as a mask of sdpa", causal(as_mask), *long, padding),
        Case("in a window", causal(filled, 7), *long, padding),
        Case("not causal", filled, *long, padding[:, None, None, :]),
        Case("one block", causal(filled), *qkv(3, 2, 2, 17, 17, 12), short),
        Case("any keys", filled, *wide, some(3, 1, 17, 33)),
        Case("one query", filled, *qkv(3, 4, 4, 1, 150, 12), padding[:, None, None, :]),
    ]


# [B, H, Sq, Skv] = [3, 4, 17, 33]: every way to broadcast to it.
MASK_SHAPES = (
    (17, 33),
    (1, 33),
    (17, 1),
    (1, 1, 17, 33),
    (3, 1, 17, 33),
    (1, 4, 1, 33),
    (3, 1, 1, 33),
    (3, 4, 17, 33),
    (1, 4, 17, 1),
    (4, 17, 33),
)


def masked(make: Callable[..., Tensor], compute: Callable[..., Tensor], part: int) -> list[Case]:
    """A third of the shapes: every kind of mask has some, every shape has several kinds."""
    return [
        Case(f"mask {list(shape)}", compute, *qkv(3, 4, 4, 17, 33, 20), make(*shape))
        for shape in MASK_SHAPES[part % 3 :: 3]
    ]


def some(*shape: int) -> Tensor:
    """A mask with rows that keep nothing, where it has more than one row."""
    keep = random(*shape, seed=7) > 0.3
    if shape[-2] > 1:
        keep[..., 1:3, :] = False
    return keep


def infinite(*shape: int) -> Tensor:
    return random(*shape, seed=8).masked_fill(~some(*shape), -math.inf)


def finite(*shape: int) -> Tensor:
    return torch.zeros(shape).masked_fill(~some(*shape), torch.finfo(torch.float32).min)


def later_keys_only() -> list[Case]:
    """The first blocks of keys are all excluded: the running maximum is -inf for a while."""
    mask = torch.zeros(40, 150, dtype=torch.bool)
    mask[:, 140:] = True
    bias = torch.zeros(40, 150).masked_fill(~mask, -math.inf)
    q = qkv(1, 2, 2, 40, 150, 16)
    causal = torch.ones(40, 40, dtype=torch.bool).tril()
    left = causal & (torch.arange(40) >= 30)
    return [
        Case("boolean", sdpa(), *q, mask),
        Case("infinite", sdpa(), *q, bias),
        Case("boolean, spelled", spelled, *q, mask),
        Case("infinite, spelled", spelled, *q, bias),
        Case("left padded", sdpa(), *qkv(1, 2, 2, 40, 40, 16), left),
        Case("scale 0.3", sdpa(scale=0.3), *q),
        Case("large scores", sdpa(scale=20.0), *q),
    ]


def contractions() -> list[Case]:
    def linear(rows: int, n: int, k: int, bias: bool) -> Case:
        weights = [random(n, k), random(n, seed=1)] if bias else [random(n, k)]
        return Case(
            f"linear {rows} x {n} x {k}, bias {bias}",
            lambda w, *rest: F.linear(rest[-1], w, *rest[:-1]),
            random(rows, k, seed=2),
            weights=weights,
        )

    def twice(w: Tensor, x: Tensor) -> Tensor:
        return torch.tanh(x @ w) @ w.t()

    def far(w: Tensor, b: Tensor, x: Tensor) -> Tensor:
        return F.linear(x, w, b)

    def repeated(x: Tensor, y: Tensor, z: Tensor, start: Tensor) -> Tensor:
        return torch.baddbmm(start, (x @ y).expand(7, -1, z.shape[1]), z)

    def residual(w: Tensor, b: Tensor, x: Tensor) -> Tensor:
        return x + F.linear(F.linear(x, w, b), w) + F.linear(x, w)

    return [
        *(linear(rows, n, k, bias) for rows, n, k, bias in CONTRACTIONS),
        Case("x @ w", lambda w, x: x @ w, random(17, 100), weights=[random(100, 45)]),
        Case("x @ w, one row", lambda w, x: x @ w, random(1, 100), weights=[random(100, 45)]),
        Case("x @ w + b", lambda w, b, x: x @ w + b, random(2, 17, 100), weights=[random(100, 70), random(70)]),
        Case("w @ x", lambda w, x: w @ x, random(100, 45), weights=[random(33, 100)]),
        Case("one weight, both ways", twice, random(9, 50), weights=[random(50, 37)]),
        Case("one weight, three times", residual, random(9, 50), weights=[random(50, 50), random(50)]),
        Case("added rows", lambda w, x, y: x @ w + y, random(9, 50), random(9, 37), weights=[random(50, 37)]),
        Case("added column", lambda w, x, y: x @ w + y, random(9, 50), random(9, 1), weights=[random(50, 37)]),
        Case("sum of two", lambda w, x, y: x @ w + y @ w, random(9, 50), random(9, 50, seed=5), weights=[random(50, 37)]),
        Case("activations", lambda x, y: x @ y, random(3, 17, 33), random(3, 33, 20)),
        Case("activations, transposed", lambda x, y: x @ y.transpose(1, 2), random(3, 17, 33), random(3, 20, 33)),
        Case("activations, both transposed", lambda x, y: x.mT @ y.mT, random(3, 33, 17), random(3, 20, 33)),
        Case("broadcast batch", lambda x, y: x @ y, random(3, 2, 5, 33), random(2, 33, 20)),
        Case("column", lambda x, y: x @ y, random(17, 300), random(300, 1)),
        Case("row", lambda x, y: x @ y, random(1, 300), random(300, 70)),
        Case("inner product", lambda x, y: x @ y, random(1, 3000), random(3000, 1, seed=1)),
        Case("einsum", lambda x, y: torch.einsum("bqhd,bkhd->bhqk", x, y), random(2, 5, 3, 12), random(2, 7, 3, 12)),
        Case("a row, repeated", lambda x, y: x.expand(65, -1) @ y, random(4), random(4, 17)),
        Case("a column, repeated", lambda x, y: x @ y[:, None].expand(-1, 300), random(9, 4), random(4)),
        Case("both repeated", lambda x, y: x.expand(70, -1) @ y[:, None].expand(-1, 90), random(5), random(5, seed=1)),
        Case("far from its bias", far, random(1, 1536), weights=[random(20, 1536, scale=0.01), random(20) + 100]),
        Case("rows far from it", far, random(9, 1536), weights=[random(20, 1536, scale=0.01), random(20) + 100]),
        Case("few terms, far from it", repeated, random(7, 1), random(1, 1), random(7, 16, 2), random(7, 7, 2) + 100),
        Case("addmm", lambda b, x, y: torch.addmm(b, x, y, beta=0.5, alpha=2.0), random(20), random(9, 40), random(40, 20)),
    ]


# rows, n, k, bias
CONTRACTIONS = (
    (1, 100, 300, True),
    (5, 33, 17, False),
    (7, 1, 40, True),
    (8, 31, 1, True),
    (13, 64, 600, True),
    (41, 65, 257, False),
    (100, 3, 256, True),
)


def softmaxes() -> list[Case]:
    x = random(3, 17, 33, scale=4.0)
    return [
        Case("last", lambda x: torch.softmax(x, -1), x),
        Case("middle", lambda x: torch.softmax(x, 1), x),
        Case("first", lambda x: torch.softmax(x, 0), x),
        Case("with a row of -inf", lambda x: torch.softmax(x, -1), infinite(3, 17, 33)),
        Case("long", lambda x: torch.softmax(x, -1), random(5, 1000, scale=4.0)),
        Case("of one", lambda x: torch.softmax(x, -1), random(300, 1)),
        Case("far apart", lambda x: torch.softmax(x, -1), random(40, 33, scale=200.0)),
    ]


def elementwise() -> list[Case]:
    x = torch.cat([random(1000, scale=5.0), torch.tensor([0.0, -0.0, 80.0, -80.0, 1e-6, -1e-6, 1e-30])])
    positive = torch.cat([random(1000, scale=5.0).abs() + 1e-3, torch.tensor([1e-30, 1e30, 1.0])])
    angles = torch.cat([torch.linspace(-40000, 40000, 2003), torch.arange(1, 400) * (math.pi / 2)])
    small = x.clamp(-60, 60)
    return [
        Case("resampled", lambda x: F.interpolate(x, size=(5, 33), mode="bilinear"), infinite(3, 17, 33)[None]),
        Case("resampled in cubes", lambda x: F.interpolate(x, size=(17, 9), mode="bicubic"), infinite(3, 17, 33)[None]),
        Case("exp", torch.exp, x),
        Case("exp, infinities", torch.exp, torch.tensor([math.inf, -math.inf, 0.0, 1.0, 100.0, -110.0, -87.5, 88.5])),
        Case("tanh", torch.tanh, x),
        Case("sigmoid", torch.sigmoid, x),
        Case("silu", F.silu, x),
        Case("log", torch.log, positive),
        Case("sqrt", torch.sqrt, positive),
        Case("rsqrt", torch.rsqrt, positive),
        Case("reciprocal", torch.reciprocal, positive),
        Case("sin", torch.sin, angles),
        Case("cos", torch.cos, angles),
        Case("sin, near zero", torch.sin, torch.tensor([x * s for x in (1e-3, 1e-10, 1e-20, 1e-38, 1e-40) for s in (1, -1)])),
        Case("power", lambda x: x**2.5, random(1000, scale=5.0).abs() + 1e-3),
        Case("cube", lambda x: x**3, x.clamp(-9, 9)),
        Case("minimum, maximum", lambda x, y: torch.minimum(x, y) - torch.maximum(y, x * 2), x, x.flip(0)),
        Case("clamp", lambda x: x.clamp(-1.5, 2.5) / 3 + x.relu() - x.abs(), x),
        Case("where", lambda x, y: torch.where(x > y, x - y, y * 0.1), random(3, 17, 33), random(17, 33)),
        Case("chain", lambda x, y: torch.exp(-(x * y).abs()) * torch.tanh(x + 1) / (1 + y * y), small, small.flip(0)),
        Case("outer", lambda x, y: torch.sigmoid(x[:, None] * y[None, :]), random(37), random(41)),
    ]


def reductions() -> list[Case]:
    x = random(3, 17, 33, seed=4) + 0.5
    return [
        Case("mean, last", lambda x: x.mean(-1), x),
        Case("mean, first", lambda x: x.mean(0), x),
        Case("sum, middle", lambda x: x.sum(1, keepdim=True), x),
        Case("sum, two", lambda x: x.sum((0, 2)), x),
        Case("largest", lambda x: x.amax(-1) - x.amax(1).sum(-1, keepdim=True), x),
        Case("long mean", lambda x: x.mean(-1), random(40, 5000) + 1),
        Case("long sum of columns", lambda x: x.sum(0), random(5000, 40) + 1),
        Case("normalized", lambda x: (x - x.mean(-1, keepdim=True)) * torch.rsqrt(x.square().mean(-1, keepdim=True)), x),
    ]


def neighbours_rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE as GPT-J has it, of heads that are transposed first."""
    x = x.transpose(1, 2)
    return x * cos + torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2) * sin


def moves() -> list[Case]:
    x, y = random(3, 17, 33), random(3, 5, 33)

    def rotated(x: Tensor) -> Tensor:
        first, second = x.chunk(2, dim=-1)
        return torch.cat([-second, first], dim=-1)

    def keep_some(x: Tensor, keep: Tensor) -> Tensor:
        both = torch.cat([keep, ~keep], dim=0)[1:-1]
        return x.masked_fill(both[:, None, :], 0.25)

    return [
        Case("cat", lambda x, y: torch.cat([x, y], 1) * 2, x, y),
        Case("cat, last", lambda x: torch.cat([x[..., 3:7], x, x[..., ::2]], -1), x),
        Case("slices", lambda x: x[1:, 2:-3:3, 5:] + 1, x),
        Case("rotated", rotated, random(2, 5, 20)),
        Case("neighbours rotated", neighbours_rotated, random(2, 5, 3, 20), random(5, 20), random(5, 20, seed=1)),
        Case("stack", lambda x: torch.stack([x, x * 2], 1).flatten(0, 1), x),
        Case("transposed", lambda x: x.transpose(0, 2).contiguous() + 0, x),
        Case("repeated", lambda x: x.repeat(2, 1, 3).repeat_interleave(2, dim=0), random(1, 5, 7)),
        Case("expanded", lambda x: x.expand(4, 5, 33) * 1.5, random(1, 5, 1)),
        Case("booleans moved", keep_some, random(4, 5, 7), random(3, 7) > 0),
        Case("triangle", lambda x: x.tril() - x.triu(2), random(2, 17, 33)),
        Case("compared", lambda x, y: ((x > 0) & (y < 1) | (x == y)).float() + x, x, x.flip(0)),
    ]


GROUPS = {
    "lengths": lengths,
    "crossed": crossed,
    "single-queries": single_queries,
    "bias": lambda: masked(lambda *shape: random(*shape, seed=9, scale=2.0), sdpa(), 0),
    "infinite": lambda: masked(infinite, sdpa(), 1),
    "finite": lambda: masked(finite, sdpa(), 2),
    "boolean": lambda: masked(some, sdpa(), 3),
    "infinite-nan": lambda: masked(infinite, spelled, 4),
    "boolean-nan": lambda: masked(some, spelled, 5),
    "filled": filled_masks,
    "later-keys": later_keys_only,
    "contractions": contractions,
    "softmaxes": softmaxes,
    "elementwise": elementwise,
    "reductions": reductions,
    "moves": moves,
}
