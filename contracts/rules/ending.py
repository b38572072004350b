"""How an agreement ends before its time (4.6, S1-13)."""

from dataclasses import dataclass
from datetime import date

from contracts.choices import TerminationReason
from contracts.rules import Objection
from core.dates import chinese_date


@dataclass(frozen=True)
class Ending:
    """Why and when an agreement ends early; ``last_day`` is the last day in force."""

    reason: TerminationReason
    last_day: date
    note: str = ""


def object_to_ending(ending: Ending, *, starts_on: date, ends_on: date, on: date) -> Objection | None:
    """The last day lies inside the term; an agreement that ran out need not be ended; 其他 asks for words."""
    if ends_on < on:
        return Objection("already_ended", f"协议已于{chinese_date(ends_on)}到期，不必解约。")
    if ending.last_day < starts_on:
        return Objection(
            "ends_before_start", f"最后有效日不能早于生效日期{chinese_date(starts_on)}。", "last_day"
        )
    if ending.last_day > ends_on:
        return Objection(
            "ends_after_term", f"最后有效日不能晚于协议到期日{chinese_date(ends_on)}。", "last_day"
        )
    if ending.reason == TerminationReason.DEATH and ending.last_day > on:
        return Objection("death_in_future", "死亡日期不能晚于今天。", "last_day")
    if ending.reason == TerminationReason.OTHER and not ending.note:
        return Objection("reason_missing", "选择“其他”时请写明原因。", "note")
    return None


def object_to_evidence(reason: TerminationReason, *, is_signed: bool, is_needed: bool) -> Objection | None:
    """Where the district asks for it, a resident who ends his agreement confirms it by signature (S1-13, C15)."""
    if not is_needed or is_signed or reason != TerminationReason.RESIDENT_REQUEST:
        return None
    return Objection("signature_missing", "居民申请解约的，请居民（监护人）在签名框内签名确认。", "signature")


def object_to_terminator(*, is_in_team: bool) -> Objection | None:
    if is_in_team:
        return None
    return Objection("not_own_team", "只有签约团队的团队长或其机构的家医管家可以办理解约。")
