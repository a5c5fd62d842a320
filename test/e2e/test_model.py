"""The example's layer is the layer it says it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import attention_model
import pytest
import torch
from buddy_attention import eager_outputs
from layers import Layer, check_reference
from safetensors.torch import save_file

EXAMPLE = Path(attention_model.__file__)


class Qwen2(torch.nn.Module):
    """transformers' Qwen2Attention behind the example's signature, with a causal and padding mask."""

    def __init__(self, ours: attention_model.DeepSeekAttention, hidden_size: int) -> None:
        super().__init__()
        from transformers.models.qwen2.configuration_qwen2 import Qwen2Config
        from transformers.models.qwen2.modeling_qwen2 import Qwen2Attention, Qwen2RotaryEmbedding

        config = Qwen2Config(
            hidden_size=hidden_size,
            num_attention_heads=ours.num_heads,
            num_key_value_heads=ours.num_kv_heads,
            head_dim=ours.head_dim,
            max_position_embeddings=ours.max_positions,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
            attn_implementation="sdpa",
        )
        self.attention = Qwen2Attention(config, layer_idx=0).eval()
        self.attention.load_state_dict(ours.state_dict())
        self.rotary = Qwen2RotaryEmbedding(config)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seq = hidden_states.shape[1]
        causal = torch.ones(seq, seq, dtype=torch.bool).tril()
        keep = causal & mask.bool()[:, None, None, :]
        positions = torch.arange(seq)[None]
        output, _ = self.attention(
            hidden_states, position_embeddings=self.rotary(hidden_states, positions), attention_mask=keep
        )
        return output


@pytest.mark.parametrize("padding", ["none", "right"])
def test_default_layer_is_qwen2_attention(default: Layer, padding: str, tmp_path: Path) -> None:
    theirs = Qwen2(default.module, 1536)
    hidden_states = torch.randn(1, 40, 1536, generator=torch.Generator().manual_seed(5))
    mask = torch.ones(1, 40, dtype=torch.int64)
    if padding == "right":
        mask[:, 29:] = 0
    inputs = (hidden_states, mask)
    (our_f64,) = eager_outputs(default.module, inputs, exact=True)
    (their_f64,) = eager_outputs(theirs, inputs, exact=True)
    torch.testing.assert_close(our_f64, their_f64, rtol=0, atol=1e-12)
    (their_f32,) = eager_outputs(theirs, inputs)

    # And the compiled package is Qwen2Attention as well, by the rule for numbers.
    tensors = {
        "input.hidden_states": hidden_states,
        "input.mask": mask,
        "expected_f32.output0": their_f32.contiguous(),
        "expected_f64.output0": their_f64.contiguous(),
    }
    save_file(tensors, tmp_path / "ref.safetensors")
    check_reference(default.package, tensors, tmp_path / "ref.safetensors")


def test_exact_outputs_hold_no_rounding_to_f32() -> None:
    """Layers that name float32 inside are computed in f64 throughout by the oracle."""

    class Casting(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            table = torch.arange(5, dtype=torch.float32).cos() + torch.ones(5)
            return torch.softmax(x.float() / 3, dim=-1, dtype=torch.float32).to(x.dtype) * table

    x = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.7])
    wide = x.double()
    expected = torch.softmax(wide / 3, -1) * (torch.arange(5, dtype=torch.float64).cos() + 1)
    (exact,) = eager_outputs(Casting(), (x,), exact=True)
    assert exact.dtype == torch.float64
    torch.testing.assert_close(exact, expected, rtol=1e-15, atol=0)
    (plain,) = eager_outputs(Casting(), (x,))
    assert plain.dtype == torch.float32
    assert torch.get_default_dtype() == torch.float32


def run_model(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_runs_alone() -> None:
    done = run_model()
    assert done.returncode == 0, done.stderr
    assert "[1, 40, 1536] torch.float32" in done.stdout
    assert "[1, 40] torch.int64" in done.stdout
    assert "checksum" in done.stdout
    assert "torch.int64" not in run_model("--no-mask").stdout
    assert "[2, 7, 1536]" in run_model("--variant", "mha", "--batch-size", "2", "--seq-len", "7").stdout


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers' attention weights as a checkpoint has them, in bfloat16."""
    path = tmp_path_factory.mktemp("checkpoint") / "model.safetensors"
    tensors = {"model.embed_tokens.weight": torch.zeros(4, 4)}
    for layer in (0, 3):
        for name, value in attention_model.make_model(seed=layer).state_dict().items():
            tensors[f"model.layers.{layer}.self_attn.{name}"] = value.bfloat16()
    save_file(tensors, path)
    return path


def test_loads_a_checkpoint(checkpoint: Path) -> None:
    model = attention_model.make_model()
    attention_model.load_weights(model, checkpoint, 3)
    for name, value in attention_model.make_model(seed=3).state_dict().items():
        assert torch.equal(model.state_dict()[name], value.bfloat16().float()), name
    first, third = (run_model("--weights", checkpoint, "--layer", n) for n in ("0", "3"))
    assert first.returncode == third.returncode == 0, third.stderr
    assert first.stdout != third.stdout


def test_checkpoint_that_does_not_fit(checkpoint: Path, tmp_path: Path) -> None:
    done = run_model("--weights", checkpoint, "--layer", "1")
    assert done.returncode == 1
    assert "model.layers.1.self_attn.q_proj.weight is missing" in done.stderr
    assert "model.layers.1.self_attn.v_proj.bias is missing" in done.stderr

    done = run_model("--weights", checkpoint, "--hidden-size", "512")
    assert done.returncode == 1
    assert "q_proj.weight is [1536, 1536], the layer has [1536, 512]" in done.stderr

    (tmp_path / "not.safetensors").write_bytes(b"no")
    done = run_model("--weights", tmp_path / "not.safetensors")
    assert done.returncode == 1
    assert "not.safetensors: cannot be read as safetensors" in done.stderr
    assert "Traceback" not in done.stderr
