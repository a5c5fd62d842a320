"""What the midend generates, for shapes that divide by nothing, against eager PyTorch.

Each case is a few lines of a layer with inputs of its own. The cases of a group are the outputs of one
module, so that a group is compiled once a target.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from buddy_attention import export_layer, judge_outputs, write_reference
from layers import buddy, passed, run_package
from midend_cases import GROUPS, Case
from torch import Tensor, nn

TARGETS = {"x86-64-v4": "avx512f", "x86-64-v3": "avx2"}
# What is compiled for both: the rest differs in nothing that a target changes, and attention is slow to compile.
BOTH = ("lengths", "boolean", "contractions", "softmaxes", "elementwise", "reductions", "moves")


class Group(nn.Module):
    def __init__(self, cases: list[Case]) -> None:
        super().__init__()
        self.cases = cases
        self.weights = nn.ParameterList(nn.Parameter(w) for case in cases for w in case.weights)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        left, weights, outputs = list(inputs), list(self.weights), []
        for case in self.cases:
            count, weight_count = len(case.inputs), len(case.weights)
            outputs.append(case.compute(*weights[:weight_count], *left[:count]))
            left, weights = left[count:], weights[weight_count:]
        return tuple(outputs)


@pytest.mark.parametrize("group", GROUPS)
def test_group(group: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    cases = GROUPS[group]()
    module = Group(cases).eval()
    inputs = tuple(tensor for case in cases for tensor in case.inputs)
    export_layer(module, inputs, tmp_path / "layer.pt2")
    tensors = write_reference(module, inputs, tmp_path / "ref.safetensors")
    given = {name.removeprefix("input."): t for name, t in tensors.items() if name.startswith("input.")}
    available = Path("/proc/cpuinfo").read_text()
    for target, feature in TARGETS.items():
        if feature not in available or (target != next(iter(TARGETS)) and group not in BOTH):
            continue  # test/Midend/Stages compiles for it all the same
        package = tmp_path / f"{target}.buddy"
        buddy("compile", tmp_path / "layer.pt2", "-o", package, f"--target={target}")
        verdicts = judge_outputs(run_package(package, given, tmp_path), tensors)
        for i, case in enumerate(cases):
            with subtests.test(target=target, case=case.name):
                passed(verdicts[i])
