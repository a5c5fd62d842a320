"""`buddy report --from-data`: what is no data of a page is refused, and no page is half-written."""

from __future__ import annotations

import json
from pathlib import Path

import report_data
from layers import buddy


def test_data_that_is_none(tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    output.write_text("as before")
    bad = {
        "not JSON": '{"format": 1',
        "not data of a report": '{"format": 2}',
        "no object": "[1]",
        "Invalid UTF-8": b'{"format": 1, "name": "\xff"}',
    }
    for what, text in bad.items():
        (tmp_path / "data.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        done = buddy("report", "--from-data", tmp_path / "data.json", "-o", output, check=1)
        assert what in done.stderr and "data.json" in done.stderr
    assert "no-such.json" in buddy("report", "--from-data", tmp_path / "no-such.json", "-o", output, check=1).stderr
    assert output.read_text() == "as before"
    (tmp_path / "data.json").write_text(json.dumps(report_data.small()))
    done = buddy("report", "--from-data", tmp_path / "data.json", "-o", tmp_path / "none" / "page.html", check=1)
    assert "No such file" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.json", "page.html"]
    buddy("report", "a.buddy", "--from-data", tmp_path / "data.json", "-o", output, check=2)
    buddy("report", "--from-data", tmp_path / "data.json", check=2)
