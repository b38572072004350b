"""What was done for people: errands of sentinels, and responses entered as contacts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from django.utils import timezone

from care.models import Contact
from config.demo.chance import Weighted
from config.demo.patrols import Crew
from core.calendar import working_days_after
from grids.models import Posting
from outreach.choices import BookedAs, ErrandKind, ErrandState, ReportKind, ReportState
from outreach.models import ErrandOrder, GridReport, ReportBooking
from outreach.policy import OutreachPolicy
from residents.models import Resident

MEDICINES = (
    "硝苯地平缓释片 30mg×2盒",
    "二甲双胍片 0.5g×3盒",
    "阿托伐他汀钙片 20mg×1盒",
    "阿司匹林肠溶片 100mg×1盒",
)
ERRANDS = Weighted(
    [(ErrandState.DONE, 60), (ErrandState.TAKEN, 14), (ErrandState.ASKED, 14), (ErrandState.FAILED, 7),
     (ErrandState.CANCELLED, 5)]
)  # fmt: skip
_DAY = timedelta(days=1)


def write_errands(
    chance: Random, crews: Sequence[Crew], sentinels: Sequence[Posting], mine: Posting,
    residents: Mapping[int, Sequence[Resident]], policy: OutreachPolicy, on: date,
) -> int:  # fmt: skip
    """Two or three of each team; the demonstration's own sentinel has one offered, one taken, one done."""
    by_grid = {one.grid_id: one for one in sentinels} | {mine.grid_id: mine}
    rows = []
    for crew in crews:
        grids = [grid.pk for grid in crew.grids if grid.pk in by_grid and residents.get(grid.pk)]
        wanted = [(grid, ERRANDS.draw(chance)) for grid in chance.sample(grids, min(len(grids), 3))]
        if mine.grid_id in grids:
            wanted += [
                (mine.grid_id, one) for one in (ErrandState.ASKED, ErrandState.TAKEN, ErrandState.DONE)
            ]
        rows += [
            _errand(chance, crew, by_grid[grid], chance.choice(residents[grid]), state, policy, on)
            for grid, state in wanted
        ]
    return len(ErrandOrder.objects.bulk_create(rows))


def _errand(
    chance: Random, crew: Crew, posting: Posting, resident: Resident, state: ErrandState, policy: OutreachPolicy,
    on: date,
) -> ErrandOrder:  # fmt: skip
    is_open = state in (ErrandState.ASKED, ErrandState.TAKEN)
    day = on - chance.randint(1, 2 if is_open else 40) * _DAY
    asked_at = datetime.combine(day, time(9, chance.randrange(60)), tzinfo=timezone.get_default_timezone())
    one = ErrandOrder(
        client_token=UUID(int=chance.getrandbits(128), version=4), kind=chance.choice(list(ErrandKind)), state=state,
        grid=posting.grid, team_id=crew.team_id, resident=resident, medicines=chance.choice(MEDICINES),
        asked_by=crew.leader, asked_at=asked_at, due_on=working_days_after(day, policy.errand_days),
        posting=None if state in (ErrandState.ASKED, ErrandState.CANCELLED) else posting,
    )  # fmt: skip
    if one.posting:
        one.taken_at = asked_at + timedelta(hours=1)
    if not is_open:
        one.ended_at = asked_at + timedelta(hours=5)
    if state == ErrandState.DONE:
        one.received_by = "本人" if chance.random() < 0.7 else "家属"
    if state == ErrandState.FAILED:
        one.note = "家中无人，电话未接"
    if state == ErrandState.CANCELLED:
        one.note = "居民已自行取药"
    return one


def book_responses(reports: Sequence[GridReport], *, now: datetime) -> int:
    """Closed needs whose person was then contacted: the contact is the response."""
    closed = {
        one.resident_id: one
        for one in reports
        if one.kind == ReportKind.NEED
        and one.state == ReportState.CLOSED
        and one.resident_id
        and one.handler_id
    }
    contacts = Contact.objects.filter(resident__in=list(closed)).order_by("resident", "-contacted_on")
    rows = [
        ReportBooking(
            report=closed[resident], kind=BookedAs.CONTACT, key=f"contact:{pk}", booked_by=closed[resident].handler,
            booked_at=closed[resident].ended_at or now,
        )
        for pk, resident, day in contacts.distinct("resident").values_list("pk", "resident", "contacted_on")
        if day >= timezone.localdate(closed[resident].reported_at)
    ]  # fmt: skip
    return len(ReportBooking.objects.bulk_create(rows))
