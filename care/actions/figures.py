"""The sums of promised, done, left, made anew every night. Set-based, a bounded number of teams at a time.

How much of a promise is due is reckoned by the one pure rule of the agreements (``contracts.rules.fulfillment``), for
every distinct promise and term of the teams at hand; Postgres joins and adds up. So a sum equals what stands on the
pages of the single agreements.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from care.models import Sweep
from care.policy import policy_on
from care.queries.silent import silent_enrollments
from contracts.choices import AgreementState, Frequency, PackageKind
from contracts.rules.fulfillment import Promise, Term, due_by, promised_in
from core.dates import months_after
from core.sql import fill, made, rows_of, run, vanish
from residents.choices import RESTRICTED
from teams.models import Team

SWEEP = "fulfilment"
TEAMS_AT_ONCE = 40
MONTHS = 24  # for which tasks are kept as sums
_NOT_COUNTED = [
    str(one) for one in (AgreementState.VOID, AgreementState.DRAFT, AgreementState.PENDING_CONFIRM)
]

# Agreements that hold on the day. Whoever left one earlier stays in it with what was due by then.
_HELD = """
    SELECT held.id, held.team_id, held.doctor_id, held.starts_on, held.ends_on, max(person.ends_on) AS last_day
    FROM contracts_agreement AS held
    JOIN contracts_enrollment AS person ON person.agreement_id = held.id AND person.state <> 'void'
    WHERE held.team_id = ANY(%(teams)s) AND held.state <> ALL(%(not_counted)s) AND held.starts_on <= %(day)s
    GROUP BY held.id HAVING max(person.ends_on) >= %(day)s
"""
# Every promise to every person, and of the menu to the household (who = 0).
_PROMISES = """
    SELECT pair.agreement_id, pair.team_id, pair.doctor_id, pair.who, pair.starts_on, pair.agreed_end, pair.last_day,
        pair.is_open, content.item_id, content.frequency, content.times, content.is_first_week
    FROM (
        SELECT held.id AS agreement_id, held.team_id, held.doctor_id, person.id AS who, own.package_id,
            person.starts_on, held.ends_on AS agreed_end, person.ends_on AS last_day,
            NOT package.populations && %(restricted)s::varchar[] AS is_open
        FROM figure_held AS held
        JOIN contracts_enrollment AS person ON person.agreement_id = held.id AND person.state <> 'void'
        JOIN contracts_enrolledpackage AS own ON own.enrollment_id = person.id
        JOIN contracts_servicepackage AS package ON package.id = own.package_id
        UNION ALL
        SELECT held.id, held.team_id, held.doctor_id, 0, package.id, held.starts_on, held.ends_on, held.last_day,
            NOT package.populations && %(restricted)s::varchar[]
        FROM figure_held AS held
        JOIN contracts_agreement_packages AS signed ON signed.agreement_id = held.id
        JOIN contracts_servicepackage AS package ON package.id = signed.servicepackage_id AND package.kind = %(menu)s
    ) AS pair
    JOIN contracts_packageitem AS content ON content.package_id = pair.package_id
    WHERE content.is_required OR EXISTS (
        SELECT 1 FROM contracts_chosenitem AS chosen
        WHERE chosen.agreement_id = pair.agreement_id AND chosen.content_id = content.id)
"""
_TERM = "frequency, times, is_first_week, starts_on, agreed_end, last_day"
_DUE_TABLE = """
    CREATE TEMP TABLE figure_due (frequency varchar, times integer, is_first_week boolean, starts_on date,
        agreed_end date, last_day date, whole integer, due integer) ON COMMIT DROP
