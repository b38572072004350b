"""Which plans there should be: people in care, by the rules in force and by what was promised to them.

Everything stands in temporary tables of the running transaction, named care_...; ``care_of`` narrows it to some persons.
"""

from collections.abc import Collection
from datetime import date

from care.choices import Program, ScheduleKind
from care.queries.rules import Rulebook
from care.rules.promises import COUNTED, MOST_TIMES
from care.rules.tables import ServiceRule
from contracts.choices import AgreementKind, PackageKind, ProofKind
from core.sql import fill, made, run
from residents.choices import RESTRICTED

BY_PERSON = ("enrolled", "household", "aged", "born", "discharged", "flag", "tier", "episode")
OLDEST_CHILD_DAYS = 8 * 366  # nothing that counts from birth reaches further
_IN_FORCE = """one.starts_on <= %(on)s AND one.ends_on >= %(on)s
        AND one.state NOT IN ('void', 'draft', 'pending_confirm')"""


def name_persons(residents: Collection[int] | None) -> None:
    """Make ``care_of``: the persons that everything after this is about; without it, it is about everybody."""
    if residents is not None:
        made("care_of", "SELECT DISTINCT unnest(%s::bigint[]) AS resident_id", [list(residents)])


def narrowed(column: str, *, to_some: bool) -> str:
    return f"AND {column} IN (SELECT resident_id FROM care_of)" if to_some else ""  # noqa: S608  # a column


def write_wants(
    book: Rulebook, *, on: date, newborn_days: int, to_some: bool, with_promises: bool = True
) -> None:
    """Make ``care_people``, ``care_rules`` and ``care_wants``, one row for each person and rule.

    Args:
        with_promises: also the services that were promised; needs the whole book, since its rules fulfil some of them.
    """
    params = {
        "on": on,
        "newborn_days": newborn_days,
        "oldest": OLDEST_CHILD_DAYS,
        "household": AgreementKind.HOUSEHOLD,
    }
    made("care_people", _PEOPLE.format(some=narrowed("person.id", to_some=to_some)), params)
    _write_rules(book)
    made("care_found", _FOUND, params)
    made("care_wants", _WANTS, params)
    run(_KEEP_TOLD.format(some=narrowed("plan.resident_id", to_some=to_some)))
    if with_promises:
        _add_promises(book, on=on)
    run("ANALYZE care_wants")


# Main agreements in force, and the infants whom an agreement of the household takes along.
_PEOPLE = f"""
    SELECT person.id AS resident_id, agreement.team_id, one.id AS enrollment_id, one.starts_on, one.ends_on,
        agreement.ends_on AS agreed_until, agreement.starts_on AS agreed_from, person.born_on,
        person.life_status = 'lost' AS is_lost,
        agreement.kind = %(household)s AND agreement.representative_id = person.id AS represents
    FROM contracts_enrollment AS one
    JOIN contracts_agreement AS agreement ON agreement.id = one.agreement_id
    JOIN residents_resident AS person ON person.id = one.resident_id
    WHERE {_IN_FORCE} AND NOT one.is_supplementary AND person.life_status IN ('present', 'lost') {{some}}
    UNION ALL
    SELECT DISTINCT ON (person.id) person.id, one.team_id, NULL::bigint, one.starts_on, one.ends_on, one.ends_on,
        one.starts_on, person.born_on, person.life_status = 'lost', false
    FROM residents_resident AS person
    JOIN contracts_agreement AS one ON one.household_id = person.household_id
    WHERE {_IN_FORCE} AND one.kind = %(household)s AND person.life_status IN ('present', 'lost')
        AND person.born_on > %(on)s::date - %(newborn_days)s {{some}}
        AND NOT EXISTS (
            SELECT FROM contracts_enrollment AS own WHERE own.resident_id = person.id AND NOT own.is_supplementary
                AND own.starts_on <= %(on)s AND own.ends_on >= %(on)s
                AND own.state NOT IN ('void', 'draft', 'pending_confirm'))
    ORDER BY 1
"""  # noqa: S608


