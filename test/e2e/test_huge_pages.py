"""Parameters in huge pages: mapped as they were written, copied where they were copied in small pieces, and
the same results wherever they lie."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import buddy_attention
import pytest
import torch
from conftest import need_binding

need_binding()

#: More than 4 MiB of parameters, below which it does not matter.
BYTES = 1024 * 2048 * 4


def told(*arguments: str | Path) -> dict:
    command = [os.environ["BUDDY"], *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("huge") / "linear.buddy"
    torch.manual_seed(0)
    buddy_attention.compile(torch.nn.Linear(1024, 2048, bias=False), (torch.ones(2, 1024),), package=folder)
    return folder


@pytest.fixture(scope="module")
def copied(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a program leaves it that copies a page at a time."""
    folder = tmp_path_factory.mktemp("copied") / "linear.buddy"
    folder.mkdir()
    for file in package.iterdir():
        with file.open("rb") as source, (folder / file.name).open("wb", buffering=0) as target:
            shutil.copyfileobj(source, target, 4096)
        shutil.copymode(file, folder / file.name)
    return folder


def test_a_new_package_is_mapped_in_huge_pages(package: Path) -> None:
    place = told("inspect", package)["params"]["loaded"]
    if not told("doctor", "--no-limits")["memory"]["mapped_huge_pages"]:
        assert place != "mapped in huge pages"
        pytest.skip("this machine maps no file in huge pages")
    params = buddy_attention.load(package).params
    assert (place, params.place, params.why) == ("mapped in huge pages", "mapped in huge pages", "")
    assert params.bytes >= BYTES and not params.copied
    # A checksum has read all of it.
    assert params.present_bytes == params.bytes and params.huge_bytes >= BYTES // 2


def test_results_do_not_depend_on_where_they_lie(package: Path, copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(2, 1024)
    results, places = [], {}
    for folder in (package, copied):
        for use in ("0", "map", "copy"):
            monkeypatch.setenv("BUDDY_HUGE_PAGES", use)
            model = buddy_attention.load(folder)
            results.append(model(x))
            places[folder, use] = model.params
            assert told("inspect", folder)["params"]["loaded_why"] == model.params.why
    assert all(torch.equal(results[0], other) for other in results[1:])
    assert {places[folder, "0"].place for folder in (package, copied)} == {"mapped"}
    assert places[copied, "map"].place == "mapped" and "small pieces" in places[copied, "map"].why
    last = places[copied, "copy"]
    assert last.copied == (last.place == "copied to huge pages")
    if last.copied:
        assert last.present_bytes == last.bytes and last.huge_bytes >= BYTES // 2
    else:
        assert last.why and last.huge_bytes == 0


def test_a_large_block_begins_with_a_huge_page(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(8, 2048), torch.nn.Linear(2048, 4224)).eval()
    x = torch.randn(2, 8)
    compiled = buddy_attention.compile(module, (x,), package=tmp_path / "large.buddy")
    params = told("inspect", compiled.path)["params"]
    large = [block for block in params["layout"] if block["bytes"] >= 32 << 20]
    assert len(large) == 1 and large[0]["offset"] % (2 << 20) == 0
    # All of the last page too; and what is small takes no more than it did.
    assert params["bytes"] % (2 << 20) == 0 and params["bytes"] <= large[0]["bytes"] + (4 << 20)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), module(x), rtol=1e-5, atol=1e-5)


def test_a_wish_that_is_none(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUDDY_HUGE_PAGES", "1")
    with pytest.raises(ValueError, match=r"\$BUDDY_HUGE_PAGES is '1': set it to 0"):
        buddy_attention.load(package)
    command = [os.environ["BUDDY"], "inspect", str(package)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "$BUDDY_HUGE_PAGES is '1'" in done.stderr
