"""What an argument of an operation may be: a choice for each kind of the table.

Operations whose arguments depend on each other in ways that the kinds do not say are in special.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import torch
from builder import Builder
from special import COMPANIONS, OVERLOADS, VALUES
from table import Argument, Operation
from values import NUMBERS, WHOLE, random_shape

Chosen = dict[str, str]  # argument: text
#: Of bools alone; and of what has an order.
BOOLEAN = ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "__and__", "__or__", "__xor__")
ORDERED = "amax amin max min argmax argmin clamp clamp_min clamp_max abs neg sign sub rsub subtract".split()
DIMS = ("dim", "dims", "dim0", "dim1", "axis0", "axis1", "source", "destination", "start_dim", "end_dim")


def index_tensor(b: Builder, count: int | str | None, shape: tuple[int | str, ...]) -> str | None:
    """Indices below a size: given, constant, counted, or some whole numbers that are clamped."""
    if count is None or count == 0:
        return None
    way = b.rng.random()
    if way < 0.15 and isinstance(count, int):
        found = b.pick(lambda name: str(b.dtype(name)) == "torch.int64" and b.value(name).numel() < 5000)
        names = b.add(f"{found}.clamp(0, {count - 1})") if found else None
        return names[0] if names else None
    return b.new_tensor("index", shape, count)


def some_dim(b: Builder, chosen: Chosen) -> str:
    rank = b.rank(chosen["self"]) if "self" in chosen and b.is_name(chosen["self"]) else 2
    return str(b.rng.randrange(-max(rank, 1), max(rank, 1)))


def some_dims(b: Builder, chosen: Chosen) -> str:
    rank = b.rank(chosen["self"]) if "self" in chosen and b.is_name(chosen["self"]) else 2
    dims = b.rng.sample(range(rank), b.rng.randint(min(1, rank), rank))
    return str([dim - rank if b.rng.random() < 0.3 else dim for dim in dims])


def same_shape(b: Builder, name: str, other: str) -> bool:
    return [value.shape for value in b.values(name)] == [value.shape for value in b.values(other)]


def broadcasts(b: Builder, name: str, other: str) -> bool:
    """Whether ``other`` broadcasts with ``name``, at all sizes."""
    for mine, theirs in zip(b.values(name), b.values(other)):
        if any(m != t and m != 1 and t != 1 for m, t in zip(reversed(mine.shape), reversed(theirs.shape))):
            return False
    return True


def partner(b: Builder, name: str, kind: str | None = None) -> str | None:
    """A tensor that can be combined with ``name`` element by element: there already, or new."""
    roll = b.rng.random()
    fits: Callable[[str], bool] = lambda n: kind is None or kind != "bool" or str(b.dtype(n)) == "torch.bool"  # noqa: E731
    if roll < 0.4:
        return b.pick(lambda n: same_shape(b, name, n) and fits(n) and (n != name or roll < 0.03))
    if roll < 0.65:
        return b.pick(lambda n: broadcasts(b, name, n) and fits(n))
    shape = b.input_shape(name)
    if shape is None:
        return b.pick(lambda n: broadcasts(b, name, n) and fits(n))
    if roll > 0.8:  # some of the last dimensions, some of them 1
        shape = shape[b.rng.randint(0, len(shape)) :]
        shape = tuple(1 if b.rng.random() < 0.3 else size for size in shape)
    if kind is None:
        kinds = {"torch.int64": "int64", "torch.int32": "int32", "torch.bool": "bool"}
        kind = kinds.get(str(b.dtype(name))) if b.rng.random() < 0.8 else None
    return b.new_tensor(kind or b.float_kind(), shape)


def accepts(b: Builder, operation: Operation, name: str) -> bool:
    """Whether the importer takes the value's dtype; at times another is tried, which must be refused by name."""
    if operation.name in BOOLEAN:
        return b.dtype(name) == torch.bool
    if operation.name in ORDERED:
        return b.dtype(name) != torch.bool
    return operation.family != "Activations" or b.dtype(name).is_floating_point


def tensor(b: Builder, operation: Operation, argument: Argument, chosen: Chosen) -> str | None:
    first = next((text for text in chosen.values() if b.is_name(text)), None)
    if first is None:
        return b.pick(lambda name: accepts(b, operation, name))
    if argument.name in ("mask", "condition"):
        return partner(b, first, "bool")
    if argument.name in ("index", "indices"):
        dim = int(chosen.get("dim", "0")) if b.rank(first) else 0
        count = b.size(first, dim) if b.rank(first) else 1
        return index_tensor(b, count, (b.rng.randint(1, 9),))
    return partner(b, first, "bool" if operation.name in BOOLEAN else None)


