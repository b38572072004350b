"""What a source of one of the ten items is handed, and what it answers. Pure."""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Unit:
    """Who publishes an issue.

    Attributes:
        team: None if the institution publishes once for all its teams.
        teams: ids of all teams it speaks for.
    """

    institution: int
    team: int | None
    teams: tuple[int, ...]


@dataclass(frozen=True)
class Month:
    """A calendar month."""

    first: date

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.replace(day=1))

    @property
    def last(self) -> date:
        return self.first.replace(day=monthrange(self.first.year, self.first.month)[1])

    @property
    def before(self) -> "Month":
        year, month = (
            (self.first.year, self.first.month - 1) if self.first.month > 1 else (self.first.year - 1, 12)
        )
        return Month(date(year, month, 1))

    def __str__(self) -> str:
        return f"{self.first.year}年{self.first.month}月"


@dataclass(frozen=True)
class Fact:
    """A figure that an item rests on.

    Attributes:
        value: None where it is not known, or too small to be told.
        page: path (with query) of the internal page that shows what is behind it; "" if there is none.
    """

    label: str
    value: int | None
    unit: str
    page: str = ""


@dataclass(frozen=True)
class Drafted:
    """What a source has to say in an item.

    Attributes:
        text: plain lines; one that begins with "- " is a point of a list. "" if it knows nothing.
        gap: what is missing and who can fill it; "" if nothing is.
    """

    text: str
    facts: tuple[Fact, ...] = ()
    gap: str = ""


# One call for all units: a source asks the database a fixed number of times, however many teams there are.
Source = Callable[[Sequence[Unit], Month, datetime], Mapping[Unit, Drafted]]
