"""A decoder of three small layers, which differ in their parameters alone."""

from __future__ import annotations

import torch
import transformers

LAYERS = 3


def make_tiny_llama(attention: str = "sdpa") -> tuple[torch.nn.Module, torch.Tensor]:
    """The model, and token ids for it."""
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=128,
        attn_implementation=attention,
        use_cache=False,
    )
    return transformers.LlamaForCausalLM(config).eval(), torch.randint(0, 128, (1, 13))
