"""What an attempt to reach somebody counts for (S2-18, 3.12 CAD-3, P10). Attempts and reached are counted apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_TO_PHONE = ("reached", "no_answer", "switched_off", "wrong_number", "refused")
_IN_ROOM = ("reached", "not_home", "refused")
_ONLINE = ("reached", "no_answer", "refused")
# Which outcomes an attempt of a mode can have; only a text message is "delivered", nobody is spoken with by it.
OUTCOMES = {
    "phone": _TO_PHONE,
    "sms": ("delivered", "not_delivered", "wrong_number", "reached"),
    "online": _ONLINE,
    "home": _IN_ROOM,
    "clinic": ("reached", "refused"),
    "station": ("reached", "refused"),
    "community": ("reached", "refused"),
    "hospital": ("reached", "refused"),
    "other": ("reached", "no_answer", "refused"),
}
FAILED = ("no_answer", "switched_off", "wrong_number", "not_home", "not_delivered")


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter, both days included."""

    first: date
    last: date

    @property
    def label(self) -> str:
        return f"{self.first.year}年第{(self.first.month + 2) // 3}季度"

    @property
    def code(self) -> str:
        return f"{self.first.year}-{(self.first.month + 2) // 3}"


def quarter_of(day: date) -> Quarter:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    month = first.month + 3
    following = date(first.year + month // 13, month if month <= 12 else 1, 1)
    return Quarter(first, following - timedelta(days=1))


def quarters_back(day: date, count: int) -> list[Quarter]:
    """The quarter of a day and those before it, newest first."""
    found = [quarter_of(day)]
    while len(found) < count:
        found.append(quarter_of(found[-1].first - timedelta(days=1)))
    return found


def fits(mode: str, outcome: str) -> bool:
    """Whether an attempt of this mode can end like this."""
    return outcome in OUTCOMES.get(mode, ())


def is_two_way(outcome: str) -> bool:
    """Somebody answered: the only contacts that prove anything about authenticity."""
    return outcome == "reached"


def counts(outcome: str, *, sms_counts: bool) -> bool:
    """Whether the quarter is satisfied by it: spoken with, or a text message with a receipt where policy says so."""
    return outcome == "reached" or (sms_counts and outcome == "delivered")


def proposes_lost(attempts: Sequence[tuple[date, str]], *, times: int, days: int) -> bool:
    """Whether to propose marking somebody as lost: so many failures in a row, over more than so many days.

    Never by itself: a person decides. What somebody refused or received was an answer, and ends the row.

    Args:
        attempts: (day, outcome), newest first.
    """
    row: list[date] = []
    for day, outcome in attempts:
        if outcome not in FAILED:
            break
        row.append(day)
    return len(row) >= times and (row[0] - row[-1]).days > days


def needs_new_number(attempts: Sequence[tuple[date, str]]) -> bool:
    """The last answer of the line was that the number is somebody else's.

    Args:
        attempts: newest first; only those by phone or text message say anything about the number.
    """
    return bool(attempts) and attempts[0][1] == "wrong_number"
