"""What cannot be compiled: the function, its inputs, and words that the report must hold."""

import torch
import torch.nn.functional as F
from torch._higher_order_ops.while_loop import while_loop

from .case import integers, normal

x = normal(2, 3, 4)


class ChangesParameter(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(3), requires_grad=False)

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        self.weight.add_(a)
        return self.weight * 2


def changed_after_a_perhaps_copy(a: torch.Tensor) -> torch.Tensor:
    a = a.clone()
    same = a.to(memory_format=torch.channels_last)  # a copy but for tensors that lie like that
    a.add_(1)
    return same


class Recurrent(torch.nn.Module):
    def __init__(self, kind: type[torch.nn.RNNBase]) -> None:
        super().__init__()
        self.layer = kind(4, 3)

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        return self.layer(a)[0]


def size_from_item(a: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    end = n.item()
    torch._check(0 <= end)
    torch._check(end <= 6)
    return a[:end].sum()


def shape_from_item(a: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    size = n.item()
    torch._check_is_size(size)
    return torch.zeros(size).sum() + a


def looped(a: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    return while_loop(lambda i, b: i < 5, lambda i, b: (i + 1, b * 2), (n, a))[1]


class HalfWeights(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(4, 3).half()

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        return self.linear(a.half()).float()


CASES = {
    "max-of-bools": (lambda a: (a > 0).max(-1)[0], (x,), "aten.max.dim"),
    "in-place": (lambda a: a.clone().cumprod_(0), (x,), "aten.cumprod_.default", "without the underscore"),
    "changed-input": (lambda a: a.add_(1), (x,), "changes its input 'inputs_0'", "register_buffer"),
    "changed-through-a-view": (lambda a: a[0].add_(1), (x,), "changes its input 'inputs_0'"),
    "changed-after-a-perhaps-copy": (
        changed_after_a_perhaps_copy,
        (normal(2, 3, 4, 5),),
        "aten.to.dtype_layout",
        "is a view or a copy",
        ".clone()",
    ),
    "index-put-adds": (
        lambda a: a.index_put((torch.tensor([0]),), a[0], accumulate=True),
        (x,),
        "aten.index_put.default",
        "accumulate",
    ),
    "index-put-two": (
        lambda a: a.index_put((torch.tensor([0]), torch.tensor([1])), a[0, 0]),
        (x,),
        "aten.index_put.default",
        "more than one dimension",
    ),
    "index-copy-outside": (lambda a: a.index_copy(0, torch.tensor([2]), a[:1]), (x,), "IndexError", "size 2"),
    "index-by-mask": (lambda a: a[torch.tensor([True, False, True])], (normal(3, 4),), "it chooses by a mask"),
    "floor-divide-of-floats": (lambda a: a // 2, (normal(3),), "aten.floor_divide.default", "torch.floor"),
    "remainder-of-floats": (lambda a: a % 2, (normal(3),), "aten.remainder.Scalar", "torch.floor"),
    "remainder-by-zero": (lambda a: a % 0, (integers(3),), "aten.remainder.Scalar", "zero"),
    "a-generator": (lambda a: a + torch.randn(3, generator=torch.Generator()), (normal(3),), "object of Python", "make tensors of it"),
    "integer-bits": (lambda a: a & 1, (integers(3),), "aten.__and__.Scalar"),
    "integer-power": (lambda a, b: a**b, (integers(3), integers(3)), "aten.pow.Tensor_Tensor"),
    "matrix-vector": (lambda a, b: a @ b, (normal(3, 4), normal(4)), "aten.matmul.default"),
    "cumprod-and-logcumsumexp": (
        lambda a, b: F.embedding(a, b) + torch.cumprod(b, -1)[:3] + torch.logcumsumexp(b, -1)[:3],
        (integers(3), normal(8, 4)),
        "2 operations",
        "aten.cumprod.default",
        "aten.logcumsumexp.default",
    ),
    "dropout-in-training": (lambda a: F.dropout(a, 0.1, True), (x,), "aten.dropout.default"),
    "sdpa-dropout": (
        lambda q: F.scaled_dot_product_attention(q, q, q, dropout_p=0.5),
        (normal(1, 2, 3, 4),),
        "aten.scaled_dot_product_attention.default",
    ),
    "uninitialized": (lambda a: torch.empty(3) + a, (normal(3),), "aten.empty.memory_format"),
    "random": (lambda a: a + torch.randn(3), (normal(3),), "aten.randn.default"),
    "sort": (lambda a: a.sort(-1)[0], (x,), "aten.sort.default"),
    "topk": (lambda a: a.topk(2)[0], (x,), "aten.topk.default"),
    "bit-cast": (lambda a: a.view(torch.int32), (normal(3),), "aten.view.dtype"),
    "changed-parameter": (ChangesParameter(), (normal(3),), "changes its parameter 'weight'", "register_buffer"),
    "float16-output": (lambda a: a.half() * 2, (x,), "'output0'", "float16", "not supported", ".float()"),
    "bfloat16-input": (lambda a: a * 2, (x.bfloat16(),), "'inputs_0'", "bfloat16", "not supported", ".float()"),
    "float16-weights": (HalfWeights(), (normal(2, 4),), "'linear.weight'", "float16", "not supported"),
    "int8-output": (lambda a: a.to(torch.int8), (x,), "'output0'", "int8", "not supported"),
    "complex-output": (lambda a: torch.view_as_complex(a), (normal(3, 2),), "complex64", "not supported"),
    "number-as-output": (lambda a: (a, 3), (normal(3),), "output 1", "not a tensor"),
    "no-elements": (lambda a: a[:0], (normal(3),), "'output0'", "no elements"),
    "no-elements-as-input": (lambda a, b: a.sum() + b, (normal(0, 3), normal(3)), "'inputs_0'", "no elements"),
    "item-as-number": (lambda a, n: a * n.item(), (normal(3), torch.tensor(3)), "aten.mul.Tensor", "'other' is the number u0", ".item()"),
    "item-computed-with": (lambda a, n: a + n.item() * 2, (normal(3), torch.tensor(3)), "aten.add.Tensor", "2*u0", ".item()"),
    "item-of-floats": (lambda a, n: a * (n.item() + 1.5), (normal(3), torch.tensor(3.0)), "aten.mul.Tensor", "zuf0", ".item()"),
    "item-as-end": (size_from_item, (normal(6), torch.tensor(3)), "aten.slice.Tensor", "u0", ".item()"),
    "item-as-shape": (shape_from_item, (normal(6), torch.tensor(3)), "aten.zeros.default", "u0", ".item()"),
    "tolist": (lambda a, n: a * n.tolist()[1], (normal(3), integers(2)), "aten.mul.Tensor", ".tolist()"),
    "nonzero": (lambda a: a.nonzero().sum() + a, (normal(3),), "aten.nonzero.default", "only a run knows"),
    "masked-select": (lambda a: a.masked_select(a > 0).sum(), (normal(3),), "aten.masked_select.default", "only a run knows"),
    "repeat-interleave": (lambda a, n: a.repeat_interleave(n).sum(), (normal(3), integers(3)), "aten.repeat_interleave.self_Tensor", "only a run knows"),
    "unique": (lambda a: torch.unique(a).sum(), (normal(3),), "aten._unique2.default", "only a run knows"),
    "size-of-elements": (lambda a: a.nonzero(), (normal(3),), "'output0' has the size u0", "only a run knows"),
    "cond": (lambda a: torch.cond(a.sum() > 0, lambda b: b + 1, lambda b: b - 1, (a,)), (normal(3),), "higher_order.cond", "case.py"),
    "while-loop": (looped, (normal(3), torch.tensor(0)), "higher_order.while_loop", "case.py"),
    "lstm": (Recurrent(torch.nn.LSTM), (normal(5, 2, 4),), "aten.lstm.input"),
    "gru": (Recurrent(torch.nn.GRU), (normal(5, 2, 4),), "aten.gru.input"),
    "scatter": (lambda a, i: a.scatter(1, i, 1.0), (normal(3, 4), integers(3, 2, high=4)), "aten.scatter.value"),
    "transposed-convolution": (lambda a, w: F.conv_transpose2d(a, w), (normal(1, 3, 5, 5), normal(3, 4, 2, 2)), "aten.conv_transpose2d.input"),
    "transposed-convolution-in-general": (
        lambda a, w: torch.ops.aten.convolution(a, w, None, [1], [0], [1], True, [0], 1),
        (normal(1, 3, 5), normal(3, 4, 2)),
        "aten.convolution.default",
        "transposed",
    ),
    "max-pool-with-indices": (lambda a: F.max_pool2d(a, 2, return_indices=True)[1], (normal(1, 2, 4, 4),), "aten.max_pool2d_with_indices.default"),
    "large-window": (lambda a, w: F.conv1d(a, w), (normal(1, 2, 400), normal(1, 2, 300)), "aten.conv1d.default", "300 elements"),
    "resampled-by-factor": (lambda a: F.interpolate(a, scale_factor=2.0), (normal(1, 2, 5),), "aten.upsample_nearest1d.vec", "size="),
    "pooled-unevenly": (lambda a: F.adaptive_avg_pool1d(a, 3), (normal(1, 2, 5),), "5 elements in 3 parts", "divides"),
    "padded-by-reflection": (lambda a: F.pad(a, (1, 1), mode="reflect"), (normal(1, 2, 5),), "aten.pad.default", "'reflect'"),
    "batch-statistics": (lambda a: F.batch_norm(a, None, None, training=True), (normal(4, 3),), "aten.batch_norm.default", "model.eval()"),
    "norm-of-order-3": (lambda a: torch.linalg.vector_norm(a, 3), (x,), "aten.linalg_vector_norm.default", "1, 2 or infinity"),
}
