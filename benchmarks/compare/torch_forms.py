"""The layer as a PyTorch module, in each spelling that a peer may be fastest with.

All have the same weights and mean the same. ``module`` is attention_model.py as it is.
"""

from __future__ import annotations

import attention_model
import torch
from torch import nn
from torch.nn import functional as F

#: Scales q's and k's weights so that scores have a standard deviation of about 4.5. With the default
#: initialisation it is 0.33, softmax is nearly uniform, and wrong scores would hardly show in the output.
SHARPEN = 3.7


class RepeatedHeads(nn.Module):
    """The default layer with its key/value heads repeated before sdpa, instead of enable_gqa."""

    def __init__(self, layer: attention_model.DeepSeekAttention) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        layer = self.layer
        batch, seq, _ = hidden_states.shape
        q = layer.q_proj(hidden_states).view(batch, seq, layer.num_heads, layer.head_dim).transpose(1, 2)
        k = layer.k_proj(hidden_states).view(batch, seq, layer.num_kv_heads, layer.head_dim).transpose(1, 2)
        v = layer.v_proj(hidden_states).view(batch, seq, layer.num_kv_heads, layer.head_dim).transpose(1, 2)
        cos, sin = layer.rotary_emb(hidden_states)
        q = q * cos + attention_model.rotate_half(q) * sin
        k = k * cos + attention_model.rotate_half(k) * sin
        group = layer.num_heads // layer.num_kv_heads
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return layer.o_proj(out.transpose(1, 2).reshape(batch, seq, layer.num_heads * layer.head_dim))


class FusedMultiHead(nn.Module):
    """The mha layer with sdpa in place of its spelled scores; the padding mask is sdpa's additive mask."""

    def __init__(self, layer: attention_model.MultiHeadAttention) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        layer = self.layer
        batch, seq, _ = hidden_states.shape
        shape = (batch, seq, layer.num_heads, layer.head_dim)
        q = layer.q_proj(hidden_states).view(shape).transpose(1, 2)
        k = layer.k_proj(hidden_states).view(shape).transpose(1, 2)
        v = layer.v_proj(hidden_states).view(shape).transpose(1, 2)
        bias = (1.0 - mask[:, None, None, :].to(q.dtype)) * -10000.0  # [batch, 1, 1, seq]
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.expand(batch, 1, seq, seq))
        return layer.o_proj(out.transpose(1, 2).reshape(batch, seq, layer.num_heads * layer.head_dim))


def make_layer(variant: str) -> nn.Module:
    """The layer that everybody runs: attention_model.py's weights of seed 0, q and k sharpened."""
    layer = attention_model.make_model(variant)
    with torch.no_grad():
        for projection in (layer.q_proj, layer.k_proj):
            projection.weight.mul_(SHARPEN)
    return layer


def make_form(variant: str, form: str) -> nn.Module:
    """The layer in one of its forms: ``module`` (any variant), ``repeat-kv`` (default), ``sdpa`` (mha)."""
    layer = make_layer(variant)
    forms = {
        ("default", "module"): lambda: layer,
        ("default", "repeat-kv"): lambda: RepeatedHeads(layer),
        ("mha", "module"): lambda: layer,
        ("mha", "sdpa"): lambda: FusedMultiHead(layer),
    }
    return forms[variant, form]().eval()
