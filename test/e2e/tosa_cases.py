"""Functions of graph ops, their inputs, and the same in PyTorch: for test_tosa_numbers.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F


@dataclass
class Case:
    body: str  # "$i0", "$i1" are the inputs' types, "$r" the result's; "%i0", ... the values, "%r"
    inputs: list[np.ndarray]
    reference: Callable[..., torch.Tensor]
    ulps: float = 0.0  # extra error allowed, in ulps of each element

    def expected(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The result in float64, and in eager's own float32."""
        tensors = [torch.from_numpy(array) for array in self.inputs]
        wide = [t.double() if t.is_floating_point() else t for t in tensors]
        return self.reference(*wide), self.reference(*tensors)


RNG = np.random.default_rng(0)


def normal(*shape: int, scale: float = 1.0) -> np.ndarray:
    return (RNG.standard_normal(shape) * scale).astype(np.float32)


def uniform(low: float, high: float, *shape: int) -> np.ndarray:
    return RNG.uniform(low, high, shape).astype(np.float32)


def attention_case(
    heads=2,
    kv_heads=2,
    queries=5,
    keys=5,
    keep=None,
    bias=None,
    causal=False,
    empty_rows="zero",
    scale=0.5,
    batch=2,
    dim=8,
    dv=None,
    spread=2.0,
) -> Case:
    dv = dv or dim
    # Scores with a standard deviation of several: a softmax that is nearly uniform hides errors.
    inputs = [
        normal(batch, heads, queries, dim, scale=spread),
        normal(batch, kv_heads, keys, dim, scale=spread),
        normal(batch, kv_heads, keys, dv),
    ]
    words = ""
    if keep is not None:
        words += f" keep %i{len(inputs)} : $i{len(inputs)}"
        inputs.append(keep)
    if bias is not None:
        words += f" bias %i{len(inputs)} : $i{len(inputs)}"
        inputs.append(bias)
    flag = " causal" if causal else ""
    attr = f' {{empty_rows = "{empty_rows}"}}' if empty_rows != "zero" else ""
    body = f"%r = graph.attention %i0, %i1, %i2{words} scale {scale:e}{flag}{attr} : ($i0, $i1, $i2) -> $r"

    def reference(q, k, v, *masks):
        masks = list(masks)
        k, v = (x.repeat_interleave(heads // kv_heads, dim=1) for x in (k, v))
        scores = q @ k.transpose(2, 3) * scale
        kept = masks.pop(0) if keep is not None else torch.ones(1, dtype=torch.bool)
        if bias is not None:
            scores = scores + masks.pop(0)
        if causal:
            kept = kept & torch.ones(queries, keys, dtype=torch.bool).tril()
        scores = scores.masked_fill(~kept, -math.inf)
        weights = torch.softmax(scores, dim=-1)
        if empty_rows != "nan":
            value = 0.0 if empty_rows == "zero" else 1 / keys
            weights = weights.masked_fill((scores == -math.inf).all(-1, keepdim=True), value)
        return weights @ v

    return Case(body, inputs, reference)


def rope_case(x_shape, table_shape, interleaved=False) -> Case:
    def reference(x, cos, sin):
        half = x.shape[-1] // 2
        if interleaved:
            rotated = torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
        else:
            rotated = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
        return x * cos + rotated * sin

    angles = uniform(0, 6, *table_shape)
    return Case(
        f"%r = graph.rope %i0, %i1, %i2{' interleaved' if interleaved else ''} : ($i0, $i1, $i2) -> $r",
        [normal(*x_shape), np.cos(angles), np.sin(angles)],
        reference,
    )


def unary(name: str, array: np.ndarray, reference, ulps: float) -> Case:
    return Case(f"%r = graph.{name} %i0 : $r", [array], reference, ulps)


def binary(name: str, a: np.ndarray, b: np.ndarray, reference, ulps: float = 0.0) -> Case:
    return Case(f"%r = graph.{name} %i0, %i1 : ($i0, $i1) -> $r", [a, b], reference, ulps)


def slice_case(shape, dim, start, end, step) -> Case:
    index = (slice(None),) * dim + (slice(start, end, step),)
    return Case(
        f"%r = graph.slice %i0 dim {dim} from {start} to {end} step {step} : $i0 to $r",
        [normal(*shape)],
        lambda x: x[index],
    )


def left_padding(batch: int, keys: int, padded: list[int]) -> np.ndarray:
    keep = np.ones((batch, 1, 1, keys), dtype=bool)
    for row, count in enumerate(padded):
        keep[row, :, :, :count] = False
    return keep


def cases() -> dict[str, Case]:
    none_kept = left_padding(2, 5, [5, 2])
    random_keep = RNG.random((2, 1, 5, 5)) < 0.5
    random_keep[0, 0, 3] = False
    infinite = normal(2, 2, 5, 5)
    infinite[:, :, 1] = -np.inf
    infinite[:, :, 2, :3] = -np.inf
    finite_fill = np.where(left_padding(2, 5, [5, 1]), 0, np.finfo(np.float32).min)
    extremes = np.array(
        [1e-40, -1e-40, 1e-38, 1e38, -3e38, 0.3, np.inf, 0.0, -0.0, 7.0, np.nan, 2e19], dtype=np.float32
    )
    rows_of_infinity = normal(3, 4)
    rows_of_infinity[1] = -np.inf
    a, b = normal(3, 1, 4), normal(2, 4)
    nans = np.array([1, np.nan, 2, -0.0], dtype=np.float32)
    twos = np.array([1, 1, np.nan, 0.0], dtype=np.float32)
    bools = np.array([[False, False, True, True]]), np.array([[False, True, False, True]])
    integers = np.array([[-7, 3, 0], [1 << 20, -5, 2]], dtype=np.int64)
    comparisons = {"eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge}
    result = {
        "attention": attention_case(),
        "attention-causal": attention_case(causal=True),
        "attention-causal-rectangular": attention_case(causal=True, queries=3, keys=6),
        "attention-gqa": attention_case(heads=6, kv_heads=2, causal=True),
        "attention-values-wider": attention_case(dv=3),
        "attention-one-query": attention_case(queries=1, keys=1, causal=True),
        "attention-large-scores": attention_case(spread=20.0, causal=True),
        "attention-keep-zero": attention_case(keep=none_kept, heads=4),
        "attention-keep-nan": attention_case(keep=none_kept, empty_rows="nan"),
        "attention-keep-causal-gqa": attention_case(keep=none_kept, heads=4, causal=True),
        "attention-keep-causal-nan": attention_case(keep=none_kept, causal=True, empty_rows="nan"),
        "attention-keep-mean": attention_case(keep=none_kept, heads=4, empty_rows="mean"),
        "attention-keep-causal-mean": attention_case(keep=none_kept, causal=True, empty_rows="mean"),
        "attention-keep-full": attention_case(keep=random_keep),
        "attention-keep-low-rank": attention_case(keep=np.array([True, False, True, True, False])),
        "attention-bias": attention_case(bias=normal(5, 5)),
        "attention-bias-infinite-zero": attention_case(bias=infinite),
        "attention-bias-infinite-nan": attention_case(bias=infinite, empty_rows="nan"),
        "attention-bias-finite-fill": attention_case(bias=finite_fill.astype(np.float32)),
        "attention-keep-bias-causal": attention_case(keep=random_keep, bias=normal(1, 2, 1, 5), causal=True),
        "layer_norm": Case(
            "%r = graph.layer_norm %i0 weight %i1 : $i1 bias %i2 : $i2 dims 1 epsilon 1.0e-05 : $r",
            [normal(2, 5, 37) + 3, normal(37), normal(37)],
            lambda x, w, b: F.layer_norm(x, (37,), w, b),
        ),
        "layer_norm-dims": Case(
            "%r = graph.layer_norm %i0 dims 2 epsilon 0.1 : $r",
            [normal(2, 5, 7)],
            lambda x: F.layer_norm(x, (5, 7), eps=0.1),
        ),
        "gelu": Case('%r = graph.gelu %i0 "none" : $r', [normal(5, 37, scale=3)], F.gelu, ulps=1),
        "gelu-tanh": Case(
            '%r = graph.gelu %i0 "tanh" : $r', [normal(5, 37, scale=3)], lambda x: F.gelu(x, approximate="tanh"), ulps=1
        ),
        "erf": Case("%r = graph.erf %i0 : $r", [normal(5, 37)], torch.erf, ulps=1),
        "rope": rope_case((2, 3, 5, 8), (5, 8)),
        "rope-batched-table": rope_case((2, 3, 5, 8), (2, 1, 5, 8)),
        "rope-rank-2": rope_case((5, 2), (5, 2)),
        "rope-interleaved": rope_case((2, 3, 5, 8), (2, 1, 5, 8), interleaved=True),
        "rope-interleaved-rank-2": rope_case((5, 2), (5, 2), interleaved=True),
        "floor": Case("%r = graph.floor %i0 : $r", [extremes], torch.floor),
        "softmax": Case("%r = graph.softmax %i0 dim 2 : $r", [normal(2, 3, 7, scale=5)], lambda x: x.softmax(2), 2),
        "softmax-dim-0": Case("%r = graph.softmax %i0 dim 0 : $r", [normal(4, 3)], lambda x: x.softmax(0), 2),
        "softmax-row-of-infinity": Case(
            "%r = graph.softmax %i0 dim 1 : $r", [rows_of_infinity], lambda x: x.softmax(1), 2
        ),
        "sum": Case(
            "%r = graph.sum %i0 [0, 2] : $i0 to $r", [normal(2, 3, 4)], lambda x: x.sum((0, 2), keepdim=True), 2
        ),
        "sum-int": Case("%r = graph.sum %i0 [1] : $i0 to $r", [integers], lambda x: x.sum(1, keepdim=True)),
        "mean": Case(
            "%r = graph.mean %i0 [1] : $i0 to $r", [uniform(1, 2, 3, 7)], lambda x: x.mean(1, keepdim=True), 2
        ),
        "amax": Case("%r = graph.amax %i0 [1] : $i0 to $r", [rows_of_infinity], lambda x: x.amax(1, keepdim=True)),
        "amax-bool": Case("%r = graph.amax %i0 [1] : $i0 to $r", [bools[0]], lambda x: x.amax(1, keepdim=True)),
        "linear": Case(
            "%r = graph.linear %i0, %i1 bias %i2 : $i2 : ($i0, $i1) -> $r",
            [normal(2, 3, 8), normal(5, 8), normal(5)],
            F.linear,
        ),
        "linear-vector": Case("%r = graph.linear %i0, %i1 : ($i0, $i1) -> $r", [normal(8), normal(5, 8)], F.linear),
        "matmul": binary("matmul", normal(2, 3, 4, 5), normal(2, 3, 5, 6), torch.matmul),
        "matmul-rank-2": binary("matmul", normal(4, 5), normal(5, 6), torch.matmul),
        "matmul-one-right": binary("matmul", normal(2, 3, 4, 5), normal(1, 5, 6), torch.matmul),
        "matmul-broadcast": binary("matmul", normal(2, 1, 4, 5), normal(3, 5, 6), torch.matmul),
        "add": binary("add", a, b, torch.add),
        "sub-scalar": binary("sub", np.array(2.5, dtype=np.float32), b, torch.sub),
        "mul": binary("mul", a, b, torch.mul),
        "mul-int": binary("mul", integers, integers[:1] % 7, torch.mul),
        "add-bool": binary("add", *bools, torch.add),
        "mul-bool": binary("mul", *bools, torch.mul),
        "div": binary("div", normal(64, 64), normal(64, 64), torch.div, 1.5),
        "div-extremes": binary(
            "div", np.repeat(extremes, extremes.size), np.tile(extremes, extremes.size), torch.div, 2
        ),
        "pow": binary("pow", uniform(0.1, 3, 8), uniform(-2, 2, 8), torch.pow, 2),
        "maximum": binary("maximum", nans[:3], twos[:3], torch.maximum),
        "minimum": binary("minimum", nans[:3], twos[:3], torch.minimum),
        "neg": unary("neg", np.array([1.0, -0.0, np.inf], dtype=np.float32), torch.neg, 0),
        "neg-int": unary("neg", integers, torch.neg, 0),
        "abs": unary("abs", normal(9), torch.abs, 0),
        "exp": unary("exp", uniform(-20, 20, 50), torch.exp, 2),
        "log": unary("log", uniform(0.1, 20, 50), torch.log, 2),
        "sqrt": unary("sqrt", np.array([0, -0.0, 1e-40, 2, 1e38, np.inf, -1], dtype=np.float32), torch.sqrt, 1.5),
        "rsqrt": unary("rsqrt", uniform(0.1, 9, 50), torch.rsqrt, 2),
        "reciprocal": unary("reciprocal", uniform(0.1, 9, 50), torch.reciprocal, 1),
        "sin": unary("sin", uniform(-9, 9, 50), torch.sin, 2),
        "cos": unary("cos", uniform(-9, 9, 50), torch.cos, 2),
        "tanh": unary("tanh", uniform(-3, 3, 50), torch.tanh, 4),
        "sigmoid": unary("sigmoid", uniform(-9, 9, 50), torch.sigmoid, 4),
        "not": unary("logical_not", bools[0], torch.logical_not, 0),
        "and": binary("logical_and", *bools, torch.logical_and),
        "or": binary("logical_or", *bools, torch.logical_or),
        "xor": binary("logical_xor", *bools, torch.logical_xor),
        "where": Case(
            "%r = graph.where %i0, %i1, %i2 : ($i0, $i1, $i2) -> $r",
            [np.array([[True], [False]]), normal(3), normal(2, 3)],
            torch.where,
        ),
        "to-int": Case(
            "%r = graph.convert %i0 : $i0 to $r",
            [np.array([-1.7, -0.5, 0.5, 1.5, 2.5, 1e6], dtype=np.float32)],
            lambda x: x.long(),
        ),
        "to-bool": Case(
            "%r = graph.convert %i0 : $i0 to $r",
            [np.array([0, -0.0, 0.5, np.nan], dtype=np.float32)],
            lambda x: x.bool(),
        ),
        "int-to-bool": Case("%r = graph.convert %i0 : $i0 to $r", [integers], lambda x: x.bool()),
        "bool-to-float": Case("%r = graph.convert %i0 : $i0 to $r", [bools[1]], lambda x: x.float()),
        "bool-to-int": Case("%r = graph.convert %i0 : $i0 to $r", [bools[1]], lambda x: x.long()),
        "int-to-float": Case("%r = graph.convert %i0 : $i0 to $r", [integers], lambda x: x.float()),
        "reshape": Case("%r = graph.reshape %i0 : $i0 to $r", [normal(2, 3, 4)], lambda x: x.reshape(6, 4)),
        "permute": Case(
            "%r = graph.permute %i0 [2, 0, 1] : $i0 to $r", [normal(2, 3, 4)], lambda x: x.permute(2, 0, 1)
        ),
        "expand": Case("%r = graph.expand %i0 : $i0 to $r", [normal(3, 1)], lambda x: x.expand(2, 3, 4)),
        "cat": Case(
            "%r = graph.cat %i0, %i1 dim 1 : ($i0, $i1) -> $r",
            [normal(2, 3), normal(2, 2)],
            lambda x, y: torch.cat((x, y), 1),
        ),
        "slice": slice_case((4, 7, 2), 1, 2, 5, 1),
        "slice-step-fits": slice_case((4, 7, 2), 1, 1, 7, 2),
        "slice-step-padded": slice_case((4, 7, 2), 1, 0, 7, 3),
        "slice-step-last": slice_case((4, 7), 1, 2, 7, 4),
        "slice-step-beyond": slice_case((4, 7), 0, 1, 4, 1000),
        "tril": Case("%r = graph.tril %i0 diagonal 0 : $r", [normal(2, 3, 5)], torch.tril),
        "tril-below": Case("%r = graph.tril %i0 diagonal -2 : $r", [normal(4, 4)], lambda x: x.tril(-2)),
        "triu-above": Case("%r = graph.triu %i0 diagonal 1 : $r", [normal(4, 4)], lambda x: x.triu(1)),
        # The largest number that is no expression of sizes: the import brings larger ones down to it.
        "triu-far": Case("%r = graph.triu %i0 diagonal 268435456 : $r", [normal(4, 4)], lambda x: x.triu(100)),
        "tril-bool": Case("%r = graph.tril %i0 diagonal 0 : $r", [np.ones((4, 4), dtype=bool)], torch.tril),
        "arange": Case(
            "%0 = graph.arange 2 : i64 step 3 : i64 : $r\n%r = graph.add %0, %i0 : ($r, $i0) -> $r",
            [np.zeros(5, dtype=np.int64)],
            lambda x: torch.arange(2, 17, 3) + x,
        ),
        "constant-int": Case(
            "%0 = graph.constant dense<[5, -6]> : $i0\n%r = graph.add %0, %i0 : ($r, $i0) -> $r",
            [np.array([1, 2], dtype=np.int64)],
            lambda x: x + torch.tensor([5, -6]),
        ),
    }
    for name, reference in comparisons.items():
        result[name] = binary(name, nans, twos, reference)
        result[name + "-bool"] = binary(name, *bools, reference)
    for divisor, ulps in ((8.0, 0.0), (3.0, 1.5), (1e-40, 2)):
        result[f"div-by-{divisor}"] = Case(
            f"%0 = graph.constant dense<{divisor:e}> : tensor<f32>\n%r = graph.div %i0, %0 : ($i0, tensor<f32>) -> $r",
            [normal(50)],
            lambda x, d=float(np.float32(divisor)): x / d,
            ulps,
        )
    for exponent in (2.0, 3.0, 0.5, -0.5, -1.0, -2.0, 1.0, 2.5):
        result[f"pow-{exponent}"] = Case(
            f"%0 = graph.constant dense<{exponent:e}> : tensor<f32>\n%r = graph.pow %i0, %0 : ($i0, tensor<f32>) -> $r",
            [uniform(0.1, 4, 50)],
            lambda x, e=exponent: x**e,
            4,
        )
    return result


CASES = cases()
