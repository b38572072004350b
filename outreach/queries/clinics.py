"""Regular hours of institutions as pages and disclosures show them, and the month of an institution day by day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db.models import Prefetch, Q, QuerySet

from core.calendar import holidays_between
from outreach.choices import ClinicKind, LivestreamState, VisitKind, VisitState
from outreach.models import ClinicHours, ClinicStop, Livestream, OutreachVisit
from outreach.queries.visits import place_words
from outreach.rules.clinics import Days, days_between, hours_in_words, regularly
from teams.models import Institution, TeamMembership, User

SHOWN_KINDS = (VisitKind.CHECKUP, VisitKind.ACTIVITY)
MOST_VISITS = 300  # of one institution in a month
_OFF_VISITS = (VisitState.CANCELLED, VisitState.MISSED)
_OFF_STREAMS = (LivestreamState.CANCELLED, LivestreamState.MISSED)
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """Regular hours, and their days in a span."""

    hours: ClinicHours
    days: Days


def kept_in(hours: QuerySet[ClinicHours], first: date, last: date) -> list[Kept]:
    """Hours in force at some time of a span, with their days in it, by kind, weekday and time. Three queries."""
    stops = ClinicStop.objects.filter(starts_on__lte=last, ends_on__gte=first).order_by("starts_on")
    rows = list(
        hours.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first), starts_on__lte=last)
        .select_related("institution", "specialist__institution")
        .prefetch_related(Prefetch("stops", stops, to_attr="known_stops"))
        .order_by("kind", "weekday", "begins_at", "pk")
    )
    holidays = holidays_between(first, last) if rows else {}
    return [Kept(one, _days(one, first, last, holidays)) for one in rows]


def _days(one: ClinicHours, first: date, last: date, holidays: dict[date, str]) -> Days:
    stops = [(stop.starts_on, stop.ends_on or last, stop.reason) for stop in one.known_stops]  # type: ignore[attr-defined]
    return days_between(one, first, last, stops=stops, holidays=holidays)


def who_of(hours: ClinicHours) -> str:
    """The expert with his title, "" of hours without one. The specialist was read with them."""
    if hours.specialist is None:
        return hours.specialist_name
    return " ".join(filter(None, (hours.specialist.name, hours.specialist.title)))


def specialty_of(hours: ClinicHours) -> str:
    return hours.specialty or (hours.specialist.specialty if hours.specialist else "")


def home_of(hours: ClinicHours) -> str:
    """The institution that the expert comes from, "" where it is the one he sits in."""
    if (
        hours.home
        or hours.specialist is None
        or hours.specialist.institution_id in (None, hours.institution_id)
    ):
        return hours.home
    return str(hours.specialist.institution)


@dataclass(frozen=True)
class ClinicLine:
    """Regular hours in a list.

    Attributes:
        stops: days off that are not over. is_over: ended before the day.
    """

    hours: ClinicHours
    words: str
    who: str
    specialty: str
    home: str
    stops: tuple[ClinicStop, ...]
    is_over: bool


def clinic_lines(hours: QuerySet[ClinicHours], *, on: date) -> list[ClinicLine]:
    """Two queries."""
    ahead = ClinicStop.objects.filter(ends_on__gte=on).order_by("starts_on")
    rows = (
        hours.select_related("specialist__institution")
        .prefetch_related(Prefetch("stops", ahead, to_attr="stops_ahead"))
        .order_by("kind", "weekday", "begins_at", "pk")
    )
    return [
        ClinicLine(
            one, words_of(one), who_of(one), specialty_of(one), home_of(one), tuple(one.stops_ahead),
            one.ends_on is not None and one.ends_on < on,
        )
        for one in rows
    ]  # fmt: skip


def words_of(hours: ClinicHours) -> str:
    """每周三 8:00-11:30"""
    return (
        f"{regularly([hours.weekday], hours.month_weeks)} {hours_in_words(hours.begins_at, hours.closes_at)}"
    )


def specialists_of(institution: Institution, *, on: date, also: int | None = None) -> QuerySet[User]:
    """Who may sit there: staff, and members of its teams on a day, also those sent down; ``also`` whoever sits already."""
    members = TeamMembership.objects.active_on(on).filter(team__institution=institution).values("user")
    wanted = Q(institution=institution, is_active=True) | Q(pk__in=members, is_active=True)
    if also:
        wanted |= Q(pk=also)
    return User.objects.filter(wanted).order_by("name", "pk")


@dataclass(frozen=True)
class Entry:
    """Something on a day of an institution.

    Attributes:
        what: its kind in words. code: of the kind, for its color. about: who, what, where.
        off: why it does not take place, "" if it does. visit: id of the visit behind it. stream: of the live stream.
    """

    begins_at: time
    closes_at: time | None
    what: str
    code: str
    about: str = ""
    off: str = ""
    visit: int | None = None
    stream: int | None = None

    @property
    def time_words(self) -> str:
        if self.closes_at is None:
            return f"{self.begins_at.hour}:{self.begins_at:%M}"
        return hours_in_words(self.begins_at, self.closes_at)


@dataclass(frozen=True)
class Day:
    """A day of the month view; ``holiday`` its name, "" on others."""

    day: date
    holiday: str
    entries: tuple[Entry, ...]


def month_of_institution(
    institution: Institution, visits: QuerySet[OutreachVisit], *, first: date, last: date
) -> list[Day]:
    """Every day of a span with all that residents may come to. Seven queries.

    Args:
        visits: as far as the reader sees them.
    """
    found: dict[date, list[Entry]] = defaultdict(list)
    for one in kept_in(ClinicHours.objects.filter(institution=institution), first, last):
        for day in one.days.kept:
            found[day].append(_clinic_entry(one.hours))
        for off in one.days.off:
            found[off.day].append(_clinic_entry(one.hours, off.reason))
    for visit in _visits(institution, visits, first, last):
        found[visit.on].append(_visit_entry(visit))
    for stream in Livestream.objects.filter(institution=institution, on__range=(first, last)).order_by("pk"):
        found[stream.on].append(_stream_entry(stream))
    holidays = holidays_between(first, last)
    days = [first + one * _ONE for one in range((last - first).days + 1)]
    return [
        Day(day, holidays.get(day, ""), tuple(sorted(found.get(day, ()), key=lambda one: one.begins_at)))
        for day in days
    ]


def _visits(
    institution: Institution, visits: QuerySet[OutreachVisit], first: date, last: date
) -> QuerySet[OutreachVisit]:
    rows = visits.filter(team__institution=institution, kind__in=SHOWN_KINDS, on__range=(first, last))
    return rows.select_related("team", "point__grid").prefetch_related("grids").order_by("on", "begins_at", "pk")[
        :MOST_VISITS
    ]  # fmt: skip


def _clinic_entry(hours: ClinicHours, off: str = "") -> Entry:
    about = "，".join(filter(None, (who_of(hours), specialty_of(hours), hours.place)))
    label = str(ClinicKind(hours.kind).label)
    return Entry(hours.begins_at, hours.closes_at, label, hours.kind, about, off)


def _visit_entry(visit: OutreachVisit) -> Entry:
    about = "，".join(filter(None, (visit.topic, place_words(visit), visit.team.name)))
    off = str(VisitState(visit.state).label) if visit.state in _OFF_VISITS else ""
    return Entry(
        visit.begins_at, visit.closes_at, visit.get_kind_display(), visit.kind, about, off, visit=visit.pk
    )


def _stream_entry(stream: Livestream) -> Entry:
    about = "，".join(filter(None, (stream.topic, stream.platform)))
    off = str(LivestreamState(stream.state).label) if stream.state in _OFF_STREAMS else ""
    return Entry(stream.begins_at, None, "健康直播", "livestream", about, off, stream=stream.pk)