def _write_rules(book: Rulebook) -> None:
    """The rules in force as rows, and which services each of them fulfils."""
    run(
        "CREATE TEMP TABLE care_rules (rule_id int, version int, urgency smallint, is_points bool, is_yearly bool,"
        " has_until bool, compares bool, kind text, arg text, detail text, until_fact text) ON COMMIT DROP;"
        "CREATE TEMP TABLE care_covers (rule_id int, code text) ON COMMIT DROP"
    )
    fill("care_rules", [_row_of(pk, rule, book) for pk, rule in book.rules.items()])
    fill("care_covers", [(pk, code) for pk, rule in book.rules.items() for code in rule.items])
    run("ANALYZE care_rules; ANALYZE care_covers")


def _row_of(pk: int, rule: ServiceRule, book: Rulebook) -> tuple[object, ...]:
    kind, arg, detail = (*rule.trigger.split(":"), "", "")[:3]
    schedule = rule.schedule
    is_yearly = schedule.kind == ScheduleKind.CALENDAR and schedule.period == "contract_year"
    is_dated = schedule.kind in (ScheduleKind.POINTS, ScheduleKind.ONCE) and kind not in (
        "enrolled",
        "household",
    )
    return (
        pk, book.versions[rule.program], int(rule.urgency), schedule.kind == ScheduleKind.POINTS, is_yearly,
        schedule.min_days > 0, is_yearly or (is_dated and kind in BY_PERSON), kind if kind in BY_PERSON else "told",
        arg, detail, rule.until,
    )  # fmt: skip


def _fact(name: str) -> str:
    """A day among the facts of an episode, null where there is none; mother and child may go home untold."""
    return (
        f"CASE WHEN episode.facts ->> {name} ~ '^\\d{{4}}-\\d{{2}}-\\d{{2}}'"
        f" THEN left(episode.facts ->> {name}, 10)::date END"
    )


# Of a population that another rule serves already.
_LEFT_OUT = """EXISTS (
        SELECT FROM residents_populationflag AS other WHERE other.resident_id = person.resident_id
            AND other.kind = ANY(string_to_array(rule.detail, ',')) AND other.starts_on <= %(on)s
            AND (other.ends_on IS NULL OR other.ends_on >= %(on)s))"""
