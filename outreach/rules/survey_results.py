"""What may be told of the answers to a survey without telling of one person (10): small numbers stay hidden, and with
them whatever would give them away by subtraction. Pure.

A row is a group (team, institution) with its cells: answers hoped for, other answers. Told are the sum of all rows and
the rows that are not hidden; so who subtracts learns the sum of the hidden rows, which must be no small number either.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def is_small(number: int, least: int) -> bool:
    """Somebody, but fewer than may be told."""
    return 0 < number < least


def hidden_rows(rows: Mapping[Key, Sequence[int]], *, least: int, forced: Collection[Key] = ()) -> set[Key]:
    """Rows of which nothing is told. A row without any answer tells of nobody and is not among them.

    Args:
        rows: group -> its cells, as many in each. least: the smallest number that may be told.
        forced: hidden for another reason.
    """
    filled = {key: cells for key, cells in rows.items() if any(cells)}
    hidden = {
        key for key, cells in filled.items() if key in forced or any(is_small(one, least) for one in cells)
    }
    shown = sorted(
        (key for key in filled if key not in hidden), key=lambda key: sum(filled[key]), reverse=True
    )
    while hidden and shown and _gives_away([filled[key] for key in hidden], least):
        hidden.add(shown.pop())  # the smallest one
    return hidden


def _gives_away(hidden: Sequence[Sequence[int]], least: int) -> bool:
    """Whether the sum of these rows, which anybody can compute, is one row or a small number."""
    return len(hidden) == 1 or any(is_small(sum(cells), least) for cells in zip(*hidden, strict=True))


def hidden_cells(numbers: Mapping[Key, int], *, least: int) -> set[Key]:
    """The same for the numbers of one list whose sum is told, such as the options of a question."""
    return hidden_rows({key: (number,) for key, number in numbers.items()}, least=least)


def hidden_options(numbers: Mapping[Key, int], good: Collection[Key], *, least: int) -> set[Key]:
    """Options of a question whose number is not told.

    Where the rate is told, the sums of the good and of the other options are known each by itself.
    """
    sums = rate_cells(numbers, good)
    if not good or any(is_small(one, least) for one in sums):
        return hidden_cells(numbers, least=least)
    parts = ({k: n for k, n in numbers.items() if (k in good) is is_good} for is_good in (True, False))
    return {key for part in parts for key in hidden_cells(part, least=least)}


def rate_cells(numbers: Mapping[Key, int], good: Collection[Key]) -> tuple[int, int]:
    """How many answers are among the good ones, and how many are not."""
    found = sum(number for key, number in numbers.items() if key in good)
    return found, sum(numbers.values()) - found


def percent(good: int, other: int) -> int | None:
    """Whole percent, None without answers."""
    return round(100 * good / (good + other)) if good + other else None
