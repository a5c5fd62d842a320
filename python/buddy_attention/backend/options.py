"""The options of ``torch.compile(module, backend="buddy", options={...})``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Options:
    """``target`` and ``threads`` are those of buddy_attention.compile().

    ``freeze``: parameters are packed into the package, which is what makes it fast, and watched. False:
    they are passed on each call.
    """

    target: str = "native"
    threads: int | None = None
    freeze: bool = True

    @staticmethod
    def of(given: Mapping[str, Any] | None) -> Options:
        """Raises ValueError for an option that there is not."""
        known = [one.name for one in fields(Options)]
        for name in given or {}:
            if name not in known:
                raise ValueError(f"backend 'buddy' has no option {name!r}, its options are: {', '.join(known)}")
        options = Options(**(given or {}))
        if options.threads is not None and options.threads < 0:
            raise ValueError(f"threads is {options.threads}, must be 0 (all processors) or more")
        return options
