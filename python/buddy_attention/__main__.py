"""``python -m buddy_attention``, and the script ``buddy`` of a wheel: the program buddy itself."""

from __future__ import annotations

import os
import sys

from .tool import BUNDLED, BuddyError, find_buddy


def main() -> None:
    try:
        # $BUDDY may name this very script.
        program = BUNDLED if os.access(BUNDLED, os.X_OK) else find_buddy()
    except BuddyError as error:
        sys.exit(f"buddy: error: {error}")
    os.execv(program, ["buddy", *sys.argv[1:]])


if __name__ == "__main__":
    main()
