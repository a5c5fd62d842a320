"""Damages archives and packages in ways that real files get damaged."""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def rewrite_archive(
    source: Path,
    target: Path,
    *,
    replace: dict[str, bytes | None] | None = None,
    edit: dict[str, Callable[[Any], None]] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """A copy of a .pt2 archive. Names are below its top folder: "models/model.json".

    ``replace`` gives entries other bytes, or leaves them out (None); ``edit`` changes an entry's JSON
    in place.
    """
    replace, edit = dict(replace or {}), dict(edit or {})
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for info in old.infolist():
            name = info.filename.split("/", 1)[1]
            data: bytes | None = old.read(info)
            if name in replace:
                data = replace.pop(name)
            if name in edit:
                document = json.loads(data or b"")
                edit.pop(name)(document)
                data = json.dumps(document).encode()
            if data is not None:
                new.writestr(info.filename, data)
    assert not replace and not edit, f"no such entry: {[*replace, *edit]}"
    return target


def copy_package(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


def flip_byte(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x10
    path.write_bytes(data)


def edit_manifest(package: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the manifest and makes its checksum anew, as a compiler of another version would."""
    path = package / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    manifest["checksum"] = ""
    text = json.dumps(manifest)
    manifest["checksum"] = f"{zlib.crc32(text.encode()):08x}"
    path.write_text(json.dumps(manifest))
