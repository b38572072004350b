"""A grid worker says that he was there: at a patrol, a work day, an activity (S2-28)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone
from grids.models import Posting
from outreach.actions.visit_hours import position_grade
from outreach.choices import VisitState
from outreach.models import OutreachVisit, VisitCheckIn
from outreach.policy import policy_on
from outreach.queries.visits import grids_of
from outreach.queries.workplaces import workplace_of
from outreach.rules.places import Place
from outreach.rules.visiting import object_to_day
from teams.models import User


class CannotCheckIn(Refusal):
    """Nobody was written down."""


def check_in(
    *, by: User, on: date, now: datetime, visit: OutreachVisit, client_token: UUID, typed_at: datetime | None = None,
    position: Place | None = None,
) -> VisitCheckIn:  # fmt: skip
    """Write down that he was there, once, on whichever day the telephone gets through.

    Args:
        client_token: of the form. Sent again, or a second time from another page, the first row is returned.
        position: WGS-84; a grade of evidence, never a condition.

    Raises:
        CannotCheckIn: a visit that was called off, is to come, or is too long ago; nobody who works there.
    """
    with transaction.atomic(), credited_to(by):
        alone(f"outreach.checkin:{client_token}")  # the same form for two visits at once
        held = OutreachVisit.objects.select_for_update(of=("self",)).select_related("point").get(pk=visit.pk)
        known = VisitCheckIn.objects.filter(client_token=client_token).select_related("posting").first()
        if known:
            return _own(known, held, by)
        posting = _refuse(held, by=by, on=on)
        row, _ = VisitCheckIn.objects.get_or_create(
            visit=held,
            posting=posting,
            defaults={
                "client_token": client_token,
                "at": now,
                "typed_at": typed_at,
                "place_grade": position_grade(held, position, on=on),
            },
        )
    return row


def _own(known: VisitCheckIn, visit: OutreachVisit, by: User) -> VisitCheckIn:
    if known.visit_id != visit.pk or known.posting.user_id != by.pk:
        raise CannotCheckIn(
            "check_in_token_taken", "这张签到表已经用过，没有登记这次签到。请重新打开页面再签到。"
        )
    return known


def _refuse(visit: OutreachVisit, *, by: User, on: date) -> Posting:
    if visit.state == VisitState.CANCELLED:
        raise CannotCheckIn("check_in_cancelled", "这次服务已经取消，不用签到。")
    if visit.on > on:
        raise CannotCheckIn("check_in_to_come", "还没有到服务日期，请当天再签到。")
    late = object_to_day(visit.on, on=on, back_days=policy_on(on).visit_backdate_days)
    if late:
        raise CannotCheckIn(late.code, late.sentence)
    works = workplace_of(by, on=visit.on)
    found = [one for one in map(works.posting_for, grids_of(visit)) if one]
    if not found:
        raise CannotCheckIn("check_in_not_posted", "服务当天您不在这里的网格任职，不能签到。")
    return found[0]
