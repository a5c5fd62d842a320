"""Architectures of transformers beside those of decoders.py and encoders.py: one layer of each, with small random weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
import transformers
from encoders import randomize

HIDDEN, FEED_FORWARD, HEADS, VOCABULARY, LENGTH = 64, 112, 4, 131, 11
TOKENS: dict[str, Any] = {"vocab_size": VOCABULARY, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
LAYER: dict[str, Any] = {
    "hidden_size": HIDDEN,
    "intermediate_size": FEED_FORWARD,
    "num_hidden_layers": 1,
    "num_attention_heads": HEADS,
}
DECODER = TOKENS | LAYER | {"num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 64}
GPT: dict[str, Any] = TOKENS | {"n_embd": HIDDEN, "n_head": HEADS, "n_layer": 1, "n_positions": 64}
ENCODER: dict[str, Any] = TOKENS | LAYER | {"max_position_embeddings": 64, "pad_token_id": 1}
VISION: dict[str, Any] = LAYER | {"image_size": 32, "patch_size": 8}
SPEECH: dict[str, Any] = LAYER | {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
T5: dict[str, Any] = {"vocab_size": VOCABULARY, "d_model": HIDDEN, "d_kv": 16, "d_ff": FEED_FORWARD, "num_layers": 1, "num_heads": HEADS}


@dataclass(frozen=True)
class Architecture:
    """A configuration's class and values, what goes in, and what its graph must hold."""

    config: str
    options: dict[str, Any]
    inputs: str = "text"  # text, both (encoder and decoder), image, video, features, wave
    model: str = "AutoModel"
    attention: tuple[str, ...] = ("sdpa", "eager")  # what transformers has for it; the first runs by default
    padded: bool = True
    fused: dict[str, int] = field(default_factory=dict)  # how often its graph has an op
    by_default: bool = True


EAGER = ("eager",)
ROTATED = {"rope": 2, "attention": 1, "softmax": 0, "where": 0, "neg": 0}
BIASED = {"attention": 1, "softmax": 0, "where": 0}

