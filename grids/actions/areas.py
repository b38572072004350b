"""Codes of areas: given once, replaced when the statistics office replaces them."""

from datetime import date

from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from core.history import credited_to
from core.refusals import Refusal
from grids import rules
from grids.models import Area, AreaCodeChange, Grid
from teams.models import Institution, RoleAssignment, User


class CannotChangeCode(Refusal):
    """The area may not take this code."""


def change_area_code(
    *, area: Area, new_code: str, changed_on: date, note: str = "", by: User, on: date
) -> Area:
    """Give an area a new code, and with it everything below: areas, grids, institutions' places and people's scopes.

    The former codes are kept in ``AreaCodeChange``, one row for each area, so that old lists still find their area.
    A village moved to another township takes the township that the new code begins with.

    Raises:
        CannotChangeCode: badly formed, below no known area, the same as before, or (it or a code below it) in use.
    """
    with transaction.atomic(), credited_to(by):
        locked = Area.objects.select_for_update().get(pk=area.pk)
        parent = _parent_of(locked, new_code)
        if new_code == locked.code:
            raise CannotChangeCode("same_code", "新代码与现代码相同，无需变更。", field="new_code")
        _check_free(locked.code, new_code)
        below = Area.objects.select_for_update().filter(code__startswith=locked.code)
        changes = [
            AreaCodeChange(
                area=one, old_code=one.code, new_code=new_code + one.code[len(locked.code) :],
                changed_on=changed_on, note=note, changed_by=by,
            )
            for one in below
        ]  # fmt: skip
        AreaCodeChange.objects.bulk_create(changes)
        _replace_prefix(Area, "code", locked.code, new_code)
        _replace_prefix(Grid, "code", locked.code, new_code)
        _replace_prefix(Institution, "area_code", locked.code, new_code)
        _replace_prefix(RoleAssignment, "area_code", locked.code, new_code)
        Area.objects.filter(pk=locked.pk).update(parent=parent)
        return Area.objects.get(pk=locked.pk)


def _parent_of(area: Area, new_code: str) -> Area | None:
    fault = rules.area_code_finding(new_code, area.level, "")
    if fault:
        raise CannotChangeCode(fault.code, fault.sentence, field="new_code")
    if area.parent_id is None:
        return None
    above = Area.objects.filter(code=new_code[:-3]).first()
    if above is None:
        raise CannotChangeCode(
            "no_parent",
            f"没有代码为 {new_code[:-3]} 的上级区划，请先登记上级，或核对新代码。",
            field="new_code",
        )
    return above


def _check_free(old_code: str, new_code: str) -> None:
    for model in (Area, Grid):
        taken = model.objects.filter(code__startswith=new_code).order_by("code").first()
        if taken:
            raise CannotChangeCode(
                "code_taken", f"代码 {taken.code} 已由“{taken.name}”使用，请核对新代码。", field="new_code"
            )


def _replace_prefix(model: type[models.Model], field: str, old: str, new: str) -> None:
    model._default_manager.filter(**{f"{field}__startswith": old}).update(
        **{field: Concat(Value(new), Substr(F(field), len(old) + 1))}
    )
