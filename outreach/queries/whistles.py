"""Reports of grid workers as those who answer them see them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, DateTimeField, F, Q, QuerySet, When
from django.db.models.functions import Coalesce

from contracts.queries.signing import works_for
from core.crypto import unseal_bytes
from core.masks import mask_name, mask_phone
from core.paging import timed_page
from grids.models import Grid, GridResponsibility
from outreach.choices import OPEN_STATES, ReportKind, ReportState, ReportStep
from outreach.models import ErrandOrder, GridReport, ReportAck, ReportBooking, ReportEvent, ReportPhoto
from outreach.rules.whistle import facts_in_words, stage_due, told
from teams.models import Team, TeamMembership, User

PHOTO_PURPOSE = "report.photo"  # what the pictures are sealed for


def team_of_grid(grid: Grid, *, on: date) -> Team | None:
    """Who answers for a grid on a day; a micro-grid without a team of its own has that of the grid above. One query."""
    places = [one for one in (grid.pk, grid.parent_id) if one]
    standing = GridResponsibility.objects.standing_on(on).filter(grid__in=places)
    found = {one.grid_id: one.team for one in standing.select_related("team__institution")}
    return next((found[one] for one in places if one in found), None)


def team_answering(report: GridReport, user: User, *, on: date) -> Team | None:
    """The team for which a person answers a report: the report's own, or the one that answers for the grid today;
    None for anybody else."""
    for team in (report.team, team_of_grid(report.grid, on=on)):
        if team and works_for(user, team, on=on):
            return team
    return None


# --- the team's inbox -------------------------------------------------------------------------------------------

PAGE_SIZE = 50
BUCKETS = {"open": "待办", "new": "待响应", "mine": "我经办的", "late": "已超时", "done": "已结束"}
# An urgent report has clocks for its two sides; in the list it stands before everything else.
_BEFORE_ALL = timedelta(days=3650)
_DUE = Case(
    When(kind=ReportKind.URGENT, then=F("reported_at") - _BEFORE_ALL),
    When(state=ReportState.NEW, then=Coalesce("respond_by", "reported_at")),
    default=Coalesce("settle_by", "reported_at"),
    output_field=DateTimeField(),
)


def with_due(reports: QuerySet[GridReport], *, now: datetime) -> QuerySet[GridReport]:
    """With ``due``, by which a list is ordered: the clock of the stage, never null; and ``is_late``."""
    return reports.annotate(due=_DUE, is_late=late(now))


@dataclass(frozen=True)
class Row:
    """A report in a list: no more of the person than tells one from another.

    Attributes:
        due: clock of the stage, None for one that has ended.
        what: what was ticked, in words.
        is_late: the clock has run out, or a side of an urgent report has not answered in time.
    """

    report: GridReport
    who: str
    what: str
    due: datetime | None
    is_late: bool


@dataclass(frozen=True)
class InboxPage:
    rows: list[Row]
    next_after: str


def inbox_of(user: User) -> QuerySet[GridReport]:
    """What the teams of a person have to answer: sent to them, or for grids that they cover now."""
    return GridReport.objects.visible_to(user).real()


def late(now: datetime) -> Q:
    """The clock of the stage has run out; of an urgent report also that of a side nobody has answered on."""
    return (
        Q(state=ReportState.NEW, respond_by__lte=now)
        | Q(state__in=(ReportState.ASSIGNED, ReportState.VERIFYING), settle_by__lte=now)
        | Q(kind=ReportKind.URGENT, state=ReportState.NEW, settle_by__lte=now)
        | unheard(now)
    )


def unheard(now: datetime) -> Q:
    """Urgent reports under way of which one side has not acknowledged in time."""
    waiting = ReportAck.objects.filter(acked_at__isnull=True, due_at__lte=now)
    return Q(
        kind=ReportKind.URGENT, state__in=OPEN_STATES, is_training=False, pk__in=waiting.values("report")
    )


def in_bucket(
    reports: QuerySet[GridReport], bucket: str, user: User, *, now: datetime
) -> QuerySet[GridReport]:
    """One tab of the inbox."""
    if bucket == "new":
        return reports.filter(state=ReportState.NEW)
    if bucket == "mine":
        return reports.filter(handler=user, state__in=OPEN_STATES)
    if bucket == "late":
        return reports.filter(late(now))
    if bucket == "done":
        return reports.exclude(state__in=OPEN_STATES)
    return reports.filter(state__in=OPEN_STATES)


def inbox_counts(reports: QuerySet[GridReport], user: User, *, now: datetime) -> dict[str, int]:
    """How many stand in each open tab. One query."""
    return reports.filter(state__in=OPEN_STATES).aggregate(
        open=Count("pk"),
        new=Count("pk", filter=Q(state=ReportState.NEW)),
        mine=Count("pk", filter=Q(handler=user)),
        late=Count("pk", filter=late(now)),
    )


def inbox_page(reports: QuerySet[GridReport], bucket: str, *, after: str, now: datetime) -> InboxPage:
    """Open ones by their clock, the most pressing first; ended ones by their end, the newest first. One query."""
    with_people = reports.select_related("grid__village", "team", "reporter", "handler").defer(
        "phone", "description"
    )
    if bucket == "done":
        page = timed_page(with_people, "ended_at", after, PAGE_SIZE, newest_first=True)
    else:
        page = timed_page(with_due(with_people, now=now), "due", after, PAGE_SIZE)
    rows = [row_of(one, is_late=bucket != "done" and one.is_late) for one in page.rows]
    return InboxPage(rows, page.next_after)


def row_of(one: GridReport, *, is_late: bool, is_list: bool = True) -> Row:
    """As a line of a list, or as the head of its own page."""
    return Row(
        report=one,
        who=mask_name(one.person_name),
        what=facts_in_words(one.facts, is_list=is_list),
        due=stage_due(one.state, one.respond_by, one.settle_by),
        is_late=is_late,
    )


# --- one report -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A row of the log, with what the sender hears of it."""

    event: ReportEvent
    words: str


