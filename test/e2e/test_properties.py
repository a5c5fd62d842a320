"""Random small layers, in the spellings that people use, against eager PyTorch."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layers import check_numbers, compile_module
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    batch: int
    seq: int
    heads: int
    groups: int  # query heads that share a key/value head
    head_dim: int
    hidden: int


@dataclass(frozen=True)
class Spelling:
    mask: str  # none, causal, bool, infinite, finite: how keys are left out
    padded: bool  # a [batch, seq] mask takes part (not with is_causal)
    attention: str  # sdpa, or matmul
    scale: float | None
    split: str  # view or reshape: how heads are split
    swap: str  # transpose or permute
    grouped: str  # enable_gqa, repeat or expand: how key/value heads are shared


class Spelled(nn.Module):
    def __init__(self, shape: Shape, spelling: Spelling) -> None:
        super().__init__()
        self.shape, self.spelling = shape, spelling
        kv_width = shape.heads // shape.groups * shape.head_dim
        self.q_proj = nn.Linear(shape.hidden, shape.heads * shape.head_dim)
        self.k_proj = nn.Linear(shape.hidden, kv_width)
        self.v_proj = nn.Linear(shape.hidden, kv_width, bias=False)
        # Wide enough for the root mean square over an output to mean something.
        self.o_proj = nn.Linear(shape.heads * shape.head_dim, 256)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        s = self.shape
        x = getattr(x, self.spelling.split)(s.batch, s.seq, x.shape[-1] // s.head_dim, s.head_dim)
        return x.transpose(1, 2) if self.spelling.swap == "transpose" else x.permute(0, 2, 1, 3)

    def share(self, x: torch.Tensor) -> torch.Tensor:
        """[B, Hkv, S, D] -> [B, H, S, D]"""
        s = self.shape
        if self.spelling.grouped == "repeat":
            return x.repeat_interleave(s.groups, dim=1)
        x = x[:, :, None].expand(s.batch, s.heads // s.groups, s.groups, s.seq, s.head_dim)
        return x.reshape(s.batch, s.heads, s.seq, s.head_dim)

    def keep(self, mask: torch.Tensor | None) -> torch.Tensor | None:
        """Which keys take part, [B or 1, 1, S, S] bool."""
        kept = None
        if self.spelling.mask in ("bool", "infinite", "finite"):
            kept = torch.ones(self.shape.seq, self.shape.seq, dtype=torch.bool).tril()[None, None]
            if mask is not None:
                kept = kept & mask.bool()[:, None, None, :]
        return kept

    def bias(self, kept: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        fill = -math.inf if self.spelling.mask == "infinite" else -1e4
        return torch.zeros(kept.shape, dtype=like.dtype).masked_fill(~kept, fill)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        s, how = self.shape, self.spelling
        q, k, v = self.split(self.q_proj(x)), self.split(self.k_proj(x)), self.split(self.v_proj(x))
        kept = self.keep(mask)
        if how.attention == "sdpa":
            gqa = how.grouped == "enable_gqa"
            if not gqa:
                k, v = self.share(k), self.share(v)
            bias = kept
            if kept is not None and how.mask != "bool":
                bias = self.bias(kept, q)
            out = F.scaled_dot_product_attention(
                q, k, v, attn_mask=bias, is_causal=how.mask == "causal", scale=how.scale, enable_gqa=gqa
            )
        else:
            k, v = self.share(k), self.share(v)
            scale = how.scale if how.scale is not None else 1 / math.sqrt(s.head_dim)
            scores = torch.matmul(q, k.transpose(-2, -1)) * scale
            if how.mask == "causal":
                ones = torch.ones(s.seq, s.seq, dtype=torch.bool)
                scores = scores.masked_fill(ones.triu(1), -math.inf)
            elif how.mask == "bool":
                scores = torch.where(kept, scores, torch.finfo(scores.dtype).min)
            elif kept is not None:
                scores = scores + self.bias(kept, scores)
            out = torch.matmul(torch.softmax(scores, dim=-1), v)
        out = out.transpose(1, 2).contiguous().view(s.batch, s.seq, s.heads * s.head_dim)
        return self.o_proj(out)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    groups = draw(st.sampled_from([1, 2, 3]))
    return Shape(
        batch=draw(st.integers(1, 3)),
        seq=draw(st.integers(1, 50)),
        heads=groups * draw(st.integers(1, 3)),
        groups=groups,
        head_dim=draw(st.sampled_from([8, 10, 16, 33, 64])),
        hidden=draw(st.sampled_from([17, 64, 100, 300])),
    )


@st.composite
def spellings(draw: st.DrawFn) -> Spelling:
    attention = draw(st.sampled_from(["sdpa", "matmul"]))
    mask = draw(st.sampled_from(["none", "causal", "bool", "infinite", "finite"]))
    return Spelling(
        mask=mask,
        padded=mask in ("bool", "infinite", "finite") and draw(st.booleans()),
        attention=attention,
        scale=draw(st.sampled_from([None, 0.3, 1.0])),
        split=draw(st.sampled_from(["view", "reshape"])),
        swap=draw(st.sampled_from(["transpose", "permute"])),
        grouped=draw(
            st.sampled_from(["enable_gqa", "repeat", "expand"] if attention == "sdpa" else ["repeat", "expand"])
        ),
    )


# A failing example is printed as it was found: making it smaller would compile for minutes.
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(shape=shapes(), spelling=spellings(), seed=st.integers(0, 2**31 - 1), weight=st.sampled_from([1.0, 3.0]))
def test_spelled_layers(shape: Shape, spelling: Spelling, seed: int, weight: float) -> None:
    torch.manual_seed(seed)
    module = Spelled(shape, spelling).eval()
    with torch.no_grad():
        module.q_proj.weight.mul_(weight)
        module.k_proj.weight.mul_(weight)
    inputs: tuple[torch.Tensor, ...] = (torch.randn(shape.batch, shape.seq, shape.hidden),)
    if spelling.padded:
        # Any pattern: some rows have no key at all, and PyTorch's answer for its spelling is ours.
        inputs += ((torch.rand(shape.batch, shape.seq) > 0.4).long(),)
    with tempfile.TemporaryDirectory() as folder:
        layer = compile_module(Path(folder), module, inputs)
        check_numbers(layer, inputs, Path(folder))
