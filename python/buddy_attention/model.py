"""Running packages: load() and what it gives."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch.autograd import forward_ad
from torch._C import _to_dlpack as to_dlpack

from .folder import TemporaryFolder
from .native import runtime
from .tool import BuddyError

if TYPE_CHECKING:
    from . import _runtime

#: The runtime's names of dtypes.
DTYPES = {
    "f64": torch.float64,
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "i64": torch.int64,
    "i32": torch.int32,
    "i16": torch.int16,
    "i8": torch.int8,
    "u8": torch.uint8,
    "bool": torch.bool,
}

Out = torch.Tensor | Sequence[torch.Tensor] | None
Result = torch.Tensor | tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class TensorInfo:
    """An input, output or state. A size is a number, or as text what it is of the entry's symbols."""

    name: str
    dtype: torch.dtype
    shape: tuple[int | str, ...]

    @property
    def is_static(self) -> bool:
        return all(isinstance(size, int) for size in self.shape)


@dataclass(frozen=True)
class Symbol:
    """A size that each run chooses, and what it may be; ``max`` is None if there is no limit."""

    name: str
    min: int
    max: int | None


@dataclass(frozen=True)
class ParamsInfo:
    """Where a model's parameters lie: buddy_model_params of the C interface."""

    bytes: int
    present_bytes: int
    huge_bytes: int
    copied: bool
    place: str
    why: str


def _tensors(described: Sequence[tuple[str, str, tuple[int | str, ...]]]) -> tuple[TensorInfo, ...]:
    return tuple(TensorInfo(name, DTYPES[dtype], shape) for name, dtype, shape in described)


def prepare_input(tensor: object, name: str) -> torch.Tensor:
    """The tensor as the runtime takes it: in CPU memory and contiguous, copied only if it is not.

    Raises ValueError for what would silently lose something: gradients that are wanted, other devices.
    """
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"input {name!r} must be a torch.Tensor, got {type(tensor).__name__}")
    if tensor.requires_grad and torch.is_grad_enabled():
        raise ValueError(
            f"input {name!r} requires grad, and a compiled package has no gradients: "
            f"call it under torch.no_grad(), or pass {name}.detach()"
        )
    if forward_ad._current_level >= 0 and forward_ad.unpack_dual(tensor).tangent is not None:  # type: ignore[no-untyped-call]
        raise ValueError(f"input {name!r} has a tangent, and a compiled package has no derivatives: pass its primal")
    if tensor.device.type != "cpu":
        raise ValueError(f"input {name!r} is on {tensor.device}, packages run on the CPU: pass {name}.cpu()")
    if tensor.layout != torch.strided:
        raise ValueError(f"input {name!r} has the layout {tensor.layout}, pass {name}.to_dense()")
    return tensor.resolve_neg().contiguous()


