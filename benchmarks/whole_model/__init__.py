"""A whole language model: compile time and memory, prefill and decoding, beside eager PyTorch and OpenVINO.

PYTHONPATH=benchmarks python -m whole_model --help        # or: ./bootstrap bench-model --help
"""
