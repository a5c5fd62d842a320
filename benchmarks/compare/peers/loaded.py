"""What a peer gives back when it has loaded the layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class WorkerCase:
    """What a worker is told to load: the prepared folder, and how to run it."""

    variant: str
    threads: int
    form: str
    folder: Path
    artifact: Path | None
    inputs: dict[str, np.ndarray]  # in signature order


@dataclass(frozen=True)
class Loaded:
    """``run()`` is one run with its inputs bound and nothing else; ``output()`` what the last one gave."""

    run: Callable[[], Any]
    output: Callable[[], np.ndarray]
    compile_seconds: float  # making code or an execution plan from a model
    setting: str  # everything that was set, for the reader
    keep: Any = None  # what `run` uses without owning it: buffers behind pointers
