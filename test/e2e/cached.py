"""Decoders with caches: transformers' own, and a small one by hand."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from decoders import FAMILIES, randomize
from transformers.integrations.executorch import TorchExportableModuleWithStaticCache


def with_static_cache(
    family: str, cache: int, attention: str = "sdpa", seed: int = 0, **options: Any
) -> torch.nn.Module:
    """A causal language model of transformers whose forward takes input_ids and cache_position."""
    config = FAMILIES[family].make_config(attention, **options)
    config.use_cache = True
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    randomize(model, seed)
    model.generation_config = transformers.GenerationConfig(
        use_cache=True,
        cache_implementation="static",
        cache_config={"batch_size": 1, "max_cache_len": cache},
        max_length=cache,
    )
    device = torch.device("cpu")
    return TorchExportableModuleWithStaticCache(model, batch_size=1, max_cache_len=cache, device=device).eval()


def call(tokens: list[int], position: int) -> dict[str, torch.Tensor]:
    return {
        "input_ids": torch.tensor([tokens]),
        "cache_position": torch.arange(position, position + len(tokens)),
    }


class CachedAttention(torch.nn.Module):
    """One attention with its cache in buffers, and a count of the tokens that it has seen."""

    def __init__(self, size: int = 24, cache: int = 12) -> None:
        super().__init__()
        self.project = torch.nn.Linear(size, 3 * size)
        self.register_buffer("keys", torch.zeros(1, cache, size))
        self.register_buffer("values", torch.zeros(1, cache, size))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def forward(self, x: torch.Tensor, position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        query, key, value = self.project(x).chunk(3, -1)
        self.keys.index_copy_(1, position, key)
        self.values.index_copy_(1, position, value)
        self.seen.add_(x.shape[1])
        keep = torch.arange(self.keys.shape[1]) <= position[:, None]
        out = torch.nn.functional.scaled_dot_product_attention(query, self.keys, self.values, keep)
        return out, self.seen.clone()
