"""Decoder-only models of transformers with small random configurations, and what of them is exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import transformers

SMALL: dict[str, Any] = {
    "vocab_size": 131,
    "hidden_size": 64,
    "intermediate_size": 112,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}


@dataclass(frozen=True)
class Family:
    """A kind of model: its configuration's class in transformers, and what differs from SMALL."""

    config: str
    options: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def make_config(self, attention: str, **options: Any) -> Any:
        values = {key: value for key, value in SMALL.items() if key not in self.without}
        values.update(self.options)
        values.update(options)
        config = getattr(transformers, self.config)(**values)
        config._attn_implementation = attention
        config.use_cache = False
        return config


def _sizes(hidden: int, feed_forward: int, heads: int, kv_heads: int, depth: int, **others: Any) -> dict[str, Any]:
    return {
        "hidden_size": hidden,
        "intermediate_size": feed_forward,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": depth,
        "num_hidden_layers": 1,
        "max_position_embeddings": 4096,
        **others,
    }


FAMILIES = {
    "qwen2": Family("Qwen2Config"),
    "qwen2-window": Family(
        "Qwen2Config", {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}
    ),
    "qwen3": Family("Qwen3Config"),
    "llama": Family("LlamaConfig"),
    "mistral": Family("MistralConfig", {"sliding_window": 5}),
    "gemma2": Family("Gemma2Config", {"sliding_window": 5, "query_pre_attn_scalar": 16, "attn_logit_softcapping": 2.0}),
    "phi3": Family("Phi3Config", {"sliding_window": None}),
    "gpt-neox": Family("GPTNeoXConfig", {"rotary_pct": 0.5}, without=("num_key_value_heads", "head_dim")),
    "stablelm": Family("StableLmConfig", {"partial_rotary_factor": 0.25}),
    "olmo2": Family("Olmo2Config"),
}

#: What a published model has in place of SMALL, for its layer alone: the vocabulary stays small.
TRUE_SIZES: dict[str, dict[str, Any]] = {
    # DeepSeek-R1-Distill-Qwen-1.5B, Qwen3-0.6B, Llama-3.2-1B, Mistral-7B-v0.1, gemma-2-2b
    "qwen2": _sizes(1536, 8960, 12, 2, 128),
    "qwen3": _sizes(1024, 3072, 16, 8, 128),
    "llama": _sizes(2048, 8192, 32, 8, 64),
    "mistral": _sizes(4096, 14336, 32, 8, 128, sliding_window=4096),
    "gemma2": _sizes(2304, 9216, 8, 4, 256, sliding_window=4096, attn_logit_softcapping=50.0, query_pre_attn_scalar=256),
}


class AttentionOnly(torch.nn.Module):
    """The first attention of a model, with the mask and the positions that the model gives it."""

    def __init__(self, model: torch.nn.Module, layer: int = 0) -> None:
        super().__init__()
        block = model.layers[layer]
        self.attention = getattr(block, "self_attn", None) or block.attention
        self.rotary, self.config = model.rotary_emb, model.config
        self.mask = mask_function(model.config, layer)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        positions, mask = self.prepare(hidden_states)
        return self.attention(hidden_states, position_embeddings=positions, attention_mask=mask)[0]

    def prepare(self, hidden_states: torch.Tensor) -> tuple[Any, torch.Tensor | None]:
        ids = torch.arange(hidden_states.shape[1])[None]
        mask = self.mask(self.config, hidden_states, None, past_key_values=None, position_ids=ids)
        return self.rotary(hidden_states, ids), mask


class LayerOnly(AttentionOnly):
    """The first layer of a model, likewise."""

    def __init__(self, model: torch.nn.Module, layer: int = 0) -> None:
        super().__init__(model, layer)
        del self.attention
        self.layer = model.layers[layer]

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        positions, mask = self.prepare(hidden_states)
        out = self.layer(hidden_states, position_embeddings=positions, attention_mask=mask)
        return out[0] if isinstance(out, tuple) else out


class Whole(torch.nn.Module):
    """A model with its first output: the last hidden states, or the logits."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False)[0]


def mask_function(config: Any, layer: int) -> Callable[..., Any]:
    from transformers.masking_utils import create_causal_mask, create_sliding_window_causal_mask

    kinds = getattr(config, "layer_types", None)
    slides = kinds[layer] == "sliding_attention" if kinds else getattr(config, "sliding_window", None) is not None
    return create_sliding_window_causal_mask if slides else create_causal_mask


def randomize(module: torch.nn.Module, seed: int) -> None:
    """Random weights that make attention sharp and let every norm's weight show."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                # Norm weights around what they are (one, or zero in Gemma), biases around zero.
                parameter.add_(0.2 * noise)
            elif "embed" in name:
                parameter.copy_(noise)
            else:
                factor = 1.7 if any(part in name for part in ("q_proj", "k_proj")) else 1.0
                parameter.copy_(noise * factor * parameter.shape[-1] ** -0.5)


def make(
    family: str, form: str, attention: str = "sdpa", batch: int = 2, seq: int = 11, seed: int = 0, **options: Any
) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    """A module in eval mode and its inputs.

    ``form`` is attention, layer, model, lm, or one of the last two with ``-padded``: with an attention
    mask that excludes the last tokens of the first row, and the first tokens of the last.
    """
    config = FAMILIES[family].make_config(attention, **options)
    generator = torch.Generator().manual_seed(seed + 1)
    kind = transformers.AutoModelForCausalLM if form.startswith("lm") else transformers.AutoModel
    model = kind.from_config(config).eval()
    randomize(model, seed)
    if form in ("attention", "layer"):
        wrapped = (AttentionOnly if form == "attention" else LayerOnly)(model)
        return wrapped.eval(), (torch.randn(batch, seq, config.hidden_size, generator=generator),)
    ids = torch.randint(0, config.vocab_size, (batch, seq), generator=generator)
    if not form.endswith("padded"):
        return Whole(model).eval(), (ids,)
    mask = torch.ones(batch, seq, dtype=torch.int64)
    mask[0, seq - 3 :] = 0
    if batch > 1:
        mask[-1, :2] = 0
    return Whole(model).eval(), (ids, mask)
