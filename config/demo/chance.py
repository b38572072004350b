"""Chance that repeats itself: one stream for each part, so that a change in one leaves the others as they were."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def stream(seed: int, part: str) -> Random:
    """The random stream of one part of the district."""
    return Random(f"{seed}/{part}")  # noqa: S311  demonstration data, no secret


class Weighted(Generic[T]):
    """Draws from a table of (value, weight)."""

    def __init__(self, table: Sequence[tuple[T, float]]) -> None:
        self._values = [value for value, _ in table]
        self._sums = list(accumulate(weight for _, weight in table))

    def draw(self, chance: Random) -> T:
        return chance.choices(self._values, cum_weights=self._sums)[0]


def bounded(chance: Random, mean: float, spread: float, low: int, high: int) -> int:
    """A whole number around ``mean``, never outside ``low`` to ``high``."""
    return min(max(round(chance.gauss(mean, spread)), low), high)
