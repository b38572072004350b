"""Numbers on accounts and teams that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number
from teams.choices import Profession, Role

ROOM = "teams"


@dataclass(frozen=True)
class TeamsPolicy:
    min_dispatched_specialists: int = number(2, source="S0-17", label="每个团队下派专科医师不少于（人）")
    core_professions: tuple[str, ...] = number(
        ("gp", "nurse", "public_health"), source="S3-3", label="核心团队必备岗位", choices=Profession.choices
    )
    stewards_per_institution: int = number(1, source="S2-1", label="每个机构家医管家（人）")
    password_min_length: int = number(
        10, source="GB/T 22239-2019 8.1.4.1", label="密码最少字符数", least=8, most=64
    )
    password_min_classes: int = number(
        3,
        source="GB/T 22239-2019 8.1.4.1",
        label="密码须含大写、小写、数字、符号中的几种",
        least=1,
        most=4,
    )
    password_max_age_days: int = number(
        90, source="GB/T 22239-2019 8.1.4.1", label="密码有效期（天，0 为不限）", most=3650
    )
    password_history: int = number(
        5, source="GB/T 22239-2019 8.1.4.1", label="不得重复使用最近几次密码", most=24
    )
    second_factor_roles: tuple[str, ...] = number(
        (), source="GB/T 22239-2019 8.1.4.1", label="必须使用动态口令的角色", choices=Role.choices
    )
    grid_session_days: int = number(
        30, source="便民：网格端免重复登录", label="网格端在本人手机上保持登录（天）", least=1, most=90
    )


def policy_on(day: date) -> TeamsPolicy:
    return load(TeamsPolicy, ROOM, day)
