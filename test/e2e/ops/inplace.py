"""Operations that change a tensor in place: everything that shares its memory sees it."""

from collections.abc import Callable

import torch

from .case import Case, booleans, integers, normal

x, y = normal(4, 5, 6), normal(4, 5, 6)


def changed(change: Callable[..., object]) -> Callable[..., torch.Tensor]:
    """``change`` applied to a copy of the first input, and the copy."""

    def call(a: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        a = a.clone()
        change(a, *others)
        return a

    return call


def assign(at: object) -> Callable[[torch.Tensor, torch.Tensor], None]:
    def change(a: torch.Tensor, b: torch.Tensor) -> None:
        a[at] = b

    return change


def residual(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    out = a * 2
    out += b
    out -= 0.5
    out *= b
    out /= 3
    return out


def through_views(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """A view made before the change sees it, one of a copy does not."""
    a = a.clone()
    before, copy = a.transpose(0, 2), a.clone()
    part = a[1:3]
    part[:, 2].mul_(10)
    part.unsqueeze(1).transpose(-1, -2)[..., 0] = 7.0
    return a, before, copy, part


def chain(a: torch.Tensor) -> torch.Tensor:
    a = a.clone()
    b = a.view(20, 6)
    b.add_(1)
    a.mul_(2)
    return b + a.flatten(0, 1)


def in_no_grad(a: torch.Tensor) -> torch.Tensor:
    a = a.clone()
    with torch.no_grad():
        a.add_(1)
        b = a.t()
        b[0] = 5.0
    return a


def swapped(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    a, b = a.clone(), b.clone()
    old = a.clone()
    a.copy_(b)
    b.copy_(old)
    return a, b


def constant_mask(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Tensors made of numbers alone, changed in place: they are known when compiling."""
    mask = torch.zeros(5, 6)
    mask[1:4, ::2] = 2.0
    mask[-1] = torch.arange(6.0)
    mask[:, torch.tensor([1, -2])] -= 1
    flags = torch.zeros(4, 1, 6, dtype=torch.bool)
    flags[2] = True
    return a + mask, a.masked_fill(flags, 0.0), mask


def after_a_change(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """What is a view of a changed tensor, and what a copy from before: PyTorch's rules on strides."""
    h, last = a * 1, a[0] * 1
    made = [
        *(h.reshape(-1), h.flatten(), h.contiguous(), h.view(20, 6), h.unflatten(1, (5, 1)), h.view_as(last.new_ones(24, 5))),
        *(h.transpose(0, 1).reshape(-1), h.transpose(0, 1).flatten(), h.transpose(0, 1).contiguous(), h.mT.reshape(4, 30)),
        *(h.transpose(0, 1).transpose(0, 1).reshape(2, -1), h.permute(2, 0, 1).reshape(6, 20), h.permute(2, 0, 1).reshape(6, 4, 5, 1)),
        *(h.movedim(0, 1).reshape(20, 6), h.swapaxes(1, 2).unflatten(1, (2, 3)).flatten(1, 2), h.transpose(1, 2).unflatten(1, (2, 3))),
        *(h[1:3].reshape(-1), h[:, 1:3].reshape(-1), h[:, 1:3].flatten(1), h[:1].transpose(0, 1).reshape(-1), h[:, :, ::2].reshape(12, 5)),
        *(h.unsqueeze(1).expand(4, 2, 5, 6), h.unsqueeze(1).expand(4, 2, 5, 6).reshape(8, 5, 6), h[:, :1].expand(4, 3, 6).flatten(1)),
        *(h.chunk(2, 1)[1], h.chunk(2, 1)[0].reshape(-1), h.split(2)[1].flatten(), h.unbind(1)[2], h.unbind(1)[2].reshape(-1)),
        *(h.select(2, 1), h.select(0, 1).reshape(-1), h.select(2, 1).reshape(-1), h.narrow(1, 1, 2), h.narrow(0, 1, 2).reshape(-1)),
        *(h.unsqueeze(0).squeeze(), h.detach(), h.clone(), torch.positive(h), torch.nn.functional.dropout(h, 0.5, False)),
        *(h.to(torch.float32), h.to(torch.float32, copy=True), h.transpose(0, 1).to(torch.float32), h.type_as(a), h.to(torch.int64)),
        *(h.repeat(1, 1, 1), h.tile(1), h.flip(1), h.broadcast_to(2, 4, 5, 6), h.broadcast_to(2, 4, 5, 6).reshape(8, 5, 6)),
        *(torch.meshgrid(last[0], last[1], indexing="ij") + torch.meshgrid(last[0], last[1], indexing="xy")),
    ]
    h.add_(1)
    last.mul_(-2)
    return *made, h, last


def changed_copies(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """A change of a reshape that copies is not seen in what it was made of, an input included."""
    h = a * 1
    copy, view = h.transpose(0, 1).reshape(-1), h.reshape(-1)
    copy.add_(1)
    view.mul_(2)
    of_input, converted = a.transpose(0, 1).reshape(-1), a.to(torch.int64)
    of_input.sub_(3)
    converted.add_(1)
    return h, copy, view, of_input, converted, a * 1


def by_layout(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Strides that a memory format makes: rows of channels, which permute makes plain again."""
    h = a.contiguous(memory_format=torch.channels_last) * 1
    made = h.permute(0, 2, 3, 1).reshape(-1), h.reshape(-1), h.contiguous(), h.contiguous(memory_format=torch.channels_last)
    h.add_(1)
    return *made, h


def through_regions(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
    h = a * 1
    with torch.no_grad():
        view, copy = h[:, 1:], h.transpose(0, 1).reshape(-1)
    view.add_(1)
    with torch.no_grad():
        copy.mul_(2)
    return h, view, copy


def row_of_a_view(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    a, b = torch.pow(2, x), torch.exp(y)
    row = a[1:][0]
    row.copy_(row * 2)
    plane = b[1:][0][:1]
    plane.add_(1)
    return a, b


CASES: dict[str, Case] = {
    "row-of-a-view": (row_of_a_view, (normal(3, 8), normal(3, 2, 8))),
    "after-a-change": (after_a_change, (x,)),
    "changed-copies": (changed_copies, (x,)),
    "by-layout": (by_layout, (normal(2, 3, 4, 5),)),
    "through-regions": (through_regions, (normal(4, 5),)),
    "masked": (changed(lambda a, m: a.__setitem__(m, 0.5)), (x, booleans(4, 5, 6))),
    "masked-rows": (changed(lambda a, m: a.__setitem__(m, 0)), (x, booleans(4))),
    "masked-columns": (changed(lambda a, m: a.__setitem__((slice(None), m), -1.0)), (x, booleans(5, 6))),
    "arithmetic": (residual, (x, y)),
    "relu": (changed(lambda a: a.relu_()), (x,)),
    "silu-gelu": (lambda a: torch.nn.functional.silu(a.clone(), inplace=True) + a.clone().sigmoid_(), (x,)),
    "integer-times": (changed(lambda a: a.mul_(3).add_(1)), (integers(3, 4),)),
    "masked-fill": (changed(lambda a, m: a.masked_fill_(m, -1e4)), (x, booleans(4, 5, 6))),
    "clamp": (changed(lambda a: a.clamp_(-0.5, 0.5)), (x,)),
    "fill-zero": (lambda a: a + torch.ones_like(a).fill_(3.0) + a.clone().zero_(), (x,)),
    "copy": (changed(lambda a, b: a.copy_(b)), (x, normal(6))),
    "copy-converts": (changed(lambda a, b: a.copy_(b)), (x, integers(5, 6))),
    "assign-slice": (changed(assign((slice(None), slice(1, 4)))), (x, normal(4, 3, 6))),
    "assign-step": (changed(assign((slice(None), slice(None), slice(1, 6, 2)))), (x, normal(4, 5, 3))),
    "assign-number": (changed(lambda a: a[..., :2].fill_(1.5)), (x,)),
    "assign-row": (changed(assign((slice(None), 2))), (x, normal(4, 6))),
    "assign-list": (changed(assign((slice(None), [3, 0]))), (x, normal(4, 2, 6))),
    "assign-broadcast": (changed(assign((slice(None), [3, 0]))), (x, normal(6))),
    "assign-indices": (
        lambda a, i, b: changed(assign((slice(None), i)))(a, b),
        (x, torch.tensor([4, -1, 2]), normal(4, 3, 6)),
    ),
    "assign-bools": (changed(assign(slice(0, 2))), (booleans(4, 3), booleans(2, 3))),
    "views": (through_views, (x,)),
    "chain": (chain, (x,)),
    "no-grad": (in_no_grad, (normal(4, 5),)),
    "swap": (swapped, (x, y)),
    "index-copy": (lambda a, i, b: a.index_copy(1, i, b), (x, torch.tensor([4, 1]), normal(4, 2, 6))),
    "index-copy-first": (lambda a, i, b: a.index_copy(0, i, b), (x, torch.tensor([2]), normal(1, 5, 6))),
    "index-copy-last": (lambda a, i, b: a.index_copy(-1, i, b), (x, torch.tensor([5, 0, 3]), normal(4, 5, 3))),
    "index-copy-integers": (lambda a, i, b: a.index_copy(0, i, b), (integers(4, 3), torch.tensor([3, 1]), integers(2, 3))),
    "index-copy-constant": (lambda a, b: a.index_copy(1, torch.arange(1, 3), b), (x, normal(4, 2, 6))),
    "index-put": (lambda a, b: a.index_put((torch.tensor([0]),), b[0]), (x, y)),
    "slice-scatter": (lambda a, b: torch.slice_scatter(a, b, 1, 1, 5, 2), (x, normal(4, 2, 6))),
    "slice-scatter-open": (lambda a, b: torch.slice_scatter(a, b, -1, -2), (x, normal(4, 5, 2))),
    "constant-mask": (constant_mask, (x,)),
    "select-scatter": (lambda a, b: torch.select_scatter(a, b, 1, -1), (x, normal(4, 6))),
}
