"""Numbers on agreements that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from contracts.choices import RenewalMode, Signatory
from core.policy import load, number
from teams.choices import Profession

ROOM = "contracts"


@dataclass(frozen=True)
class ContractsPolicy:
    """Where the documents disagree (C1, C3, C13, C15 of 1.6) the field says which of them is followed."""

    first_term_years: int = number(1, source="S0-8", label="首次签约期限（年）", least=1, most=3)
    renewal_max_years: int = number(3, source="S0-8", label="续签最长期限（年）", least=1, most=5)
    renewal_mode: str = number(
        RenewalMode.EXPLICIT.value, source="S0-8", label="到期后如何续签", choices=RenewalMode.choices
    )
    auto_renew_years: int = number(1, source="S1-13", label="自动续签期限（年）", least=1, most=3)
    auto_renew_needs_contact: bool = number(
        True, source="S1-27", label="自动续签须协议期内联系上过居民（否则列入待确认）"
    )
    renewal_notice_days: int = number(60, source="S0-8", label="到期前提醒（天）", least=1, most=366)
    renewal_grace_days: int = number(30, source="S0-8", label="到期后再签仍算续签（天）", most=366)
    backdate_days: int = number(7, source="4.6", label="补录签约日期不早于今天之前（天）", most=366)
    backdate_most_days: int = number(
        90, source="4.6", label="经审批补录签约日期最多往前（天）", least=1, most=366
    )
    resident_confirms: bool = number(False, source="P2", label="电子签约须居民另行确认后生效")
    forward_days: int = number(31, source="4.6", label="生效日期不晚于签约日期之后（天）", most=366)
    transfer_review_days: int = number(5, source="4.6", label="转签时原团队提出异议期限（天）", most=60)
    ending_needs_signature: bool = number(False, source="S1-13", label="居民申请解约须签名确认")
    signatories: tuple[str, ...] = number(
        (Signatory.TEAM.value, Signatory.DOCTOR.value),
        source="S0-7",
        label="可用的签约主体",
        choices=Signatory.choices,
    )
    signing_professions: tuple[str, ...] = number(
        ("gp", "tcm", "specialist"),
        source="S3-3",
        label="可作为签约医生的团队岗位",
        choices=Profession.choices,
    )
    max_residents_per_doctor: int = number(
        2000, source="5.1", label="每名家庭医生签约人数上限（人）", least=1
    )
    family_min_members: int = number(
        2, source="S0-11", label="家庭协议至少覆盖家庭成员（人）", least=1, most=20
    )
    allow_single_person_family: bool = number(False, source="S0-11", label="独居户可签家庭协议")
    family_each_adult_consent: bool = number(True, source="4.7", label="家庭协议须每位成年成员分别同意")
    contacts_per_quarter: int = number(1, source="S2-18", label="每季度至少联系签约居民（次）", most=90)
    household_assessments_per_year: int = number(
        1, source="S1-6", label="每年家庭健康状况评估（次）", most=12
    )
    mass_undo_days: int = number(7, source="安全上限", label="批量办理可撤销（天）", most=60)
    refusal_ask_again_days: int = number(
        180, source="W62", label="拒签后再次联系间隔（天）", least=1, most=730
    )
    burst_signings: int = number(6, source="P2", label="短时间大量签约：件数达到（件）", least=2, most=200)
    burst_minutes: int = number(10, source="P2", label="短时间大量签约：时间（分钟）", least=1, most=240)
    night_from_hour: int = number(22, source="P2", label="夜间签约：开始（时）", least=18, most=23)
    night_to_hour: int = number(6, source="P2", label="夜间签约：结束（时）", least=1, most=8)
    shared_phone_households: int = number(3, source="P2", label="同一电话登记达到（户）", least=2, most=50)
    far_away_km: int = number(
        5, source="P2", label="签约地点远离同村居其他签约地点（公里）", least=1, most=200
    )
    draft_days: int = number(30, source="P3", label="签约草稿保留（天）", least=1, most=366)
    code_minutes: int = number(10, source="安全上限", label="验证码有效（分钟）", least=1, most=60)
    code_tries: int = number(5, source="安全上限", label="验证码可输错（次）", least=1, most=20)
    codes_per_day: int = number(5, source="安全上限", label="每份协议每天发送验证码（次）", least=1, most=50)
    link_tries: int = number(5, source="安全上限", label="居民链接可输错（次）", least=1, most=20)
    link_lock_minutes: int = number(
        30, source="安全上限", label="居民链接输错后锁定（分钟）", least=1, most=1440
    )
    link_days_after_end: int = number(30, source="安全上限", label="协议到期后居民链接保留（天）", most=366)
    evidence_max_bytes: int = number(8 * 1024 * 1024, source="安全上限", label="凭证照片大小上限（字节）")
    evidence_max_pixels: int = number(40_000_000, source="安全上限", label="凭证照片像素上限")
    evidence_side_pixels: int = number(1600, source="安全上限", label="凭证照片保存边长（像素）", least=600)
    evidence_most: int = number(12, source="安全上限", label="每份协议凭证照片上限（张）", least=1, most=50)
    signature_max_bytes: int = number(200 * 1024, source="安全上限", label="签名图像大小上限（字节）")
    signature_max_pixels: int = number(2_000_000, source="安全上限", label="签名图像像素上限")


def policy_on(day: date) -> ContractsPolicy:
    return load(ContractsPolicy, ROOM, day)
