"""Composed operations of ATen in their steps, as the noise of rounding is measured in."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from buddy_attention.noise.plain_forms import FORMS
from ops.case import random


def test_plain_forms_take_what_their_operation_takes() -> None:
    implicit = torch._C.DispatchKey.CompositeImplicitAutograd
    count = 0
    for name, form in FORMS.items():
        packet = getattr(torch.ops.aten, name)
        for overload in packet.overloads():
            operation = getattr(packet, overload)
            arguments = operation._schema.arguments
            tensors = [a for a in arguments if str(a.type) == "Tensor"]
            if overload in ("dtype", "out") or not tensors or any(a.is_out for a in arguments):
                continue
            if operation.has_kernel_for_dispatch_key(implicit):
                continue  # made of others before it is seen
            given = [a.name for a in arguments if not a.kwarg_only]
            inspect.signature(form).bind(*given, **{a.name: None for a in arguments if a.kwarg_only})
            count += 1
    assert count >= len(FORMS)


PLAIN: dict[str, tuple[Any, ...]] = {
    "softplus": (2.0, 0.5),
    "elu": (0.7, 1.3, 0.9),
    "celu": (0.7,),
    "mean": ([1], True),
    "var": ([0],),
    "std": ([0, 1],),
    "logsumexp": ([1],),
    "linalg_vector_norm": (3, [0]),
    "_softmax": (0, False),
    "_log_softmax": (1, False),
    "_safe_softmax": (1,),
    "norm": (3, [0], True),
    "native_layer_norm": ([6], random(6).double(), None, 0.01),
    "native_group_norm": (None, random(8).double(), 3, 8, 6, 4, 0.01),
    "native_batch_norm": (None, None, random(8).double(), random(8).double().abs(), False, 0.1, 0.01),
    "_weight_norm_interface": (random(8, 1).double(), 0),
    "addcmul": (random(8, 6, seed=1).double(), random(8, 6, seed=2).double()),
    "addcdiv": (random(8, 6, seed=1).double(), random(8, 6, seed=2).double()),
    "lerp": (random(8, 6, seed=1).double(), 0.3),
    "add": (random(8, 6, seed=1).double(), 3),
    "remainder": (0.7,),
    "fmod": (0.7,),
    "pow": (-2,),
    "upsample_linear1d": ([13], False),
    "upsample_bilinear2d": ([3, 9], True),
    "upsample_bicubic2d": ([13, 4], False, None, None),
}


@pytest.mark.parametrize("name", [*PLAIN, "sigmoid", "silu", "gelu", "mish", "log_sigmoid_forward", "hardswish", "glu"])
def test_plain_forms_give_what_their_operation_gives(name: str) -> None:
    x, arguments = random(3, 8, 6).double(), PLAIN.get(name, ())
    if "2d" in name:
        x = x[None]
    elif name not in ("native_group_norm", "native_batch_norm", "upsample_linear1d"):
        x = x[0]
    operation = getattr(torch.ops.aten, name)
    right, form = operation(x, *arguments) if name != "add" else torch.add(x, arguments[0], alpha=3), FORMS[name]
    ours = form(x, *arguments)
    right, ours = (value[0] if isinstance(value, tuple) else value for value in (right, ours))
    torch.testing.assert_close(ours, right, rtol=1e-12, atol=1e-12)
