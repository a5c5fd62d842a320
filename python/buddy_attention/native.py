"""The extension module, wherever it was built."""

from __future__ import annotations

from types import ModuleType

from .tool import BuddyError


def runtime() -> ModuleType:
    """``buddy_attention._runtime``, the binding of the runtime's C interface.

    Raises BuddyError, saying how to get it, where it is not built: everything else of the package works
    without.
    """
    try:
        from . import _runtime
    except ImportError as error:
        raise BuddyError(
            f"running packages needs the extension module of buddy_attention, which cannot be imported ({error}). "
            "`pip install .` in the source tree installs the package with it; `./bootstrap build` builds it into "
            "build/python, for the Python of .venv."
        ) from error
    return _runtime
