"""GPT-2, BERT and ViT of transformers with random weights, and the parts of them that are exported."""

from __future__ import annotations

from typing import Any

import torch
import transformers

SMALL: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": (
        "GPT2",
        {"vocab_size": 101, "n_positions": 64, "n_embd": 48, "n_layer": 2, "n_head": 4}
        | {"bos_token_id": 0, "eos_token_id": 0},
    ),
    "bert": (
        "Bert",
        {"vocab_size": 101, "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
        | {"intermediate_size": 80, "max_position_embeddings": 64},
    ),
    "vit": (
        "ViT",
        {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 80}
        | {"image_size": 32, "patch_size": 8},
    ),
}


def make_model(name: str, attention: str, full: bool = False, **options: Any) -> torch.nn.Module:
    """The base model in eval mode; ``full``: with the sizes of the configuration's defaults."""
    prefix, sizes = SMALL[name]
    config = getattr(transformers, prefix + "Config")(**({} if full else sizes) | options)
    config._attn_implementation = attention
    model = getattr(transformers, prefix + "Model")(config).eval()
    randomize(model)
    return model


def randomize(module: torch.nn.Module, seed: int = 7) -> None:
    """Weights that make attention sharp and every bias and norm's weight show."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                parameter.add_(0.2 * noise)
            elif parameter.dim() == 2 and "embed" not in name and "wte" not in name and "wpe" not in name:
                factor = 2.0 if any(part in name for part in ("q_proj", "k_proj", "query", "key", "c_attn")) else 1.0
                parameter.copy_(noise * factor * min(parameter.shape) ** -0.5)
            else:
                parameter.copy_(noise * (0.5 if parameter.dim() == 2 else parameter[0].numel() ** -0.5))


class Block(torch.nn.Module):
    """A layer or its attention, with the mask that the model gives it."""

    def __init__(self, model: torch.nn.Module, form: str) -> None:
        super().__init__()
        self.config = model.config
        kind = model.config.model_type
        layer = {"gpt2": lambda: model.h[0], "bert": lambda: model.encoder.layer[0], "vit": lambda: model.layers[0]}[kind]()
        if form == "layer":
            self.part = layer
        else:
            self.part = layer.attn if kind == "gpt2" else layer.attention

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        from transformers.masking_utils import create_bidirectional_mask, create_causal_mask

        if self.config.model_type == "gpt2":
            ids = torch.arange(hidden_states.shape[1])[None]
            mask = create_causal_mask(self.config, hidden_states, mask, past_key_values=None, position_ids=ids)
        else:
            mask = create_bidirectional_mask(self.config, hidden_states, mask)
        result = self.part(hidden_states, attention_mask=mask)
        return result[0] if isinstance(result, tuple) else result


class Base(torch.nn.Module):
    """The base model: its last hidden states, and what its pooler makes of them where it has one."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        names = ("pixel_values",) if self.model.config.model_type == "vit" else ("input_ids", "attention_mask")
        result = self.model(**dict(zip(names, inputs)), return_dict=True)
        outputs = (result.last_hidden_state, getattr(result, "pooler_output", None))
        return tuple(output for output in outputs if output is not None)


def make(
    name: str, form: str, attention: str, batch: int = 2, length: int = 11, full: bool = False
) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    """A module and its inputs. ``form``: attention, layer or model, with ``-padded`` where a mask excludes
    the first row's last tokens and the last row's first ones. ViT's length is that of its patches."""
    part, _, padded = form.partition("-")
    model = make_model(name, attention, full)
    generator = torch.Generator().manual_seed(length)
    mask = torch.ones(batch, length, dtype=torch.int64)
    mask[0, length - 3 :] = 0
    if batch > 1:
        mask[-1, :2] = 0
    if part != "model":
        hidden = torch.randn(batch, length, model.config.hidden_size, generator=generator)
        return Block(model, part).eval(), (hidden, mask) if padded else (hidden,)
    if name == "vit":
        size = model.config.image_size
        return Base(model).eval(), (torch.randn(batch, 3, size, size, generator=generator),)
    ids = torch.randint(0, model.config.vocab_size, (batch, length), generator=generator)
    return Base(model).eval(), (ids, mask) if padded else (ids,)
