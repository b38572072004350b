"""Numbers on accounts and teams that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number

ROOM = "teams"


@dataclass(frozen=True)
class TeamsPolicy:
    min_dispatched_specialists: int = number(2, source="S0-17", label="每个团队下派专科医师不少于（人）")
    core_professions: tuple[str, ...] = number(
        ("gp", "nurse", "public_health"), source="S3-3", label="核心团队必备岗位"
    )
    stewards_per_institution: int = number(1, source="S2-1", label="每个机构家医管家（人）")
    password_min_length: int = number(10, source="GB/T 22239-2019 8.1.4.1", label="口令最少字符数")
    password_min_classes: int = number(3, source="GB/T 22239-2019 8.1.4.1", label="口令字符种类不少于")
    password_max_age_days: int = number(90, source="GB/T 22239-2019 8.1.4.1", label="口令有效期（天）")
    password_history: int = number(5, source="GB/T 22239-2019 8.1.4.1", label="不得重复使用的历史口令数")
    second_factor_roles: tuple[str, ...] = number(
        (), source="GB/T 22239-2019 8.1.4.1", label="必须使用动态口令的角色"
    )


def policy_on(day: date) -> TeamsPolicy:
    return load(TeamsPolicy, ROOM, day)
