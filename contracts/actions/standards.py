"""The seven ones and the home-care labels: the bureau writes them, a published version stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max

from contracts.models import FulfilmentStandard, HomeCareLabel, StandardItem
from contracts.models.standards import SEVEN
from core.refusals import Refusal
from teams.models import User


class CannotKeepStandard(Refusal):
    """The standard may not be written or begin like this."""


@dataclass(frozen=True)
class StandardRow:
    """One of the seven, as it shall stand."""

    text: str
    proof: str
    is_verified: bool = False


def draft_standard(*, name: str, source: str, by: User, on: date) -> FulfilmentStandard:
    """The next version of a standard, with the items of the one before it."""
    with transaction.atomic():
        earlier = FulfilmentStandard.objects.select_for_update().filter(name=name).order_by("-version")
        last = earlier.first()
        made = FulfilmentStandard.objects.create(
            name=name, version=last.version + 1 if last else 1, source=source
        )
        StandardItem.objects.bulk_create(
            StandardItem(
                standard=made,
                position=one.position,
                text=one.text,
                proof=one.proof,
                is_verified=one.is_verified,
            )
            for one in (last.items.all() if last else ())
        )
    return made


def set_standard_items(
    *, standard: FulfilmentStandard, rows: Sequence[StandardRow], by: User, on: date
) -> FulfilmentStandard:
    """Put exactly these items into a draft, in this order.

    Raises:
        CannotKeepStandard: it is published, or there are more than seven.
    """
    with transaction.atomic():
        locked = FulfilmentStandard.objects.select_for_update().get(pk=standard.pk)
        if locked.in_force_from:
            raise CannotKeepStandard("published", "该版本已经发布，不能再改；请建立新版本。")
        if len(rows) > SEVEN:
            raise CannotKeepStandard("too_many", f"“七个一”只有 {SEVEN} 条，现在有 {len(rows)} 条。")
        locked.items.all().delete()
        StandardItem.objects.bulk_create(
            StandardItem(
                standard=locked, position=place, text=row.text, proof=row.proof, is_verified=row.is_verified
            )
            for place, row in enumerate(rows, 1)
        )
    return locked


def publish_standard(
    *, standard: FulfilmentStandard, in_force_from: date, by: User, on: date
) -> FulfilmentStandard:
    """Put a draft in force from a day on; from then it stays as it is.

    Raises:
        CannotKeepStandard: not exactly seven items, one of them not verified, or a day in the past.
    """
    with transaction.atomic():
        locked = FulfilmentStandard.objects.select_for_update().get(pk=standard.pk)
        items = list(locked.items.all())
        if locked.in_force_from:
            raise CannotKeepStandard("published", "该版本已经发布，不能再改；请建立新版本。")
        if len(items) != SEVEN:
            raise CannotKeepStandard(
                "not_seven", f"“七个一”须正好 {SEVEN} 条，现有 {len(items)} 条，请补齐后再发布。"
            )
        doubtful = [str(one.position) for one in items if not one.is_verified]
        if doubtful:
            which = "、".join(doubtful)
            raise CannotKeepStandard("not_verified", f"第 {which} 条还没有核定，请核对文字并勾选“已核定”。")
        _refuse_day(locked, in_force_from, on)
        locked.in_force_from = in_force_from
        locked.save(update_fields=["in_force_from"])
    return locked


def _refuse_day(standard: FulfilmentStandard, in_force_from: date, on: date) -> None:
    if in_force_from < on:
        raise CannotKeepStandard("in_force_in_past", "生效日期不能早于今天。", field="in_force_from")
    last = FulfilmentStandard.objects.filter(name=standard.name).aggregate(day=Max("in_force_from"))["day"]
    if last and in_force_from < last:
        raise CannotKeepStandard(
            "in_force_before_last", f"生效日期不能早于上一版的生效日期 {last}。", field="in_force_from"
        )


def keep_label(*, label: HomeCareLabel, by: User, on: date) -> HomeCareLabel:
    """Store what the bureau wrote for one of the thirteen labels."""
    label.save(update_fields=["text", "is_verified"])
    return label
