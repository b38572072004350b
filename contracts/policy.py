"""Numbers on agreements that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number

ROOM = "contracts"


@dataclass(frozen=True)
class ContractsPolicy:
    first_term_years: int = number(1, source="S0-8", label="首次签约期限（年）")
    renewal_max_years: int = number(3, source="S0-8", label="续签最长期限（年）")
    backdate_days: int = number(7, source="4.6", label="补录签约日期不早于今天之前（天）")
    forward_days: int = number(31, source="4.6", label="生效日期不晚于签约日期之后（天）")


def policy_on(day: date) -> ContractsPolicy:
    return load(ContractsPolicy, ROOM, day)
