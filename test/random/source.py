"""A program as the source of a Python file that stands alone."""

from __future__ import annotations

import linecache
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

from program import Body, Program, Tensor
from values import expression

HEAD = '''\
"""Random program {seed} ({kind}): `./bootstrap fuzz --seed {seed} --programs 1` makes it again."""

import functools
import math

import torch


def generator(seed, call=0):
    return torch.Generator().manual_seed(seed * 1000 + call)


'''
FOOT = """\


if __name__ == "__main__":
    import subprocess
    import sys

    from buddy_attention import find_buddy
    sys.path.insert(0, {folder!r})
    from execute import export

    export(sys.modules["__main__"], "program.pt2")
    sys.exit(subprocess.call([find_buddy(), "compile", "program.pt2", "-o", "program.buddy"]))
"""


def _member(one: Tensor) -> str:
    value = expression(one.kind, one.shape, one.seed, one.limit, "generator")
    name = one.name.removeprefix("self.")
    if name.startswith("p"):
        return f"self.{name} = torch.nn.Parameter({value}, requires_grad=False)"
    return f'self.register_buffer("{name}", {value})'


def _method(body: Body, name: str) -> list[str]:
    arguments = ", ".join(["self", *(one.name for one in body.inputs)])
    lines = [f"def {name}({arguments}):", *(f"    {line}" for line in body.lines)]
    return [*lines, f"    return {', '.join(body.outputs)}{',' if len(body.outputs) == 1 else ''}", ""]


def _dispatcher(bodies: list[Body]) -> list[str]:
    """A forward whose arguments say which of the methods is meant."""
    names = [f"{one.name}=None" for body in bodies for one in body.inputs]
    lines = [f"def forward({', '.join(['self', *names])}):"]
    for body in bodies:
        call = f"return self.{body.name}({', '.join(one.name for one in body.inputs)})"
        lines += [f"    if {body.inputs[0].name} is not None:", f"        {call}"]
    return [*lines, ""]


def _inputs(body: Body, program: Program) -> list[str]:
    sizes = ", ".join([*(f"{symbol.name}={symbol.example}" for symbol in program.symbols)])
    lines = [f"def inputs_{body.name}(call=0{', ' if sizes else ''}{sizes}):"]
    lines += ["    g = functools.partial(generator, call=call)", "    return {"]
    for one in body.inputs:
        lines.append(f'        "{one.name}": {expression(one.kind, one.shape, one.seed, one.limit, "g")},')
    return [*lines, "    }", "", ""]


def _dims(program: Program) -> list[str]:
    """torch.export's dynamic_shapes by entry; an entry that has none is left out."""
    lines = ["DYNAMIC = {"]
    for body in program.bodies:
        rows = []
        for one in body.inputs:
            dims = {
                i: f'torch.export.Dim("{s.name}", min={s.min}, max={s.max})'
                for i, size in enumerate(one.shape)
                for s in program.symbols
                if s.name == size
            }
            text = ", ".join(f"{i}: {dim}" for i, dim in dims.items())
            rows.append(f'        "{one.name}": {{{text}}},')
        if any("Dim" in row for row in rows):
            lines += [f'    "{body.name}": {{', *rows, "    },"]
    return [*lines, "}"]


def source(program: Program) -> str:
    lines = ["class Program(torch.nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {_member(one)}" for one in program.members] + [""]
    if len(program.bodies) == 1:
        method = _method(program.bodies[0], "forward")
    else:
        method = [line for body in program.bodies for line in _method(body, body.name)] + _dispatcher(program.bodies)
    lines += textwrap.indent("\n".join(method), "    ").splitlines() + [""]
    for body in program.bodies:
        lines += _inputs(body, program)
    lines += _dims(program)
    steps = [f"    ({step.entry!r}, {step.sizes!r}, {step.number})," for step in program.steps]
    lines += ["# The calls, in order: the entry, its sizes, and which values.", "STEPS = [", *steps, "]"]
    text = HEAD.format(seed=program.seed, kind=program.kind) + "\n".join(lines)
    return text + FOOT.format(folder=str(Path(__file__).parent))


def load(text: str, path: Path) -> ModuleType:
    """The module of a program's source, which is written to ``path``: reports name its lines."""
    path.write_text(text)
    linecache.checkcache(str(path))
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    space: dict[str, Any] = module.__dict__
    exec(compile(text, str(path), "exec"), space)
    return module