@dataclass(frozen=True)
class Sheet:
    """Everything that the page of a report shows.

    Attributes:
        is_first_known: the reader may know the report that this one repeats.
    """

    row: Row
    phone: str
    log: list[Told]
    photos: list[int]
    acks: list[ReportAck]
    bookings: list[ReportBooking]
    errands: list[ErrandOrder]
    duplicates: list[GridReport]
    is_first_known: bool


def report_of(user: User, pk: int) -> GridReport | None:
    """A report with all that its page shows. One query."""
    more = (
        "grid__village__parent",
        "team__institution",
        "reporter",
        "handler",
        "posting",
        "resident",
        "alert",
    )
    found = GridReport.objects.visible_to(user).select_related(*more, "duplicate_of")
    return found.filter(pk=pk).first()


def sheet_of(report: GridReport, user: User, *, now: datetime) -> Sheet:
    """Six queries, one more for a duplicate. Of a restricted duplicate only who may see it is told."""
    repeated = GridReport.objects.visible_to(user).filter(duplicate_of=report).select_related("reporter")
    events = report.events.select_related("by").order_by("at", "pk")
    acks = list(report.acks.select_related("acked_by").order_by("side"))
    return Sheet(
        row=row_of(report, is_late=_is_late(report, acks, now), is_list=False),
        phone=mask_phone(report.phone),
        log=[Told(one, words_for(report, one)) for one in events],
        photos=list(report.photos.order_by("pk").values_list("pk", flat=True)),
        acks=acks,
        bookings=list(report.bookings.select_related("booked_by").order_by("booked_at", "pk")),
        errands=list(report.errands.order_by("pk")),
        duplicates=list(repeated.order_by("reported_at")),
        is_first_known=report.duplicate_of is not None
        and GridReport.objects.visible_to(user).filter(pk=report.duplicate_of.pk).exists(),
    )


def _is_late(report: GridReport, acks: list[ReportAck], now: datetime) -> bool:
    """As ``late``, of one report."""
    if not report.is_open:
        return False
    due = stage_due(report.state, report.respond_by, report.settle_by)
    return (due is not None and due <= now) or any(not one.acked_at and one.due_at <= now for one in acks)


def words_for(report: GridReport, event: ReportEvent) -> str:
    """What the sender hears of one step, "" for nothing, as on his own page; the outcome belongs to the last."""
    is_after_end = report.ended_at is not None and event.at > report.ended_at
    if event.step == ReportStep.NOTED and (event.by_id == report.reporter_id or is_after_end):
        return ""
    return told(event.step, report.outcome, report.kind, restricted=report.is_restricted)


def picture_of(photo: ReportPhoto) -> bytes:
    """The JPEG as it was kept."""
    return unseal_bytes(photo.sealed, purpose=PHOTO_PURPOSE)


def members_to_pass(report: GridReport, *, on: date) -> QuerySet[User]:
    """To whom a report may be given: members of its team other than who has it. One query."""
    members = TeamMembership.objects.active_on(on).filter(team=report.team)
    people = User.objects.filter(pk__in=members.values("user"), is_active=True)
    return people.exclude(pk=report.handler_id).order_by("name", "pk")
