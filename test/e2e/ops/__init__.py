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
    nests,
    reductions,
    structure,
    types,
    views,
    written,
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
    nests,
    types,
    integers,
    written,
)
