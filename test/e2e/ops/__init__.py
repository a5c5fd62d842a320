"""Small modules, by family of operation, that go through the whole path (test_ops.py)."""
