"""ONNX Runtime's CPU provider, all graph optimisations, inputs and output bound in place."""

from __future__ import annotations

import time

import numpy as np
import onnxruntime

from .loaded import Loaded, WorkerCase

MODEL = {
    "graph": "torch.onnx export at opset 18",
    "attention-23": "torch.onnx export at opset 23, Attention",
    "gqa": "com.microsoft GroupQueryAttention with do_rotary, packed projection",
    "mha": "com.microsoft MultiHeadAttention with key_padding_mask",
    "packed-attention": "com.microsoft Attention with mask_index",
}
ERRORS_ONLY = 3


def load(case: WorkerCase) -> Loaded:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = case.threads
    options.inter_op_num_threads = 1
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(str(case.artifact), options, providers=["CPUExecutionProvider"])
    seconds = time.perf_counter() - start
    output = np.empty(case.inputs["hidden_states"].shape, np.float32)
    bound = {"output": onnxruntime.OrtValue.ortvalue_from_numpy(output)}
    binding = session.io_binding()
    for argument, array in zip(session.get_inputs(), case.inputs.values()):
        binding.bind_ortvalue_input(argument.name, onnxruntime.OrtValue.ortvalue_from_numpy(array))
    binding.bind_ortvalue_output(session.get_outputs()[0].name, bound["output"])
    setting = f"ORT_ENABLE_ALL, sequential, spinning, io_binding, {MODEL[case.form]}"
    return Loaded(lambda: session.run_with_iobinding(binding), bound["output"].numpy, seconds, setting)