def number(b: Builder, argument: Argument) -> str:
    if argument.name in ("eps", "epsilon"):
        return b.rng.choice(("1e-5", "1e-6", "0.1", "1e-12"))
    return b.rng.choice(NUMBERS if argument.is_float or b.rng.random() < 0.6 else WHOLE)


def size(b: Builder) -> str:
    """A place or an extent: small, of a tensor's own sizes, or from its end."""
    if b.rng.random() < 0.2 and len(b.sizes) > 1:
        name = b.pick(b.rank)
        if name:
            return b.size_text(name, b.rng.randrange(b.rank(name)))
    return str(b.rng.choice((0, 1, 1, 2, 3, 4, 7, -1, -2, -3, b.rng.randint(0, 30))))


def sizes(b: Builder) -> str:
    """A shape for something new: any, or that of a value."""
    name = b.pick() if b.rng.random() < 0.5 else None
    if name:
        return f"[{', '.join(b.shapes_text(name))}]"
    return str(list(random_shape(b.rng, False, 3000)))


def several(b: Builder) -> str | None:
    first = b.pick()
    others = [partner(b, first) for _ in range(b.rng.randint(0, 2))] if first else []
    names = [name for name in [first, *others] if name]
    b.rng.shuffle(names)
    return f"[{', '.join(names)}]" if names else None


DTYPES = ("torch.float32",) * 6 + ("torch.int64", "torch.int64", "torch.int32", "torch.bool")
SELDOM = ("torch.float64", "torch.float16")


def dtype(rng: random.Random) -> str:
    return rng.choice(SELDOM if rng.random() < 0.04 else DTYPES)


def choose(b: Builder, operation: Operation, argument: Argument, chosen: Chosen) -> str | None:
    """The argument's text, or None: it cannot be chosen now."""
    special = VALUES.get((operation.name, argument.name)) or VALUES.get(("", argument.name))
    if special:
        return special(b, chosen)
    if argument.is_optional and b.rng.random() < 0.3:
        return "None"
    kind = argument.kind
    if kind == "Operand":
        kind = "Tensor" if argument.is_tensor else "Scalar"
    if kind == "ignored":
        kind = "Tensor" if argument.is_tensor else "bool"
    if kind == "Scalar" and operation.name in BOOLEAN:
        return b.rng.choice(("True", "False"))
    if kind == "Tensor":
        return tensor(b, operation, argument, chosen)
    if kind in ("Tensor[]", "Tensor?[]"):
        return several(b)
    if argument.name in DIMS:
        return some_dims(b, chosen) if kind.startswith("int[]") else some_dim(b, chosen)
    simple: dict[str, Callable[[], str]] = {
        "Scalar": lambda: number(b, argument),
        "float": lambda: number(b, argument),
        "int": lambda: str(b.rng.choice((0, 1, 1, 2, 2, 3, 4, -1, 7))),
        "int[]": lambda: str([b.rng.randint(1, 4) for _ in range(b.rng.randint(1, 2))]),
        "Size": lambda: size(b),
        "Size[]": lambda: sizes(b),
        "Bound": lambda: size(b),
        "bool": lambda: b.rng.choice(("True", "False")),
        "dtype": lambda: dtype(b.rng),
    }
    return simple[kind]() if kind in simple else None


def arguments(b: Builder, operation: Operation) -> str | None:
    """The text of a call's arguments, or None if this choice led nowhere."""
    companions = OVERLOADS.get(str(operation)) or COMPANIONS.get(operation.name)
    chosen: Chosen = {}
    if companions:
        made = companions(b)
        if made is None:
            return None
        chosen = dict(made)
    given: list[str] = []
    by_name = False
    for argument in operation.arguments:
        text = chosen.get(argument.name)
        if text is None:
            leave_out = argument.has_default and (argument.kind == "ignored" or companions or b.rng.random() < 0.5)
            text = None if leave_out else choose(b, operation, argument, chosen)
            if text is None and not argument.has_default:
                return None
            if text is None:
                by_name = True
                continue
            chosen[argument.name] = text
        by_name = by_name or argument.is_keyword
        given.append(f"{argument.name}={text}" if by_name else text)
    return ", ".join(given)
