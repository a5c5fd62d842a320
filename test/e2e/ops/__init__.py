"""Small modules, by family of operation, that go through the whole path (test_ops.py)."""

from . import contractions, creation, elementwise, indexing, inplace, layers, nests, reductions, structure, views

FAMILIES = (contractions, layers, views, elementwise, reductions, creation, structure, indexing, inplace, nests)
