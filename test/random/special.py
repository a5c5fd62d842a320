"""Operations whose arguments depend on each other: what the table's kinds alone do not say.

COMPANIONS chooses tensors of an operation and what must fit them, VALUES one argument by its name. An operation
that has no line here is called with whatever its kinds allow, until eager PyTorch takes it.
"""

from __future__ import annotations

from collections.abc import Callable

import images
import indexing
import products
import shapes
from builder import Builder
from operands import Chosen, float_value, positive, whole
from values import random_shape


def _given(name: str | None) -> Chosen | None:
    return {"self": name} if name else None


COMPANIONS: dict[str, Callable[[Builder], Chosen | None]] = {
    "matmul": products.matmul,
    "mm": products.mm,
    "bmm": products.bmm,
    "addmm": products.addmm,
    "baddbmm": products.baddbmm,
    "linear": products.linear,
    "outer": products.outer,
    "ger": products.outer,
    "einsum": products.einsum,
    "scaled_dot_product_attention": products.sdpa,
    "conv1d": images.convolution(1),
    "conv2d": images.convolution(2),
    "conv3d": images.convolution(3),
    "im2col": images.im2col,
    "adaptive_avg_pool1d": images.image(1, divides=True),
    "adaptive_avg_pool2d": images.image(2, divides=True),
    "upsample_nearest1d": images.image(1),
    "upsample_linear1d": images.image(1),
    "upsample_nearest2d": images.image(2),
    "upsample_bilinear2d": images.image(2),
    "upsample_bicubic2d": images.image(2),
    "layer_norm": images.layer_norm,
    "rms_norm": images.layer_norm,
    "group_norm": images.channel_norm,
    "batch_norm": images.channel_norm,
    "_weight_norm": images.weight_norm,
    "view": shapes.reshape("size"),
    "_unsafe_view": shapes.reshape("size"),
    "reshape": shapes.reshape("shape"),
    "view_as": shapes.reshape_as,
    "reshape_as": shapes.reshape_as,
    "unflatten": shapes.unflatten,
    "expand": shapes.expand,
    "broadcast_to": shapes.expand,
    "repeat": shapes.repeat("repeats"),
    "tile": shapes.repeat("dims"),
    "slice": shapes.slices,
    "select": shapes.place,
    "narrow": shapes.place,
    "split_with_sizes": shapes.split("split_sizes:sizes"),
    "chunk": shapes.split("chunks:chunks"),
    "unbind": shapes.split(":"),
    "slice_scatter": shapes.scatter,
    "select_scatter": shapes.select_scatter,
    "cat": shapes.cat,
    "concat": shapes.cat,
    "concatenate": shapes.cat,
    "stack": shapes.stack,
    "meshgrid": shapes.meshgrid,
    "pad": shapes.pad,
    "constant_pad_nd": shapes.pad,
    "roll": shapes.roll,
    "diff": shapes.diff,
    "norm": shapes.norm,
    "linalg_vector_norm": shapes.norm,
    "embedding": indexing.embedding,
    "index_select": indexing.index_select,
    "gather": indexing.gather,
    "index": indexing.index,
    "index_copy": indexing.index_copy,
    "index_put": indexing.index_put,
    "copy": indexing.copy,
    "arange": indexing.arange,
    # Functions of floats that are not defined everywhere.
    **{name: lambda b: {"self": positive(b)} for name in ("log", "sqrt", "rsqrt", "log1p")},
    # Whether an open size is 1, and falls away, torch.export decides once for all runs.
    "squeeze": lambda b: _given(b.pick(lambda n: all(b.is_fixed(n, dim) for dim in range(b.rank(n))))),
    # Of whole numbers: of floats they are refused by name.
    **{name: lambda b: {"self": whole(b), "other": b.rng.choice("23579")} for name in ("floor_divide", "remainder")},
    # Below two dimensions these are old habits that PyTorch warns of.
    **{name: lambda b: _given(shapes.any_value(b, 2)) for name in ("mT", "mH", "adjoint", "numpy_T", "matrix_H")},
    # torch.export makes a copy of what eager gives as it is: of a value that nobody else has.
    "lift_fresh": lambda b: _given((name := b.pick()) and f"{name}.clone()"),
    "flip": shapes.flip,
    "mean": lambda b: {"self": float_value(b, 0)},
    "glu": lambda b: {"self": float_value(b, 1, 5, lambda n: b.is_fixed(n, -1) and b.shape(n)[-1] % 2 == 0)},
    "pow": lambda b: {"self": positive(b), "exponent": b.rng.choice(("2", "3", "0.5", "-1", "1.7", positive(b)))},
}
#: The same where an overload has other arguments: "split.sizes".
OVERLOADS: dict[str, Callable[[Builder], Chosen | None]] = {
    "remainder.Tensor": lambda b: {"self": whole(b), "other": f"({whole(b)}.abs() + 1)"},
    "remainder.Scalar_Tensor": lambda b: {"self": "7", "other": f"({whole(b)}.abs() + 1)"},
    "convolution.default": images.plain_convolution,
    "split.Tensor": shapes.split("split_size:size"),
    "split.sizes": shapes.split("split_size:sizes"),
    "movedim.intlist": shapes.movedim,
    "moveaxis.intlist": shapes.movedim,
    "pow.Scalar": lambda b: {"self": b.rng.choice(("2", "0.5", "1.7")), "exponent": float_value(b, 0)},
    "pow.Tensor_Tensor": lambda b: {"self": positive(b), "exponent": float_value(b, 0)},
    "pow.Tensor_Scalar": lambda b: {
        "self": positive(b),
        "exponent": b.rng.choice(("2", "3", "0.5", "-1", "1.7", "-0.5")),
    },
}


