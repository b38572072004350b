"""Writing the digests of a day: one statement over all open reminders, whoever they are for."""

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.calendar import is_working
from core.sql import one_of, run
from outreach.channels import available
from outreach.choices import ChannelCode
from outreach.policy import OutreachPolicy, policy_on
from outreach.reminders import ALARMS
from outreach.reminders.recipients import RECIPIENTS
from outreach.rules.sending import leaves_at

log = logging.getLogger(__name__)

_LOCK = 5_120_002


def alarms_in(lines: str) -> str:
    """How many things of stored lines cannot wait at all, as SQL."""
    return f"""coalesce((SELECT sum((line ->> 'urgent')::int) FROM jsonb_array_elements({lines}) line
            WHERE (line ->> 'source') || ':' || (line ->> 'stage') = ANY(%(alarms)s::text[])), 0)"""  # noqa: S608 - names of columns of ours


# Where somebody may be in danger (``Stage.is_alarm``), word goes out at any hour, and again for each further one.
# What a worker is sending in that moment says nothing of the newest one yet: it is sent once more, its stamp finds no row.
# On a day off only those who have something urgent are told. A digest that had less urgent work counts as unread again.
_WRITE = f"""
    WITH target AS ({RECIPIENTS}), line AS (
        SELECT target.user_id, one.source, one.stage, sum(one.count) AS count, sum(one.urgent) AS urgent,
            sum(one.restricted) AS restricted,
            (array_agg(DISTINCT one.title ORDER BY one.title) FILTER (WHERE one.title <> ''))[1:5] AS titles
        FROM target JOIN outreach_reminder one ON one.id = target.reminder_id
        JOIN teams_user person ON person.id = target.user_id AND person.is_active
        GROUP BY 1, 2, 3
    ), whole AS (
        SELECT user_id, sum(urgent) AS urgent, jsonb_agg(jsonb_build_object('source', source, 'stage', stage,
            'count', count, 'urgent', urgent, 'restricted', restricted, 'titles', coalesce(titles, '{{}}'))
            ORDER BY source, stage) AS lines
        FROM line WHERE %(is_working)s OR urgent > 0 GROUP BY user_id
    ), before AS (
        SELECT id, recipient_id, urgent, {alarms_in("lines")} AS alarms FROM outreach_digest WHERE "on" = %(on)s
    ), put AS (
        INSERT INTO outreach_digest AS kept (recipient_id, "on", lines, urgent, written_at, shown_at, read_at)
        SELECT user_id, %(on)s, lines, urgent, %(now)s, NULL, NULL FROM whole ORDER BY user_id
        ON CONFLICT (recipient_id, "on") DO UPDATE SET lines = excluded.lines, urgent = excluded.urgent,
            written_at = excluded.written_at,
            read_at = CASE WHEN excluded.urgent > kept.urgent THEN NULL ELSE kept.read_at END
        WHERE kept.lines IS DISTINCT FROM excluded.lines
        RETURNING id, recipient_id, urgent, {alarms_in("kept.lines")} AS alarms, xmax = 0 AS is_new
    ), emptied AS (
        UPDATE outreach_digest SET lines = '[]', urgent = 0, written_at = %(now)s
        WHERE "on" = %(on)s AND lines <> '[]' AND recipient_id NOT IN (SELECT user_id FROM whole)
        RETURNING 1
    ), chosen AS (
        SELECT put.*, coalesce(before.urgent, 0) AS was, put.alarms > coalesce(before.alarms, 0) AS is_alarm, channel,
            channel = %(inapp)s OR channel = ANY(coalesce(setting.channels, %(usual)s::text[])) AS is_wanted
        FROM put CROSS JOIN unnest(%(channels)s::text[]) AS channel
        LEFT JOIN before ON before.id = put.id
        LEFT JOIN outreach_messagesetting setting ON setting.user_id = put.recipient_id
    ), sending AS (
        INSERT INTO outreach_digestdelivery (digest_id, channel, kind, key, state, attempts, next_try_at, failure)
        SELECT id, channel, CASE WHEN is_new THEN 'daily' ELSE 'urgent' END, gen_random_uuid(), 'waiting', 0,
            CASE WHEN channel = %(inapp)s OR is_alarm THEN %(now)s WHEN urgent > 0 THEN %(urgent_at)s ELSE %(daily_at)s END, ''
        FROM chosen WHERE is_wanted AND (is_new OR channel <> %(inapp)s AND NOT is_alarm AND urgent > was AND EXISTS (
            SELECT FROM outreach_digestdelivery sent
            WHERE sent.digest_id = chosen.id AND sent.channel = chosen.channel AND sent.state = 'sent'))
        ON CONFLICT (digest_id, channel, kind) DO NOTHING
        RETURNING 1
    ), alarming AS (
        INSERT INTO outreach_digestdelivery AS kept
            (digest_id, channel, kind, key, state, attempts, next_try_at, failure)
        SELECT id, channel, 'urgent', gen_random_uuid(), 'waiting', 0, %(now)s, ''
        FROM chosen WHERE is_wanted AND is_alarm AND NOT is_new AND channel <> %(inapp)s
        ON CONFLICT (digest_id, channel, kind) DO UPDATE SET key = excluded.key, state = 'waiting',
            attempts = CASE kept.state WHEN 'sending' THEN kept.attempts ELSE 0 END,
            next_try_at = excluded.next_try_at, lease_until = NULL, done_at = NULL, failure = ''
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM put WHERE is_new), (SELECT count(*) FROM put WHERE NOT is_new),
        (SELECT count(*) FROM emptied), (SELECT count(*) FROM sending) + (SELECT count(*) FROM alarming)
"""  # noqa: S608 - woven of a constant of ours


@dataclass(frozen=True)
class Written:
    """Digests that are new, that have other lines now, that have none left; messages put on their way."""

    written: int
    rewritten: int
    emptied: int
    deliveries: int


def write_digests(*, on: date, now: datetime) -> Written:
    """Tell everybody once what is open for him; rewritten while the day lasts, and a second run changes nothing."""
    policy = policy_on(on)
    params = {
        "on": on,
        "now": now,
        "is_working": is_working(on),
        "inapp": ChannelCode.IN_APP,
        "usual": list(policy.outside_channels),
        "channels": [one.code for one in available()],
        "alarms": list(ALARMS),
        "daily_at": allowed_from(now, policy, is_urgent=False),
        "urgent_at": allowed_from(now, policy, is_urgent=True),
    }
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        written = Written(*one_of(_WRITE, params))
        if written.deliveries:
            transaction.on_commit(_wake_worker)
    return written


def allowed_from(at: datetime, policy: OutreachPolicy, *, is_urgent: bool) -> datetime:
    return leaves_at(
        at,
        quiet_from=policy.quiet_from_hour,
        quiet_to=policy.quiet_to_hour,
        is_working=is_working,
        is_urgent=is_urgent,
        is_always=policy.urgent_in_quiet_hours,
        zone=timezone.get_current_timezone(),
    )


def _wake_worker() -> None:
    """Without a broker the sweep of the next minute does it: the row is in the database."""
    from outreach.tasks import send_deliveries

    try:
        send_deliveries.apply_async(retry=False)
    except OperationalError:
        log.warning("no broker: messages wait for the next sweep")
