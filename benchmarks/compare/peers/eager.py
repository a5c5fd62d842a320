"""PyTorch eager, under inference_mode."""

from __future__ import annotations

import sys

from .. import ROOT

sys.path.insert(0, str(ROOT / "examples" / "BuddyAttention"))

import torch  # noqa: E402  (needs the path above)

from ..torch_forms import make_form  # noqa: E402
from .loaded import Loaded, WorkerCase  # noqa: E402

ATTENTION = {
    "module": "attention_model.py as it is",
    "repeat-kv": "sdpa(is_causal) over repeated key/value heads",
    "sdpa": "sdpa(attn_mask = the additive mask)",
}


def bind(module: torch.nn.Module, case: WorkerCase, compile_seconds: float, setting: str) -> Loaded:
    """A module with its inputs bound. From here on the process is in inference_mode: it is not entered
    anew by each run.
    """
    inference = torch.inference_mode()
    inference.__enter__()
    inputs = tuple(torch.from_numpy(array) for array in case.inputs.values())
    last: list[torch.Tensor] = []

    def run() -> None:
        last[:] = (module(*inputs),)

    return Loaded(run, lambda: last[0].numpy(), compile_seconds, setting, inference)


def load(case: WorkerCase) -> Loaded:
    torch.set_num_threads(case.threads)
    module = make_form(case.variant, case.form)
    return bind(module, case, 0.0, f"inference_mode, {ATTENTION[case.form]}")
