"""Runs tests under sanitizers.

    python scripts/run_sanitized.py         # the runtime's unit tests: AddressSanitizer with UBSan, ThreadSanitizer
    python scripts/run_sanitized.py --all   # and the compiler: unit tests, lit tests; it is built for it first

What they are run with is in sanitizers.py. Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import sys

import sanitizers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--all", action="store_true", help="the compiler too")
    options = parser.parse_args()
    if reason := sanitizers.missing():
        print(f"skipped: {reason}")
        return 0
    failed = False

    def check(what: str, environment: dict[str, str], *command: str) -> None:
        nonlocal failed
        found = sanitizers.run(list(command), environment)
        failed |= bool(found)
        print(f"{what}: {found[-20000:] or 'nothing found'}", flush=True)

    fuzzed = sanitizers.build("fuzz", "BuddyRuntimeTests")
    environment = sanitizers.address(with_mlir=False)
    check("the runtime, with AddressSanitizer and UBSan", environment, f"{fuzzed}/bin/BuddyRuntimeTests")
    threads = sanitizers.build("tsan", "BuddyRuntimeTests")
    check("the runtime, with ThreadSanitizer", sanitizers.thread(), f"{threads}/bin/BuddyRuntimeTests")
    if options.all:
        sanitizers.build("fuzz")
        environment = sanitizers.address(with_mlir=True)
        for tests in sorted((fuzzed / "bin").glob("Buddy*Tests")):
            if tests.name != "BuddyRuntimeTests":
                check(f"{tests.name}, with AddressSanitizer and UBSan", environment, str(tests))
        # Not the end-to-end tests: Python is not instrumented.
        lit = "from lit.main import main; main()"
        check("lit, with AddressSanitizer and UBSan", environment, sys.executable, "-c", lit, "-q", f"{fuzzed}/test")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
