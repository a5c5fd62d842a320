"""From a PyTorch module to a .pt2 archive."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch._export.serde import schema
from torch._export.serde.serialize import serialize_tensor_meta
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, TensorArgument
from torch.export.pt2_archive import _package
from torch.utils import _pytree as pytree

from .aliases import check_aliases
from .guards import unchecked_guards


def export_program(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    dynamic_shapes: Any = None,
) -> ExportedProgram:
    """The exported program of ``module``, with shapes fixed to those of the example inputs.

    ``dynamic_shapes`` is torch.export's: the dimensions that each run may choose, such as
    ``{"hidden_states": {1: torch.export.Dim("sequence", min=1, max=4096)}}``.

    run_decompositions is not called: linear, scaled_dot_product_attention and softmax stay whole,
    and the compiler decomposes them.

    Raises ValueError if the program holds only for sizes that a run cannot tell from others, as even ones,
    and if it changes a tensor that it uses under a second name as well.
    """
    program = _export(module, inputs, keywords, dynamic_shapes)
    check_aliases({"forward": program})
    return program


def _export(
    module: torch.nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any] | None, dynamic_shapes: Any
) -> ExportedProgram:
    with torch.no_grad():
        program = torch.export.export(module, tuple(inputs), dict(keywords or {}), dynamic_shapes=dynamic_shapes)
    unchecked = unchecked_guards(program)
    if unchecked:
        raise ValueError(
            f"what the module does depends on its sizes: it was exported for those for which {', '.join(unchecked)}, "
            "which a run does not check. Fix such sizes, give them a Dim of a range for which that holds, or take the "
            "branch out of forward()"
        )
    return program


def save_program(program: ExportedProgram, path: str | os.PathLike[str]) -> Path:
    """Writes a .pt2 archive. The archive appears under its name only when it is complete."""
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    # A folder of its own, because torch writes the file's name into the archive.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
        partial = Path(scratch) / path.name
        with _plain_structures([program]):
            torch.export.save(program, partial)
        partial.replace(path)
    return path


def _is_dumpable(structure: pytree.TreeSpec) -> bool:
    try:
        pytree.treespec_dumps(structure)
    except (NotImplementedError, TypeError):
        return False
    return True


@contextmanager
def _plain_structures(programs: Iterable[ExportedProgram]) -> Iterator[None]:
    """While it lasts what cannot be written to an archive, as ``torch.return_types.max`` or a namedtuple that is
    not registered, is a tuple of all its tensors: packages know no structures, and their callers keep them.
    """
    changed = []
    for entry in (entry for program in programs for entry in program.module_call_graph):
        signature = entry.signature
        if signature is None:
            continue
        inputs, outputs = signature.in_spec, signature.out_spec
        if not _is_dumpable(inputs):
            inputs = pytree.tree_structure(((None,) * inputs.num_leaves, {}))
        if not _is_dumpable(outputs):
            outputs = pytree.tree_structure((None,) * outputs.num_leaves)
        if (inputs, outputs) != (signature.in_spec, signature.out_spec):
            changed.append((entry, signature))
            entry.signature = dataclasses.replace(signature, in_spec=inputs, out_spec=outputs)
    try:
        yield
    finally:
        for entry, signature in changed:
            entry.signature = signature


@contextmanager
def _storages_saved_once() -> Iterator[None]:
    """While it lasts torch writes a storage that several programs have once, and refers to it.

    PyTorch 2.13 writes the parameters anew for each program of an archive, and reads an archive in
    which they are shared all the same.
    """
    written: dict[tuple[str, int], str] = {}  # folder and storage -> the entry that holds it
    save = _package._save_raw_tensors

    def save_new(
        items: dict[str, Any],
        model_name: str,
        writer: Any,
        config: dict[str, Any],
        directory: str,
        prefix: str,
        index: int,
    ) -> int:
        def key(tensor: torch.Tensor) -> tuple[str, int]:
            return directory, tensor.untyped_storage().data_ptr()

        known = {name: item for name, item in items.items() if key(item[0]) in written}
        fresh = {name: item for name, item in items.items() if name not in known}
        index = save(fresh, model_name, writer, config, directory, prefix, index)
        for name, (tensor, _) in fresh.items():
            written[key(tensor)] = config[name].path_name
        for name, (tensor, _) in known.items():
            config[name] = schema.PayloadMeta(
                path_name=written[key(tensor)],
                is_param=isinstance(tensor, torch.nn.Parameter),
                use_pickle=False,
                tensor_meta=serialize_tensor_meta(tensor),
            )
        return index

    _package._save_raw_tensors = save_new  # type: ignore[assignment]
    try:
        yield
    finally:
        _package._save_raw_tensors = save


def export_programs(
    module: torch.nn.Module,
    calls: Mapping[str, Mapping[str, Any]],
    path: str | os.PathLike[str],
    dynamic_shapes: Mapping[str, Any] | None = None,
) -> dict[str, ExportedProgram]:
    """Exports ``module`` once for each of ``calls``, into one archive: a package with several entries.

    ``calls`` has, by the entry's name, the example arguments of a call by theirs: a prefill of many
    tokens and a step of one, say. The entries share the parameters, which the archive holds once, and
    the buffers that the module changes. ``dynamic_shapes`` has torch.export's for the entries that have
    any, by the entry's name.
    """
    for name in calls:
        if not name.isidentifier() or not name.isascii():
            raise ValueError(f"the entry {name!r} becomes a C function: use letters, digits and underscores")
    shapes = dynamic_shapes or {}
    programs = {name: _export(module, (), keywords, shapes.get(name)) for name, keywords in calls.items()}
    check_aliases(programs)
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
        partial = Path(scratch) / path.name
        with _storages_saved_once(), _plain_structures(programs.values()):
            _package.package_pt2(str(partial), exported_programs=programs)
        partial.replace(path)
    return programs


def export_layer(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    path: str | os.PathLike[str],
    keywords: Mapping[str, Any] | None = None,
    dynamic_shapes: Any = None,
) -> ExportedProgram:
    """Exports ``module`` with the example inputs and writes the archive to ``path``."""
    program = export_program(module, inputs, keywords, dynamic_shapes)
    save_program(program, path)
    return program


def named_inputs(
    program: ExportedProgram, inputs: Sequence[Any], keywords: Mapping[str, Any] | None = None
) -> dict[str, torch.Tensor]:
    """The tensors among the inputs, under the names that the exported signature gives them.

    Raises ValueError if the inputs do not have the structure that was exported.
    """
    specs = [s for s in program.graph_signature.input_specs if s.kind == InputKind.USER_INPUT]
    leaves = pytree.tree_leaves((tuple(inputs), dict(keywords or {})))
    if len(leaves) != len(specs):
        raise ValueError(f"the program was exported with {len(specs)} inputs, {len(leaves)} were given")
    named: dict[str, torch.Tensor] = {}
    for spec, leaf in zip(specs, leaves):
        if isinstance(spec.arg, TensorArgument):
            if not isinstance(leaf, torch.Tensor):
                raise ValueError(f"input {spec.arg.name!r} was exported as a tensor, got {type(leaf).__name__}")
            named[spec.arg.name] = leaf
    return named


def named_params(program: ExportedProgram) -> dict[str, torch.Tensor]:
    """Parameters, then buffers, then lifted constants, each in signature order, under their names.

    The float32 ones, back to back, are what arg0.data holds.
    """
    kinds = (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR)
    named: dict[str, torch.Tensor] = {}
    for kind in kinds:
        for spec in program.graph_signature.input_specs:
            if spec.kind != kind or spec.target is None:
                continue
            # Buffers that are not persistent are kept with the constants.
            source = program.state_dict if spec.target in program.state_dict else program.constants
            named[spec.target] = source[spec.target].detach()
    return named
