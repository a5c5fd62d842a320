"""What is said when something is left to PyTorch: once for each reason."""

from __future__ import annotations

import threading
import warnings


class BuddyFallbackWarning(UserWarning):
    """A graph of torch.compile, or a part of it, is run by PyTorch. The results are right all the same."""


_lock = threading.Lock()
_said: set[str] = set()


def warn_once(reason: str) -> None:
    with _lock:
        if reason in _said:
            return
        _said.add(reason)
    warnings.warn(f'torch.compile(backend="buddy"): {reason}', BuddyFallbackWarning, stacklevel=2)


def forget_warnings() -> None:
    """Says everything again from here on."""
    with _lock:
        _said.clear()
