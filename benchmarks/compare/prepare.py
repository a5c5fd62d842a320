"""Exports the layers: what the peers load, and the reference they are verified against.

    python -m compare.prepare --work DIR --kinds onnx,openvino default-s40 mha-s128

For each layer a folder: layer.pt2, reference.safetensors (inputs, eager's outputs in f32 and f64) and,
with --kinds, one .onnx a form and OpenVINO's. prepared.json has the seconds that each took. PyTorch is used here, in a
process of its own, and not by the one that measures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import ROOT
from .layers import VARIANTS

sys.path[:0] = [str(ROOT / "examples" / "BuddyAttention"), str(ROOT / "python")]

DONE = "prepared.json"


def prepare(folder: Path, variant_name: str, seq: int, kinds: list[str]) -> None:
    """Writes the files of one layer into ``folder``; prepared.json last."""
    import attention_model
    from buddy_attention import export_layer, write_reference

    from .torch_forms import make_layer

    folder.mkdir(parents=True, exist_ok=True)
    (folder / DONE).unlink(missing_ok=True)
    variant = VARIANTS[variant_name]
    layer = make_layer(variant_name)
    inputs = attention_model.make_inputs(1, seq, with_mask=variant.masked)
    seconds: dict[str, float] = {}

    def timed(name: str, write: Callable[[Path], Any]) -> Any:
        start = time.perf_counter()
        result = write(folder / name)
        seconds[name] = time.perf_counter() - start
        return result

    program = timed("layer.pt2", lambda path: export_layer(layer, inputs, path))
    timed("reference.safetensors", lambda path: write_reference(layer, inputs, path, program=program))
    if "onnx" in kinds:
        from .onnx_forms import FORMS

        for form, write in FORMS[variant_name].items():
            timed(f"{form}.onnx", lambda path, write=write: write(layer, inputs, path))
    if "openvino" in kinds:
        timed("torch.xml", lambda path: convert_for_openvino(layer, inputs, path))
    (folder / DONE).write_text(json.dumps({"seconds": seconds, "kinds": kinds}))


def convert_for_openvino(layer: Any, inputs: tuple[Any, ...], path: Path) -> None:
    """OpenVINO's own conversion of the module, in f32."""
    import openvino

    openvino.save_model(openvino.convert_model(layer, example_input=inputs), path, compress_to_fp16=False)


def warm_up() -> None:
    """Exports something small first, so that one-time imports count for no layer's export."""
    import torch

    torch.export.export(torch.nn.Linear(4, 4), (torch.zeros(1, 4),))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, metavar="DIR")
    parser.add_argument("--kinds", default="", metavar="A,B", help="onnx, openvino")
    parser.add_argument("layers", nargs="+", metavar="VARIANT-sSEQ")
    args = parser.parse_args()
    warm_up()
    for name in args.layers:
        variant, _, seq = name.rpartition("-s")
        prepare(args.work / name, variant, int(seq), args.kinds.split(","))
    return 0


if __name__ == "__main__":
    sys.exit(main())
