"""Contacts: the log of a person, who was not reached yet, whose number is wrong, and how much of a quarter is done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from care.choices import ContactOutcome, ServiceMode
from care.models import Contact
from care.policy import CarePolicy
from care.queries.rules import rulebook_on
from care.rules.contacts import FAILED, Quarter, proposes_lost
from contracts.choices import AgreementState
from contracts.models import Enrollment
from core.sql import rows_of
from residents.choices import LifeStatus
from residents.models import Resident, ResidentEvent
from teams.models import Team, User

_SEALED = ("resident__id_number",)
LOG_MOST = 100
RULE = "contract.contact"


def log_of(user: User, resident: Resident) -> list[Contact]:
    """Every attempt, the newest first, those taken back with them. One query."""
    rows = (
        Contact.objects.visible_to(user).filter(resident=resident).select_related("done_by", "record", "team")
    )
    return list(rows.order_by("-contacted_on", "-pk")[:LOG_MOST])


@dataclass(frozen=True)
class Standing:
    """Of one person: what the last attempts say.

    Attributes:
        attempts, reached: in this quarter. proposes_lost: so many failures in a row that he may be lost.
    """

    attempts: int
    reached: int
    counted: int
    proposes_lost: bool


def standing_of(contacts: Collection[Contact], quarter: Quarter, policy: CarePolicy) -> Standing:
    """From the log of a person."""
    valid = [one for one in contacts if one.voided_at is None]
    now = [one.outcome for one in valid if quarter.first <= one.contacted_on <= quarter.last]
    reached = sum(one == ContactOutcome.REACHED for one in now)
    delivered = sum(one == ContactOutcome.DELIVERED for one in now)
    lost = proposes_lost(
        [(one.contacted_on, one.outcome) for one in valid], times=policy.lost_attempts, days=policy.lost_days
    )
    return Standing(len(now), reached, reached + (delivered if policy.sms_counts else 0), lost)


def _counted(policy: CarePolicy) -> list[str]:
    return [ContactOutcome.REACHED, *([ContactOutcome.DELIVERED] if policy.sms_counts else [])]


def quarter_min_days(on: date) -> int:
    """A quarter that the promise covers for fewer days asks for no contact, by the rule in force (3.12)."""
    rule = rulebook_on(on).rule(RULE)
    return max(rule.schedule.min_days, 1) if rule else 1


def not_reached(
    user: User, quarter: Quarter, policy: CarePolicy, *, least: int, on: date
) -> QuerySet[Enrollment]:
    """Running main enrolments in one's scope that this quarter asks a contact for, and that have none.

    One whose term covers fewer than ``least`` days of the quarter is left out.
    """
    met = Contact.objects.standing().filter(
        resident=OuterRef("resident"), contacted_on__range=(quarter.first, quarter.last),
        outcome__in=_counted(policy),
    )  # fmt: skip
    latest = quarter.last.toordinal() - least + 1
    earliest = quarter.first.toordinal() + least - 1
    return (
        Enrollment.objects.visible_to(user)
        .filter(state=AgreementState.ACTIVE, is_supplementary=False, starts_on__lte=on, ends_on__gte=on)
        .filter(starts_on__lte=date.fromordinal(latest), ends_on__gte=date.fromordinal(earliest))
        .filter(resident__life_status=LifeStatus.PRESENT)
        .exclude(Exists(met))
        .select_related("resident__grid", "agreement__team")
        .defer(*_SEALED, "agreement__as_signed")
    )


def wrong_numbers(user: User) -> QuerySet[Contact]:
    """The last attempt by phone or text message found somebody else's number, and no other number was entered since."""
    later = Contact.objects.standing().filter(
        resident=OuterRef("resident"), mode__in=[ServiceMode.PHONE, ServiceMode.SMS], pk__gt=OuterRef("pk")
    )
    changed = ResidentEvent.objects.filter(
        resident=OuterRef("resident"), kind=ResidentEvent.Kind.CHANGED, at__gte=OuterRef("recorded_at"),
        note__contains="电话",
    )  # fmt: skip
    rows = Contact.objects.visible_to(user).standing().filter(outcome=ContactOutcome.WRONG_NUMBER)
    rows = (
        rows.filter(resident__life_status=LifeStatus.PRESENT).exclude(Exists(later)).exclude(Exists(changed))
    )
    return rows.select_related("resident__grid", "team", "done_by").order_by("-contacted_on", "-pk")


@dataclass(frozen=True)
class Silent:
    """Somebody whom nobody reached, again and again: who has him in care decides whether he is lost."""

    resident: Resident
    times: int
    first_on: date
    last_on: date


