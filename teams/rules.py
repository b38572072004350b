"""What a team and an institution must have. Plain values in, findings with a Chinese sentence out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.policy import Finding

CORE_TIER = 1


@dataclass(frozen=True)
class Member:
    """One membership that holds on the day asked about; ``home_level`` is the level of the sending institution."""

    profession: str
    is_leader: bool = False
    is_dispatched: bool = False
    home_level: int = 0
    tier: int = CORE_TIER


def is_dispatched_from_above(member: Member, institution_level: int) -> bool:
    """Sent down by an institution of a higher level than the team's own (S0-17)."""
    return member.is_dispatched and member.home_level > institution_level


def dispatched_finding(count: int, minimum: int) -> Finding | None:
    """At least ``minimum`` specialists sent down from above at all times (S0-17)."""
    if count >= minimum:
        return None
    return Finding(
        "too_few_dispatched",
        f"上级下派专科医师 {count} 名，少于 {minimum} 名：请联系上级医院再派 {minimum - count} 名并登记为团队成员。",
        title=f"下派专科医师不足 {minimum} 名",
    )


def core_finding(present: Iterable[str], core: Mapping[str, str]) -> Finding | None:
    """The level-1 core team has every core profession (S3-3). ``core``: code -> Chinese label."""
    held = set(present)
    missing = [label for code, label in core.items() if code not in held]
    if not missing:
        return None
    names = "、".join(missing)
    return Finding("missing_core", f"核心团队缺少{names}：请补充一级成员。", "error", f"缺{names}")


def leader_finding(leaders: int) -> Finding | None:
    """Exactly one leader."""
    if leaders == 1:
        return None
    if leaders == 0:
        return Finding("no_leader", "没有团队长：请在成员中指定一名。", "error", "缺团队长")
    return Finding(
        "many_leaders", f"同时有 {leaders} 名团队长：只保留一名，请结束其余任职。", "error", "团队长重复"
    )


def steward_finding(stewards: int, required: int) -> Finding | None:
    """Exactly ``required`` stewards in an institution (S2-1)."""
    if stewards == required:
        return None
    if stewards < required:
        return Finding(
            "no_steward", "未任命医疗机构家医管家：请由区卫健局在角色任命中登记。", "error", "缺家医管家"
        )
    return Finding(
        "many_stewards",
        f"家医管家 {stewards} 名，多于 {required} 名：请结束多余的任命。",
        "error",
        "家医管家重复",
    )


def team_findings(
    members: Iterable[Member], institution_level: int, *, min_dispatched: int, core: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Everything that a team lacks, worst first; empty when it is complete."""
    standing = list(members)
    dispatched = sum(is_dispatched_from_above(one, institution_level) for one in standing)
    found = (
        leader_finding(sum(one.is_leader for one in standing)),
        core_finding((one.profession for one in standing if one.tier == CORE_TIER), core),
        dispatched_finding(dispatched, min_dispatched),
    )
    return tuple(one for one in found if one)
