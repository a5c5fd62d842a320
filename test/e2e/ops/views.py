"""Shapes: views, slices, joins. They move values and do not change them."""

import torch
import torch.nn.functional as F

from .case import Case, integers, normal

x = normal(2, 3, 20)

CASES: dict[str, Case] = {
    "view": (lambda a: (a.view(2, -1), a.view(1, 2, 3, 2, 2, 5), a.view_as(a.reshape(6, 20))), (x,)),
    "reshape": (lambda a: (a.reshape(-1, 2), a.transpose(0, 2).reshape(-1, 2)), (x,)),
    "unsafe-view": (lambda a: torch.ops.aten._unsafe_view(a, [6, 20]), (x,)),
    "permute": (lambda a: (a.permute(2, 0, -2), a.transpose(-1, 0), torch.permute(a, (0, 2, 1))), (x,)),
    "permute-5d": (lambda a: a.permute(4, 1, 0, 3, 2), (normal(2, 3, 4, 5, 18),)),
    "permute-6d": (lambda a: a.permute(5, 0, 4, 1, 3, 2), (normal(2, 3, 2, 3, 2, 18),)),
    "transpose-names": (
        lambda a: (a.mT, a.mH, a.adjoint(), a.swapaxes(0, 1), a.swapdims(1, 0), a.movedim(0, -1)),
        (x,),
    ),
    "movedim-several": (lambda a: a.movedim((0, 1), (2, 0)), (x,)),
    "transpose-2d": (lambda a: (a.t(), a.T, a.H), (normal(3, 18),)),
    "transpose-1d": (lambda a: a.t(), (normal(3),)),
    "same": (lambda a: a.transpose(0, 1).contiguous().clone().detach(), (x,)),
    "dropout-in-eval": (
        lambda a: (torch.dropout(a, 0.1, False), torch.dropout(a, 0.0, True)),
        (x,),
    ),
    "expand": (lambda a: (a.expand(-1, 3, 20), a.expand(5, 2, 6, 20)), (normal(2, 1, 20),)),
    "expand-new": (lambda a: a[:, None].expand(5, 2, 6, 20), (normal(2, 20),)),
    "expand-as": (lambda a, b: (a.expand_as(b), torch.broadcast_to(a, (3, 18))), (normal(18), normal(3, 18))),
    "slice": (
        lambda a: (a[1:], a[..., :2], a[:, ::2], a[..., -3:-1], a[:-1, 1:100], a[:, :, 1::3]),
        (normal(4, 5, 20),),
    ),
    "slice-defaults": (lambda a: torch.ops.aten.slice.Tensor(a), (normal(4, 5),)),
    "select": (lambda a: (a[1], a[:, -1], a[..., 0], a.select(1, 2), a[1, 2, 3]), (normal(4, 5, 20),)),
    "narrow": (lambda a: (a.narrow(1, 1, 2), a.narrow(1, -3, 2)), (normal(4, 5),)),
    "index-none": (lambda a: a[None, :, None, :], (normal(4, 5),)),
    "cat": (lambda a, b: (torch.cat([a, b], -1), torch.concat([b, b]), torch.concatenate([a, a, a], 1)),
            (normal(2, 3), normal(2, 18))),
    "cat-mixed-types": (lambda a, b: torch.cat((a, b)), (normal(2, 3), integers(2, 3))),
    "cat-integers": (lambda a, b: torch.cat((a, b, a > 2), 1), (integers(2, 3), integers(2, 4))),
    "stack": (lambda a, b: (torch.stack([a, b], 1), torch.stack([a, b], -2), torch.stack([a, b])),
              (normal(2, 18), normal(2, 18))),
    "stack-interleaved": (lambda a, b: torch.stack([a, b], -1).flatten(-2), (normal(2, 18), normal(2, 18))),
    "pad": (
        lambda a: (
            F.pad(a, (1, 2)),
            F.pad(a, (0, 0, 2, 1), value=1.5),
            F.pad(a, (-1, 1, 0, -2)),
            torch.constant_pad_nd(a, (1, 0), 3),
        ),
        (normal(4, 18),),
    ),
    "roll": (lambda a: (a.roll(1, 0), a.roll((-2, 3), (0, 1)), a.roll(5), a.roll(-20, -1)), (normal(4, 7),)),
    "flip": (lambda a: (a.flip(0), a.flip(-1, 0), a.flip(())), (normal(4, 7),)),
    "meshgrid": (
        lambda a, b: (*torch.meshgrid(a, b, indexing="ij"), *torch.meshgrid(a, b, indexing="xy")),
        (normal(3), normal(5)),
    ),
    "split": (
        lambda a: (a.split(2, -1)[2], *a.split([1, 4], dim=1), torch.split_with_sizes(a, [1, 4], 1)[1]),
        (normal(3, 5),),
    ),
    "chunk": (lambda a: (*a.chunk(3, -1), *a.chunk(4, 0)), (normal(6, 7),)),
    "unbind": (lambda a: (a.unbind(0)[1] * 2, a.unbind(-1)[0]), (normal(3, 7),)),
    "squeeze": (
        lambda a: (a.squeeze(), a.squeeze(0), a.squeeze(1), a.squeeze((0, -1))),
        (normal(1, 3, 1),),
    ),
    "unsqueeze": (lambda a: (a.unsqueeze(0), a.unsqueeze(-1), a.unsqueeze(-2)), (normal(3, 18),)),
    "flatten": (lambda a: (a.flatten(), a.flatten(1), a.flatten(0, 1)), (x,)),
    "flatten-scalar": (lambda a: a.flatten(), (torch.tensor(1.5),)),
    "unflatten": (lambda a: (a.unflatten(-1, (4, 5)), a.unflatten(0, (-1, 1))), (x,)),
    "repeat-interleave": (
        lambda a: (a.repeat_interleave(3, 1), torch.repeat_interleave(a, 2, dim=-1), a.repeat_interleave(2)),
        (x,),
    ),
    "repeat": (lambda a: (a.repeat(2, 1, 3), a.repeat(2, 1, 1, 2), a.tile(2, 3)), (x,)),
    "repeat-heads": (lambda a: a[:, :, None].expand(1, 2, 3, 5, 8).reshape(1, 6, 5, 8), (normal(1, 2, 5, 8),)),
}
