"""Item 6: last month's health points and services, computed; small numbers are hidden, names masked and agreed (10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import get_current_timezone

from care.policy import policy_on as care_policy_on
from care.queries.points import Ranking, rankings
from core.sql import rows_of
from outreach.disclosures.base import Drafted, Fact, Month, Unit
from outreach.disclosures.wording import fact_words, local_day, page_of, pairs_of, points_of, told_fact
from outreach.policy import policy_on

_PLACES = 10  # of the ranking, on a notice
_UNITS = """WITH unit AS MATERIALIZED (
        SELECT * FROM unnest(%(keys)s::int[], %(teams)s::bigint[]) AS unit (key, team)
    )"""
# Whose resident somebody was on a day: of the team that he was signed with then.
_SIGNED = """JOIN contracts_agreement AS paper ON paper.team_id = unit.team
    JOIN contracts_enrollment AS term ON term.agreement_id = paper.id AND term.state <> 'void'
        AND NOT term.is_supplementary AND term.starts_on < %(after)s AND term.ends_on >= %(first)s"""
# key, what, number, people. What only named roles may know of (is_restricted) is not counted in public.
_SERVICES = f"""
    {_UNITS}
    SELECT unit.key, one.what, count(*), count(DISTINCT record.resident_id), 0
    FROM unit JOIN care_servicerecord AS record ON record.team_id = unit.team AND record.state = 'standing'
        AND record.done_on >= %(first)s AND record.done_on < %(after)s AND NOT record.is_restricted
    CROSS JOIN LATERAL (SELECT CASE WHEN record.form = 'consultation' THEN 'consult'
        WHEN record.mode IN ('clinic', 'station') THEN 'clinic' WHEN record.mode = 'home' THEN 'home' END) AS one (what)
    WHERE one.what IS NOT NULL GROUP BY unit.key, one.what
    UNION ALL
    SELECT unit.key, sent.direction, count(*), count(DISTINCT sent.resident_id), 0
    FROM unit JOIN care_referral AS sent ON sent.team_id = unit.team AND sent.state <> 'cancelled'
        AND sent.sent_on >= %(first)s AND sent.sent_on < %(after)s AND NOT sent.is_restricted
    GROUP BY unit.key, sent.direction
    UNION ALL
    SELECT unit.key, 'measure', count(*), count(DISTINCT reading.resident_id), 0
    FROM unit {_SIGNED}
    JOIN care_reading AS reading ON reading.resident_id = term.resident_id AND reading.voided_at IS NULL
        AND reading.source IN ('self', 'device') AND reading.taken_at >= %(since)s AND reading.taken_at < %(until)s
        AND (reading.taken_at AT TIME ZONE %(zone)s)::date BETWEEN term.starts_on AND term.ends_on
    GROUP BY unit.key
    UNION ALL
    SELECT unit.key, 'redeem', count(*), count(DISTINCT given.account_id), sum(given.unit_points * given.quantity)
    FROM unit {_SIGNED}
    JOIN care_pointredemption AS given ON given.resident_id = term.resident_id AND given.state = 'done'
        AND given.redeemed_on >= %(first)s AND given.redeemed_on < %(after)s
        AND given.redeemed_on BETWEEN term.starts_on AND term.ends_on
    GROUP BY unit.key
"""  # noqa: S608
_LINES = (
    ("consult", "主动咨询", "人次"),
    ("measure", "居家自我监测", "次"),
    ("clinic", "门诊、站室就诊和随访", "人次"),
    ("home", "上门服务", "人次"),
    ("up", "转诊：上转", "人次"),
    ("down", "转诊：下转", "人次"),
)


@dataclass(frozen=True)
class _Count:
    number: int = 0
    people: int = 0
    points: int = 0


def last_month(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Four queries, however many units."""
    before, on = month.before, local_day(now)
    least = policy_on(on).suppress_below
    most = max(least, care_policy_on(on).points_ranking_least)
    counts: dict[tuple[int, str], _Count] = {}
    for key, what, number, people, points in rows_of(_SERVICES, pairs_of(units) | _span(before)):
        counts[key, what] = _Count(int(number), int(people), int(points or 0))
    places = rankings([one.teams for one in units], before.first, least=most)
    return {
        unit: _drafted(
            unit, before, {what: one for (at, what), one in counts.items() if at == key}, places[key], least
        )
        for key, unit in enumerate(units)
    }


def _span(before: Month) -> dict[str, object]:
    after = before.last + timedelta(days=1)
    zone = get_current_timezone()
    return {
        "first": before.first,
        "after": after,
        "since": datetime(before.first.year, before.first.month, 1, tzinfo=zone),
        "until": datetime(after.year, after.month, 1, tzinfo=zone),
        "zone": str(zone),
    }


def _drafted(
    unit: Unit, before: Month, counts: Mapping[str, _Count], ranking: Ranking, least: int
) -> Drafted:
    page = (
        page_of("fulfilment-team", unit.team)
        if unit.team
        else page_of("fulfilment-table", institution=unit.institution)
    )
    sent = page_of("referral-counts", first=before.first, last=before.last)
    facts = []
    for what, label, measure in _LINES:
        one = counts.get(what, _Count())
        where = sent if what in ("up", "down") else page
        facts.append(told_fact(label, one.number, one.people, least=least, unit=measure, page=where))
    redeemed = _redeemed(counts.get("redeem", _Count()), least)
    text = f"{before.first.month}月签约居民服务情况：\n{points_of(_words(facts, redeemed, least))}"
    return Drafted(
        f"{text}\n\n{_ranking_words(ranking, before)}", (*facts, *redeemed, _took_part(ranking, unit, before))
    )


def _words(facts: Sequence[Fact], redeemed: Sequence[Fact], least: int) -> list[str]:
    lines = [fact_words(one, least) for one in facts]
    times, points = redeemed
    total = f"，共 {points.value} 分" if points.value else ""
    return [*lines, fact_words(times, least) + total]


def _redeemed(one: _Count, least: int) -> tuple[Fact, Fact]:
    page = page_of("points-desk")
    return (
        told_fact("健康积分兑换", one.number, one.people, least=least, unit="次", page=page),
        told_fact("兑换积分", one.points, one.people, least=least, unit="分", page=page),
    )


def _ranking_words(ranking: Ranking, before: Month) -> str:
    month = f"{before.first.month}月"
    if ranking.is_hidden:
        return f"{month}自愿参加健康积分排行的居民人数较少，不公布排行。欢迎向团队申请参加。"
    shown = [one for one in ranking.places if one.place <= _PLACES][:_PLACES]
    lines = (f"第{one.place}名 {one.name} {one.points}分" for one in shown)
    return f"{month}健康积分排行（本人自愿参加，姓名已隐去部分）：\n{points_of(lines)}"


def _took_part(ranking: Ranking, unit: Unit, before: Month) -> Fact:
    page = page_of("points-ranking", team=unit.team, month=f"{before.first:%Y-%m}")
    return Fact("参加积分排行", None if ranking.is_hidden else len(ranking.places), "户（人）", page)
