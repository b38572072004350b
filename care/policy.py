"""Numbers on what is due and done that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from care.choices import HandoverMode, PointsPool
from core.policy import load, number
from residents.choices import RESTRICTED, Population

ROOM = "care"


@dataclass(frozen=True)
class CarePolicy:
    newborn_age_days: int = number(
        365, source="3.4", label="家庭协议内未单独签约的婴儿：随家庭管理到出生后（天）", least=28
    )
    late_entry_days: int = number(90, source="3", label="补录服务最多往前（天）", least=0, most=366)
    handover_mode: str = number(
        HandoverMode.NONE.value,
        source="C7",
        label="孕产妇、儿童、残疾人等由谁随访",
        choices=HandoverMode.choices,
    )
    handover_populations: tuple[str, ...] = number(
        ("perinatal", "child_0_6", "disabled"),
        source="S1-22",
        label="移交专干的人群",
        choices=[(one.value, one.label) for one in Population if one not in RESTRICTED],
    )
    handover_answer_days: int = number(
        3, source="S1-22", label="专干答复移交期限（工作日）", least=1, most=30
    )
    referral_reply_hours: int = number(24, source="S2-21", label="紧急转诊答复期限（小时）", least=1, most=72)
    referral_reply_days: int = number(2, source="S2-21", label="一般转诊答复期限（工作日）", least=1, most=15)
    referral_take_over_days: int = number(
        3, source="S2-21", label="下转后团队接续期限（工作日）", least=1, most=15
    )
    points_pool: str = number(
        PointsPool.PERSON.value, source="C14", label="健康积分归属", choices=PointsPool.choices
    )
    point_value_yuan: int = number(0, source="S4-16", label="每分折合（元，0 表示不显示）", most=100)
    points_valid_years: int = number(
        2, source="P14", label="积分有效期：得分次年起（整年，0 表示不过期）", most=10
    )
    points_ranking_least: int = number(5, source="10", label="积分排行少于几户（人）不显示", least=3, most=50)
    no_service_days: int = number(
        180, source="P1", label="多少天没有任何服务列入名单（天）", least=30, most=366
    )
    sms_counts: bool = number(True, source="S2-18", label="短信送达算作季度联系（真实性只看双向联系）")
    lost_attempts: int = number(
        3, source="3.6", label="连续多少次联系不上提示登记失访（次）", least=2, most=20
    )
    lost_days: int = number(
        30, source="3.6", label="连续联系不上超过多少天提示登记失访（天）", least=1, most=366
    )
    bulk_contacts_most: int = number(
        30, source="安全上限", label="批量登记联系每页（人）", least=20, most=100
    )
    bed_round_days: int = number(7, source="S4-10", label="家庭病床查床间隔（天）", least=1, most=60)


def policy_on(day: date) -> CarePolicy:
    return load(CarePolicy, ROOM, day)