VALUES: dict[tuple[str, str], Callable[[Builder, Chosen], str]] = {
    ("", "dropout_p"): lambda b, chosen: "0.0",
    ("", "train"): lambda b, chosen: "False",
    ("", "training"): lambda b, chosen: "False",
    ("", "p"): lambda b, chosen: b.rng.choice(("0.0", "0.5")),
    ("", "approximate"): lambda b, chosen: b.rng.choice(('"none"', '"tanh"')),
    ("", "indexing"): lambda b, chosen: b.rng.choice(('"ij"', '"xy"')),
    ("", "padding"): lambda b, chosen: b.rng.choice(("0", "1", "[1]", '"same"', '"valid"')),
    ("", "stride"): lambda b, chosen: b.rng.choice(("1", "2", "[2]")),
    ("", "dilation"): lambda b, chosen: b.rng.choice(("1", "2")),
    ("", "device"): lambda b, chosen: 'torch.device("cpu")',
    ("_assert_async", "self"): lambda b, chosen: "torch.ones((), dtype=torch.bool)",
    ("new_empty", "size"): lambda b, chosen: str(list(random_shape(b.rng, False, 100))),
    ("_assert_scalar", "self"): lambda b, chosen: f"{b.pick(b.rank) or 'torch.ones(1)'}.shape[0] >= 0",
    ("", "assert_msg"): lambda b, chosen: '"a size"',
    ("", "accumulate"): lambda b, chosen: "False",
    ("", "half_to_float"): lambda b, chosen: "False",
    ("", "rounding_mode"): lambda b, chosen: "None",
    ("", "align_corners"): lambda b, chosen: b.rng.choice(("True", "False")),
    ("", "diagonal"): lambda b, chosen: str(b.rng.randint(-3, 5)),
    ("repeat_interleave", "repeats"): lambda b, chosen: str(b.rng.randint(1, 4)),
    ("softplus", "beta"): lambda b, chosen: b.rng.choice(("1", "0.5", "2.0")),
    ("celu", "alpha"): lambda b, chosen: b.rng.choice(("1.0", "0.5", "2.0")),
}