"""
# A service of several packages is given for all of them at once: the largest promise counts.
_LINES = f"""
    SELECT promise.team_id, promise.doctor_id, promise.agreement_id, promise.item_id, promise.whole, promise.due,
        promise.whole_open, promise.due_open, promise.is_open, coalesce(fact.done, 0)::integer AS done
    FROM (
        SELECT team_id, doctor_id, agreement_id, who, item_id, max(whole) AS whole, max(due) AS due,
            max(whole) FILTER (WHERE is_open) AS whole_open, max(due) FILTER (WHERE is_open) AS due_open,
            bool_or(is_open) AS is_open
        FROM figure_promise LEFT JOIN figure_due USING ({_TERM})
        GROUP BY team_id, doctor_id, agreement_id, who, item_id
    ) AS promise
    LEFT JOIN (
        SELECT agreement_id, coalesce(enrollment_id, 0) AS who, item_id, count(*) AS done
        FROM contracts_fulfillment
        WHERE withdrawn_at IS NULL AND agreement_id IN (SELECT id FROM figure_held)
        GROUP BY 1, 2, 3
    ) AS fact USING (agreement_id, who, item_id)
"""  # noqa: S608  # only the text above


def _items(suffix: str, only: str, with_restricted: bool) -> str:
    whole, due = f"whole{suffix}", f"due{suffix}"
    return f"""
        SELECT team_id, doctor_id, item_id, {with_restricted} AS with_restricted,
            count({whole}) AS lines, coalesce(sum({whole}), 0) AS promised, coalesce(sum({due}), 0) AS due,
            coalesce(sum(least(done, {due})) FILTER (WHERE {due} IS NOT NULL), 0) AS kept,
            coalesce(sum(done) FILTER (WHERE {whole} IS NOT NULL), 0) AS done,
            coalesce(sum(greatest({whole} - done, 0)), 0) AS remaining,
            coalesce(sum(done) FILTER (WHERE {whole} IS NULL), 0) AS on_demand
        FROM figure_line WHERE {only} GROUP BY team_id, doctor_id, item_id
    """  # noqa: S608


_ITEMS = f"{_items('', 'true', True)} UNION ALL {_items('_open', 'is_open', False)}"


def _agreements(suffix: str, only: str, with_restricted: bool) -> str:
    due = f"due{suffix}"
    return f"""
        SELECT held.team_id, held.doctor_id, {with_restricted} AS with_restricted, count(*) AS agreements,
            count(*) FILTER (WHERE line.owing) AS owing, count(*) FILTER (WHERE line.owing AND line.met) AS met
        FROM figure_held AS held
        LEFT JOIN (
            SELECT agreement_id, bool_or({due} > 0) AS owing, bool_and(done >= coalesce({due}, 0)) AS met
            FROM figure_line WHERE {only} GROUP BY agreement_id
        ) AS line ON line.agreement_id = held.id
        GROUP BY held.team_id, held.doctor_id
    """  # noqa: S608


_AGREEMENTS = f"""
    SELECT figure.*, coalesce(heads.people, 0) AS people, coalesce(heads.silent, 0) AS silent
    FROM ({_agreements("", "true", True)} UNION ALL {_agreements("_open", "is_open", False)}) AS figure
    LEFT JOIN figure_heads AS heads USING (team_id, doctor_id)
"""  # noqa: S608
_TASKS = """
    SELECT team_id, rule_id, date_trunc('month', coalesce(done_on, closes_on))::date AS month,
        count(*) FILTER (WHERE state = 'done') AS on_time, count(*) FILTER (WHERE state = 'done_late') AS late,
        count(*) FILTER (WHERE state = 'missed') AS missed,
        count(*) FILTER (WHERE state IN ('lost', 'refused', 'cancelled')) AS excused
    FROM care_task
    WHERE state <> 'due' AND coalesce(done_on, closes_on) >= %(since)s AND coalesce(done_on, closes_on) <= %(day)s
    GROUP BY 1, 2, 3
