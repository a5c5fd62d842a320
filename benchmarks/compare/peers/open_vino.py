"""OpenVINO's CPU plugin, latency hint, f32 inference precision, inputs set in place."""

from __future__ import annotations

import time

import openvino

from .loaded import Loaded, WorkerCase

MODEL = {
    "torch": "converted from the PyTorch module",
    "graph": "torch.onnx export at opset 18",
    "attention-23": "torch.onnx export at opset 23, Attention",
}


def load(case: WorkerCase) -> Loaded:
    start = time.perf_counter()
    core = openvino.Core()
    model = core.read_model(str(case.artifact))
    model.reshape({port: list(array.shape) for port, array in zip(model.inputs, case.inputs.values())})
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": case.threads,
    }
    compiled = core.compile_model(model, "CPU", settings)
    seconds = time.perf_counter() - start
    request = compiled.create_infer_request()
    tensors = [openvino.Tensor(array, shared_memory=True) for array in case.inputs.values()]
    for index, tensor in enumerate(tensors):
        request.set_input_tensor(index, tensor)
    output = request.get_output_tensor(0)
    setting = f"LATENCY, f32 precision, INFERENCE_NUM_THREADS, {MODEL[case.form]}"
    return Loaded(request.infer, lambda: output.data.copy(), seconds, setting, (case, tensors))
