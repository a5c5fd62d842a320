"""The Python side of Buddy Attention: it exports PyTorch modules and calls the compiler.

Nothing is compiled here. A module is exported with torch.export to a .pt2 archive, and the program
``buddy`` does the rest.
"""

from .compiler import DynamoCompiler
from .export import export_layer, export_programs
from .reference import eager_outputs, eager_steps, write_reference, write_steps_reference
from .tool import BuddyError, find_buddy, run_buddy

__all__ = [
    "BuddyError",
    "DynamoCompiler",
    "eager_outputs",
    "eager_steps",
    "export_layer",
    "export_programs",
    "find_buddy",
    "run_buddy",
    "write_reference",
    "write_steps_reference",
]