"""


@transaction.atomic
def refresh_fulfilment(*, on: date, now: datetime) -> dict[str, int]:
    """Reckon every sum as of the day before ``on``, which is over; how many rows changed.

    A second call changes nothing.
    """
    day = on - timedelta(days=1)
    changed = {"items": 0, "agreements": 0}
    teams = list(Team.objects.order_by("pk").values_list("pk", flat=True))
    days = policy_on(day).no_service_days
    for start in range(0, len(teams), TEAMS_AT_ONCE):
        some = teams[start : start + TEAMS_AT_ONCE]
        _make_lines(some, day)
        _count_heads(some, day, days)
        made("figure_new_items", _ITEMS)
        made("figure_new_agreements", _AGREEMENTS)
        own = f"team_id = ANY(ARRAY{some})"
        changed["items"] += _store(
            "care_itemfigure", "figure_new_items", ("team_id", "doctor_id", "item_id", "with_restricted"), own
        )
        changed["agreements"] += _store(
            "care_agreementfigure", "figure_new_agreements", ("team_id", "doctor_id", "with_restricted"), own
        )
        vanish("figure_")
    since = months_after(day.replace(day=1), -MONTHS)
    made("figure_new_tasks", _TASKS, {"since": since, "day": day})
    changed["tasks"] = _store("care_taskfigure", "figure_new_tasks", ("team_id", "month", "rule_id"), "true")
    vanish("figure_")
    Sweep.objects.update_or_create(name=SWEEP, defaults={"through_on": day, "through_at": now})
    return changed


def _make_lines(teams: Sequence[int], day: date) -> None:
    """figure_line: every service promised to every person, how often, how much of it is due, how often it was given."""
    made("figure_held", _HELD, {"teams": list(teams), "not_counted": _NOT_COUNTED, "day": day})
    values = {"restricted": [str(one) for one in RESTRICTED], "menu": PackageKind.FAMILY_MENU}
    made("figure_promise", _PROMISES, values)
    run(_DUE_TABLE)
    terms = rows_of(f"SELECT DISTINCT {_TERM} FROM figure_promise WHERE times IS NOT NULL")  # noqa: S608
    fill("figure_due", [(*one, *_due(one, day)) for one in terms])
    run("ANALYZE figure_due")
    made("figure_line", _LINES)


def _due(term: tuple, day: date) -> tuple[int | None, int | None]:
    """In the whole term, and by the day."""
    frequency, times, is_first_week, starts_on, agreed_end, last_day = term
    promise = Promise(Frequency(frequency), times, is_first_week)
    days = Term(starts_on, agreed_end, last_day)
    return promised_in(promise, days), due_by(promise, days, day)


def _count_heads(teams: Sequence[int], day: date, days: int) -> None:
    """figure_heads: persons enrolled on the day by team and doctor, and those whom nobody saw for so many days."""
    silent, values = (
        silent_enrollments(on=day, days=days)
        .filter(agreement__team__in=teams)
        .values("id")
        .query.sql_with_params()
    )
    made(
        "figure_heads",
        f"""
        SELECT held.team_id, held.doctor_id, count(*) AS people, count(silent.id) AS silent
        FROM figure_held AS held
        JOIN contracts_enrollment AS person ON person.agreement_id = held.id AND person.state <> ALL(%s)
            AND NOT person.is_supplementary AND person.starts_on <= %s AND person.ends_on >= %s
        LEFT JOIN ({silent}) AS silent ON silent.id = person.id
        GROUP BY held.team_id, held.doctor_id
        """,  # noqa: S608
        [_NOT_COUNTED, day, day, *values],
    )


def _store(table: str, new: str, key: Sequence[str], own: str) -> int:
    """Bring the stored rows to what was just reckoned; how many of them changed. What stays the same is not written."""
    columns = [name for (name,) in rows_of(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [f"pg_temp.{new}"])]  # fmt: skip
    names, keys = ", ".join(columns), ", ".join(key)
    numbers = [one for one in columns if one not in key]
    gone = run(
        f"DELETE FROM {table} AS old WHERE {own} AND NOT EXISTS (SELECT 1 FROM {new} AS one WHERE "  # noqa: S608
        + " AND ".join(f"one.{name} = old.{name}" for name in key)
        + ")"
    )
    return (
        gone
        + run(
            f"INSERT INTO {table} AS old ({names}) SELECT {names} FROM {new} "  # noqa: S608
            f"ON CONFLICT ({keys}) DO UPDATE SET "
            + ", ".join(f"{one} = excluded.{one}" for one in numbers)
            + f" WHERE ({', '.join(f'old.{one}' for one in numbers)})"
            f" IS DISTINCT FROM ({', '.join(f'excluded.{one}' for one in numbers)})"
        )
    )
