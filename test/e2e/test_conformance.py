"""PyTorch's own samples for every operation of the table, against eager.

The samples of one operation are one program. Those that the compiler refuses must be in the report of
buddy inspect; they are counted, and the rest is compiled and compared. BUDDY_ALL_SAMPLES=1 takes every
sample, else some are chosen from each operation.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import op_table
import pytest
import torch
from buddy_attention import judge_outputs, write_reference
from buddy_attention.export import export_program, named_inputs, save_program
from layers import buddy, run_package
from op_samples import Calls, Sample, database, samples, samples_name

LIMIT = None if "BUDDY_ALL_SAMPLES" in os.environ else 10
OPERATIONS = sorted({entry.name for entry in op_table.entries()})
#: Operations without samples of PyTorch's: spelled in ops/, or without a result that could be compared.
WITHOUT = {
    "__and__", "__or__", "__xor__", "_assert_async", "_assert_scalar", "_assert_tensor_metadata", "_to_copy", "_unsafe_view", "_weight_norm",
    "alias", "convolution", "copy", "detach", "detach_", "lift", "lift_fresh", "lift_fresh_copy", "matrix_H", "numpy_T", "type_as",
    "upsample_bicubic2d", "upsample_bilinear2d", "upsample_linear1d", "upsample_nearest1d", "upsample_nearest2d", "zero",
}  # fmt: skip
#: Samples that are known to be wrong, and why: (operation, label).
KNOWN: dict[tuple[str, str], str] = {}
#: Operations of which every sample is refused, or none fits a package.
REFUSED = dict.fromkeys(("empty", "empty_like", "new_empty"), "the values are whatever memory held") | {
    "to": "PyTorch's samples convert to dtypes that cannot be an output; spelled in ops/",
    "max_pool2d": "every sample that is tried wants the indices as well; spelled in ops/",
}


def inspect(archive: Path) -> dict[str, Any]:
    done = buddy("inspect", archive, "--json", check=None)
    assert done.returncode in (0, 1), f"buddy inspect ended with {done.returncode}\n{done.stderr}"
    report = json.loads(done.stdout)
    assert report["supported"] == (done.returncode == 0)
    assert report["supported"] or report["unsupported"] or report["problems"], "refused without a reason"
    return report


def export(chosen: list[Sample], archive: Path) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...], Any]:
    module, inputs = Calls(chosen), (*(tensor for sample in chosen for tensor in sample.tensors), torch.zeros(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = export_program(module, inputs)
        save_program(program, archive)
    return module, inputs, program


def exportable(chosen: list[Sample], archive: Path) -> list[Sample]:
    """Without the samples that torch.export refuses."""
    try:
        export(chosen, archive)
        return chosen
    except Exception:
        if len(chosen) == 1:
            return []
    middle = len(chosen) // 2
    return exportable(chosen[:middle], archive) + exportable(chosen[middle:], archive)


def supported(chosen: list[Sample], directory: Path) -> tuple[list[Sample], list[str]]:
    """Without the samples that the report names; how many it names."""
    refused: list[str] = []
    report: dict[str, Any] = {}
    if chosen:
        export(chosen, directory / "all.pt2")
        report = inspect(directory / "all.pt2")
    if not report or report["supported"]:
        return chosen, refused
    named = {use["module"].split(".")[0] for entry in report["unsupported"] for use in entry["uses"]}
    named |= {"" for problem in report["problems"] if problem["kind"] == "error"}
    if not report["problems"] and all(name.startswith("s") for name in named):
        refused = [sample.label for i, sample in enumerate(chosen) if f"s{i}" in named]
        return supported([sample for i, sample in enumerate(chosen) if f"s{i}" not in named], directory)[0], refused
    # A later stage refuses and names only a line: one by one.
    fitting = []
    for sample in chosen:
        export([sample], directory / "one.pt2")
        if inspect(directory / "one.pt2")["supported"]:
            fitting.append(sample)
        else:
            refused.append(sample.label)
    return fitting, refused


def test_every_operation_is_covered() -> None:
    without = {name for name in OPERATIONS if samples_name(name) is None}
    assert without == WITHOUT, "operations of the table gained or lost samples of PyTorch's"
    assert database()


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in WITHOUT])
def test_operation(name: str, tmp_path: Path, record_property: Any) -> None:
    chosen, others = samples(name, LIMIT)
    if chosen:
        kept = exportable(chosen, tmp_path / "all.pt2")
        others["cannot be exported"], chosen = len(chosen) - len(kept), kept
    fitting, refused = supported(chosen, tmp_path)
    counts = {"compared": len(fitting), "refused": len(refused)} | others
    record_property("samples", {what: count for what, count in counts.items() if count})
    if name in REFUSED:
        assert not fitting, "it works after all: take it out of REFUSED"
        return
    assert fitting, f"no sample is left; refused: {refused}, others: {others}"

    module, inputs, program = export(fitting, tmp_path / "op.pt2")
    called = {node.target.name() for node in program.graph.nodes if isinstance(node.target, torch._ops.OpOverload)}
    buddy("compile", tmp_path / "op.pt2", "-o", tmp_path / "op.buddy")
    outputs = run_package(tmp_path / "op.buddy", named_inputs(program, inputs), tmp_path)
    reference = write_reference(module, inputs, tmp_path / "ref.safetensors", program=program)
    verdicts = judge_outputs(outputs, reference)
    wrong, number = [], 0
    for sample in fitting:
        for _ in sample.outputs:
            problem = verdicts[number].reason
            if bool(problem) != ((name, sample.label) in KNOWN):
                wrong.append(f"{sample.label}: {problem or 'is right after all: take it out of KNOWN'}")
            number += 1
    assert not wrong, f"{len(wrong)} of {number} wrong\n" + "\n".join(wrong) + f"\ncalled: {sorted(called)}"
