"""The comparison: our compiler beside PyTorch, ONNX Runtime and OpenVINO, verified and interleaved.

PYTHONPATH=benchmarks python -m compare --help        # or: ./bootstrap bench --help
"""

from pathlib import Path

#: The repository.
ROOT = Path(__file__).resolve().parents[2]
