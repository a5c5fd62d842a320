"""docs/operators.md: what of ATen compiles, and where each operation is tested.

    PYTHONPATH=test/e2e:python python test/e2e/operators_page.py > docs/operators.md
"""

from __future__ import annotations

import itertools
import sys
from functools import cache

import torch
from buddy_attention.export import export_program
from op_samples import samples_name
from op_table import Entry, entries
from ops import FAMILIES
from ops.case import as_module

HEAD = """\
# Operations

What of ATen compiles: the operations of the importer's table, made from its source
(`lib/Frontend/Import/Ops`) by `test/e2e/operators_page.py`. `buddy inspect model.pt2` says for a given
program what in it cannot be compiled, with the Python line and what to do.

An operation that works in place (`add_`, `index_copy_`) compiles where the one without the underscore
is here: whatever shares the tensor's memory gets its new value.

In *arguments*, `Operand` is a tensor or a number, `?` allows None, and `ignored` marks what cannot
change the result on a CPU. A call with a value that is not supported is refused by name.

*Tests*: the cases of `test/e2e/test_ops.py` whose exported program calls the overload, and `OpInfo`
where PyTorch has samples of its own for the operation, which `test/e2e/test_conformance.py` runs. Both
are compared with eager PyTorch in f64.
"""


@cache
def calls() -> dict[str, list[str]]:
    """For each overload, "add.Tensor", the cases whose exported program calls it."""
    found: dict[str, list[str]] = {}
    for family in FAMILIES:
        short = family.__name__.removeprefix("ops.")
        for name, (function, inputs) in family.CASES.items():
            program = export_program(as_module(function).eval(), inputs)
            graphs = (m.graph for m in program.graph_module.modules() if isinstance(m, torch.fx.GraphModule))
            targets = {str(n.target) for n in itertools.chain.from_iterable(g.nodes for g in graphs) if callable(n.target)}
            for target in sorted(targets):
                operation, _, overload = target.removeprefix("aten.").partition(".")
                # What works in place is imported as what does not.
                if operation.endswith("_") and not operation.endswith("__") and operation != "detach_":
                    operation = operation[:-1]
                cases = found.setdefault(f"{operation}.{overload}", [])
                if f"{short}-{name}" not in cases:
                    cases.append(f"{short}-{name}")
    return found


def tests_of(entry: Entry, cases: dict[str, list[str]]) -> list[str]:
    names = [f"`{case}`" for case in cases.get(f"{entry.name}.{entry.overload}", [])]
    return names + (["OpInfo"] if samples_name(entry.name) else [])


def make_page() -> str:
    cases = calls()
    lines = [HEAD]
    for family, group in itertools.groupby(entries(), key=lambda entry: entry.family):
        lines += [f"## {family}", "", "| operation | arguments | tests |", "|---|---|---|"]
        for entry in group:
            tests = tests_of(entry, cases)
            # One that many cases go through would fill the screen.
            more = f" and {len(tests) - 4} more" if len(tests) > 5 else ""
            shown = tests if not more else tests[:4]
            arguments = entry.schema.replace("|", "\\|")
            lines.append(
                f"| `{entry.name}.{entry.overload}` | {f'`{arguments}`' if arguments else ''} | {', '.join(shown)}{more} |"
            )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(make_page())
