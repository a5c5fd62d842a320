"""docs/operators.md is what the op table says, and every operation in it is tested."""

import re
from pathlib import Path

import op_table
import operators_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operators.md"


def test_page_is_current() -> None:
    made = operators_page.make_page()
    assert PAGE.read_text() == made, f"make it anew; the command is in {operators_page.__file__}"


#: Those that no call of PyTorch 2.13 leaves in an exported program by itself, with who writes them.
NOT_CALLED = {
    "lift_fresh.default": "strict exports of tensors made from Python numbers; else it is lift_fresh_copy",
}


def test_every_operation_has_a_test() -> None:
    cases = operators_page.calls()
    untested = {f"{e.name}.{e.overload}" for e in op_table.entries() if not operators_page.tests_of(e, cases)}
    assert untested == set(NOT_CALLED), "neither a case of test_ops.py nor a sample of PyTorch calls these"


def test_table_is_read_whole() -> None:
    """As many entries as there are rows in the sources: a name and an overload in quotes after a brace."""
    for path in sorted(op_table.OPS.glob("*.cpp")):
        rows = re.findall(r'\{"[a-zA-Z_0-9]+\.[a-zA-Z_0-9]+",', path.read_text())
        found = [entry for entry in op_table.entries() if entry.family == path.stem]
        assert len(found) == len(rows), path.name
