"""DynamoCompiler: a module and inputs in; the graph, the parameters and the files out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from .export import export_program, named_inputs, named_params, save_program
from .folder import TemporaryFolder
from .reference import write_reference
from .tool import run_buddy

#: What the frontend writes, in the order of the stages; subgraph0.mlir, subgraph1.mlir, ... of as many as there are.
FRONTEND_FILES = ("graph.log", "graph_fused.log", "forward.mlir", "subgraph*.mlir", "arg0.data")


class DynamoCompiler:
    """Exports a module and hands it to ``buddy``.

        compiler = DynamoCompiler(module, (hidden_states, mask))
        print(compiler.graph)                 # the text of graph.log
        compiler.params["q_proj.weight"]      # parameters by name, in the order of arg0.data
        compiler.write_files("out")           # graph.log, graph_fused.log, forward.mlir, ...
        compiler.compile("layer.buddy")       # the package

    The constructor exports and raises what torch.export raises; whatever needs the compiler is done
    when it is first asked for, and raises BuddyError with the compiler's message. Shapes are those of
    the inputs but for ``dynamic_shapes``, torch.export's: sizes that each run of the package may choose.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        inputs: Sequence[Any],
        keywords: Mapping[str, Any] | None = None,
        dynamic_shapes: Any = None,
    ) -> None:
        self.module = module
        self.inputs = tuple(inputs)
        self.keywords = dict(keywords or {})
        self.program = export_program(module, self.inputs, self.keywords, dynamic_shapes)
        self._scratch = TemporaryFolder()

    @property
    def input_names(self) -> list[str]:
        """The tensor inputs' names in the exported signature."""
        return list(named_inputs(self.program, self.inputs, self.keywords))

    @cached_property
    def params(self) -> dict[str, torch.Tensor]:
        """Parameters, then buffers, then lifted constants, by name, in signature order."""
        return named_params(self.program)

    @property
    def graph(self) -> str:
        """The imported graph as text, before fusion."""
        return (self._frontend / "graph.log").read_text()

    @property
    def fused_graph(self) -> str:
        """The graph as text, after fusion and the split into forward and subgraph0."""
        return (self._frontend / "graph_fused.log").read_text()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the exported program as a .pt2 archive."""
        return save_program(self.program, path)

    def write_files(self, directory: str | os.PathLike[str]) -> list[Path]:
        """Writes the frontend's files into ``directory``, which is made if it is missing."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        files = [file for pattern in FRONTEND_FILES for file in sorted(self._frontend.glob(pattern))]
        return [Path(shutil.copyfile(file, directory / file.name)) for file in files]

    def write_reference(self, path: str | os.PathLike[str], *, values: bool = False) -> Path:
        """Writes the inputs and eager's f32 and f64 outputs, for ``buddy verify``.

        With ``values`` also what each operation gives, for ``buddy report``.
        """
        write_reference(self.module, self.inputs, path, self.keywords, program=self.program, values=values)
        return Path(path)

    def compile(self, package: str | os.PathLike[str], options: Sequence[str] = ()) -> Path:
        """Compiles to a package folder. ``options`` are passed on to ``buddy compile``."""
        run_buddy(["compile", self._archive, "-o", package, *options])
        return Path(package)

    @cached_property
    def _archive(self) -> Path:
        return self.save(self._scratch.path / "layer.pt2")

    @cached_property
    def _frontend(self) -> Path:
        directory = self._scratch.path / "frontend"
        run_buddy(["compile", self._archive, "--until=tosa", "-o", directory])
        return directory
