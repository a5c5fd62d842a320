"""The longest sequence the layer allows: rows sampled from 32768, and the memory a run takes."""

from __future__ import annotations

import copy
import os
import subprocess
from pathlib import Path

import attention_model
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from buddy_attention import export_layer
from buddy_attention.reference import everything_in_f64
from layers import buddy, judge
from safetensors.torch import load_file, save_file

SEQ = 32768
GIB = 1 << 30


def sampled_rows(
    layer: attention_model.DeepSeekAttention, hidden: torch.Tensor, rows: torch.Tensor, keep: torch.Tensor
) -> torch.Tensor:
    """Rows of the layer's output, [rows, hidden], in the dtype of its weights; ``keep`` [rows, seq].

    All of eager's f64 scores would be 100 GB; these rows need every key and value, and their own queries.
    """

    def heads(x: torch.Tensor, count: int) -> torch.Tensor:
        return x.view(1, -1, count, layer.head_dim).transpose(1, 2)

    cos, sin = layer.rotary_emb(hidden)
    q = heads(layer.q_proj(hidden[:, rows]), layer.num_heads)
    k = heads(layer.k_proj(hidden), layer.num_kv_heads)
    v = heads(layer.v_proj(hidden), layer.num_kv_heads)
    q = q * cos[rows] + attention_model.rotate_half(q) * sin[rows]
    k = k * cos + attention_model.rotate_half(k) * sin
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=keep, enable_gqa=True)
    return layer.o_proj(out.transpose(1, 2).reshape(len(rows), -1))


def test_the_samples_are_rows_of_the_layer() -> None:
    layer = attention_model.make_model("default")
    (hidden,) = attention_model.make_inputs(1, 40, 1536, with_mask=False)
    rows = torch.arange(40)
    with torch.no_grad():
        torch.testing.assert_close(sampled_rows(layer, hidden, rows, torch.ones(40, 40).tril().bool()), layer(hidden)[0])


@pytest.mark.parametrize("masked", [False, True], ids=["causal", "left-padded"])
def test_longest_sequence(masked: bool, tmp_path: Path) -> None:
    layer = attention_model.make_model("default")
    inputs = attention_model.make_inputs(1, SEQ, 1536, with_mask=masked)
    hidden = inputs[0]
    named = {"hidden_states": hidden}
    kept = torch.ones(SEQ, dtype=torch.bool)
    if masked:
        kept[:1000] = False
        inputs[1][0] = kept.long()
        named["mask"] = inputs[1]
    archive, package = tmp_path / "long.pt2", tmp_path / "long.buddy"
    export_layer(layer, inputs, archive)
    buddy("compile", archive, "-o", package)
    archive.unlink()
    save_file(named, tmp_path / "in.safetensors")
    command = [os.environ["BUDDY"], "run", package, "--inputs", tmp_path / "in.safetensors"]
    with subprocess.Popen([*command, "--outputs", tmp_path / "out.safetensors"]) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    # The process's input and output included.
    assert usage.ru_maxrss * 1024 <= 2 * GIB + (package / "params.bin").stat().st_size

    # The first row that keeps a key, the last one, and others.
    first = 1000 if masked else 0
    rows = torch.randperm(SEQ - first, generator=torch.Generator().manual_seed(1))[:62].sort().values + first
    rows = torch.cat([torch.tensor([first]), rows, torch.tensor([SEQ - 1])])
    keep = (torch.arange(SEQ)[None, :] <= rows[:, None]) & kept
    with torch.no_grad():
        eager = sampled_rows(layer, hidden, rows, keep)
        double = copy.deepcopy(layer).double()
        with everything_in_f64():
            exact = sampled_rows(double, hidden.double(), rows, keep)
    ours = load_file(tmp_path / "out.safetensors")["output0"][0, rows]
    judge(ours.numpy(), eager.numpy(), exact.numpy().astype(np.float64))
