"""Who may come into a household agreement that already runs, and who may speak for it (4.7)."""

from datetime import date, timedelta

from contracts.choices import SignerParty
from contracts.rules import Objection
from core.dates import chinese_date


def object_to_newcomer(*, is_in_household: bool, is_member: bool, was_member: bool) -> Objection | None:
    """Somebody of the same household who is not in the agreement and has not left it before."""
    if not is_in_household:
        return Objection("not_in_household", "该居民不在本家庭，请先在家庭页面办理迁入。", "resident")
    if is_member:
        return Objection("is_member", "该居民已在协议内。", "resident")
    if was_member:
        return Objection(
            "was_member", "该居民曾退出本协议，不能再次加入；需要服务的，请为其签个人协议。", "resident"
        )
    return None


def object_to_joining_day(
    day: date, *, starts_on: date, ends_on: date, on: date, backdate_days: int, forward_days: int
) -> Objection | None:
    """Inside the household's term, not long ago and not far ahead."""
    earliest = max(starts_on, on - timedelta(days=backdate_days))
    latest = min(ends_on, on + timedelta(days=forward_days))
    if earliest <= day <= latest:
        return None
    return Objection(
        "joining_day",
        f"加入日期应在{chinese_date(earliest)}至{chinese_date(latest)}之间。",
        "starts_on",
    )


def object_to_new_representative(
    party: SignerParty | None, *, is_member: bool, is_representative: bool
) -> Objection | None:
    """A member of age and with capacity, not the one who is it already. ``party``: who signs for him."""
    if not is_member:
        return Objection("representative_not_member", "家庭代表须是协议内的成员，请重选。", "representative")
    if is_representative:
        return Objection("same_representative", "该成员已是家庭代表，不必变更。", "representative")
    if party != SignerParty.RESIDENT:
        return Objection(
            "representative_incapable",
            "家庭代表须是能自己签约的成年人；未成年人和有监护人的成员不能做代表，请重选。",
            "representative",
        )
    return None
