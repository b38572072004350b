"""Records that earn, and what is spent: written straight, since what is tested is what follows from them."""

import datetime as dt
import uuid
from typing import Any

from care.actions.points import earn
from care.actions.redeeming import redeem
from care.catalog import load_points
from care.choices import Program
from care.models import PointAccount, PointGoods, PointRedemption, PointRule, ServiceRecord
from contracts.models import Enrollment
from core.models import PolicySetting
from residents.models import Resident
from teams.models import User
from tests.factories.contracts import NOON


def ensure_points() -> None:
    """Tests with real transactions empty every table, the shipped rules too."""
    load_points(PointRule, PointGoods)


def points_are(on: dt.date = dt.date(2020, 1, 1), **numbers: Any) -> None:
    """The district's numbers of points from a day on."""
    PolicySetting.objects.create(room="care", payload=numbers, in_force_from=on, source="测试")


def visited(
    resident: Resident, by: User, on: dt.date, *, form: str = "copd_follow_up", **facts: Any
) -> ServiceRecord:
    """A standing record under the person's agreement of that day."""
    enrollment = Enrollment.objects.select_related("agreement").filter(resident=resident).latest("pk")
    return ServiceRecord.objects.create(
        **{
            "resident": resident,
            "form": form,
            "program": Program.COPD,
            "team": enrollment.agreement.team,
            "enrollment": enrollment,
            "done_on": on,
            "mode": "clinic",
            "client_token": uuid.uuid4(),
            "done_by": by,
            "recorded_by": by,
        }
        | facts
    )


def earned(resident: Resident, by: User, on: dt.date, **facts: Any) -> ServiceRecord:
    """A record that has earned what it deserves, told at noon of its day."""
    record = visited(resident, by, on, **facts)
    earn(record=record, by=by, on=on, now=dt.datetime.combine(on, NOON))
    return record


def own_account(resident: Resident) -> PointAccount:
    return PointAccount.objects.own().get(resident=resident)


def goods(points: int = 40, **facts: Any) -> PointGoods:
    return PointGoods.objects.create(**{"name": f"项目{uuid.uuid4().hex[:8]}", "points": points} | facts)


def redeemed(
    account: PointAccount, resident: Resident, by: User, what: PointGoods, *, on: dt.date, **facts: Any
) -> PointRedemption:
    asked = {
        "by": by,
        "on": on,
        "now": dt.datetime.combine(on, NOON),
        "account": account,
        "resident": resident,
        "goods": what,
        "quantity": 1,
        "client_token": uuid.uuid4(),
    }
    return redeem(**asked | facts)
