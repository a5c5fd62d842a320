"""Small modules, by family of operation, that go through the whole path (test_ops.py)."""

from . import (
    contractions,
    creation,
    elementwise,
    empty,
    indexing,
    inplace,
    integers,
    layers,
    reductions,
    structure,
    types,
    views,
    woven,
)

FAMILIES = (
    contractions,
    layers,
    views,
    elementwise,
    reductions,
    creation,
    structure,
    indexing,
    inplace,
    empty,
    types,
    integers,
    woven,
)
