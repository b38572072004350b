"""Referrals as pages show them; to where somebody can be sent; the clock; counts by level (S4-4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from care.choices import HELPED, OPEN_REFERRALS, ReferralDirection, ReferralLevel, ReferralState
from care.models import Referral, ReferralEvent
from care.rules.referrals import level_of
from core.dates import age_on
from core.paging import dated_page
from residents.models import Resident
from teams.choices import InstitutionType
from teams.models import Department, Institution, Team

PAGE_SIZE = 30
BUCKETS = ("answer", "open", "over", "done")
_SEALED = ("resident__id_number", "resident__phone")


@dataclass(frozen=True)
class ReferralLine:
    """A line of a list, with no more of the person than the other side needs."""

    referral: Referral
    name: str
    age: int | None
    sex: str
    is_overdue: bool


@dataclass(frozen=True)
class ReferralPage:
    rows: list[ReferralLine]
    next_after: str

    @property
    def resident_ids(self) -> list[int]:
        return [one.referral.resident_id for one in self.rows]


def to_answer(teams: Collection[int], institutions: Collection[int]) -> Q:
    """What waits for these teams (handed down) or for these institutions (sent up)."""
    up = Q(direction=ReferralDirection.UP, state=ReferralState.SENT, to_institution__in=institutions)
    return up | Q(state=ReferralState.HANDED_DOWN, team__in=teams)


def referrals_in(
    referrals: QuerySet[Referral], bucket: str, *, teams: Collection[int], institutions: Collection[int],
    now: datetime,
) -> QuerySet[Referral]:  # fmt: skip
    """``answer`` wait for one's own word, ``open`` are under way, ``over`` are late, ``done`` are settled."""
    if bucket == "answer":
        return referrals.filter(to_answer(teams, institutions))
    if bucket == "over":
        return referrals.unanswered().filter(reply_by__lt=now)  # type: ignore[attr-defined]
    if bucket == "open":
        return referrals.filter(state__in=OPEN_REFERRALS)
    return referrals.exclude(state__in=OPEN_REFERRALS)


def referral_page(referrals: QuerySet[Referral], *, after: str, on: date, now: datetime) -> ReferralPage:
    """The newest first. One query."""
    page = dated_page(_with_people(referrals), "sent_on", after, PAGE_SIZE, newest_first=True)
    return ReferralPage([line_of(one, on=on, now=now) for one in page.rows], page.next_after)


def _with_people(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    found = referrals.select_related("resident", "team", "from_institution", "to_institution", "department")
    return found.defer(*_SEALED)


def line_of(one: Referral, *, on: date, now: datetime) -> ReferralLine:
    born = one.resident.born_on
    waits = one.state in (ReferralState.SENT, ReferralState.HANDED_DOWN)
    return ReferralLine(
        referral=one,
        name=one.resident.masked_name,
        age=age_on(born, on) if born else None,
        sex=one.resident.get_sex_display(),
        is_overdue=waits and one.reply_by < now,
    )


def referral_of(referrals: QuerySet[Referral], pk: int) -> Referral | None:
    """One referral with all that its page shows. One query."""
    more = ("team__institution", "enrollment", "sent_by")
    return _with_people(referrals).select_related(*more).filter(pk=pk).first()


def events_of(referral: Referral) -> list[ReferralEvent]:
    """What happened, the first thing first. One query."""
    return list(referral.events.select_related("by__institution").order_by("pk"))


def referral_counts(
    referrals: QuerySet[Referral], *, teams: Collection[int], institutions: Collection[int], now: datetime
) -> dict[str, int]:
    """How many wait for one's own word, are under way, are late. One query."""
    waits = Q(state__in=[ReferralState.SENT, ReferralState.HANDED_DOWN])
    return referrals.aggregate(
        answer=Count("pk", filter=to_answer(teams, institutions)),
        open=Count("pk", filter=Q(state__in=OPEN_REFERRALS)),
        over=Count("pk", filter=waits & Q(reply_by__lt=now)),
    )


def referrals_of(resident: Resident, referrals: QuerySet[Referral]) -> list[Referral]:
    """A person's referrals, the newest first, for his page. One query."""
    own = referrals.filter(resident=resident)
    return list(own.select_related("from_institution", "to_institution").order_by("-sent_on", "-pk")[:20])


# --- where to ---------------------------------------------------------------------------------------------------


def targets_for(team: Team) -> list[Institution]:
    """Institutions of the district on a higher level than the team's own, the nearest level first. One query."""
    own = level_of(team.institution.type, team.institution.level)
    places = Institution.objects.active().filter(area_code__startswith=team.institution.area_code[:6])
    higher = [
        one for one in places.exclude(type=InstitutionType.BUREAU) if level_of(one.type, one.level) > own
    ]
    return sorted(higher, key=lambda one: (level_of(one.type, one.level), one.pk))


def departments_of(institutions: Collection[Institution]) -> list[Department]:
    """Departments of these, institution by institution. One query."""
    found = Department.objects.filter(institution__in=institutions).select_related("institution")
    return list(found.order_by("institution", "name"))


# --- the clock --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OverdueReferral:
    """A referral that the receiving side has not answered in time: the hospital (sent), the team (handed down)."""

    referral_id: int
    resident_id: int
    team_id: int
    from_institution_id: int
    to_institution_id: int
    direction: ReferralDirection
    state: ReferralState
    reply_by: datetime
    is_restricted: bool


def overdue_referrals(now: datetime) -> list[OverdueReferral]:
    """Every one of them, the longest waiting first. One query."""
    rows = Referral.objects.unanswered().filter(reply_by__lt=now).order_by("reply_by", "pk")
    return [
        OverdueReferral(
            one.pk,
            one.resident_id,
            one.team_id,
            one.from_institution_id,
            one.to_institution_id,
            ReferralDirection(one.direction),
            ReferralState(one.state),
            one.reply_by,
            one.is_restricted,
        )
        for one in rows
    ]


# --- counts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LevelCount:
    """How many went from one level to another in a period.

    Attributes:
        answered: of those, the receiving side took or sent back. helped: the home team closed with help given.
    """

    direction: ReferralDirection
    from_level: ReferralLevel
    to_level: ReferralLevel
    sent: int
    answered: int
    returned: int
    helped: int


def counts_by_level(referrals: QuerySet[Referral], first: date, last: date) -> list[LevelCount]:
    """Referrals sent on these days by pair of levels, upward first; the cancelled were never made. One query."""
    made = referrals.filter(sent_on__range=(first, last)).exclude(state=ReferralState.CANCELLED)
    waiting = Q(state=ReferralState.SENT) | Q(
        state=ReferralState.HANDED_DOWN, direction=ReferralDirection.DOWN
    )
    rows = (
        made.values("direction", "from_level", "to_level")
        .annotate(
            sent=Count("pk"),
            answered=Count("pk", filter=~waiting),
            returned=Count("pk", filter=Q(state=ReferralState.RETURNED)),
            helped=Count("pk", filter=Q(state=ReferralState.CLOSED, outcome__in=HELPED)),
        )
        .order_by("-direction", "from_level", "to_level")
    )
    return [
        LevelCount(
            ReferralDirection(one["direction"]),
            ReferralLevel(one["from_level"]),
            ReferralLevel(one["to_level"]),
            one["sent"],
            one["answered"],
            one["returned"],
            one["helped"],
        )
        for one in rows
    ]
