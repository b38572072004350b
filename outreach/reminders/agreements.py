"""Agreements that end, that ended without a successor (S0-8), and signings that nothing proves yet (P2)."""

from outreach.choices import Audience, Priority
from outreach.reminders.sources import CountedSource, Stage

LOOKED_FOR_DAYS = 180  # proof that is still missing then is a matter for the bureau's review list


def _agreements(day: str, where: str) -> str:
    return f"""
        SELECT 'team:' || one.team_id AS subject, one.team_id, NULL::bigint AS user_id, one.{day} AS day,
            count(*) AS count, 0 AS urgent, 0 AS restricted, '' AS title
        FROM contracts_agreement one
        WHERE one.{day} BETWEEN %(first)s AND %(last)s AND one.kind <> 'supplementary' AND {where}
        GROUP BY one.team_id, one.{day}
    """  # noqa: S608 - woven of the constants below


_NO_SUCCESSOR = """NOT EXISTS (
    SELECT FROM contracts_agreement next WHERE next.previous_id = one.id AND next.state NOT IN ('void', 'draft'))"""
# Somebody is left who could sign anew: present, and with no other family doctor since.
_SOMEBODY_LEFT = """EXISTS (
    SELECT FROM contracts_enrollment person JOIN residents_resident resident ON resident.id = person.resident_id
    WHERE person.agreement_id = one.id AND person.state = 'expired' AND resident.life_status = 'present'
        AND NOT EXISTS (SELECT FROM contracts_enrollment other WHERE other.resident_id = person.resident_id
            AND other.starts_on > person.starts_on AND other.state NOT IN ('void', 'draft')
            AND NOT other.is_supplementary))"""
_ENDING = _agreements("ends_on", f"one.state = 'active' AND {_NO_SUCCESSOR}")
_ENDED = _agreements("ends_on", f"one.state = 'expired' AND {_NO_SUCCESSOR} AND {_SOMEBODY_LEFT}")
# On paper: a scan or photo. On the screen: the drawn signature of the resident or of who acts for him.
_UNPROVED = _agreements(
    "signed_on",
    """one.state = 'active' AND CASE one.mode
        WHEN 'paper' THEN NOT EXISTS (SELECT FROM contracts_signingevidence proof WHERE proof.agreement_id = one.id
            AND proof.kind IN ('paper_scan', 'photo'))
        ELSE NOT EXISTS (SELECT FROM contracts_signature ink WHERE ink.agreement_id = one.id AND ink.party <> 'doctor'
            AND ink.sha256 <> '') END""",
)

RENEWALS = CountedSource(
    name="renewal",
    label="续签",
    page="agreement-list",
    query="?state=expiring",
    stages=(
        Stage(
            "first", "协议临近到期 {count} 份", Audience.MEMBER, _ENDING,
            offset=lambda numbers: -numbers.contracts.renewal_notice_days,
            until=lambda numbers: -numbers.outreach.renewal_second_days,
        ),
        Stage(
            "second", "协议一个月左右到期 {count} 份", Audience.MEMBER, _ENDING,
            offset=lambda numbers: -numbers.outreach.renewal_second_days,
            until=lambda numbers: -numbers.outreach.renewal_last_days,
        ),
        Stage(
            "last", "协议即将到期 {count} 份", Audience.MEMBER, _ENDING,
            offset=lambda numbers: -numbers.outreach.renewal_last_days, until=lambda numbers: 1,
            priority=Priority.CLOSE,
        ),
        Stage(
            "expired", "到期未续签 {count} 份", Audience.MEMBER, _ENDED,
            offset=lambda numbers: 1, until=lambda numbers: numbers.contracts.renewal_grace_days + 1,
            priority=Priority.CLOSE,
        ),
    ),
)  # fmt: skip

EVIDENCE = CountedSource(
    name="evidence",
    label="签约凭证",
    page="agreement-list",
    stages=(
        Stage(
            "missing", "缺签约凭证 {count} 份", Audience.MEMBER, _UNPROVED,
            offset=lambda numbers: numbers.outreach.evidence_days, until=lambda numbers: LOOKED_FOR_DAYS,
        ),
    ),
)  # fmt: skip
