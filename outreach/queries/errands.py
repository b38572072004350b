"""Errands for the pages of the team and of the grid workers; the receipt is opened one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from core.crypto import unseal_bytes
from grids.models import Grid, Posting
from outreach.choices import ErrandState
from outreach.models import ErrandOrder
from outreach.queries.grids import GRID_POSTS
from outreach.queries.workplaces import Workplace, workplace_of
from outreach.rules.errands import OPEN
from residents.models import ContactPhone, Resident
from teams.models import User

RECEIPT_PURPOSE = "errand.receipt"
SHOWN_DAYS = 30  # how long what has ended stays on the grid worker's page

STATES = {
    "open": "没有办结的",
    "late": "已超期的",
    "failed": "没有办成的",
    "ended": "已办妥和取消的",
}


def covers(posting: Posting, grid: Grid, *, on: date) -> bool:
    """Whether somebody works this grid on that day: its own post, that of the grid above, or of the village."""
    if posting.role not in GRID_POSTS or not posting.user_id:
        return False
    if posting.starts_on > on or (posting.ends_on is not None and posting.ends_on < on):
        return False
    return (
        posting.grid_id in (grid.pk, grid.parent_id)
        if posting.grid_id
        else posting.village_id == grid.village_id
    )


def workers_for(grid: Grid, *, on: date) -> QuerySet[Posting]:
    """Who can be asked to go: whoever works the grid and has an account, sentinels before leaders and stewards."""
    here = Q(grid__in=[one for one in (grid.pk, grid.parent_id) if one]) | Q(village=grid.village_id)
    current = Posting.objects.active_on(on).filter(here, role__in=GRID_POSTS, user__is_active=True)
    return current.select_related("grid", "village").order_by("-role", "pk")


def errands_shown(errands: QuerySet[ErrandOrder], state: str, *, on: date) -> QuerySet[ErrandOrder]:
    """Of the errands in one's scope those of a tab (a key of ``STATES``), the most urgent first; for paging."""
    shown = errands.select_related("resident", "team", "posting", "grid__village").defer("receipt")
    if state == "late":
        return shown.filter(state__in=OPEN, due_on__lt=on).order_by("due_on", "pk")
    if state == "failed":
        return shown.filter(state=ErrandState.FAILED).order_by("-ended_at", "-pk")
    if state == "ended":
        return shown.filter(state__in=(ErrandState.DONE, ErrandState.CANCELLED)).order_by("-ended_at", "-pk")
    return shown.filter(state__in=OPEN).order_by("due_on", "pk")


def errands_of(resident: Resident, errands: QuerySet[ErrandOrder]) -> list[ErrandOrder]:
    """The latest of one person. One query."""
    mine = errands.filter(resident=resident).select_related("posting").defer("receipt")
    return list(mine.order_by("-asked_at", "-pk")[:5])


def receipt_of(errand: ErrandOrder) -> bytes:
    """The JPEG as it was kept; b"" for none."""
    return unseal_bytes(bytes(errand.receipt), purpose=RECEIPT_PURPOSE) if errand.receipt else b""


# the grid worker


@dataclass(frozen=True)
class ErrandCounts:
    """What waits for a grid worker: his own open ones, how many of these are late, and those anybody may take."""

    mine: int
    late: int
    offered: int


def errand_counts(user: User, *, on: date) -> ErrandCounts:
    """Three queries, two of them for where he works."""
    place = workplace_of(user, on=on)
    mine = Q(posting__in=[one.pk for one in place.postings])
    counted = worker_errands(place).filter(state__in=OPEN).aggregate(
        mine=Count("pk", filter=mine),
        late=Count("pk", filter=mine & Q(due_on__lt=on)),
        offered=Count("pk", filter=~mine),
    )  # fmt: skip
    return ErrandCounts(**counted)


def worker_errands(place: Workplace) -> QuerySet[ErrandOrder]:
    """What somebody may open: his own, as long as he holds the post, and what waits for anybody in his grids."""
    mine = Q(posting__in=[one.pk for one in place.postings])
    offered = Q(state=ErrandState.ASKED, posting=None, grid__in=place.own)
    return ErrandOrder.objects.filter(mine | offered)


@dataclass(frozen=True)
class WorkerPage:
    """Own open ones, those that anybody may take, and what ended lately."""

    mine: tuple[ErrandOrder, ...]
    offered: tuple[ErrandOrder, ...]
    ended: tuple[ErrandOrder, ...]

    @property
    def all(self) -> Sequence[ErrandOrder]:
        return (*self.mine, *self.offered, *self.ended)


def worker_page(place: Workplace, *, most: int) -> WorkerPage:
    """Three queries, at most ``most`` rows of each kind."""
    rows = worker_errands(place).select_related("resident", "grid__village").defer("receipt", "medicines")
    open_rows = rows.filter(state__in=OPEN).order_by("due_on", "pk")
    since = place.on - timedelta(days=SHOWN_DAYS)
    ended = rows.exclude(state__in=OPEN).filter(ended_at__date__gte=since).order_by("-ended_at", "-pk")
    return WorkerPage(
        tuple(open_rows.filter(posting__isnull=False)[:most]),
        tuple(open_rows.filter(posting__isnull=True)[:most]),
        tuple(ended[:most]),
    )


def phones_of(resident: Resident) -> list[tuple[str, str, str]]:
    """Owner, number to dial and number to show of everybody who can be called about a person. One query."""
    own = [("本人", resident.phone, resident.masked_phone)] if resident.phone else []
    further = ContactPhone.objects.filter(resident=resident).order_by("pk")
    return own + [(one.owner, one.phone, one.masked_phone) for one in further]
