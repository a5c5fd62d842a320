"""Checks that every C and C++ file is formatted as .clang-format says.

python scripts/check_format.py [clang-format]        # --fix rewrites the files instead
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("include", "lib", "runtime", "tools", "unittests", "examples", "cmake", "python", "fuzz")
SUFFIXES = {".h", ".hpp", ".c", ".cpp"}


def main() -> int:
    arguments = [a for a in sys.argv[1:] if a != "--fix"]
    program = shutil.which(arguments[0] if arguments else "clang-format-22")
    if program is None:
        print("skipped: clang-format-22 is not installed (apt-get install clang-format-22)")
        return 0
    files = [p for f in FOLDERS for p in sorted((ROOT / f).rglob("*")) if p.suffix in SUFFIXES]
    mode = ["-i"] if "--fix" in sys.argv else ["--dry-run", "--Werror"]
    # A few hundred paths fit any command line, but there is no reason to rely on it.
    bad = 0
    for start in range(0, len(files), 200):
        bad |= subprocess.run([program, *mode, *map(str, files[start : start + 200])]).returncode
    if bad:
        print("`python scripts/check_format.py --fix` formats the files")
    else:
        print(f"{len(files)} files are formatted")
    return int(bad != 0)


if __name__ == "__main__":
    sys.exit(main())
