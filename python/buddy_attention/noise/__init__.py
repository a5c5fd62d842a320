"""The noise of a program's results: the error that a plain evaluation is expected to make (docs/numbers.md)."""

from .estimate import noise_of
from .random_rounding import MOST_WORK, RandomRounding

__all__ = ["MOST_WORK", "RandomRounding", "noise_of"]
