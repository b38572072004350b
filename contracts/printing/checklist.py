"""Populations as the boxes of the agreement (4.2), and the lines of a package. Pure: values in, values out."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from contracts.choices import PackageKind
from contracts.rules.packages import signed_lines
from residents.choices import Population

_P = Population
# Restricted kinds have no box: an empty one would be untrue, a ticked one would tell a diagnosis (see parties_of).
BOXES: tuple[tuple[str, tuple[Population, ...]], ...] = (
    ("0-6岁儿童", (_P.CHILD_0_6,)),
    ("孕产妇", (_P.PERINATAL,)),
    ("65岁及以上老年人", (_P.ELDERLY_65, _P.ELDERLY_80)),
    ("高血压", (_P.HYPERTENSION,)),
    ("糖尿病", (_P.DIABETES_T2,)),
    ("高血脂", (_P.DYSLIPIDEMIA,)),
    ("肺结核", (_P.TB,)),
    ("残疾人", (_P.DISABLED,)),
    (
        "低保、特困、脱贫（监测）人口",
        (_P.LOW_INCOME, _P.EXTREME_POVERTY, _P.OUT_OF_POVERTY, _P.POVERTY_MONITOR),
    ),
    ("计划生育特殊家庭", (_P.SPECIAL_FP_FAMILY,)),
    ("脑卒中、冠心病、肿瘤", (_P.STROKE, _P.CHD, _P.TUMOR)),
)


@dataclass(frozen=True)
class Box:
    label: str
    is_ticked: bool


def boxes(held: Collection[str]) -> list[Box]:
    """Every box with its tick; kinds without a box of their own are named in the last one.

    Args:
        held: labels of the populations, as an agreement keeps them.
    """
    labels = [(name, {str(one.label) for one in kinds}) for name, kinds in BOXES]
    named = set().union(*(kinds for _, kinds in labels))
    others = [one for one in held if one not in named]
    found = [Box("一般人群", not held)]
    found += [Box(name, bool(kinds.intersection(held))) for name, kinds in labels]
    return [*found, Box("其他：" + "、".join(others) if others else "其他", bool(others))]


class PricedPackage(Protocol):
    """The columns of a service package that stand on paper."""

    name: str
    kind: str
    price_yuan: Decimal
    discount_yuan: Decimal
    fund_yuan: Decimal
    insurance_yuan: Decimal
    individual_yuan: Decimal
    waives_registration_fee: bool

    @property
    def item_list(self) -> list[str]: ...


@dataclass(frozen=True)
class PackageLine:
    """One package of the list: what is in it, its price, who pays what."""

    name: str
    items: list[str]
    price: str
    payers: list[str]


def package_line(package: PricedPackage, chosen: Collection[str]) -> PackageLine:
    """A package as it is printed, with what was chosen from its menu; sums are in yuan, an unpaid package is 免费 (4.4)."""
    parts = [
        ("优惠", package.discount_yuan), ("公卫经费", package.fund_yuan), ("医保基金", package.insurance_yuan),
        ("个人", package.individual_yuan),
    ]  # fmt: skip
    payers = [f"{name}{_yuan(amount)}" for name, amount in parts if amount]
    unit = "元/疗程" if package.kind == PackageKind.DISEASE_COURSE else "元/年"
    price = f"{_plain(package.price_yuan)}{unit}" if package.price_yuan else "免费"
    if package.waives_registration_fee:
        payers.append("免挂号费")
    return PackageLine(package.name, signed_lines(package.item_list, chosen), price, payers)


def _yuan(amount: Decimal) -> str:
    return f"{_plain(amount)}元"


def _plain(amount: Decimal) -> str:
    """120.00 -> 120, 12.50 -> 12.50"""
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"
