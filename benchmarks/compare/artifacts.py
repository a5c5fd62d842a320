"""The files that peers load: exported once, kept between runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import ROOT, buddy
from .peers import Peer
from .prepare import DONE


class PreparationFailed(Exception):
    """The layers could not be exported. The text is the exporter's."""


def _sources() -> list[Path]:
    here = Path(__file__).parent
    files = [here / name for name in ("prepare.py", "torch_forms.py", "onnx_forms.py", "layers.py")]
    files += [ROOT / "examples" / "BuddyAttention" / "attention_model.py", ROOT / "requirements.txt"]
    return files + [ROOT / "benchmarks" / "requirements.txt", *(ROOT / "python" / "buddy_attention").rglob("*.py")]


def _is_current(folder: Path, kinds: Sequence[str]) -> bool:
    try:
        done = json.loads((folder / DONE).read_text())
        newest = max(source.stat().st_mtime for source in _sources())
        return set(kinds) <= set(done["kinds"]) and (folder / DONE).stat().st_mtime > newest
    except (OSError, ValueError, KeyError):
        return False


def prepare_layers(work: Path, names: Sequence[str], peers: Sequence[Peer]) -> None:
    """Exports the layers ("default-s40", ...) that are not there yet, in a process with PyTorch."""
    kinds = [kind for kind in ("onnx", "openvino") if any(kind in peer.packages for peer in peers)]
    missing = [name for name in names if not _is_current(work / name, kinds)]
    if not missing:
        return
    command = [sys.executable, "-m", f"{__package__}.prepare", "--work", work, "--kinds", ",".join(kinds), *missing]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'benchmarks'}{os.pathsep}{ROOT / 'python'}"}
    work.mkdir(parents=True, exist_ok=True)
    log = work / "prepare.log"
    with log.open("w") as out:
        done = subprocess.run(list(map(str, command)), env=environment, stdout=out, stderr=subprocess.STDOUT)
    if done.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise PreparationFailed(f"exporting the layers failed: {lines[-1] if lines else '?'}\n  the log is {log}")


def export_seconds(folder: Path, peer: Peer, form: str) -> float:
    """How long it took from the module to the file that this peer loads; 0 if it loads none."""
    seconds: dict[str, Any] = json.loads((folder / DONE).read_text())["seconds"]
    name = "layer.pt2" if peer.name == "ours" else peer.artifact(form)
    return float(seconds[name]) if name else 0.0


def compile_package(folder: Path) -> float:
    """layer.pt2 to layer.buddy; the seconds it took. Raises BuddyFailed."""
    made = buddy.run_json("compile", folder / "layer.pt2", "-o", folder / "layer.buddy")
    return float(made["seconds"])
