"""The tests of the generator, its verdicts and the reducer: nothing is compiled but where a test says so."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
os.environ.setdefault("BUDDY", str(ROOT / "build" / "bin" / "buddy"))
torch.set_num_threads(1)
