"""Verbs without a domain word in them."""

from datetime import date
from typing import Any

from core.models import PolicySetting
from core.refusals import Refusal


class CannotSetPolicy(Refusal):
    """The new numbers may not come into force like this."""


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