ARCHITECTURES: dict[str, Architecture] = {
    # Decoders.
    "gptj": Architecture("GPTJConfig", GPT | {"n_inner": FEED_FORWARD, "rotary_dim": 8}, attention=EAGER, fused=ROTATED),
    "glm": Architecture("GlmConfig", DECODER, attention=("eager", "sdpa"), fused=ROTATED | {"swiglu": 1, "rms_norm": 3}),
    "cohere": Architecture("CohereConfig", DECODER | {"use_qk_norm": True}, fused=ROTATED | {"layer_norm": 4, "mean": 0}),
    "bloom": Architecture("BloomConfig", TOKENS | {"hidden_size": HIDDEN, "n_layer": 1, "n_head": HEADS}, attention=EAGER, fused=BIASED),
    "mpt": Architecture("MptConfig", {"d_model": HIDDEN, "n_heads": HEADS, "n_layers": 1, "max_seq_len": 64, "vocab_size": VOCABULARY}, attention=EAGER, fused=BIASED),
    "falcon": Architecture("FalconConfig", TOKENS | LAYER, fused=ROTATED | {"linear": 3, "matmul": 0}),
    "opt": Architecture("OPTConfig", TOKENS | LAYER | {"ffn_dim": FEED_FORWARD, "word_embed_proj_dim": HIDDEN, "max_position_embeddings": 64}),
    "apertus": Architecture("ApertusConfig", DECODER),
    "lfm2": Architecture("Lfm2Config", DECODER | {"num_hidden_layers": 2, "layer_types": ["conv", "full_attention"]}),
    "gpt-neo": Architecture("GPTNeoConfig", TOKENS | {"hidden_size": HIDDEN, "num_layers": 2, "num_heads": HEADS, "max_position_embeddings": 64, "attention_types": [[["global", "local"], 1]], "window_size": 5}, attention=EAGER, by_default=False),
    "gemma3": Architecture("Gemma3TextConfig", DECODER | {"sliding_window": 5, "query_pre_attn_scalar": 16}, by_default=False),
    "gemma3n": Architecture("Gemma3nTextConfig", DECODER | {"vocab_size_per_layer_input": 100, "hidden_size_per_layer_input": 8, "intermediate_size": [FEED_FORWARD], "layer_types": ["full_attention"], "num_kv_shared_layers": 0, "altup_num_inputs": 2, "laurel_rank": 4, "activation_sparsity_pattern": [0.0]}),
    "phi": Architecture("PhiConfig", {k: v for k, v in DECODER.items() if k != "head_dim"}, by_default=False),
    "olmo": Architecture("OlmoConfig", DECODER | {"clip_qkv": 2.0}, by_default=False),
    "olmo3": Architecture("Olmo3Config", DECODER | {"sliding_window": 5}, by_default=False),
    "granite": Architecture("GraniteConfig", DECODER | {"attention_multiplier": 0.2, "residual_multiplier": 0.7}, by_default=False),
    "smollm3": Architecture("SmolLM3Config", DECODER, by_default=False),
    "starcoder2": Architecture("Starcoder2Config", {k: v for k, v in DECODER.items() if k != "head_dim"}, by_default=False),
    "ministral": Architecture("MinistralConfig", DECODER | {"sliding_window": 5}, by_default=False),
    "glm4": Architecture("Glm4Config", DECODER, by_default=False),
    "nemotron": Architecture("NemotronConfig", DECODER, by_default=False),
    "exaone4": Architecture("Exaone4Config", DECODER | {"sliding_window": 5}, by_default=False),
    "helium": Architecture("HeliumConfig", DECODER, by_default=False),
    "codegen": Architecture("CodeGenConfig", GPT | {"rotary_dim": 8}, attention=EAGER, by_default=False),
    "llama-yarn": Architecture("LlamaConfig", DECODER | {"rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32}}, by_default=False),
    # Encoders.
    "deberta-v2": Architecture("DebertaV2Config", ENCODER | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0, "position_buckets": 8}, attention=EAGER),
    "mobilebert": Architecture("MobileBertConfig", TOKENS | LAYER | {"embedding_size": 32, "intra_bottleneck_size": 32, "true_hidden_size": 32}, attention=("sdpa", "eager"), by_default=False),
    "clip-text": Architecture("CLIPTextConfig", TOKENS | LAYER | {"max_position_embeddings": 64, "projection_dim": 32}, model="CLIPTextModel"),
    "t5": Architecture("T5Config", T5, model="T5EncoderModel", attention=("eager", "sdpa"), fused=BIASED),
    "roberta": Architecture("RobertaConfig", ENCODER, by_default=False),
    "distilbert": Architecture("DistilBertConfig", {"vocab_size": VOCABULARY, "dim": HIDDEN, "hidden_dim": FEED_FORWARD, "n_layers": 1, "n_heads": HEADS}, by_default=False),
    "albert": Architecture("AlbertConfig", ENCODER | {"embedding_size": 32}, by_default=False),
    "electra": Architecture("ElectraConfig", ENCODER | {"embedding_size": 32}, by_default=False),
    "mpnet": Architecture("MPNetConfig", ENCODER, attention=EAGER, by_default=False),
    "modernbert": Architecture("ModernBertConfig", ENCODER | {"cls_token_id": 1, "sep_token_id": 2, "local_attention": 6, "global_attn_every_n_layers": 2}, by_default=False),
    "bart": Architecture("BartConfig", {"vocab_size": VOCABULARY, "d_model": HIDDEN, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": HEADS, "decoder_attention_heads": HEADS, "encoder_ffn_dim": FEED_FORWARD, "decoder_ffn_dim": FEED_FORWARD, "max_position_embeddings": 64}, inputs="both", by_default=False),
    # Images, videos, speech.
    "beit": Architecture("BeitConfig", VISION | {"use_relative_position_bias": True}, inputs="image", padded=False, fused=BIASED),
    "swin": Architecture("SwinConfig", {"image_size": 32, "patch_size": 4, "embed_dim": 16, "depths": [2], "num_heads": [2], "window_size": 4}, inputs="image", padded=False),
    "yolos": Architecture("YolosConfig", VISION | {"image_size": [32, 32], "num_detection_tokens": 4, "num_hidden_layers": 2}, inputs="image", padded=False, by_default=False),
    "videomae": Architecture("VideoMAEConfig", VISION | {"num_frames": 4}, inputs="video", padded=False, by_default=False),
    "wav2vec2": Architecture("Wav2Vec2Config", SPEECH | {"conv_dim": [8], "conv_stride": [16], "conv_kernel": [20], "num_feat_extract_layers": 1}, inputs="wave", padded=False),
    "dinov2": Architecture("Dinov2Config", {"hidden_size": HIDDEN, "mlp_ratio": 2, "num_hidden_layers": 1, "num_attention_heads": HEADS, "image_size": 32, "patch_size": 8}, inputs="image", padded=False, by_default=False),
    "swinv2": Architecture("Swinv2Config", {"image_size": 32, "patch_size": 4, "embed_dim": 16, "depths": [2], "num_heads": [2], "window_size": 4}, inputs="image", attention=EAGER, padded=False, by_default=False),
    "siglip-vision": Architecture("SiglipVisionConfig", VISION, inputs="image", model="SiglipVisionModel", padded=False, by_default=False),
}  # fmt: skip


class First(torch.nn.Module):
    """A model with its first output."""

    def __init__(self, model: torch.nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.model(**dict(zip(self.names, inputs)))[0]


def make(name: str, attention: str, padded: bool, seed: int = 3) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    """A model in eval mode and its inputs. ``padded``: a mask excludes the first row's last tokens, and the
    last row's first ones, whose queries then see no key under a causal mask."""
    case = ARCHITECTURES[name]
    config = getattr(transformers, case.config)(**case.options)
    config.use_cache = False
    kind = getattr(transformers, case.model)
    make_model = kind.from_config if case.model == "AutoModel" else kind._from_config
    model = make_model(config, attn_implementation=attention).eval()
    randomize(model)
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(3, VOCABULARY, (2, LENGTH), generator=generator)
    mask = torch.ones(2, LENGTH, dtype=torch.int64)
    mask[0, -3:] = 0
    mask[-1, :2] = 0
    inputs: dict[str, torch.Tensor] = {}
    if case.inputs in ("text", "both"):
        inputs["input_ids"] = ids
        if padded:
            inputs["attention_mask"] = mask
        if case.inputs == "both":
            inputs["decoder_input_ids"] = ids[:, :7]
    elif case.inputs == "wave":
        inputs["input_values"] = torch.randn(2, 400, generator=generator)
    else:
        frames = (4,) if case.inputs == "video" else ()
        inputs["pixel_values"] = torch.randn(2, *frames, 3, 32, 32, generator=generator)
    return First(model, tuple(inputs)).eval(), tuple(inputs.values())
