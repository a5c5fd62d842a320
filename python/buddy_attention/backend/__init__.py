"""The backend of ``torch.compile(module, backend="buddy")``.

Dynamo takes a function apart into graphs; each becomes a package if it can. What cannot is run by PyTorch,
and a BuddyFallbackWarning says so once. docs/python.md has what holds and what does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import fx

from ..native import runtime
from .compiled_graph import CompiledGraph
from .facts import NotCompilable
from .options import Options
from .warn import BuddyFallbackWarning, forget_warnings, warn_once

__all__ = ["BuddyFallbackWarning", "buddy", "forget_warnings"]


def buddy(
    graph_module: fx.GraphModule, example_inputs: Sequence[Any], *, options: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """Compiles a graph: for ``torch.compile(..., backend=buddy_attention.backend.buddy)``.

    A wheel registers it under the name "buddy". ``options`` are those of Options.
    """
    runtime()  # an installation without it is no reason to fall back silently
    try:
        return CompiledGraph(graph_module, example_inputs, Options.of(options))
    except NotCompilable as reason:
        warn_once(f"a graph is run by PyTorch: {reason}")
        return graph_module.forward
