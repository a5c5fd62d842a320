"""Who is compared. Nothing of a peer is imported here: each is imported in its own worker process."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field

from .. import buddy
from .runtime_library import find_runtime

EAGER_FORMS = {"default": ("module", "repeat-kv"), "mha": ("module", "sdpa")}
# A form costs inductor a compilation. Of those left out, none was faster by more than noise where all were tried.
INDUCTOR_FORMS = {"default": ("repeat-kv",), "mha": ("module", "sdpa")}
MAX_AUTOTUNE_FORMS = {"default": ("repeat-kv",), "mha": ("module",)}


@dataclass(frozen=True)
class Peer:
    """A way to run the layer. ``forms`` are what it is tried with, by variant: the fastest one is measured."""

    name: str
    title: str
    forms: Mapping[str, tuple[str, ...]]
    module: str  # of this package: has load(case, form) -> Loaded
    packages: tuple[str, ...] = ()  # that must be installed
    artifacts: Mapping[str, str] = field(default_factory=dict)  # form -> the prepared file it loads
    environment: Mapping[str, str] = field(default_factory=dict)

    def artifact(self, form: str) -> str | None:
        """The prepared file that this form loads, or None if it is made from the module."""
        return self.artifacts.get(form)

    def version(self) -> str:
        """Of the package that runs it; of ours, what `buddy --version` says."""
        if self.name == "ours":
            return buddy.run("--version").strip().removeprefix("buddy ")
        return importlib.metadata.version(self.packages[-1])


_ONNX = {form: f"{form}.onnx" for form in ("graph", "attention-23", "gqa", "mha", "packed-attention")}

PEERS = {
    peer.name: peer
    for peer in (
        Peer("ours", "Buddy", {"default": ("package",), "mha": ("package",)}, "ours"),
        Peer("eager", "PyTorch eager", EAGER_FORMS, "eager", ("torch",)),
        Peer("inductor", "inductor, freezing", INDUCTOR_FORMS, "inductor", ("torch",)),
        Peer(
            "inductor-max",
            "inductor, max-autotune",
            MAX_AUTOTUNE_FORMS,
            "inductor",
            ("torch",),
            environment={"COMPARE_MAX_AUTOTUNE": "1"},
        ),
        Peer(
            "onnxruntime",
            "ONNX Runtime",
            {"default": ("graph", "attention-23", "gqa"), "mha": ("graph", "attention-23", "mha", "packed-attention")},
            "onnx_runtime",
            ("onnx", "onnxscript", "onnxruntime"),
            artifacts=_ONNX,
        ),
        Peer(
            "openvino",
            "OpenVINO",
            {"default": ("torch", "graph", "attention-23"), "mha": ("torch", "graph", "attention-23")},
            "open_vino",
            ("onnx", "onnxscript", "openvino"),
            artifacts={**_ONNX, "torch": "torch.xml"},
        ),
    )
}


def reason_to_skip(peer: Peer) -> str | None:
    """Why this peer cannot run here, or None."""
    if peer.name == "ours":
        try:
            buddy.program()
            find_runtime()
        except (buddy.BuddyFailed, FileNotFoundError) as error:
            return str(error)
        return None
    missing = [name for name in peer.packages if importlib.util.find_spec(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (benchmarks/requirements.txt; `./bootstrap bench` installs it)"
    if peer.module == "inductor" and not shutil.which(os.environ.get("CXX", "g++")):
        return "inductor needs a C++ compiler: apt-get install g++, or name one in $CXX"
    return None
