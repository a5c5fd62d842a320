"""The models that are measured, with random weights by seed, and their inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Size:
    """A Qwen2 configuration; the vocabulary's head has weights of its own."""

    hidden: int
    feed_forward: int
    heads: int
    key_heads: int
    vocabulary: int
    layers: int

    def parameter_bytes(self, layers: int) -> int:
        """Of all parameters in f32, norms and biases left out."""
        head = self.hidden // self.heads
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * self.key_heads * head
        return 4 * (layers * (attention + 3 * self.hidden * self.feed_forward) + 2 * self.hidden * self.vocabulary)


SIZES = {
    # DeepSeek-R1-Distill-Qwen-1.5B
    "deepseek-r1-1.5b": Size(1536, 8960, 12, 2, 151936, 28),
    "tiny": Size(64, 128, 4, 2, 300, 2),
}


def make(size: str, layers: int) -> Any:
    """The causal language model of transformers, in eval mode."""
    import torch
    import transformers

    shape = SIZES[size]
    torch.manual_seed(1)
    config = transformers.Qwen2Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        max_position_embeddings=131072,
        tie_word_embeddings=False,
    )
    config._attn_implementation = "sdpa"
    return transformers.Qwen2ForCausalLM(config).eval()


def make_plain(size: str, layers: int) -> Any:
    """From input_ids to logits, without a cache."""
    import torch

    class Logits(torch.nn.Module):
        def __init__(self, model: torch.nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=input_ids, use_cache=False).logits

    return Logits(make(size, layers)).eval()


def make_masked(size: str, layers: int, seq: int) -> Any:
    """The same with the causal mask as a constant: OpenVINO 2026.4 does not convert what makes it."""
    import torch

    class Logits(torch.nn.Module):
        def __init__(self, model: torch.nn.Module) -> None:
            super().__init__()
            self.model = model
            later = torch.ones(seq, seq, dtype=torch.bool).triu(1)
            self.register_buffer("mask", torch.zeros(1, 1, seq, seq).masked_fill(later, float("-inf")))

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=input_ids, attention_mask=self.mask, use_cache=False).logits

    return Logits(make(size, layers)).eval()


def make_cached(size: str, layers: int, cache: int) -> Any:
    """With a static cache: input_ids and cache_position to logits."""
    import torch
    from transformers import GenerationConfig
    from transformers.integrations.executorch import TorchExportableModuleWithStaticCache

    model = make(size, layers)
    model.generation_config = GenerationConfig(
        use_cache=True,
        cache_implementation="static",
        cache_config={"batch_size": 1, "max_cache_len": cache},
        max_length=cache,
    )
    device = torch.device("cpu")
    return TorchExportableModuleWithStaticCache(model, batch_size=1, max_cache_len=cache, device=device).eval()


def tokens(size: str, count: int, seed: int = 3) -> Any:
    import torch

    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, SIZES[size].vocabulary, (1, count), generator=generator)


def cached_calls(size: str, seq: int, steps: int) -> list[dict[str, Any]]:
    """A prefill of ``seq`` tokens and ``steps`` single ones, as arguments by name."""
    import torch

    ids = tokens(size, seq + steps)
    calls = [{"input_ids": ids[:, :seq], "cache_position": torch.arange(seq)}]
    for at in range(seq, seq + steps):
        calls.append({"input_ids": ids[:, at : at + 1], "cache_position": torch.tensor([at])})
    return calls