# What each rule counts from, for each person whom it is about. What counts from a visit, a reading or a referral
# is begun by that and only kept here.
_FOUND = f"""
    SELECT rule.rule_id, person.resident_id, person.starts_on AS day
    FROM care_people AS person JOIN care_rules AS rule ON rule.kind = 'enrolled'
    WHERE person.enrollment_id IS NOT NULL
    UNION ALL
    SELECT rule.rule_id, person.resident_id, person.agreed_from
    FROM care_people AS person JOIN care_rules AS rule ON rule.kind = 'household'
    WHERE person.represents
    UNION ALL
    SELECT rule.rule_id, person.resident_id, person.born_on
    FROM care_people AS person JOIN care_rules AS rule ON rule.kind = 'born'
    WHERE person.born_on > %(on)s::date - %(oldest)s AND person.born_on <= %(on)s
    UNION ALL
    SELECT rule.rule_id, person.resident_id, coalesce({_fact("'discharged_on'")}, episode.starts_on, person.born_on)
    FROM care_people AS person JOIN care_rules AS rule ON rule.kind = 'discharged'
    LEFT JOIN care_episode AS episode ON episode.resident_id = person.resident_id AND episode.program = 'child'
        AND episode.ends_on IS NULL
    WHERE person.born_on > %(on)s::date - %(oldest)s AND person.born_on <= %(on)s
    UNION ALL
    SELECT rule.rule_id, person.resident_id, (person.born_on + make_interval(years => rule.arg::int))::date
    FROM care_people AS person JOIN care_rules AS rule ON rule.kind = 'aged'
    WHERE person.enrollment_id IS NOT NULL AND NOT {_LEFT_OUT}
        AND person.born_on + make_interval(years => rule.arg::int) <= %(on)s
    UNION ALL
    SELECT rule.rule_id, person.resident_id, flag.starts_on
    FROM care_rules AS rule
    JOIN residents_populationflag AS flag ON flag.kind = rule.arg AND flag.starts_on <= %(on)s
        AND (flag.ends_on IS NULL OR flag.ends_on >= %(on)s)
    JOIN care_people AS person ON person.resident_id = flag.resident_id
    WHERE rule.kind = 'flag' AND (rule.detail = '' OR NOT {_LEFT_OUT})
    UNION ALL
    SELECT rule.rule_id, person.resident_id, tier.starts_on
    FROM care_rules AS rule
    JOIN residents_risktier AS tier ON tier.kind = rule.arg AND tier.color = rule.detail
        AND tier.starts_on <= %(on)s AND (tier.ends_on IS NULL OR tier.ends_on >= %(on)s)
    JOIN care_people AS person ON person.resident_id = tier.resident_id
    WHERE rule.kind = 'tier'
    UNION ALL
    SELECT rule.rule_id, person.resident_id, CASE WHEN rule.detail = '' THEN episode.starts_on
        WHEN rule.detail = 'discharged_on' THEN coalesce({_fact("rule.detail")}, {_fact("'delivered_on'")})
        ELSE {_fact("rule.detail")} END
    FROM care_rules AS rule
    JOIN care_episode AS episode ON episode.program = rule.arg AND episode.ends_on IS NULL
        AND episode.starts_on <= %(on)s
    JOIN care_people AS person ON person.resident_id = episode.resident_id
    WHERE rule.kind = 'episode' AND NOT coalesce(episode.facts ->> rule.until_fact <= %(on)s::date::text, false)
"""  # noqa: S608
# What has dates of its own counts from those; everything else from the day it began to be promised.
_WANTS = """
    SELECT DISTINCT ON (rule.rule_id, person.resident_id) person.resident_id, rule.rule_id,
        CASE WHEN rule.compares THEN found.day ELSE greatest(found.day, person.starts_on) END AS anchor_on,
        CASE WHEN rule.has_until THEN person.ends_on ELSE '9999-12-31' END AS until_on,
        person.team_id, person.enrollment_id, person.is_lost, rule.version, rule.urgency, rule.compares,
        rule.is_points, rule.is_yearly, rule.has_until, false AS is_told, false AS is_item, 0 AS done
    FROM care_found AS found
    JOIN care_rules AS rule ON rule.rule_id = found.rule_id
    JOIN care_people AS person ON person.resident_id = found.resident_id
    WHERE found.day IS NOT NULL
    ORDER BY rule.rule_id, person.resident_id, found.day DESC
"""
# Without an agreement the team that looks after the person goes on with it; what an agreement carried ends with it.
_KEEP_TOLD = """
    INSERT INTO care_wants
    SELECT plan.resident_id, plan.rule_id, plan.anchor_on, '9999-12-31',
        coalesce(person.team_id, one.managing_team_id, plan.team_id), person.enrollment_id, one.life_status = 'lost',
        plan.version, plan.urgency, false, false, false, false, true, false, 0
    FROM care_plan AS plan
    JOIN care_rules AS rule ON rule.rule_id = plan.rule_id AND rule.kind = 'told'
    JOIN residents_resident AS one ON one.id = plan.resident_id AND one.life_status IN ('present', 'lost')
    LEFT JOIN care_people AS person ON person.resident_id = plan.resident_id
    WHERE plan.state IN ('running', 'paused') AND (plan.enrollment_id IS NULL OR person.resident_id IS NOT NULL) {some}
"""


def _add_promises(book: Rulebook, *, on: date) -> None:
    """What was promised and is dated by no rule for that person; supplementary agreements promise as well."""
    params = {
        "on": on, "menu": PackageKind.FAMILY_MENU, "household": AgreementKind.HOUSEHOLD,
        "counted": [str(one) for one in COUNTED], "most": MOST_TIMES, "signed": ProofKind.AGREEMENT,
        "program": Program.CONTRACT, "restricted": [str(one) for one in RESTRICTED],
    }  # fmt: skip
    made("care_promised", _PROMISED, params)
    run(_NAME_ITEMS, params)
    run(_ITEMS, params)


