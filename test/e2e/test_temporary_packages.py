"""The temporary packages of compile(): each goes with its object, and what killed processes leave is swept."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import need_binding
from layers import run_python

need_binding()


def test_temporary_packages_are_removed(tmp_path: Path) -> None:
    script = (
        "import gc, torch, buddy_attention as b\n"
        "a, c = (b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),)) for _ in range(2))\n"
        "print(a.path); path = a.path; del a; gc.collect(); assert not path.exists()\n"
        "print(c.path); assert c.path.exists()\n"
    )
    done = run_python(script, TMPDIR=str(tmp_path))
    assert len(done.splitlines()) == 2 and str(tmp_path) in done
    assert list(tmp_path.iterdir()) == []


FORKED = """
import os, signal, sys, torch, buddy_attention as b
ours = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))
child = os.fork()
if child == 0:
    theirs = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))
    assert theirs.path != ours.path and ours.path.exists()
    ENDING
os.waitpid(child, 0)
assert ours.path.exists() and len(os.listdir(os.environ["TMPDIR"])) == LEFT
again = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))
assert ours.path.exists() and len(os.listdir(os.environ["TMPDIR"])) == 3
"""


@pytest.mark.parametrize(
    ("ending", "left"), [("os.kill(os.getpid(), signal.SIGKILL)", 3), ("os._exit(0)", 3), ("sys.exit()", 2)]
)
def test_what_a_process_left_is_swept_by_the_next(ending: str, left: int, tmp_path: Path) -> None:
    foreign = tmp_path / "buddy-attention"  # not one of ours
    foreign.mkdir()
    run_python(FORKED.replace("ENDING", ending).replace("LEFT", str(left)), TMPDIR=str(tmp_path))
    assert list(tmp_path.iterdir()) == [foreign]


def test_a_worker_of_multiprocessing_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import multiprocessing, os, torch, buddy_attention as b\n"
        "def work():\n"
        "    global kept\n"
        "    kept = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))\n"
        "    assert kept.path.exists()\n"
        "one = multiprocessing.get_context('fork').Process(target=work)\n"
        "one.start(); one.join(); print(one.exitcode, os.listdir(os.environ['TMPDIR']))\n"
    )
    assert run_python(script, TMPDIR=str(tmp_path)) == "0 []\n"
