"""Numbers on agreements that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number
from teams.choices import Profession

ROOM = "contracts"


@dataclass(frozen=True)
class ContractsPolicy:
    first_term_years: int = number(1, source="S0-8", label="首次签约期限（年）")
    renewal_max_years: int = number(3, source="S0-8", label="续签最长期限（年）")
    backdate_days: int = number(7, source="4.6", label="补录签约日期不早于今天之前（天）")
    forward_days: int = number(31, source="4.6", label="生效日期不晚于签约日期之后（天）")
    renewal_notice_days: int = number(60, source="S0-8", label="到期前提醒（天）")
    renewal_grace_days: int = number(30, source="S0-8", label="到期后再签仍算续签（天）")
    signing_professions: tuple[str, ...] = number(
        ("gp", "tcm", "specialist"),
        source="S3-3",
        label="可作为签约医生的团队岗位",
        choices=Profession.choices,
    )
    signature_max_bytes: int = number(200 * 1024, source="安全上限", label="签名图像大小上限（字节）")
    signature_max_pixels: int = number(2_000_000, source="安全上限", label="签名图像像素上限")


def policy_on(day: date) -> ContractsPolicy:
    return load(ContractsPolicy, ROOM, day)
