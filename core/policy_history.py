"""What was decided about the numbers of a room, from its first day to what is ordered for later."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.models import PolicySetting
from core.policy import standing_rows, typed
from core.policy_forms import Change, differences


class Standing(StrEnum):
    FUTURE = "尚未执行"
    IN_FORCE = "执行中"
    WITHDRAWN = "已撤销"


@dataclass(frozen=True)
class Step:
    """One decision.

    Attributes:
        changes: numbers that differ from what held before it; a number stated again unchanged is not among them.
        restated: how many numbers it stated that held already.
        withdrawal: the row that took it back, or None.
    """

    row: PolicySetting
    standing: Standing
    changes: list[Change]
    restated: int
    withdrawal: PolicySetting | None

    @property
    def on(self) -> date:
        return self.row.in_force_from

    @property
    def at(self) -> datetime:
        return self.row.created_at

    @property
    def may_be_withdrawn(self) -> bool:
        return self.standing == Standing.FUTURE


def timeline(shape: type, room: str, *, on: date) -> list[Step]:
    """All decisions on a room's numbers, the latest first day on top. One query."""
    rows = list(PolicySetting.objects.filter(room=room).order_by("in_force_from", "pk"))
    withdrawals = {row.withdraws_id: row for row in rows if row.withdraws_id}
    held: Any = shape()
    found = []
    for row in rows:
        if row.withdraws_id:
            continue
        taken_back = withdrawals.get(row.pk)
        changes = [one for one in differences(shape, held, row.payload) if one.before != one.after]
        if taken_back:
            standing = Standing.WITHDRAWN
        else:
            standing = Standing.FUTURE if row.in_force_from > on else Standing.IN_FORCE
            held = replace(held, **typed(shape, row.payload))
        found.append(Step(row, standing, changes, len(row.payload) - len(changes), taken_back))
    return found[::-1]


def ordered_for_later(room: str, *, after: date) -> list[PolicySetting]:
    """Changes that begin after a day and were not taken back, in the order in which they begin. One query."""
    return standing_rows(PolicySetting.objects.filter(room=room, in_force_from__gt=after))
