"""Runs the comparison and writes its results."""

from __future__ import annotations

import json
import sys

from .options import parse_options


def main() -> int:
    options = parse_options()
    # From here on packages beside Python's own are needed; --help and wrong usage do without.
    from . import artifacts, buddy
    from .report import print_summary, write_report
    from .run import compare

    try:
        buddy.program()  # measures the limits, whoever runs
        options.out.mkdir(parents=True, exist_ok=True)
        result = compare(options)
        (options.out / "results.json").write_text(json.dumps(result, indent=1) + "\n")
        write_report(result, options.out / "results")
        print_summary(result)
    except (OSError, buddy.BuddyFailed, artifacts.PreparationFailed) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if not any(row["status"] == "measured" for row in result["rows"]):
        print("bench: error: nothing could be measured; the reasons are above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
