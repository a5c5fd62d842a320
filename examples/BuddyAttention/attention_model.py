"""The attention layers that the example compiles, with their configuration as plain parameters.

    python attention_model.py            # runs the layer alone, prints shapes and a checksum
    python attention_model.py --weights model.safetensors --layer 3    # with a checkpoint's weights

Two variants:

* ``default``: the attention layer of DeepSeek-R1-Distill-Qwen-1.5B (the Qwen2 architecture):
  grouped-query attention, bias on q, k and v, RoPE, causal, with a padding mask.
* ``mha``: plain multi-head attention: as many key/value heads as query heads, no bias, no RoPE,
  and the padding mask added to the scores as ``(1 - mask) * -10000``.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn import functional as F


def rotate_half(x: torch.Tensor) -> torch.Tensor:
    """(x1, x2) -> (-x2, x1), the two halves of the last dimension."""
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


class RotaryEmbedding(nn.Module):
    """cos and sin tables [seq, head_dim] of rotary position embedding, half-split form.

    Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021, eq. 34.
    The angles are computed in float32 whatever the module's dtype, as transformers does.
    """

    inv_freq: torch.Tensor

    def __init__(self, head_dim: int, rope_theta: float) -> None:
        super().__init__()
        exponents = torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim
        self.register_buffer("inv_freq", 1.0 / (rope_theta**exponents), persistent=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        positions = torch.arange(x.shape[1], dtype=torch.float32, device=x.device)
        angles = torch.outer(positions, self.inv_freq.float())  # [seq, head_dim / 2]
        angles = torch.cat((angles, angles), dim=-1)  # [seq, head_dim]
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)


class DeepSeekAttention(nn.Module):
    """The self-attention layer of DeepSeek-R1-Distill-Qwen-1.5B.

    forward(hidden_states [batch, seq, hidden] float, mask [batch, seq] int64 of 0 (padding) and 1)
    returns [batch, seq, hidden]. Without a mask every position is a real one.
    """

    def __init__(
        self,
        hidden_size: int = 1536,
        num_attention_heads: int = 12,
        num_key_value_heads: int = 2,
        head_dim: int = 128,
        max_position_embeddings: int = 32768,
        rope_theta: float = 10000.0,
    ) -> None:
        super().__init__()
        if num_attention_heads % num_key_value_heads:
            raise ValueError("num_attention_heads must be a multiple of num_key_value_heads")
        self.num_heads = num_attention_heads
        self.num_kv_heads = num_key_value_heads
        self.head_dim = head_dim
        self.max_positions = max_position_embeddings
        self.q_proj = nn.Linear(hidden_size, num_attention_heads * head_dim, bias=True)
        self.k_proj = nn.Linear(hidden_size, num_key_value_heads * head_dim, bias=True)
        self.v_proj = nn.Linear(hidden_size, num_key_value_heads * head_dim, bias=True)
        self.o_proj = nn.Linear(num_attention_heads * head_dim, hidden_size, bias=False)
        self.rotary_emb = RotaryEmbedding(head_dim, rope_theta)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        batch, seq, _ = hidden_states.shape
        if seq > self.max_positions:
            raise ValueError(f"sequence of {seq} is longer than the {self.max_positions} positions")
        q = self.q_proj(hidden_states).view(batch, seq, self.num_heads, self.head_dim).transpose(1, 2)
        k = self.k_proj(hidden_states).view(batch, seq, self.num_kv_heads, self.head_dim).transpose(1, 2)
        v = self.v_proj(hidden_states).view(batch, seq, self.num_kv_heads, self.head_dim).transpose(1, 2)

        cos, sin = self.rotary_emb(hidden_states)
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin

        if mask is None:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        else:
            ones = torch.ones(seq, seq, dtype=torch.bool, device=hidden_states.device)
            keep = torch.tril(ones) & mask.bool()[:, None, None, :]  # [batch, 1, seq, seq]
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=keep, enable_gqa=True)
        return self.o_proj(out.transpose(1, 2).reshape(batch, seq, self.num_heads * self.head_dim))


class MultiHeadAttention(nn.Module):
    """Plain multi-head self-attention, scores and softmax spelled out.

    forward(hidden_states [batch, seq, hidden] float, mask [batch, seq] int64 of 0 (padding) and 1)
    returns [batch, seq, hidden].
    """

    def __init__(
        self,
        hidden_size: int = 1536,
        num_attention_heads: int = 12,
        head_dim: int = 128,
        max_position_embeddings: int = 32768,
    ) -> None:
        super().__init__()
        self.num_heads = num_attention_heads
        self.head_dim = head_dim
        self.max_positions = max_position_embeddings
        width = num_attention_heads * head_dim
        self.q_proj = nn.Linear(hidden_size, width, bias=False)
        self.k_proj = nn.Linear(hidden_size, width, bias=False)
        self.v_proj = nn.Linear(hidden_size, width, bias=False)
        self.o_proj = nn.Linear(width, hidden_size, bias=False)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        batch, seq, _ = hidden_states.shape
        if seq > self.max_positions:
            raise ValueError(f"sequence of {seq} is longer than the {self.max_positions} positions")
        shape = (batch, seq, self.num_heads, self.head_dim)
        q = self.q_proj(hidden_states).view(shape).transpose(1, 2)  # [B, H, S, D]
        k = self.k_proj(hidden_states).view(shape).transpose(1, 2)
        v = self.v_proj(hidden_states).view(shape).transpose(1, 2)

        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.head_dim)  # [B, H, S, S]
        if mask is not None:
            scores = scores + (1.0 - mask[:, None, None, :].to(scores.dtype)) * -10000.0
        weights = torch.softmax(scores, dim=-1)
        out = torch.matmul(weights, v).transpose(1, 2).contiguous()
        return self.o_proj(out.view(batch, seq, self.num_heads * self.head_dim))


def make_model(
    variant: str = "default",
    *,
    hidden_size: int = 1536,
    num_attention_heads: int = 12,
    num_key_value_heads: int | None = None,
    head_dim: int = 128,
    max_position_embeddings: int = 32768,
    seed: int = 0,
) -> nn.Module:
    """The layer with weights drawn from ``seed``, in eval mode, float32."""
    torch.manual_seed(seed)
    common = {
        "hidden_size": hidden_size,
        "num_attention_heads": num_attention_heads,
        "head_dim": head_dim,
        "max_position_embeddings": max_position_embeddings,
    }
    if variant == "default":
        kv_heads = 2 if num_key_value_heads is None else num_key_value_heads
        return DeepSeekAttention(**common, num_key_value_heads=kv_heads).eval()
    if variant == "mha":
        if num_key_value_heads not in (None, num_attention_heads):
            raise ValueError("the mha variant has as many key/value heads as query heads")
        return MultiHeadAttention(**common).eval()
    raise ValueError(f"unknown variant {variant!r}: 'default' or 'mha'")


def load_weights(model: nn.Module, path: str | Path, layer: int) -> None:
    """Takes the attention weights of one layer from a checkpoint, converted to float32.

    The tensors are named as transformers names them: model.layers.N.self_attn.q_proj.weight. Raises
    ValueError, naming every tensor at fault, if one is missing or has another shape.
    """
    prefix = f"model.layers.{layer}.self_attn."
    problems: list[str] = []
    loaded: dict[str, torch.Tensor] = {}
    try:
        with safe_open(path, framework="pt") as checkpoint:
            present = set(checkpoint.keys())
            for name, parameter in model.named_parameters():
                if prefix + name not in present:
                    problems.append(f"{prefix}{name} is missing")
                    continue
                tensor = checkpoint.get_tensor(prefix + name)
                if tensor.shape != parameter.shape:
                    problems.append(f"{prefix}{name} is {list(tensor.shape)}, the layer has {list(parameter.shape)}")
                    continue
                loaded[name] = tensor.float()
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path}: cannot be read as safetensors: {error}") from error
    if problems:
        raise ValueError(f"{path}: not the weights of this layer: " + "; ".join(problems))
    model.load_state_dict(loaded)


def make_inputs(
    batch: int = 1, seq_len: int = 40, hidden_size: int = 1536, *, with_mask: bool = True, seed: int = 1
) -> tuple[torch.Tensor, ...]:
    """hidden_states [batch, seq, hidden] and, if asked for, an all-ones mask [batch, seq] int64."""
    generator = torch.Generator().manual_seed(seed)
    hidden_states = torch.randn(batch, seq_len, hidden_size, generator=generator)
    return (hidden_states, torch.ones(batch, seq_len, dtype=torch.int64)) if with_mask else (hidden_states,)


def positive(text: str) -> int:
    """A command-line size: a whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value