_SILENT = """
    WITH answered AS (
        SELECT one.resident_id, max(one.id) FILTER (WHERE NOT one.outcome = ANY(%(failed)s)) AS last_answer
        FROM care_contact AS one
        WHERE one.voided_at IS NULL AND one.team_id = ANY(%(teams)s)
        GROUP BY one.resident_id
    )
    SELECT one.resident_id, count(*), min(one.contacted_on), max(one.contacted_on)
    FROM care_contact AS one JOIN answered USING (resident_id)
    JOIN residents_resident AS person ON person.id = one.resident_id AND person.life_status = %(present)s
    WHERE one.voided_at IS NULL AND one.outcome = ANY(%(failed)s) AND one.id > coalesce(answered.last_answer, 0)
    GROUP BY one.resident_id
    HAVING count(*) >= %(times)s AND max(one.contacted_on) - min(one.contacted_on) > %(days)s
    ORDER BY max(one.contacted_on) DESC, one.resident_id
    LIMIT %(most)s
"""


def unreachable(user: User, teams: Collection[int], policy: CarePolicy, *, most: int = 200) -> list[Silent]:
    """Proposals to mark as lost. Two queries."""
    facts = {
        "failed": list(FAILED), "teams": list(teams), "present": LifeStatus.PRESENT,
        "times": policy.lost_attempts, "days": policy.lost_days, "most": most,
    }  # fmt: skip
    rows = rows_of(_SILENT, facts)
    people = Resident.objects.visible_to(user).select_related("grid", "managing_team")
    found = people.in_bulk([row[0] for row in rows])
    return [Silent(found[pk], *rest) for pk, *rest in rows if pk in found]


@dataclass(frozen=True)
class Rate:
    """A team's quarter (4.8 "Effective contact").

    Attributes:
        people: enrolments that ask for a contact. reached: spoken with. counted: with text messages, where they count.
    """

    team: Team
    people: int
    attempted: int
    attempts: int
    reached: int
    counted: int

    @property
    def percent(self) -> str:
        return f"{100 * self.counted / self.people:.1f}%" if self.people else "—"

    @property
    def missing(self) -> int:
        return self.people - self.counted


_RATES = """
    WITH covered AS (
        SELECT agreement.team_id, one.resident_id
        FROM contracts_enrollment AS one JOIN contracts_agreement AS agreement ON agreement.id = one.agreement_id
        WHERE agreement.team_id = ANY(%(teams)s) AND NOT one.is_supplementary AND NOT one.state = ANY(%(off)s)
            AND one.starts_on <= %(last)s AND one.ends_on >= %(first)s
        GROUP BY agreement.team_id, one.resident_id
        HAVING sum(least(one.ends_on, %(last)s) - greatest(one.starts_on, %(first)s) + 1) >= %(least)s
    ), met AS (
        SELECT team_id, resident_id, count(*) AS attempts, bool_or(outcome = 'reached') AS is_reached,
            bool_or(outcome = ANY(%(counted)s)) AS is_counted
        FROM care_contact
        WHERE team_id = ANY(%(teams)s) AND contacted_on BETWEEN %(first)s AND %(last)s AND voided_at IS NULL
        GROUP BY team_id, resident_id
    )
    SELECT team_id, count(*), count(met.attempts), coalesce(sum(met.attempts), 0),
        count(*) FILTER (WHERE met.is_reached), count(*) FILTER (WHERE met.is_counted)
    FROM covered LEFT JOIN met USING (team_id, resident_id) GROUP BY team_id
"""


def rates(teams: Collection[Team], quarter: Quarter, policy: CarePolicy, *, least: int) -> list[Rate]:
    """Each team's quarter; a person who renewed within it counts once. One query."""
    facts = {
        "teams": [one.pk for one in teams], "first": quarter.first, "last": quarter.last,
        "least": least, "counted": _counted(policy),
        "off": [AgreementState.VOID, AgreementState.DRAFT, AgreementState.PENDING_CONFIRM],
    }  # fmt: skip
    found = {row[0]: row[1:] for row in rows_of(_RATES, facts)}
    return [Rate(one, *map(int, found.get(one.pk, (0, 0, 0, 0, 0)))) for one in teams]


def last_outcomes(residents: Collection[int]) -> dict[int, Contact]:
    """The last attempt of each of these people. One query."""
    rows = Contact.objects.standing().filter(Q(resident__in=list(residents)))
    newest = rows.order_by("resident", "-contacted_on", "-pk").distinct("resident")
    return {one.resident_id: one for one in newest}
