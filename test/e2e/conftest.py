"""What the end-to-end tests share: the program under test, and packages that several tests use."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "examples" / "BuddyAttention")]
os.environ.setdefault("BUDDY", str(ROOT / "build" / "bin" / "buddy"))

from layers import TINY, Layer, compile_layer  # noqa: E402  (needs the path above)

pytest_plugins = ["report_fixtures"]

#: The build folder of the programs under test.
BUILD = Path(os.environ.get("BUDDY_BUILD") or ROOT / "build")


def need_binding() -> None:
    """Skips a whole file where the extension module is not built: then CMake said why."""
    if not (BUILD / "python" / "buddy_attention").is_dir():
        pytest.skip("the Python binding is not built: cmake says why", allow_module_level=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-forms", action="store_true", help="every form of every model; every page of docs/")
    parser.addoption("--true-sizes", action="store_true", help="test_models.py: a layer of each published size")


def pytest_configure() -> None:
    # A shell starts jobs in its background with these ignored, and `buddy` leaves ignored what is.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not os.access(os.environ["BUDDY"], os.X_OK):
        pytest.exit(f"{os.environ['BUDDY']} does not exist: `./bootstrap build` makes it", returncode=2)
    torch.set_num_threads(min(2, os.cpu_count() or 1))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    """A small default layer, compiled once: for tests of everything but numbers. Not to be changed."""
    return compile_layer(tmp_path_factory.mktemp("tiny"), TINY, batch=2, seq=7)


@pytest.fixture(scope="session")
def default(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    """The example's layer at its default sizes, compiled once. Not to be changed."""
    return compile_layer(tmp_path_factory.mktemp("default"))
