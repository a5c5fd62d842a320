"""Buddy Attention from Python: exporting PyTorch modules, compiling them, and running what was compiled.

``compile`` makes a callable of a module, ``load`` runs a package, and
``torch.compile(module, backend="buddy")`` compiles what it can of a model as it runs. ``DynamoCompiler``
and the functions beside it write archives, the compiler's files and references. The program ``buddy`` does
the compiling; docs/python.md has the how-to.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .tool import REPOSITORY, BuddyError, build_folder, find_buddy, run_buddy

# In a source tree the extension module lies in the build folder.
if (REPOSITORY / "python" / "buddy_attention").is_dir():
    __path__.append(str(build_folder() / "python" / "buddy_attention"))

if TYPE_CHECKING:
    from .compiled import CompiledModule, compile
    from .compiler import DynamoCompiler
    from .export import export_layer, export_programs
    from .model import Context, Entry, Model, ParamsInfo, Symbol, TensorInfo, load
    from .reference import (
        eager_outputs,
        eager_steps,
        expected_outputs,
        expected_steps,
        write_reference,
        write_steps_reference,
    )
    from .rule import Verdict, judge, judge_outputs

#: Where the names are that need PyTorch. It takes seconds to import, and `buddy --version` does not need it.
_HOMES = {
    "compiled": ("CompiledModule", "compile"),
    "compiler": ("DynamoCompiler",),
    "export": ("export_layer", "export_programs"),
    "model": ("Context", "Entry", "Model", "ParamsInfo", "Symbol", "TensorInfo", "load"),
    "reference": (
        "eager_outputs",
        "eager_steps",
        "expected_outputs",
        "expected_steps",
        "write_reference",
        "write_steps_reference",
    ),
    "rule": ("Verdict", "judge", "judge_outputs"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BuddyError",
    "CompiledModule",
    "Context",
    "DynamoCompiler",
    "Entry",
    "Model",
    "ParamsInfo",
    "Symbol",
    "TensorInfo",
    "Verdict",
    "compile",
    "eager_outputs",
    "eager_steps",
    "expected_outputs",
    "expected_steps",
    "export_layer",
    "export_programs",
    "find_buddy",
    "judge",
    "judge_outputs",
    "load",
    "run_buddy",
    "write_reference",
    "write_steps_reference",
]


def __getattr__(name: str) -> Any:
    """The names of ``_HOMES`` and the modules themselves, when they are first asked for."""
    if name in _HOMES:
        return import_module(f".{name}", __name__)
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value  # not asked for again
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
