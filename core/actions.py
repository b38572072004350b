"""Verbs without a domain word in them."""

from datetime import date
from typing import Any

from core.constraints import refuse_on
from core.models import PolicySetting
from core.refusals import Refusal


class CannotSetPolicy(Refusal):
    """The new numbers may not come into force like this, or a change may not be taken back."""


def set_policy(
    *, room: str, payload: dict[str, Any], in_force_from: date, source: str, by: Any, on: date
) -> PolicySetting:
    """Put changed numbers of a room in force from a day on; a new row, the past stays.

    Args:
        payload: only the numbers that change.
        by: the person; his id is kept.

    Raises:
        CannotSetPolicy: nothing changes, or the day is past.
    """
    if not payload:
        raise CannotSetPolicy("nothing_changed", "没有改动任何数值，不需要保存。")
    if in_force_from < on:
        raise CannotSetPolicy(
            "in_past", f"生效日期不能早于今天（{on:%Y-%m-%d}）：过去的数值不能改。", field="in_force_from"
        )
    return PolicySetting.objects.create(
        room=room, payload=payload, in_force_from=in_force_from, source=source, created_by_id=by.pk
    )


def withdraw_policy(*, setting: PolicySetting, source: str, by: Any, on: date) -> PolicySetting:
    """Take back a change that has not begun, by a row of its own; the change stays readable as taken back.

    Args:
        source: the document that orders it.

    Raises:
        CannotSetPolicy: it has begun, was taken back already, or takes something back itself.
    """
    if setting.withdraws_id:
        raise CannotSetPolicy("is_withdrawal", "这一行本身就是撤销，不能再撤销；需要的话请重新登记数值。")
    if setting.in_force_from <= on:
        raise CannotSetPolicy(
            "already_begun",
            f"这次改动自 {setting.in_force_from:%Y-%m-%d} 起已经执行，不能撤销；请登记新的数值，从今天或以后执行。",
        )
    with refuse_on(PolicySetting, CannotSetPolicy, policy_withdrawn_once=""):
        return PolicySetting.objects.create(
            room=setting.room,
            payload={},
            in_force_from=setting.in_force_from,
            source=source,
            created_by_id=by.pk,
            withdraws=setting,
        )
