"""Numbers on reports, targets and grades that the bureau may change."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.policy import load, number

ROOM = "assessment"
UNITS = (("PERSON", "按人"), ("HOUSEHOLD", "按户"))
DENOMINATORS = (("CENSUS", "区卫健局填报的常住人口"), ("REGISTRY", "本系统在册居民"))


@dataclass(frozen=True)
class AssessmentPolicy:
    """What is counted, and what shall be reached (C2, C4, C11 of 1.6). A target of 0 means that none is set."""

    compare_days: int = number(30, source="S0-39", label="签约覆盖与多少天前相比（天）", least=1, most=366)
    coverage_unit: str = number("PERSON", source="S3-2", label="签约率统计单位", choices=UNITS)
    coverage_denominator: str = number("CENSUS", source="4.8", label="签约率分母", choices=DENOMINATORS)
    auto_renewed_counts: bool = number(True, source="S1-13", label="自动续签的协议计入签约率")
    target_coverage: Decimal = number(Decimal("75"), source="S0-3", label="签约服务覆盖率目标（%）", most=100)
    target_key_coverage: Decimal = number(
        Decimal("85"), source="S0-3", label="重点人群签约服务覆盖率目标（%）", most=100
    )
    target_satisfaction: Decimal = number(Decimal("85"), source="S0-3", label="居民满意度目标（%）", most=100)
    target_family_share: Decimal = number(
        Decimal("10"), source="S0-1", label="签约重点人群中家庭协议占比目标（%）", most=100
    )
    yearly_growth_min: Decimal = number(
        Decimal("1"), source="S3-1", label="签约率每年至少提高（百分点）", most=100
    )
    yearly_growth_max: Decimal = number(
        Decimal("3"),
        source="S3-1",
        label="签约率每年提高的上限（百分点，仅作提示）",
        most=100,
        not_below="yearly_growth_min",
    )
    rating_grades: tuple[str, ...] = number(
        ("优秀", "合格", "基本合格", "不合格"), source="S1-28", label="评定等次（由高到低）"
    )
    supervisions_per_half_year: int = number(1, source="S2-34", label="镇街每半年督导不少于（次）", most=26)


def policy_on(day: date) -> AssessmentPolicy:
    return load(AssessmentPolicy, ROOM, day)
