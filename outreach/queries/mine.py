"""What somebody reported and what came of it, in the words meant for him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from core.paging import Page
from outreach.choices import AckSide, ReportStep
from outreach.models import GridReport, ReportAck, ReportEvent
from outreach.rules.whistle import Verb, facts_in_words, object_to_verb, told
from teams.models import User

SIZE = 20  # reports of a page
# What the sender added himself tells him nothing, nor does a word for colleagues after the end: it has ended.
_NO_NEWS = Q(step=ReportStep.NOTED) & (
    Q(by=F("report__reporter")) | Q(report__ended_at__isnull=False, at__gt=F("report__ended_at"))
)


@dataclass(frozen=True)
class OwnReport:
    """A report as its sender sees it.

    Attributes:
        about: whom or what place it was about, as typed; "" for restricted ones, of which nothing is shown back.
        facts: what was ticked, likewise.
        words: where it stands.
    """

    report: GridReport
    about: str
    facts: str
    words: str
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.report.is_open


@dataclass(frozen=True)
class Stage:
    """A step of the way, told once however often it was taken in a row."""

    at: datetime
    words: str


@dataclass(frozen=True)
class OwnSheet:
    """One report with its way.

    Attributes:
        acks: of an urgent report, the committee first.
        may_withdraw: while nobody has taken it.
    """

    own: OwnReport
    stages: list[Stage]
    acks: list[ReportAck]
    reply: str
    may_withdraw: bool

    @property
    def is_unheard(self) -> bool:
        """One side of an urgent report has not answered yet."""
        return self.own.is_open and any(one.acked_at is None for one in self.acks)


def reports_of(user: User, after: str = "") -> Page:
    """His reports, the newest first, practice included. Two queries."""
    found = GridReport.objects.visible_to(user).sent_by(user).select_related("grid")
    if after.isascii() and after.isdigit():
        found = found.filter(pk__lt=int(after[:18]))
    rows = list(found.order_by("-pk")[: SIZE + 1])
    shown = rows[:SIZE]
    last = _last_events(shown)
    own = [_own(one, last[one.pk]) for one in shown]
    return Page(own, str(shown[-1].pk) if len(rows) > SIZE else "")


def sent_before(user: User, token: str) -> GridReport | None:
    """The report that came in under a token: delivered again, it is answered as the first time, whatever has become of
    the grid, the post or the policy since."""
    try:
        return GridReport.objects.visible_to(user).sent_by(user).filter(client_token=UUID(token)).first()
    except ValueError:
        return None


def sheet_of(report: GridReport) -> OwnSheet:
    """Two queries."""
    events = list(report.events.exclude(_NO_NEWS).order_by("pk"))
    acks = sorted(report.acks.all(), key=lambda one: one.side != AckSide.COMMITTEE)
    return OwnSheet(
        own=_own(report, events[-1]),
        stages=_stages(report, events),
        acks=acks,
        reply="" if report.is_restricted else report.reply,
        may_withdraw=object_to_verb(Verb.WITHDRAW, state=report.state, kind=report.kind) is None,
    )


def _last_events(reports: Sequence[GridReport]) -> dict[int, ReportEvent]:
    """Report id -> its last step that is news for its sender."""
    events = ReportEvent.objects.filter(report__in=reports).exclude(_NO_NEWS)
    events = events.order_by("report", "-pk").distinct("report")
    return {one.report_id: one for one in events}


def _own(report: GridReport, last: ReportEvent) -> OwnReport:
    is_silent = report.is_restricted
    return OwnReport(
        report=report,
        about="" if is_silent else "，".join(one for one in (report.person_name, report.address) if one),
        facts="" if is_silent else facts_in_words(report.facts),
        words=_told(report, last),
        at=last.at,
    )


def _told(report: GridReport, event: ReportEvent) -> str:
    if report.is_training:
        return "练习，不会有人处理。"
    return told(event.step, report.outcome, report.kind, restricted=report.is_restricted)


def _stages(report: GridReport, events: Sequence[ReportEvent]) -> list[Stage]:
    found: list[Stage] = []
    for event in events:
        words = _told(report, event)
        if not found or found[-1].words != words:
            found.append(Stage(event.at, words))
    return found