class Entry:
    """A program of a package, as ``forward``, or the prefill and the decoding step of a model."""

    def __init__(self, model: Model, number: int, described: _runtime._Entry) -> None:
        name, inputs, outputs, symbols = described
        self._model = model
        self._number = number
        self.name = name
        self.inputs = _tensors(inputs)
        self.outputs = _tensors(outputs)
        self.symbols = tuple(Symbol(*symbol) for symbol in symbols)

    def __repr__(self) -> str:
        def text(tensors: Sequence[TensorInfo]) -> str:
            return ", ".join(f"{one.name}: {str(one.dtype).removeprefix('torch.')}{list(one.shape)}" for one in tensors)

        return f"<{self.name}({text(self.inputs)}) -> ({text(self.outputs)})>"

    def __call__(self, /, *tensors: torch.Tensor, out: Out = None, **named: torch.Tensor) -> Result:
        """Runs the entry on a context of the model's pool. See Context.run; not for models with states."""
        with self._model._pooled_context() as context:
            return context.run(self.name, *tensors, out=out, **named)

    def arrange(self, tensors: Sequence[torch.Tensor], named: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
        """The inputs in their order. Raises TypeError if one is missing, unknown or given twice."""
        if len(tensors) > len(self.inputs):
            raise TypeError(f"{self.name} takes {len(self.inputs)} inputs, {len(tensors)} were given")
        given = {info.name: tensor for info, tensor in zip(self.inputs, tensors)}
        for name, tensor in named.items():
            if name in given:
                raise TypeError(f"input {name!r} of {self.name} is given twice")
            given[name] = tensor
        names = [info.name for info in self.inputs]
        for name in given:
            if name not in names:
                raise TypeError(f"{self.name} has no input {name!r}, its inputs are: {', '.join(names)}")
        missing = [name for name in names if name not in given]
        if missing:
            raise TypeError(f"inputs of {self.name} are missing: {', '.join(missing)}")
        return [given[name] for name in names]

    def empty_outputs(self, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """New tensors for the outputs of a run on these inputs."""
        if self._has_static_outputs:
            return [torch.empty(info.shape, dtype=info.dtype, device="cpu") for info in self.outputs]  # type: ignore[arg-type]
        shapes = self._model._native.output_shapes(self._number, [tuple(tensor.shape) for tensor in inputs])
        return [torch.empty(shape, dtype=info.dtype, device="cpu") for shape, info in zip(shapes, self.outputs)]

    @cached_property
    def _has_static_outputs(self) -> bool:
        return all(info.is_static for info in self.outputs)

    def check_outputs(self, out: Sequence[object]) -> list[torch.Tensor]:
        """``out`` as it was given; its shapes and dtypes are left to the runtime."""
        if len(out) != len(self.outputs):
            raise TypeError(f"{self.name} has {len(self.outputs)} outputs, out= has {len(out)}")
        checked = []
        for tensor, info in zip(out, self.outputs):
            if not isinstance(tensor, torch.Tensor):
                raise TypeError(f"out= for {info.name} must be a torch.Tensor, got {type(tensor).__name__}")
            if tensor.requires_grad and torch.is_grad_enabled():
                raise ValueError(f"out= for {info.name} requires grad, and a compiled package has no gradients")
            if tensor.device.type != "cpu" or tensor.layout != torch.strided:
                raise ValueError(f"out= for {info.name} must be a dense tensor in CPU memory")
            if tensor.is_neg() or tensor.is_conj():
                raise ValueError(f"out= for {info.name} is a negated or conjugated view: pass one of its own memory")
            checked.append(tensor)
        return checked


class Context:
    """The memory of one run, and the model's states: one for each thread that runs, or conversation.

    Made by Model.context().
    """

    def __init__(self, model: Model, threads: int) -> None:
        self._model = model
        self._native: _runtime.Context = runtime().Context(model._native, threads)

    def __call__(self, /, *tensors: torch.Tensor, out: Out = None, **named: torch.Tensor) -> Result:
        """Runs the first entry."""
        return self.run(next(iter(self._model.entries)), *tensors, out=out, **named)

    def run(self, entry: str, /, *tensors: torch.Tensor, out: Out = None, **named: torch.Tensor) -> Result:
        """Runs an entry once and returns its output; a tuple if it has several.

        Inputs are given in order or by name. Contiguous ones are used where they lie, others are copied
        first. ``out`` is where the outputs go, contiguous and of the right shapes; without it they are new
        tensors. The GIL is released meanwhile, and a context that runs already refuses.

        Raises ValueError or TypeError for tensors that do not fit, IndexError where an index that the program
        computes is outside, RuntimeError for anything else.
        """
        described = self._model.entries.get(entry)
        if described is None:
            raise ValueError(f"there is no entry {entry!r}, the model has: {', '.join(self._model.entries)}")
        given = None if out is None else [out] if isinstance(out, torch.Tensor) else list(out)
        outputs = self.run_list(described, described.arrange(tensors, named), given)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # dynamo cannot follow the runtime
    def run_list(
        self, entry: Entry, inputs: Sequence[torch.Tensor], out: Sequence[torch.Tensor] | None = None
    ) -> list[torch.Tensor]:
        """The same with inputs and outputs as lists, in order."""
        inputs = [prepare_input(tensor, info.name) for tensor, info in zip(inputs, entry.inputs)]
        outputs = entry.empty_outputs(inputs) if out is None else entry.check_outputs(out)
        self._native.run(entry._number, [to_dlpack(t) for t in inputs], [to_dlpack(t) for t in outputs])
        if out is not None:
            for tensor in outputs:
                if not tensor.is_inference():
                    torch.autograd.graph.increment_version(tensor)  # as an operation that writes to it does
        return outputs

    def reset(self) -> None:
        """The states are again what they were when the model was exported."""
        self._native.reset()


class Model:
    """A loaded package. Immutable: any number of threads may use it at once.

    ``entries`` are its programs by name, ``states`` what a context keeps from one run to the next. A model
    without states is called like the module it was made of; each call takes a context of its own from a
    pool. One with states needs to be told whose they are: make a ``context()`` and call that.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, threads: int | None = None, always_check_params: bool = False
    ) -> None:
        native = runtime()
        self.path = os.fspath(path)
        self.threads = torch.get_num_threads() if threads is None else threads
        if self.threads < 0:
            raise ValueError(f"threads is {threads}, must be 0 (all processors) or more")
        try:
            self._native: _runtime.Model = native.Model(self.path, always_check_params)
        except native.RuntimeFailure as failure:
            raise BuddyError(str(failure)) from None
        described = self._native.entries()
        self.entries: Mapping[str, Entry] = {one[0]: Entry(self, number, one) for number, one in enumerate(described)}
        self.states = _tensors(self._native.states())
        self._pool: deque[Context] = deque()  # its append and pop are atomic
        self._folder: TemporaryFolder | None = None  # that the package is in, if it goes with this object

    def __repr__(self) -> str:
        return f"<buddy_attention.Model {self.path!r}: {', '.join(map(repr, self.entries.values()))}>"

    @property
    def _first(self) -> Entry:
        return next(iter(self.entries.values()))

    @property
    def inputs(self) -> tuple[TensorInfo, ...]:
        """The first entry's inputs."""
        return self._first.inputs

    @property
    def outputs(self) -> tuple[TensorInfo, ...]:
        """The first entry's outputs."""
        return self._first.outputs

    @property
    def params(self) -> ParamsInfo:
        """Where the parameters lie now, and how much of them in pages of 2 MiB."""
        return ParamsInfo(*self._native.params())

    def __call__(self, /, *tensors: torch.Tensor, out: Out = None, **named: torch.Tensor) -> Result:
        """Runs the first entry. See Context.run; not for models with states."""
        return self._first(*tensors, out=out, **named)

    def context(self, threads: int | None = None) -> Context:
        """A new context, whose states are as they were at export. ``threads`` as in load()."""
        return Context(self, self.threads if threads is None else threads)

    @contextmanager
    def _pooled_context(self) -> Iterator[Context]:
        if self.states:
            raise BuddyError(
                f"the model has states ({', '.join(state.name for state in self.states)}), which are kept from one run "
                "to the next: make `context = model.context()` and call context(...) or context.run('entry', ...)"
            )
        try:
            context = self._pool.pop()
        except IndexError:
            context = self.context()
        try:
            yield context
        finally:
            self._pool.append(context)


def load(path: str | os.PathLike[str], *, threads: int | None = None, always_check_params: bool = False) -> Model:
    """Loads a package folder that ``buddy compile`` or ``DynamoCompiler.compile`` made.

        model = load("layer.buddy")
        output = model(hidden_states, mask)             # or by name: model(hidden_states=..., mask=...)
        model.entries["forward"].inputs                 # names, dtypes, shapes

    ``threads`` is the number of OpenMP threads of a run: as many as torch.get_num_threads() says when
    None, all processors when 0. The parameters' checksum is checked up to 256 MB, above that only with
    ``always_check_params``. A package is code: load only what you would also execute.

    Raises BuddyError if there is no package, if it is damaged, of another version, or for another CPU.
    """
    return Model(path, threads=threads, always_check_params=always_check_params)