def add_layer_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which layer, shared by everything that makes one."""
    parser.add_argument("--variant", choices=("default", "mha"), default="default", help="default: %(default)s")
    parser.add_argument("--batch-size", type=positive, default=1, metavar="B", help="default: %(default)s")
    parser.add_argument("--seq-len", type=positive, default=40, metavar="S", help="default: %(default)s")
    parser.add_argument("--no-mask", action="store_true", help="hidden states alone, no padding mask")
    parser.add_argument("--hidden-size", type=positive, default=1536, metavar="N", help="default: %(default)s")
    parser.add_argument("--heads", type=positive, default=12, metavar="N", help="query heads, default: %(default)s")
    parser.add_argument("--kv-heads", type=positive, metavar="N", help="key/value heads, default: 2 (mha: --heads)")
    parser.add_argument("--head-dim", type=positive, default=128, metavar="N", help="default: %(default)s")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="a checkpoint, model.safetensors")
    parser.add_argument("--layer", type=int, default=0, metavar="N", help="which layer of it, default: %(default)s")


def make_layer(args: argparse.Namespace) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    """The layer and example inputs that the options of add_layer_options ask for."""
    model = make_model(
        args.variant,
        hidden_size=args.hidden_size,
        num_attention_heads=args.heads,
        num_key_value_heads=args.kv_heads,
        head_dim=args.head_dim,
    )
    if args.weights is not None:
        load_weights(model, args.weights, args.layer)
    return model, make_inputs(args.batch_size, args.seq_len, args.hidden_size, with_mask=not args.no_mask)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the attention layer alone.")
    add_layer_options(parser)
    args = parser.parse_args()
    try:
        model, inputs = make_layer(args)
        with torch.no_grad():
            out = model(*inputs)
    except ValueError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    print(f"variant   {args.variant}")
    for name, tensor in zip(("hidden_states", "mask"), inputs):
        print(f"{name:<14}{list(tensor.shape)} {tensor.dtype}")
    print(f"{'output':<14}{list(out.shape)} {out.dtype}")
    print(f"checksum  sum {out.double().sum():.6f}, sum of squares {out.double().square().sum():.6f}")


if __name__ == "__main__":
    main()
