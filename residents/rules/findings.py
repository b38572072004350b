"""What is found beside a population kind: dependence in daily life, the disability certificate, when to look again."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from core.dates import age_on
from residents.choices import Population
from residents.rules.faults import Fault
from residents.rules.identity import Identity, normal_number, read_identity

K = Population

# 老年人生活自理能力评估表 of the national basic public-health specification: from this score on -> what it means.
DEPENDENCE = ((19, "不能自理"), (9, "中度依赖"), (4, "轻度依赖"), (0, "可自理"))
ADL_DEPENDENT_FROM = 4
ADL_MOST = 37  # five items: eating 5, washing 7, dressing 5, toilet 10, moving 10
DAYS_AFTER_DELIVERY = 42
PREGNANCY_DAYS = 280  # counted from the last period

DISABILITIES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")  # kind digit 1 to 7
GRADES = ("一级", "二级", "三级", "四级")  # grade digit 1 to 4; 1 is the most severe
_CERTIFICATE = re.compile(
    r"(\d{17}[\dX])([1-7])([1-4])(?:B\d)?", re.ASCII
)  # B1: issued again for the first time


@dataclass(frozen=True)
class Finding:
    """What only some kinds ask for.

    Attributes:
        adl_score: points of the daily-living table, for 失能（半失能）老年人.
        certificate: number of the disability certificate as typed, for 残疾人.
        delivered_on: day of delivery or end of the pregnancy, for 孕产妇.
        review_on: when to look again, where somebody decided it; else the kind's own rule does.
    """

    adl_score: int | None = None
    certificate: str = ""
    delivered_on: date | None = None
    review_on: date | None = None


@dataclass(frozen=True)
class Certificate:
    """A disability certificate: the holder's own number, a digit for the kind and one for the grade."""

    number: str
    kind: str
    grade: str

    @property
    def said(self) -> str:
        return f"{self.kind}残疾{self.grade}"


def check_managed_age(kind: str, born_on: date | None, *, managed_from: int, on: date) -> Fault | None:
    """Hypertension is managed in adults only; a child with high blood pressure is a hospital's matter."""
    if kind != K.HYPERTENSION or born_on is None or age_on(born_on, on) >= managed_from:
        return None
    return Fault(
        "managed_age",
        f"高血压患者从 {managed_from} 周岁起纳入管理，此人未满 {managed_from} 周岁",
        "请核对出生日期；未成年人血压偏高，请转上级医院诊治，不登记此标识",
    )


def is_below_service_age(kind: str, born_on: date | None, *, counted_from: int, on: date) -> bool:
    """Managed, but not among those whom the basic public-health statistics count."""
    return kind == K.HYPERTENSION and born_on is not None and age_on(born_on, on) < counted_from


def dependence(score: int) -> str:
    """The band of a daily-living score: 0-3 可自理, 4-8 轻度依赖, 9-18 中度依赖, from 19 on 不能自理 [W4]."""
    return next(said for least, said in DEPENDENCE if score >= least)


def check_dependence(score: int) -> Fault | None:
    """A score that does not make somebody a dependent elder."""
    if not 0 <= score <= ADL_MOST:
        return Fault("adl_range", f"自理能力评分应在 0 至 {ADL_MOST} 分之间", "请核对评估表合计")
    if score < ADL_DEPENDENT_FROM:
        return Fault("adl_independent", f"评分 {score} 分为可自理，不属于失能（半失能）", "请核对评分或人群")
    return None


def read_certificate(text: object, *, id_number: str, on: date) -> Certificate | Fault:
    """The 20 characters of a disability certificate; it must be the holder's own.

    Args:
        id_number: the person's number in its normal form, "" where it is no citizen number.
    """
    found = _CERTIFICATE.fullmatch(normal_number(text))
    if not found:
        return Fault(
            "certificate_form",
            "残疾人证号应为 20 位：18 位身份证号、类别 1 至 7、等级 1 至 4",
            "请对照证件核对",
        )
    holder, kind, grade = found.groups()
    identity = read_identity(holder, on=on)
    if not isinstance(identity, Identity):
        return Fault(identity.code, f"残疾人证号前 18 位有误：{identity.cause}", identity.remedy)
    if id_number and holder != id_number:
        return Fault("certificate_other", "残疾人证号前 18 位与本人身份证号不一致", "请核对是不是本人的证件")
    return Certificate(holder + kind + grade, DISABILITIES[int(kind) - 1], GRADES[int(grade) - 1])


# Kinds that somebody must look at again, and after how many days; the reason is printed on the criteria page.
REVIEWS: dict[Population, tuple[int, str]] = {
    K.DISABLED_ELDER: (365, "每年重新评估一次"),
    K.HIGH_RISK_HTN: (182, "每半年测量一次血压"),
    K.STROKE_HIGH_RISK: (365, "每年重新筛查一次"),
    K.TB: (240, "疗程一般 6 至 8 个月，届时核对是否结案"),
    K.OUT_OF_POVERTY: (365, "每年与乡村振兴名单核对"),
    K.POVERTY_MONITOR: (365, "每年与乡村振兴名单核对"),
    K.LOW_INCOME: (365, "每年与民政名单核对"),
    K.EXTREME_POVERTY: (365, "每年与民政名单核对"),
}


def review_day(kind: str, starts_on: date, finding: Finding) -> date | None:
    """The day on which a flag is to be looked at again; None where nothing ends by itself.

    A pregnancy ends 42 days after delivery; before that at the latest 42 days after 40 weeks.
    """
    if finding.review_on:
        return finding.review_on
    if kind == K.PERINATAL:
        delivered_on = finding.delivered_on or starts_on + timedelta(days=PREGNANCY_DAYS)
        return delivered_on + timedelta(days=DAYS_AFTER_DELIVERY)
    review = REVIEWS.get(Population(kind))
    return starts_on + timedelta(days=review[0]) if review else None
