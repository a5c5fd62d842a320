"""Archives for the import fuzzer: calls of each operation of the importer's table, as text (ArchiveBytes.h)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test" / "e2e"))

from op_table import Entry, entries  # noqa: E402  (needs the path above)

FLOAT, INTEGER, BOOLEAN = 7, 5, 12  # torch's numbers of dtypes
#: By the kind of an argument. Which numbers an operation wants is the fuzzer's to find: sizes, or dimensions.
VALUES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Operand": ({"as_tensor": {"name": "x"}}, {"as_float": 2.5}),
    "Tensor[]": ({"as_tensors": [{"name": "x"}, {"name": "x"}]},) * 2,
    "Tensor?[]": (
        {"as_optional_tensors": [{"as_tensor": {"name": "i"}}]},
        {"as_optional_tensors": [{"as_none": True}, {"as_tensor": {"name": "m"}}]},
    ),
    "int": ({"as_int": 1}, {"as_int": 2}),
    "int[]": ({"as_ints": [0, 1]}, {"as_ints": [2, 4]}),
    "Size": ({"as_int": 2}, {"as_int": 4}),
    "Size[]": ({"as_ints": [2, 4]}, {"as_ints": [4, 2]}),
    "Bound": ({"as_int": 1}, {"as_float": 0.5}),
    "Scalar": ({"as_float": 0.5}, {"as_int": 2}),
    "float": ({"as_float": 0.5}, {"as_float": 1e-5}),
    "bool": ({"as_bool": True}, {"as_bool": False}),
    "dtype": ({"as_scalar_type": FLOAT}, {"as_scalar_type": INTEGER}),
    "str": ({"as_string": "none"}, {"as_string": "mean"}),
    "ignored": ({"as_none": True},) * 2,
}
#: What x can be: fixed, open in more dimensions than a product of sizes bears, a number, empty, as large as it may be.
SHAPES: dict[str, tuple[int | str, ...]] = {
    "fixed": (2, 4),
    "open": ("a", 4, "b", "c"),
    "number": (),
    "empty": (0, 4),
    "large": (1 << 24, 1 << 24),
}
TENSORS = {"i": ("index", "indices"), "m": ("mask", "condition", "attn_mask")}


def value(kind: str, name: str, form: int) -> dict[str, Any]:
    kind = kind if kind in VALUES else kind.removesuffix("?")
    if kind == "Operand" and name == "self":
        form = 0
    if kind != "Tensor":
        return VALUES[kind][form]
    return {"as_tensor": {"name": next((tensor for tensor, names in TENSORS.items() if name in names), "x")}}


def size(value: int | str) -> dict[str, Any]:
    if isinstance(value, int):
        return {"as_int": value}
    return {"as_expr": {"expr_str": f"Symbol('{value}', positive=True, integer=True)", "hint": {"as_int": 7}}}


def tensor(dtype: int, shape: tuple[int | str, ...]) -> dict[str, Any]:
    meta = {"dtype": dtype, "sizes": [size(value) for value in shape], "strides": [{"as_int": 1} for _ in shape]}
    return {**meta, "storage_offset": {"as_int": 0}, "layout": 7}


def archive(entry: Entry, form: int, shape: tuple[int | str, ...]) -> str:
    arguments = [part.split("=")[0].split() for part in entry.schema.split(", ") if part]
    node = {
        "target": f"torch.ops.aten.{entry.name}.{entry.overload}",
        "inputs": [{"name": name, "arg": value(kind, name, form)} for kind, name in arguments],
        "outputs": [{"as_tensor": {"name": "y"}}],
        "metadata": {},
    }
    result = BOOLEAN if entry.family == "Comparison" else FLOAT
    tensors = {"x": FLOAT, "i": INTEGER, "m": BOOLEAN, "y": result}
    inputs = [name for name in tensors if name != "y"]
    graph = {
        "inputs": [{"as_tensor": {"name": name}} for name in inputs],
        "outputs": [{"as_tensor": {"name": "y"}}],
        "nodes": [node],
        "tensor_values": {
            name: tensor(dtype, shape if name == "x" else SHAPES["fixed"]) for name, dtype in tensors.items()
        },
    }
    signature = {
        "input_specs": [{"user_input": {"arg": {"as_tensor": {"name": name}}}} for name in inputs],
        "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "y"}}}}],
    }
    program = {
        "schema_version": {"major": 8, "minor": 20},
        "range_constraints": {name: {"min_val": 1, "max_val": 64} for name in shape if isinstance(name, str)},
        "graph_module": {"graph": graph, "signature": signature},
    }
    files = {
        "byteorder": "little",
        "models/model.json": json.dumps(program, separators=(",", ":")),
        "data/weights/model_weights_config.json": '{"config": {}}',
        "data/constants/model_constants_config.json": '{"config": {}}',
    }
    return "\n".join(f"=== {name}\n{text}" for name, text in files.items())


def seeds() -> Iterator[tuple[str, str]]:
    """Names and texts."""
    for entry in entries():
        for form in (0, 1):
            for name, shape in SHAPES.items():
                yield f"{entry.name}.{entry.overload}.{form}.{name}", archive(entry, form, shape)
