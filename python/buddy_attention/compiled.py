"""compile(): a module in, a callable out that runs as a package."""

from __future__ import annotations

import inspect
import os
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import ConstantArgument, InputKind, OutputKind, TensorArgument
from torch.utils import _pytree as pytree

from .export import export_program, save_program
from .model import Context, Entry, Model, load
from .folder import TemporaryFolder
from .native import runtime
from .tool import run_buddy


def _is_same_constant(value: Any, compiled: Any) -> bool:
    if isinstance(value, float) and isinstance(compiled, float):
        return struct.pack("d", value) == struct.pack("d", compiled)  # 0.0 is not -0.0, and nan is itself
    return value is compiled or (type(value) is type(compiled) and bool(value == compiled))


class Calls:
    """What the arguments and results of a module's calls look like, as it was exported."""

    def __init__(self, forward: inspect.Signature, program: ExportedProgram) -> None:
        self.forward = forward
        spec = program.call_spec
        if spec.in_spec is None or spec.out_spec is None:
            raise ValueError("the exported program does not say what its arguments look like")
        self.inputs, self.outputs = spec.in_spec, spec.out_spec
        self.positional: list[str] = []
        self.keywords: list[str] = []
        positional, keywords = pytree.tree_unflatten([None] * self.inputs.num_leaves, self.inputs)
        kinds = {parameter.kind for parameter in forward.parameters.values()}
        #: forward(*args, **kwargs) says nothing about names: such a module is called as it was exported.
        self.is_named = not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
        if self.is_named:
            self.positional = list(forward.parameters)[: len(positional)]
        self.num_positional = len(positional)
        self.keywords = list(keywords)
        signature = program.graph_signature
        self.arguments = [one.arg for one in signature.input_specs if one.kind == InputKind.USER_INPUT]
        self.results = [one.arg for one in signature.output_specs if one.kind == OutputKind.USER_OUTPUT]

    def _as_exported(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if self.is_named:
            bound = self.forward.bind(*args, **kwargs)
            bound.apply_defaults()
            for name, value in bound.arguments.items():
                # What was left at its default then is part of the program.
                is_given = name in self.positional or name in self.keywords
                if not is_given and not _is_same_constant(value, self.forward.parameters[name].default):
                    raise TypeError(f"the module was compiled without the argument {name!r}: compile it with it")
            args = tuple(bound.arguments[name] for name in self.positional)
            kwargs = {name: bound.arguments[name] for name in self.keywords}
        elif len(args) != self.num_positional or set(kwargs) != set(self.keywords):
            raise TypeError(
                f"the module was compiled with {self.num_positional} positional arguments and the keywords "
                f"{self.keywords}, got {len(args)} and {list(kwargs)}"
            )
        return args, {name: kwargs[name] for name in self.keywords}

    def tensors(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[torch.Tensor]:
        """The tensors among a call's arguments. Raises if anything else is not as it was compiled."""
        leaves, spec = pytree.tree_flatten(self._as_exported(args, kwargs))
        if spec != self.inputs:
            raise TypeError(f"the arguments have the structure {spec}, the module was compiled with {self.inputs}")
        tensors = []
        for leaf, argument in zip(leaves, self.arguments):
            if isinstance(argument, TensorArgument):
                tensors.append(leaf)
            elif isinstance(argument, ConstantArgument) and not _is_same_constant(leaf, argument.value):
                raise ValueError(
                    f"the argument {argument.name!r} is {leaf!r}, the module was compiled with {argument.value!r}, "
                    "which is part of the program: compile it again for another value"
                )
        return tensors

    def out_tensors(self, out: Any) -> list[torch.Tensor]:
        leaves, spec = pytree.tree_flatten(out)
        if spec != self.outputs:
            raise TypeError(f"out= has the structure {spec}, the module returns {self.outputs}")
        return [leaf for leaf, result in zip(leaves, self.results) if isinstance(result, TensorArgument)]

    def result(self, tensors: Sequence[torch.Tensor]) -> Any:
        left = iter(tensors)  # what is no tensor is None
        leaves = [next(left) if isinstance(one, TensorArgument) else None for one in self.results]
        return pytree.tree_unflatten(leaves, self.outputs)


class CompiledModule:
    """A compiled module, called as the module is. Made by compile().

    A module without states may be called from several threads at once. The buffers that a module changes
    are its states: they are this object's own, start as they were when it was compiled, and calls wait
    for one another.
    """

    def __init__(self, calls: Calls, model: Model) -> None:
        self._calls = calls
        self.model = model
        self._entry: Entry = next(iter(model.entries.values()))
        self._context: Context | None = model.context() if model.states else None
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """The package's folder."""
        return Path(self.model.path)

    def __repr__(self) -> str:
        return f"<buddy_attention.CompiledModule {self._entry!r}>"

    def __call__(self, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        """Runs the module: its arguments, by position or name, and its structure of outputs.

        ``out`` has tensors for the outputs, in that structure. Inputs and errors are as in Context.run.
        """
        inputs = self._calls.tensors(args, kwargs)
        given = None if out is None else self._calls.out_tensors(out)
        with self._own_context() as context:
            outputs = context.run_list(self._entry, inputs, given)
        return self._calls.result(outputs)

    def _own_context(self) -> AbstractContextManager[Context]:
        return self.model._pooled_context() if self._context is None else self._locked(self._context)

    @contextmanager
    def _locked(self, context: Context) -> Iterator[Context]:
        with self._lock:
            yield context

    def reset(self) -> None:
        """The states are again what they were when the module was compiled."""
        if self._context is not None:
            with self._lock:
                self._context.reset()


def compile_program(
    program: ExportedProgram,
    *,
    target: str = "native",
    threads: int | None = None,
    options: Sequence[str] = (),
    package: str | os.PathLike[str] | None = None,
) -> Model:
    """Compiles an exported program and loads the package.

    It lies in ``package``, or in a temporary folder that goes with the model.
    """
    runtime()  # before the work, not after it
    scratch = TemporaryFolder()
    keep = False
    try:
        archive = save_program(program, scratch.path / "module.pt2")
        folder = scratch.path / "module.buddy" if package is None else Path(package)
        run_buddy(["compile", archive, "-o", folder, f"--target={target}", *options])
        archive.unlink()
        model = load(folder, threads=threads)
        if package is None:
            model._folder = scratch  # it goes with the model
            keep = True
        return model
    finally:
        if not keep:
            scratch.remove()


def compile(  # noqa: A001  (torch.compile's name)
    module: torch.nn.Module,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    dynamic_shapes: Any = None,
    target: str = "native",
    threads: int | None = None,
    options: Sequence[str] = (),
    package: str | os.PathLike[str] | None = None,
) -> CompiledModule:
    """Compiles a module ahead of time, for arguments like these, and returns what is called in its place.

        layer = buddy_attention.compile(module, (hidden_states, mask))
        output = layer(hidden_states, mask)

    Shapes are those of the example arguments but for ``dynamic_shapes``, torch.export's. The parameters
    are those of now: the package holds them, packed. Arguments that are no tensors are part of the
    program, and a call with others is refused.

    ``target`` and ``options`` are those of ``buddy compile``; ``threads`` as in load(). The package is
    kept in ``package`` if that is given, and can be loaded again.

    Raises what torch.export raises, and BuddyError, with the Python lines, if something in the module is
    not supported.
    """
    if "out" in inspect.signature(module.forward).parameters:
        raise ValueError("forward() has a parameter 'out', which is where compiled modules put outputs: rename it")
    program = export_program(module, args, kwargs, dynamic_shapes)
    calls = Calls(inspect.signature(module.forward), program)
    model = compile_program(program, target=target, threads=threads, options=options, package=package)
    return CompiledModule(calls, model)
