"""The bureau's word on points: versions of rules, and the catalogue."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from care.choices import PointPeriod
from care.models import PointGoods, PointRule
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from teams.models import User


class CannotKeepPoints(Refusal):
    """The rule or the goods stay as they are."""


@dataclass(frozen=True)
class RuleWording:
    """One version of a rule, as ``care.models.PointRule`` has it."""

    code: str
    name: str
    form: str
    points: int
    source: str
    in_force_from: date
    verdicts: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    on_time_only: bool = False
    period: str = PointPeriod.NONE
    times: int = 0


def publish_point_rule(*, by: User, on: date, wording: RuleWording) -> PointRule:
    """Add a version; it holds for services from its first day on. What was earned before stays.

    Raises:
        CannotKeepPoints: it would begin in the past, or asks for a number without a period.
    """
    if wording.in_force_from < on:
        raise CannotKeepPoints(
            "point_rule_past", "积分规则不能倒签，生效日期最早为今天。", field="in_force_from"
        )
    facts = {name: getattr(wording, name) for name in wording.__dataclass_fields__}
    facts |= {"verdicts": list(wording.verdicts), "modes": list(wording.modes)}
    with transaction.atomic(), refuse_on(PointRule, CannotKeepPoints, point_rule_cap="times"):
        return PointRule.objects.create(**facts, created_by=by)


def keep_goods(*, by: User, on: date, goods: PointGoods, is_district: bool) -> PointGoods:
    """Store goods of the catalogue, new or changed.

    Args:
        is_district: whether the person answers for the whole district's catalogue; an institution keeps its own goods.

    Raises:
        CannotKeepPoints: the district's goods by an institution, or a name, price or stock that cannot be.
    """
    if goods.institution is None and not is_district:
        raise CannotKeepPoints(
            "goods_of_district", "全区通用的项目由区卫健局维护，请选择本机构。", field="institution"
        )
    goods.name = tidy(goods.name)
    constraints = {
        "point_goods_name_unique": "name",
        "point_goods_cost_something": "points",
        "point_goods_stock_left": "stock",
    }
    with transaction.atomic(), credited_to(by), refuse_on(PointGoods, CannotKeepPoints, **constraints):
        if goods.pk:
            PointGoods.objects.select_for_update().get(pk=goods.pk)
        goods.save()
    return goods
