"""What is said when something is left to PyTorch: once for each reason."""

from __future__ import annotations

import sys
import threading
import warnings
from pathlib import Path

import torch

from ..tool import PACKAGE


class BuddyFallbackWarning(UserWarning):
    """A graph of torch.compile, or a part of it, is run by PyTorch. The results are right all the same."""


_lock = threading.Lock()
_said: set[str] = set()
_NOT_THE_USER = (str(PACKAGE), str(Path(torch.__file__).parent), "<")


def warn_once(reason: str) -> None:
    with _lock:
        if reason in _said:
            return
        _said.add(reason)
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_NOT_THE_USER) and frame.f_back is not None:
        frame = frame.f_back
    text = f'torch.compile(backend="buddy"): {reason}'
    warnings.warn_explicit(text, BuddyFallbackWarning, frame.f_code.co_filename, frame.f_lineno)


def forget_warnings() -> None:
    """Says everything again from here on."""
    with _lock:
        _said.clear()