# What a household is given once, through its representative, is not planned for every member again.
_PROMISED = f"""
    WITH held AS (
        SELECT one.id AS enrollment_id, one.resident_id, one.starts_on, agreement.ends_on AS until_on,
            agreement.id AS agreement_id, NULL::bigint AS counts_for, agreement.team_id, person.is_lost, own.package_id,
            EXISTS (SELECT FROM contracts_enrollment AS chief WHERE chief.agreement_id = agreement.id
                AND agreement.kind = %(household)s AND chief.resident_id = agreement.representative_id
                AND chief.starts_on <= %(on)s AND chief.ends_on >= %(on)s) AS is_home
        FROM care_people AS person
        JOIN contracts_enrollment AS one ON one.resident_id = person.resident_id
        JOIN contracts_agreement AS agreement ON agreement.id = one.agreement_id
        JOIN contracts_enrolledpackage AS own ON own.enrollment_id = one.id
        WHERE {_IN_FORCE}
        UNION ALL
        SELECT person.enrollment_id, person.resident_id, person.agreed_from, person.agreed_until, agreement.id, 0,
            agreement.team_id, person.is_lost, signed.servicepackage_id, true
        FROM care_people AS person
        JOIN contracts_enrollment AS one ON one.id = person.enrollment_id
        JOIN contracts_agreement AS agreement ON agreement.id = one.agreement_id
        JOIN contracts_agreement_packages AS signed ON signed.agreement_id = agreement.id
        JOIN contracts_servicepackage AS package ON package.id = signed.servicepackage_id AND package.kind = %(menu)s
        WHERE person.represents
    )
    SELECT DISTINCT ON (held.resident_id, content.item_id) held.*, content.item_id,
        array_position(%(counted)s::text[], content.frequency::text) * 4096 + least(content.times, %(most)s) * 2
            + content.is_first_week::int AS promise
    FROM held
    JOIN contracts_packageitem AS content ON content.package_id = held.package_id AND content.times IS NOT NULL
    JOIN contracts_serviceitem AS item ON item.id = content.item_id AND item.proof <> %(signed)s
    WHERE (content.is_required OR EXISTS (
            SELECT FROM contracts_chosenitem AS one
            WHERE one.agreement_id = held.agreement_id AND one.content_id = content.id))
        AND (item.owner_id IS NOT NULL OR NOT EXISTS (
            SELECT FROM care_wants AS wanted JOIN care_covers AS cover ON cover.rule_id = wanted.rule_id
            WHERE wanted.resident_id = held.resident_id AND cover.code = item.code)
            AND NOT (held.is_home AND EXISTS (
                SELECT FROM care_covers AS cover JOIN care_rules AS rule ON rule.rule_id = cover.rule_id
                WHERE rule.kind = 'household' AND cover.code = item.code)))
    ORDER BY held.resident_id, content.item_id, content.times * CASE content.frequency WHEN 'week' THEN 52
        WHEN 'month' THEN 12 WHEN 'quarter' THEN 4 WHEN 'half_year' THEN 2 ELSE 1 END DESC, held.enrollment_id
"""  # noqa: S608
_NAME_ITEMS = """
    INSERT INTO care_carerule (code, program, name, item_id, is_restricted)
    SELECT 'item.' || item.id, %(program)s, item.name, item.id, EXISTS (
            SELECT FROM contracts_packageitem AS content
            JOIN contracts_servicepackage AS package ON package.id = content.package_id
            WHERE content.item_id = item.id AND package.populations && %(restricted)s::varchar[])
        AND NOT EXISTS (
            SELECT FROM contracts_packageitem AS content
            JOIN contracts_servicepackage AS package ON package.id = content.package_id
            WHERE content.item_id = item.id AND NOT package.populations && %(restricted)s::varchar[])
    FROM contracts_serviceitem AS item
    WHERE item.id IN (SELECT item_id FROM care_promised)
        AND NOT EXISTS (SELECT FROM care_carerule AS one WHERE one.item_id = item.id)
    ORDER BY item.id
    ON CONFLICT DO NOTHING
"""
_ITEMS = """
    INSERT INTO care_wants
    SELECT one.resident_id, rule.id, one.starts_on, one.until_on, one.team_id, one.enrollment_id, one.is_lost,
        one.promise, 0, true, false, false, false, false, true, (
            SELECT count(*) FROM contracts_fulfillment AS fact
            WHERE fact.agreement_id = one.agreement_id AND fact.item_id = one.item_id AND fact.withdrawn_at IS NULL
                AND fact.enrollment_id IS NOT DISTINCT FROM CASE WHEN one.counts_for IS NULL THEN one.enrollment_id END)
    FROM care_promised AS one JOIN care_carerule AS rule ON rule.item_id = one.item_id
"""
