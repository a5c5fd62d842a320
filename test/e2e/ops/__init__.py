"""Small modules, by family of operation, that go through the whole path (test_ops.py)."""

from . import contractions, creation, elementwise, indexing, inplace, layers, reductions, structure, views, woven

FAMILIES = (contractions, layers, views, elementwise, reductions, creation, structure, indexing, inplace, woven)
