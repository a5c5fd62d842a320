"""Builds a program line by line: each line is run at once, and one that eager PyTorch refuses is not taken.

A program with open sizes is run with several sets of sizes side by side, so that what holds for one only
is found here.
"""

from __future__ import annotations

import copy
import functools
import math
import random
import warnings
from types import SimpleNamespace
from typing import Any

import torch
from program import NAME, Body, Line, Program, Size, Tensor
from values import expression, kind_of_floats

DTYPES = (torch.float32, torch.int64, torch.int32, torch.bool, torch.float64, torch.float16)
#: What is larger is not made: compile time and eager's own error grow with the values.
LARGEST_VALUE = 1e5


def generator(seed: int, call: int = 0) -> torch.Generator:
    """As source.HEAD has it."""
    return torch.Generator().manual_seed(seed * 1000 + call)


class Builder:
    """The body that is being written, and all values that it has so far."""

    def __init__(
        self,
        program: Program,
        body: Body,
        rng: random.Random,
        sizes: list[dict[str, int]],
        *,
        wild: bool = False,
        large: bool = False,
    ) -> None:
        self.program, self.body, self.rng = program, body, rng
        self.sizes, self.wild, self.large = sizes, wild, large
        self.limit = 400_000 if large else 12_000  # elements of a value
        self.environments = [self._environment() for _ in sizes]
        self.names: list[str] = []  # in order of their making
        for member in program.members:
            self._make(member)

    def _environment(self) -> dict[str, Any]:
        return {"torch": torch, "math": math, "self": SimpleNamespace()}

    # What there is -----------------------------------------------------------------------------------

    def value(self, name: str, number: int = 0) -> torch.Tensor:
        environment = self.environments[number]
        if name.startswith("self."):
            return getattr(environment["self"], name[5:])
        return environment[name]

    def values(self, name: str) -> list[torch.Tensor]:
        return [self.value(name, number) for number in range(len(self.sizes))]

    def dtype(self, name: str) -> torch.dtype:
        return self.value(name).dtype

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.value(name).shape)

    def rank(self, name: str) -> int:
        return self.value(name).dim()

    def size(self, name: str, dim: int) -> Size | None:
        """A number, the name of the symbol that it is, or None: something else that depends on symbols."""
        each = [value.shape[dim] for value in self.values(name)]
        for symbol in self.program.symbols:
            if each == [sizes[symbol.name] for sizes in self.sizes]:
                return symbol.name
        return each[0] if len(set(each)) == 1 else None

    def input_shape(self, name: str) -> tuple[Size, ...] | None:
        """The shape as an input may have it, or None."""
        sizes = [self.size(name, dim) for dim in range(self.rank(name))]
        return None if None in sizes else tuple(size for size in sizes if size is not None)

    def size_text(self, name: str, dim: int) -> str:
        """How a line of forward says the size."""
        size = self.size(name, dim)
        return str(size) if isinstance(size, int) else f"{name}.shape[{dim % self.rank(name)}]"

    def shapes_text(self, name: str) -> list[str]:
        return [self.size_text(name, dim) for dim in range(self.rank(name))]

    def is_fixed(self, name: str, dim: int) -> bool:
        return isinstance(self.size(name, dim), int)

    def floats(self, name: str) -> bool:
        return self.dtype(name) == torch.float32

    def is_finite(self, name: str) -> bool:
        return all(bool(value.isfinite().all()) for value in self.values(name))

    def is_name(self, text: str) -> bool:
        return NAME.fullmatch(text) is not None

    def float_kind(self) -> str:
        return kind_of_floats(self.rng, self.wild)

    def pick(self, accept: Any = None) -> str | None:
        """A value, rather one that is new; some are used several times."""
        fitting = [name for name in self.names if accept is None or accept(name)]
        if not fitting:
            return None
        place = len(fitting) - 1 - min(int(self.rng.expovariate(0.25)), len(fitting) - 1)
        return fitting[place] if self.rng.random() < 0.8 else self.rng.choice(fitting)

    # What is added ------------------------------------------------------------------------------------

    def _make(self, one: Tensor) -> None:
        for environment, sizes in zip(self.environments, self.sizes):
            g = functools.partial(generator, call=0)
            text = expression(one.kind, one.shape, one.seed, one.limit, "g")
            value = eval(text, {"torch": torch, "math": math, "g": g, **sizes})
            if one.name.startswith("self."):
                setattr(environment["self"], one.name[5:], value)
            else:
                environment[one.name] = value
        self.names.insert(0, one.name)  # results are rather taken than what is given

    def _given(self, name: str, kind: str, shape: tuple[Size, ...], limit: Size) -> Tensor:
        return Tensor(name, kind, shape, self.rng.randrange(10**6), limit)

    def new_input(self, kind: str, shape: tuple[Size, ...], limit: Size = 0) -> str:
        number = sum(len(body.inputs) for body in self.program.bodies)
        one = self._given(f"x{number}", kind, shape, limit)
        self.body.inputs.append(one)
        self._make(one)
        return one.name

    def new_member(self, kind: str, shape: tuple[int, ...], letter: str = "p", limit: Size = 0) -> str:
        one = self._given(f"self.{letter}{len(self.program.members)}", kind, shape, limit)
        self.program.members.append(one)
        self._make(one)
        return one.name

    def new_tensor(self, kind: str, shape: tuple[Size, ...], limit: Size = 0) -> str:
        """An input or, if it may be, a parameter or constant."""
        fixed = all(isinstance(size, int) for size in (*shape, limit))
        if fixed and self.rng.random() < 0.5:
            is_parameter = kind in ("normal", "positive", "unit", "weight", "whole", "small")
            return self.new_member(kind, shape, "p" if is_parameter and self.rng.random() < 0.8 else "b", limit)
        return self.new_input(kind, shape, limit)

    def _fresh(self, count: int) -> list[str]:
        taken = sum(len(line.targets) for body in self.program.bodies for line in body.lines)
        return [f"v{taken + number}" for number in range(count)]

    def _is_good(self, value: Any) -> bool:
        if not isinstance(value, torch.Tensor) or value.dtype not in DTYPES or value.numel() > self.limit:
            return False
        if self.wild or value.numel() == 0 or value.dtype == torch.bool:
            return True
        if not value.is_floating_point():
            return int(value.abs().max()) < 2**24
        return bool(torch.isfinite(value).all()) and float(value.abs().max()) < LARGEST_VALUE

    def add(self, text: str, operation: str = "") -> list[str] | None:
        """The line ``vN = text``, or ``vN, vM = text`` if it gives several; their names, or None if it does not run."""
        results: list[list[torch.Tensor]] = []
        is_one = True
        for environment in self.environments:
            try:
                result = self._run(text, environment)
            except Exception:
                return None
            is_one = isinstance(result, torch.Tensor)
            several = [result] if is_one else list(result or ())
            if not several or len(several) > 6 or not all(self._is_good(value) for value in several):
                return None
            results.append(several)
        if len({len(several) for several in results}) != 1:
            return None
        names = self._fresh(len(results[0]))
        for environment, several in zip(self.environments, results):
            environment.update(zip(names, several))
        # The only one of a list is taken out of it.
        self.body.lines.append(Line(tuple(names), text if is_one or len(names) > 1 else f"{text}[0]", operation))
        self.names += names
        return names

    def add_statement(self, text: str, operation: str = "") -> bool:
        """A line that changes values in place. It is tried on copies first: what fails half way changes nothing."""
        tried = [copy.deepcopy({k: v for k, v in e.items() if k not in ("torch", "math")}) for e in self.environments]
        for environment in tried:
            environment |= {"torch": torch, "math": math}
            try:
                self._execute(text, environment)
            except Exception:
                return False
            held = [*environment.values(), *vars(environment["self"]).values()]
            if not all(self._is_good(value) for value in held if isinstance(value, torch.Tensor)):
                return False
        for environment in self.environments:
            self._execute(text, environment)
        self.body.lines.append(Line((), text, operation))
        return True

    @staticmethod
    def _run(text: str, environment: dict[str, Any]) -> Any:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            return eval(text, environment)

    @staticmethod
    def _execute(text: str, environment: dict[str, Any]) -> None:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            exec(text, environment)
