"""Runs tests under sanitizers.

    python scripts/run_sanitized.py         # the runtime's unit tests: AddressSanitizer with UBSan, ThreadSanitizer
    python scripts/run_sanitized.py --all   # and the compiler: unit tests, lit tests; it is built for it first

What they are run with is in sanitizers.py. Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import sanitizers

ROOT = sanitizers.ROOT


def build(preset: str, folder: Path, *targets: str) -> None:
    if not (folder / "build.ninja").exists():
        configure = ["cmake", "--preset", preset, f"-DPython3_EXECUTABLE={sys.executable}"]
        if launcher := shutil.which("ccache"):
            configure += [f"-DCMAKE_{language}_COMPILER_LAUNCHER={launcher}" for language in ("C", "CXX")]
        quietly(configure)
    quietly(["ninja", "-C", str(folder), *targets])


def quietly(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-8000:]}\n{' '.join(command)}: failed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--all", action="store_true", help="the compiler too")
    options = parser.parse_args()
    if reason := sanitizers.missing():
        print(f"skipped: {reason}")
        return 0
    fuzzed, threads = ROOT / "build-fuzz", ROOT / "build-tsan"
    build("fuzz", fuzzed, "BuddyRuntimeTests")
    quietly([str(fuzzed / "bin" / "BuddyRuntimeTests")], sanitizers.address(with_mlir=False))
    print("the runtime, with AddressSanitizer and UBSan: nothing found", flush=True)
    build("tsan", threads, "BuddyRuntimeTests")
    quietly([str(threads / "bin" / "BuddyRuntimeTests")], sanitizers.thread())
    print("the runtime, with ThreadSanitizer: nothing found", flush=True)
    if not options.all:
        return 0
    build("fuzz", fuzzed)
    environment = sanitizers.address(with_mlir=True)
    tests = "lit|Tests|^[A-Z]"  # not the end-to-end tests: Python is not instrumented
    jobs = str(os.cpu_count() or 1)
    command = ["ctest", "--test-dir", str(fuzzed), "--output-on-failure", "-j", jobs, "-R", tests]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
