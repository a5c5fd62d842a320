"""Buddy Attention from Python: exporting PyTorch modules, compiling them, and running what was compiled.

``compile`` makes a callable of a module, ``load`` runs a package, and
``torch.compile(module, backend="buddy")`` compiles what it can of a model as it runs. ``DynamoCompiler``
and the functions beside it write archives, the compiler's files and references. The program ``buddy`` does
the compiling; docs/python.md has the how-to.
"""

from .tool import REPOSITORY, BuddyError, build_folder, find_buddy, run_buddy

# In a source tree the extension module lies in the build folder.
if (REPOSITORY / "python" / "buddy_attention").is_dir():
    __path__.append(str(build_folder() / "python" / "buddy_attention"))

from .compiled import CompiledModule, compile
from .compiler import DynamoCompiler
from .export import export_layer, export_programs
from .model import Context, Entry, Model, Symbol, TensorInfo, load
from .reference import eager_outputs, eager_steps, write_reference, write_steps_reference

__all__ = [
    "BuddyError",
    "CompiledModule",
    "Context",
    "DynamoCompiler",
    "Entry",
    "Model",
    "Symbol",
    "TensorInfo",
    "compile",
    "eager_outputs",
    "eager_steps",
    "export_layer",
    "export_programs",
    "find_buddy",
    "load",
    "run_buddy",
    "write_reference",
    "write_steps_reference",
]
