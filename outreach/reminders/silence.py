"""Sentinels of whom nothing has been heard for some weeks: told to the leader of their grid (S2-25)."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from outreach.choices import Audience
from outreach.reminders.numbers import Numbers
from outreach.reminders.sources import OpenSource, Stage, Swept
from outreach.rules.weekly import silence_begins, week_of

# As ``outreach.queries.weekly.silent_postings``, by leader; %(first)s is the Monday from which on nothing was heard.
_SILENT = f"""
    SELECT 'user:' || leader.user_id AS subject, NULL::bigint AS team_id, leader.user_id, %(last)s::date AS day,
        count(*) AS count, 0 AS urgent, 0 AS restricted, '' AS title
    FROM grids_posting one JOIN grids_grid grid ON grid.id = one.grid_id
    JOIN grids_posting leader ON leader.role = 'grid_leader' AND leader.grid_id IN (grid.id, grid.parent_id)
        AND leader.user_id <> one.user_id
        AND leader.starts_on <= %(on)s AND coalesce(leader.ends_on, %(on)s) >= %(on)s
    WHERE one.role = 'sentinel' AND one.starts_on <= %(first)s AND coalesce(one.ends_on, %(on)s) >= %(on)s
        AND NOT EXISTS (SELECT FROM outreach_gridreport sent WHERE sent.reporter_id = one.user_id
            AND sent.posting_id = one.id AND NOT sent.is_training
            AND sent.reported_at >= %(first)s::timestamp AT TIME ZONE '{settings.TIME_ZONE}')
        AND NOT EXISTS (SELECT FROM outreach_zeroreport zero WHERE zero.posting_id = one.id AND zero.week_on >= %(first)s)
        AND NOT EXISTS (SELECT FROM outreach_sentinelleave away WHERE away.posting_id = one.id
            AND away.starts_on <= %(on)s AND coalesce(away.ends_on, %(on)s) >= %(first)s)
    GROUP BY leader.user_id
"""  # noqa: S608 - of constants of ours


@dataclass(frozen=True)
class SilenceSource(OpenSource):
    """Counted anew each time, from the Monday some weeks back; the row is one of this week."""

    def settle(self, stage: Stage, numbers: Numbers, *, on: date) -> Swept:
        first = silence_begins(on, weeks=numbers.outreach.silent_weeks)
        return self._tally(stage, first, week_of(on), on, closes=True)


SILENCE = SilenceSource(
    name="silence",
    label="健康哨兵",
    page="grid-team",
    stages=(
        Stage("silent", "多周没有消息的哨兵 {count} 人", Audience.PERSON, _SILENT, offset=lambda numbers: 0),
    ),
)
