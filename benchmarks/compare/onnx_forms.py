"""The layer as an ONNX file, in each form that ONNX Runtime or OpenVINO may be fastest with.

``graph`` and ``attention-23`` are torch.onnx's export; ``gqa``, ``mha`` and ``packed-attention`` use ONNX
Runtime's own fused operators (domain com.microsoft), written down by hand with the layer's weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .torch_forms import FusedMultiHead

MICROSOFT = "com.microsoft"
Inputs = tuple[torch.Tensor, ...]
Writer = Callable[[torch.nn.Module, Inputs, Path], None]


def _export(module: torch.nn.Module, inputs: Inputs, path: Path, opset: int) -> None:
    torch.onnx.export(module.eval(), inputs, path, dynamo=True, opset_version=opset, external_data=False, verbose=False)


def _graph(module: torch.nn.Module, inputs: Inputs, path: Path) -> None:
    _export(module, inputs, path, 18)  # sdpa becomes MatMul, Softmax, MatMul


def _attention_default(module: torch.nn.Module, inputs: Inputs, path: Path) -> None:
    _export(module, inputs, path, 23)  # sdpa becomes ONNX's own Attention


def _attention_mha(module: torch.nn.Module, inputs: Inputs, path: Path) -> None:
    _export(FusedMultiHead(module), inputs, path, 23)


def _transposed(*layers: torch.nn.Linear) -> np.ndarray:
    """The weights [out_i, in] of linears side by side as MatMul wants them: [in, sum of out_i]."""
    return torch.cat([layer.weight.detach() for layer in layers]).T.contiguous().numpy()


def _save(path: Path, inputs: Inputs, nodes: Sequence[onnx.NodeProto], constants: dict[str, np.ndarray]) -> None:
    batch, seq, hidden = inputs[0].shape
    arguments = [helper.make_tensor_value_info("hidden_states", TensorProto.FLOAT, [batch, seq, hidden])]
    if len(inputs) > 1:
        arguments.append(helper.make_tensor_value_info("mask", TensorProto.INT64, [batch, seq]))
    results = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, seq, hidden])]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "layer", arguments, results, initializers)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)


def _gqa(layer: torch.nn.Module, inputs: Inputs, path: Path) -> None:
    """One packed projection, and GroupQueryAttention that does RoPE and causality itself."""
    seq = inputs[0].shape[1]
    angles = torch.outer(torch.arange(seq, dtype=torch.float32), layer.rotary_emb.inv_freq)  # [seq, head_dim / 2]
    projections = (layer.q_proj, layer.k_proj, layer.v_proj)
    constants = {
        "weight": _transposed(*projections),
        "bias": torch.cat([p.bias.detach() for p in projections]).numpy(),
        "output_weight": _transposed(layer.o_proj),
        "last_key": np.full([inputs[0].shape[0]], seq - 1, np.int32),
        "keys": np.array(seq, np.int32),
        "cos": angles.cos().numpy(),
        "sin": angles.sin().numpy(),
    }
    nodes = [
        helper.make_node("MatMul", ["hidden_states", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["qkv"]),
        helper.make_node(
            "GroupQueryAttention",
            ["qkv", "", "", "", "", "last_key", "keys", "cos", "sin"],
            ["attended", "present_key", "present_value"],
            domain=MICROSOFT,
            num_heads=layer.num_heads,
            kv_num_heads=layer.num_kv_heads,
            do_rotary=1,
        ),
        helper.make_node("MatMul", ["attended", "output_weight"], ["output"]),
    ]
    _save(path, inputs, nodes, constants)


def _mha(layer: torch.nn.Module, inputs: Inputs, path: Path) -> None:
    """Three projections and MultiHeadAttention, whose padding mask adds -10000 as the layer's does."""
    constants = {"output_weight": _transposed(layer.o_proj)}
    nodes = [helper.make_node("Cast", ["mask"], ["mask32"], to=TensorProto.INT32)]
    for name in ("q", "k", "v"):
        constants[f"{name}_weight"] = _transposed(getattr(layer, f"{name}_proj"))
        nodes.append(helper.make_node("MatMul", ["hidden_states", f"{name}_weight"], [name]))
    nodes += [
        helper.make_node(
            "MultiHeadAttention",
            ["q", "k", "v", "", "mask32"],
            ["attended"],
            domain=MICROSOFT,
            num_heads=layer.num_heads,
        ),
        helper.make_node("MatMul", ["attended", "output_weight"], ["output"]),
    ]
    _save(path, inputs, nodes, constants)


def _packed_attention(layer: torch.nn.Module, inputs: Inputs, path: Path) -> None:
    """Attention of com.microsoft: projections, mask and attention in one operator."""
    weight = _transposed(layer.q_proj, layer.k_proj, layer.v_proj)
    constants = {
        "weight": weight,
        "bias": np.zeros(weight.shape[1], np.float32),
        "output_weight": _transposed(layer.o_proj),
    }
    nodes = [
        helper.make_node("Cast", ["mask"], ["mask32"], to=TensorProto.INT32),
        helper.make_node(
            "Attention",
            ["hidden_states", "weight", "bias", "mask32"],
            ["attended"],
            domain=MICROSOFT,
            num_heads=layer.num_heads,
        ),
        helper.make_node("MatMul", ["attended", "output_weight"], ["output"]),
    ]
    _save(path, inputs, nodes, constants)


FORMS: dict[str, dict[str, Writer]] = {
    "default": {"graph": _graph, "attention-23": _attention_default, "gqa": _gqa},
    "mha": {"graph": _graph, "attention-23": _attention_mha, "mha": _mha, "packed-attention": _packed_attention},
}
