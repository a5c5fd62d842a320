"""The checks of the house find what they are there to find."""

from __future__ import annotations

import sys
from pathlib import Path

from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import check_rooms  # noqa: E402


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_room_check(tmp_path: Path) -> None:
    write(tmp_path / "lib/Midend/Good.cpp", '#include "buddy/Frontend/Graph/IR/Graph.h"\n#include "buddy/Midend/A.h"\n')
    write(tmp_path / "include/buddy/Pipelines.h", '#include "buddy/Package/Package.h"\n')
    write(tmp_path / "tools/buddy/main.cpp", '#include "buddy/Pipelines.h"\n#include "buddy/runtime.h"\n')
    assert check_rooms.check(tmp_path) == []
    write(tmp_path / "lib/Target/Bad.cpp", '\n#include "buddy/Midend/A.h"\n')
    write(tmp_path / "runtime/Bad.cpp", '#include "buddy/Target/Target.h"\n')
    write(tmp_path / "lib/Elsewhere/Bad.cpp", "")
    problems = check_rooms.check(tmp_path)
    assert [p.split(": ")[0] for p in problems] == [
        "lib/Elsewhere/Bad.cpp",
        "lib/Target/Bad.cpp:2",
        "runtime/Bad.cpp:1",
    ]
