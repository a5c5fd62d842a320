"""Compares what a page shows with what a command printed.

A line of dots alone stands for any number of lines, dots within a line for any text. Spaces at the ends
of lines do not count. With ``numbers_vary`` a number stands for any number, and the spaces around it
for any number of spaces.
"""

from __future__ import annotations

import re

DOTS = "..."
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def line_pattern(line: str, numbers_vary: bool) -> re.Pattern[str]:
    parts = []
    for part in line.rstrip().split(DOTS):
        if numbers_vary:
            pieces = [re.sub(r"(?:\\ )+", " +", re.escape(p)) for p in NUMBER.split(part)]
            # A sign belongs to the number, and a wider number takes the place of spaces.
            part = r"(?: *[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)".join(re.sub(r" \+$", " *", p) for p in pieces)
        else:
            part = re.escape(part)
        parts.append(part)
    return re.compile(".*".join(parts))


def mismatch(shown: str, printed: str, numbers_vary: bool = False) -> str | None:
    """None if ``printed`` is as ``shown``; else the first line of ``shown`` that has no match."""
    actual = [line.rstrip() for line in printed.strip("\n").splitlines()]
    runs: list[list[str]] = [[]]  # of lines without a gap
    for line in shown.strip("\n").splitlines():
        if line.strip() == DOTS:
            runs.append([])
        else:
            runs[-1].append(line)
    position = 0
    for number, run in enumerate(runs):
        patterns = [line_pattern(line, numbers_vary) for line in run]

        def fits(start: int, patterns: list[re.Pattern[str]] = patterns) -> int:
            """How many lines of the run are found from here on."""
            count = 0
            for pattern, line in zip(patterns, actual[start:]):
                if not pattern.fullmatch(line):
                    break
                count += 1
            return count

        last_start = len(actual) - len(run)
        if number == 0:
            starts = range(0, 1)
        elif number == len(runs) - 1:
            starts = range(max(last_start, position), last_start + 1)
        else:
            starts = range(position, last_start + 1)
        if number == len(runs) - 1 and number == 0 and len(actual) > len(run) == fits(0):
            return f"nothing; it ends before {actual[len(run)]!r}"
        best = max((fits(start) for start in starts), default=0)
        found = next((start for start in starts if fits(start) == len(run)), None)
        if found is None:
            return repr(run[min(best, len(run) - 1)])
        position = found + len(run)
    return None
