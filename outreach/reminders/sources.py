"""What a source of reminders is, and the one that all of ours are: things counted by a statement, in stages.

A stage is alive for a thing of day D from D + offset until the day before D + until. What crossed into a stage since
the last sweep is found through the index on D; ``settle`` counts anew what has an open row. Neither looks at anything
that is not due.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from django.urls import reverse

from core.sql import one_of
from outreach.choices import Audience, Priority
from outreach.reminders.numbers import Numbers

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Swept:
    """Rows that are new, that have another number now, that are over."""

    raised: int = 0
    changed: int = 0
    closed: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(self.raised + other.raised, self.changed + other.changed, self.closed + other.closed)


@dataclass(frozen=True)
class Stage:
    """One step of a reminder.

    Attributes:
        words: of the digest, with {count}; they name no diagnosis and no person.
        things: SELECT subject, team_id, user_id, day, count, urgent, restricted, title of what is left, one row for a
            subject and day, for days between %(first)s and %(last)s, as of %(on)s.
        offset: days from the thing's day to the first day of the stage; below zero: before it.
        until: days from the thing's day to the first day after the stage; None: until the thing is done.
        page: name of the URL, where it is another than that of the source.
        is_alarm: somebody may be in danger: told at any hour, and again for each further one.
        values: further values that ``things`` asks for.
    """

    code: str
    words: str
    audience: Audience
    things: str
    offset: Callable[[Numbers], int]
    until: Callable[[Numbers], int] | None = None
    priority: Priority = Priority.ROUTINE
    page: str = ""
    is_alarm: bool = False
    values: Callable[[Numbers], Mapping[str, Any]] = lambda numbers: {}

    def crossed(self, numbers: Numbers, *, since: date, on: date) -> tuple[date, date]:
        """Days of the things that came into this stage after ``since`` and are in it on ``on``; may be empty."""
        shift = timedelta(days=self.offset(numbers))
        return max(since - shift + DAY, self.earliest(numbers, on)), on - shift

    def earliest(self, numbers: Numbers, on: date) -> date:
        return date.min if self.until is None else on - timedelta(days=self.until(numbers)) + DAY


class Source(Protocol):
    """Where reminders come from. Both verbs are set-based, and a second call on the same day changes nothing."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def stages(self) -> Sequence[Stage]: ...

    def raise_due(self, stage: Stage, numbers: Numbers, *, since: date, on: date) -> Swept:
        """Open a row for what came into the stage after ``since``."""

    def settle(self, stage: Stage, numbers: Numbers, *, on: date) -> Swept:
        """Count anew what has an open row; close what is done, over, or nobody's any more."""

    def address(self, stage: str) -> str:
        """The page where the work is done."""


# Closing looks only at open rows of the stage; a thing that is left but had no row yet gets one.
_TALLY = """
    WITH thing AS MATERIALIZED ({things}), keyed AS MATERIALIZED (
        SELECT *, %(source)s || ':' || %(stage)s || ':' || subject || ':' || day AS key FROM thing
    ), put AS (
        INSERT INTO outreach_reminder AS kept (dedupe_key, source, stage, subject, title, audience, team_id, user_id,
            due_on, count, urgent, restricted, priority, state, raised_on, closed_on)
        SELECT key, %(source)s, %(stage)s, subject, title, %(audience)s, team_id, user_id, day, count, urgent,
            restricted, CASE WHEN urgent > 0 THEN 2 ELSE %(priority)s END, 'open', %(on)s, NULL
        FROM keyed ORDER BY key
        ON CONFLICT (dedupe_key) DO UPDATE SET count = excluded.count, urgent = excluded.urgent,
            restricted = excluded.restricted, priority = excluded.priority, title = excluded.title, state = 'open',
            closed_on = NULL, audience = excluded.audience,
            raised_on = CASE kept.state WHEN 'closed' THEN excluded.raised_on ELSE kept.raised_on END
        WHERE (kept.state, kept.count, kept.urgent, kept.restricted, kept.title)
            IS DISTINCT FROM ('open', excluded.count, excluded.urgent, excluded.restricted, excluded.title)
        RETURNING xmax = 0 AS is_new
    ), gone AS (
        UPDATE outreach_reminder SET state = 'closed', closed_on = %(on)s, count = 0, urgent = 0, restricted = 0
        WHERE %(closes)s AND source = %(source)s AND stage = %(stage)s AND state = 'open'
            AND NOT EXISTS (SELECT FROM keyed WHERE key = dedupe_key)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM put WHERE is_new), (SELECT count(*) FROM put WHERE NOT is_new),
        (SELECT count(*) FROM gone)
"""
_OLDEST = """
    SELECT min(due_on) FROM outreach_reminder WHERE source = %(source)s AND stage = %(stage)s AND state = 'open'
"""


@dataclass(frozen=True)
class CountedSource:
    """Things of one kind, each stage with the statement that counts them.

    Attributes:
        page: name of the URL where the work is done; ``query``: what is put behind it.
    """

    name: str
    label: str
    stages: tuple[Stage, ...]
    page: str
    query: str = ""

    def raise_due(self, stage: Stage, numbers: Numbers, *, since: date, on: date) -> Swept:
        first, last = stage.crossed(numbers, since=since, on=on)
        if first > last:
            return Swept()
        return self._tally(stage, first, last, on, closes=False, values=stage.values(numbers))

    def settle(self, stage: Stage, numbers: Numbers, *, on: date) -> Swept:
        (oldest,) = one_of(_OLDEST, {"source": self.name, "stage": stage.code})
        if oldest is None:
            return Swept()
        first = max(oldest, stage.earliest(numbers, on))
        last = on - timedelta(days=stage.offset(numbers))
        return self._tally(stage, first, last, on, closes=True, values=stage.values(numbers))

    def _tally(
        self, stage: Stage, first: date, last: date, on: date, *, closes: bool,
        values: Mapping[str, Any] | None = None,
    ) -> Swept:  # fmt: skip
        params: dict[str, Any] = {
            **(values or {}),
            "source": self.name,
            "stage": stage.code,
            "audience": stage.audience,
            "priority": stage.priority,
            "first": first,
            "last": last,
            "on": on,
            "closes": closes,
        }
        return Swept(*one_of(_TALLY.format(things=stage.things), params))

    def address(self, stage: str) -> str:
        own = next((one.page for one in self.stages if one.code == stage), "")
        return reverse(own) if own else reverse(self.page) + self.query


@dataclass(frozen=True)
class OpenSource(CountedSource):
    """Things of which few are open at a time, with an index of the open ones: each sweep counts all of them anew."""

    def raise_due(self, stage: Stage, numbers: Numbers, *, since: date, on: date) -> Swept:
        return Swept()  # settled already

    def settle(self, stage: Stage, numbers: Numbers, *, on: date) -> Swept:
        return self._tally(stage, date.min, date.max, on, closes=True, values=stage.values(numbers))
