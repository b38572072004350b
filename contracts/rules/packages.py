"""Which package is for whom, and how a promise is worded and counted (4.4, S0-14, S0-15, S3-4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from contracts.choices import AgreementKind, Frequency, PackageKind, ServiceTier
from contracts.rules import Objection
from residents.choices import Population, RiskColor

_YEARLY = (AgreementKind.INDIVIDUAL, AgreementKind.HOUSEHOLD)
# package kind -> kinds of agreement in which it may stand
FITTING: dict[PackageKind, tuple[AgreementKind, ...]] = {
    PackageKind.BASIC_FREE: _YEARLY,
    PackageKind.KEY_POPULATION: _YEARLY,
    PackageKind.FAMILY_MENU: (AgreementKind.HOUSEHOLD,),
    PackageKind.PERSONALIZED_PAID: (*_YEARLY, AgreementKind.SUPPLEMENTARY),
    PackageKind.DISEASE_COURSE: (AgreementKind.SUPPLEMENTARY,),
    PackageKind.FUNCTIONAL_COMMUNITY: _YEARLY,
}


@dataclass(frozen=True)
class Suits:
    """For whom a package is; empty collections mean everybody.

    Attributes:
        course_days: length of the course of a disease-course package, else None.
    """

    kind: PackageKind
    tier: ServiceTier = ServiceTier.PRIMARY
    populations: Collection[str] = ()
    elder_colors: Collection[str] = ()
    cardio_colors: Collection[str] = ()
    course_days: int | None = None


@dataclass(frozen=True)
class Case:
    """Who is to be signed, by what team, in what kind of agreement.

    Attributes:
        populations: all that the resident, or anybody of the household, belongs to.
        team_tier: the highest tier on which a member stands in the team (S3-4).
        elder_color: today's tier of the resident, or None if nobody assessed it.
        days: length of a supplementary agreement; None where years count, or not yet known.
    """

    agreement: AgreementKind = AgreementKind.INDIVIDUAL
    populations: Collection[str] = ()
    team_tier: int = ServiceTier.PRIMARY
    elder_color: str | None = None
    cardio_color: str | None = None
    days: int | None = None


def object_to_package(name: str, suits: Suits, case: Case) -> Objection | None:
    """Why this package is not for this case; the first reason found."""
    return (
        _object_to_kind(name, suits, case)
        or _object_to_population(name, suits, case)
        or _object_to_color(name, "老年人", suits.elder_colors, case.elder_color)
        or _object_to_color(name, "心血管风险", suits.cardio_colors, case.cardio_color)
        or _object_to_tier(name, suits, case)
        or _object_to_days(name, suits, case)
    )


def _object_to_kind(name: str, suits: Suits, case: Case) -> Objection | None:
    allowed = FITTING[suits.kind]
    if case.agreement in allowed:
        return None
    kinds = "、".join(str(one.label) for one in allowed)
    return Objection("package_agreement_kind", f"“{name}”只能用于{kinds}，请改选其他服务包。", "packages")


def _object_to_population(name: str, suits: Suits, case: Case) -> Objection | None:
    if not suits.populations or set(suits.populations) & set(case.populations):
        return None
    kinds = "、".join(str(Population(one).label) for one in suits.populations)
    sentence = f"“{name}”适用于{kinds}，该居民没有这类标识；情况属实的，请先在居民页面补充人群标识。"
    return Objection("package_population", sentence, "packages")


def _object_to_color(name: str, what: str, wanted: Collection[str], color: str | None) -> Objection | None:
    if not wanted or color in wanted:
        return None
    if color is None:
        return Objection(
            "package_not_graded", f"“{name}”按{what}分级选用，该居民还没有分级，请先评估。", "packages"
        )
    colors = "、".join(str(RiskColor(one).label) for one in wanted)
    now = RiskColor(color).label
    return Objection(
        "package_color", f"“{name}”适用于{what}分级为{colors}的居民，该居民现为{now}。", "packages"
    )


def _object_to_tier(name: str, suits: Suits, case: Case) -> Objection | None:
    if suits.tier <= case.team_tier:
        return None
    label = ServiceTier(suits.tier).label
    sentence = f"“{name}”是{label}服务包，需要团队有相应层级的专科医师参加；请先由机构家医管家补充团队成员。"
    return Objection("package_tier", sentence, "packages")


def _object_to_days(name: str, suits: Suits, case: Case) -> Objection | None:
    if suits.course_days is None or case.days is None or case.days == suits.course_days:
        return None
    return Objection(
        "package_term",
        f"“{name}”的疗程为{suits.course_days}天，补充协议的期限应与疗程一致。",
        "packages",
    )


@dataclass(frozen=True)
class Content:
    """One service of a package: its words, and how often it is promised."""

    name: str
    frequency: Frequency
    times: int | None
    description: str = ""
    is_required: bool = True


OPTIONAL = "（可选）"


def in_words(one: Content) -> str:
    """老年人健康体检，每年1次：含体格检查和辅助检查."""
    measure = Frequency(one.frequency).label
    often = str(measure) if one.times is None else f"{measure}{one.times}次"
    words = f"{one.name}，{often}" + (f"：{one.description}" if one.description else "")
    return words if one.is_required else f"{OPTIONAL}{words}"


def signed_lines(lines: Iterable[str], chosen: Collection[str]) -> list[str]:
    """The wording of a package in one agreement: what it always holds, and what was chosen from its menu, by name."""
    wanted = tuple(f"{OPTIONAL}{name}，" for name in chosen)
    kept = (one for one in lines if not one.startswith(OPTIONAL) or one.startswith(wanted))
    return [one.removeprefix(OPTIONAL) for one in kept]


def printed(contents: Iterable[Content]) -> str:
    """The wording of a package as it stands on the agreement, one service a line."""
    return "\n".join(in_words(one) for one in contents)


def object_to_publish(*, has_contents: bool, valid_from_past: bool, before_last: str) -> Objection | None:
    """A package begins today or later, after its last version, and promises something.

    Args:
        before_last: first day of the version published last if the new one would begin before it, else "".
    """
    if not has_contents:
        return Objection("no_contents", "服务包还没有服务内容，请先添加服务项目。", "valid_from")
    if valid_from_past:
        return Objection("begins_in_past", "启用日期不能早于今天：已经签的协议不受影响。", "valid_from")
    if before_last:
        return Objection(
            "begins_before_last", f"启用日期不能早于上一版的启用日期 {before_last}。", "valid_from"
        )
    return None
