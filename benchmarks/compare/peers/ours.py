"""Our package, through the runtime's C interface. No PyTorch in this process.

The timed call is one foreign call of buddy_context_run with arguments bound before: ctypes adds below a
microsecond, which the worker measures and the row states.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_void_p

import numpy as np

from .loaded import Loaded, WorkerCase
from .runtime_library import find_runtime

CPU = 1  # kDLCPU
DTYPES = {np.dtype(np.float32): (2, 32), np.dtype(np.int64): (0, 64)}  # DLPack's code and bits


class DLTensor(Structure):
    """DLPack's struct of that name."""

    _fields_ = [
        ("data", c_void_p),
        ("device_type", c_int),
        ("device_id", c_int),
        ("ndim", c_int),
        ("code", c_uint8),
        ("bits", c_uint8),
        ("lanes", c_uint16),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("byte_offset", c_size_t),
    ]


def _tensor(array: np.ndarray) -> DLTensor:
    code, bits = DTYPES[array.dtype]
    shape = (c_int64 * array.ndim)(*array.shape)
    return DLTensor(array.ctypes.data, CPU, 0, array.ndim, code, bits, 1, shape, None, 0)


def _pointers(tensors: list[DLTensor]) -> ctypes.Array:
    return (POINTER(DLTensor) * len(tensors))(*(ctypes.pointer(t) for t in tensors))


# Before the memory of loading counts, as other peers' imports are.
_library = ctypes.CDLL(str(find_runtime()))
_library.buddy_last_error.restype = c_char_p
_library.buddy_model_load.argtypes = [c_char_p, c_void_p, POINTER(c_void_p)]
_library.buddy_context_create.argtypes = [c_void_p, c_int, POINTER(c_void_p)]
_library.buddy_context_run.argtypes = [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t]
for _name in ("buddy_model_load", "buddy_context_create", "buddy_context_run"):
    getattr(_library, _name).restype = c_int32


def _check(status: int) -> None:
    if status:
        raise RuntimeError(_library.buddy_last_error().decode())


def load(case: WorkerCase) -> Loaded:
    model, context = c_void_p(), c_void_p()
    _check(_library.buddy_model_load(str(case.artifact).encode(), None, byref(model)))
    _check(_library.buddy_context_create(model, case.threads, byref(context)))
    output = np.empty(case.inputs["hidden_states"].shape, np.float32)
    inputs = [_tensor(array) for array in case.inputs.values()]
    outputs = [_tensor(output)]
    input_pointers, output_pointers = _pointers(inputs), _pointers(outputs)
    arguments = (context, input_pointers, c_size_t(len(inputs)), output_pointers, c_size_t(1))
    call = _library.buddy_context_run

    def run() -> None:
        if call(*arguments):
            _check(1)

    return Loaded(run, lambda: output, 0.0, "libbuddy_runtime.so called through ctypes", (case, inputs, outputs))
