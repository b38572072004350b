"""Points of many records at once: what ``earn`` would do one by one, in a few statements."""

from datetime import date, datetime

from django.db import transaction

from care.choices import PointsPool
from care.policy import policy_on
from core.sql import made, run, vanish

# Standing records of signed persons that never earned anything, with the rule in force on the day of the service.
# Holders who owe points are left to ``earn``, which pays the debt first.
_CANDIDATES = """
    SELECT record.id, record.key, record.resident_id, record.team_id, record.done_on, record.is_restricted,
        rule.id AS rule_id, rule.code, rule.name, rule.points, rule.period, rule.times, holder.resident AS holder,
        holder.household AS home,
        CASE rule.period WHEN 'month' THEN date_trunc('month', record.done_on)::date
            WHEN 'quarter' THEN date_trunc('quarter', record.done_on)::date
            WHEN 'year' THEN date_trunc('year', record.done_on)::date ELSE DATE '0001-01-01' END AS period_on
    FROM (
        SELECT one.*, 'record:' || coalesce(one.root_id, one.id) AS key FROM care_servicerecord AS one
        WHERE one.state = 'standing' AND one.enrollment_id IS NOT NULL
    ) AS record
    JOIN residents_resident AS person ON person.id = record.resident_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(pooled)s AND person.household_id IS NOT NULL THEN NULL ELSE person.id END AS resident,
            CASE WHEN %(pooled)s THEN person.household_id END AS household
    ) AS holder
    JOIN LATERAL (
        SELECT DISTINCT ON (version.code) version.* FROM care_pointrule AS version
        WHERE version.in_force_from <= record.done_on
        ORDER BY version.code, version.in_force_from DESC, version.id DESC
    ) AS rule ON rule.form = record.form AND rule.points > 0
    WHERE (cardinality(rule.verdicts) = 0 OR record.verdict = ANY(rule.verdicts))
        AND (cardinality(rule.modes) = 0 OR record.mode = ANY(rule.modes))
        AND (NOT rule.on_time_only OR EXISTS (
            SELECT 1 FROM care_task AS task
            WHERE task.record = record.key AND task.resident_id = record.resident_id AND task.state = 'done'))
        AND NOT EXISTS (SELECT 1 FROM care_pointtransaction AS told WHERE told.source = record.key)
        AND NOT EXISTS (
            SELECT 1 FROM care_pointaccount AS debt WHERE debt.kind = 'debt' AND debt.balance < 0
                AND debt.resident_id IS NOT DISTINCT FROM holder.resident
                AND debt.household_id IS NOT DISTINCT FROM holder.household)
"""

# The first so many of a period, those that earned before included.
_DESERVED = """
    SELECT * FROM (
        SELECT one.*, row_number() OVER (
            PARTITION BY one.resident_id, one.code, one.period_on ORDER BY one.done_on, one.id) AS nth,
            (SELECT count(*) FROM care_pointtransaction AS told
                JOIN care_pointrule AS rule ON rule.id = told.rule_id
                LEFT JOIN care_pointtransaction AS back ON back.reverses_id = told.id
                WHERE told.kind = 'earn' AND told.resident_id = one.resident_id AND rule.code = one.code
                    AND back.id IS NULL AND one.times > 0 AND told.done_on >= one.period_on
                    AND told.done_on < one.period_on + CASE one.period WHEN 'month' THEN interval '1 month'
                        WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END) AS earned
        FROM earning_candidates AS one
    ) AS one WHERE one.times = 0 OR one.nth + one.earned <= one.times
"""

_OPEN_ACCOUNTS = """
    INSERT INTO care_pointaccount (kind, resident_id, household_id, balance, is_ranked, opened_on)
    SELECT DISTINCT 'own', holder, home, 0, false, %(on)s::date FROM earning_deserved
    UNION ALL SELECT 'issued', NULL, NULL, 0, false, %(on)s::date
    ON CONFLICT DO NOTHING
"""

_BOOK = """
    WITH told AS (
        INSERT INTO care_pointtransaction
            (kind, key, source, "on", at, by_id, resident_id, team_id, rule_id, done_on, is_restricted, note)
        SELECT 'earn', one.key || ':' || one.code, one.key, %(on)s, %(now)s, NULL, one.resident_id, one.team_id,
            one.rule_id, one.done_on, one.is_restricted, one.name
        FROM earning_deserved AS one
        ON CONFLICT DO NOTHING RETURNING id, key
    )
    INSERT INTO care_pointentry (transaction_id, account_id, points)
    SELECT told.id, account.id, one.points * side.sign
    FROM told JOIN earning_deserved AS one ON one.key || ':' || one.code = told.key
    CROSS JOIN (VALUES (1), (-1)) AS side (sign)
    JOIN care_pointaccount AS account ON side.sign = 1 AND account.kind = 'own'
            AND account.resident_id IS NOT DISTINCT FROM one.holder
            AND account.household_id IS NOT DISTINCT FROM one.home
        OR side.sign = -1 AND account.kind = 'issued'
"""


def earn_for_records(*, on: date, now: datetime) -> int:
    """Give the points of every standing record that earned nothing yet; how many records by how many rules.

    Told twice it changes nothing. Records are taken in the order of their days, as the caps count.
    """
    pool = policy_on(on).points_pool
    if pool == PointsPool.NONE:
        return 0
    with transaction.atomic():
        vanish("earning_")
        made("earning_candidates", _CANDIDATES, {"pooled": pool == PointsPool.HOUSEHOLD})
        made("earning_deserved", _DESERVED)
        run(_OPEN_ACCOUNTS, {"on": on})
        return run(_BOOK, {"on": on, "now": now}) // 2
