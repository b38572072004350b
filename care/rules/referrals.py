"""Two-way referral: levels, what may follow what, by whom, until when (S2-21, S4-4, 3.9)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from care.choices import (
    DOWN_REASONS,
    UP_REASONS,
    ReferralDirection,
    ReferralLevel,
    ReferralReason,
    ReferralState,
    ReturnReason,
    Urgency,
)
from contracts.rules import Objection
from teams.choices import InstitutionLevel, InstitutionType

_S, _UP, _DOWN = ReferralState, ReferralDirection.UP, ReferralDirection.DOWN


class ReferralVerb(StrEnum):
    """What may be done with a referral; the Chinese stands in refusals."""

    ACCEPT = "接收"
    RETURN = "退回"
    SEE = "登记就诊"
    HAND_DOWN = "转回团队接续"
    TAKE_OVER = "接续"
    CLOSE = "办结"
    CANCEL = "取消"


class Party(StrEnum):
    """Whose word it is."""

    HOME = "家庭医生团队"
    HOSPITAL = "医院（上级机构）"


@dataclass(frozen=True)
class Step:
    """Where a verb leads, and whose it is."""

    to: ReferralState
    party: Party


_HOME, _HOSPITAL = Party.HOME, Party.HOSPITAL

# What is not in this table is refused. The home team may close a referral that the hospital never answered: many
# residents simply go, and the team learns of it when it follows the referral up.
STEPS: dict[tuple[ReferralDirection, ReferralState, ReferralVerb], Step] = {
    (_UP, _S.SENT, ReferralVerb.ACCEPT): Step(_S.ACCEPTED, _HOSPITAL),
    (_UP, _S.SENT, ReferralVerb.RETURN): Step(_S.RETURNED, _HOSPITAL),
    (_UP, _S.SENT, ReferralVerb.CANCEL): Step(_S.CANCELLED, _HOME),
    (_UP, _S.SENT, ReferralVerb.CLOSE): Step(_S.CLOSED, _HOME),
    (_UP, _S.ACCEPTED, ReferralVerb.SEE): Step(_S.SEEN, _HOSPITAL),
    (_UP, _S.ACCEPTED, ReferralVerb.RETURN): Step(_S.RETURNED, _HOSPITAL),
    (_UP, _S.ACCEPTED, ReferralVerb.CANCEL): Step(_S.CANCELLED, _HOME),
    (_UP, _S.ACCEPTED, ReferralVerb.CLOSE): Step(_S.CLOSED, _HOME),
    (_UP, _S.SEEN, ReferralVerb.HAND_DOWN): Step(_S.HANDED_DOWN, _HOSPITAL),
    (_UP, _S.SEEN, ReferralVerb.CLOSE): Step(_S.CLOSED, _HOME),
    (_UP, _S.HANDED_DOWN, ReferralVerb.TAKE_OVER): Step(_S.TAKEN_OVER, _HOME),
    (_UP, _S.TAKEN_OVER, ReferralVerb.CLOSE): Step(_S.CLOSED, _HOME),
    (_DOWN, _S.HANDED_DOWN, ReferralVerb.TAKE_OVER): Step(_S.TAKEN_OVER, _HOME),
    (_DOWN, _S.HANDED_DOWN, ReferralVerb.RETURN): Step(_S.RETURNED, _HOME),
    (_DOWN, _S.HANDED_DOWN, ReferralVerb.CANCEL): Step(_S.CANCELLED, _HOSPITAL),
    (_DOWN, _S.TAKEN_OVER, ReferralVerb.CLOSE): Step(_S.CLOSED, _HOME),
}


def referral_step(direction: ReferralDirection, state: ReferralState, verb: ReferralVerb) -> Step | Objection:
    """Where a verb leads from a state, or why it cannot be done."""
    step = STEPS.get((direction, state, verb))
    if step is not None:
        return step
    return Objection(
        "referral_wrong_state", f"这项转诊“{state.label}”，不能再{verb}。请刷新页面查看最新情况。"
    )


def verbs_of(
    direction: ReferralDirection, state: ReferralState, parties: Collection[Party]
) -> tuple[ReferralVerb, ...]:
    """What these parties may do next: the buttons of the page."""
    return tuple(
        verb for (way, at, verb), step in STEPS.items()
        if (way, at) == (direction, state) and step.party in parties
    )  # fmt: skip


def level_of(kind: str, level: int) -> ReferralLevel:
    """The level of an institution among the four (S4-4): by its type, hospitals by their grade."""
    if kind in (InstitutionType.STATION, InstitutionType.VILLAGE_CLINIC, InstitutionType.CLINIC):
        return ReferralLevel.STATION
    if kind in (InstitutionType.CHC, InstitutionType.TOWNSHIP_HOSPITAL):
        return ReferralLevel.CENTER
    return ReferralLevel.THIRD if level == InstitutionLevel.THIRD else ReferralLevel.SECOND


def object_to_sending(
    *, direction: ReferralDirection, from_level: int, to_level: int, reasons: Sequence[str], summary: str,
    urgency: int, has_left: bool,
) -> Objection | None:  # fmt: skip
    """Up goes up, down goes down, with a reason that fits and a summary; nobody who has left is sent anywhere."""
    if has_left:
        return Objection("referral_resident_absent", "该居民已登记死亡或迁出，不能转诊。")
    if direction == _UP and to_level <= from_level:
        return Objection("referral_not_up", "上转请选择上一级的机构。", "institution")
    if direction == _DOWN and to_level >= from_level:
        return Objection("referral_not_down", "下转只能由上一级机构转给下一级的签约团队。")
    allowed = UP_REASONS if direction == _UP else DOWN_REASONS
    if not reasons or not set(reasons) <= set(allowed):
        return Objection("referral_reason_missing", "请勾选转诊原因。", "reasons")
    if not summary:
        return Objection("referral_summary_missing", "请写明病情摘要。", "summary")
    if ReferralReason.CRITICAL in reasons and urgency != Urgency.URGENT:
        return Objection("critical_is_urgent", "出现危急情况的转诊，紧急程度须选“紧急”。", "urgency")
    return None


def object_to_appointment(day: date | None, *, sent_on: date, on: date) -> Objection | None:
    """The hospital gives a day: today or later, and not a year ahead."""
    if day is None or day < max(on, sent_on):
        return Objection("appointment_past", "请填写预约就诊日期，不早于今天。", "appointment_on")
    if day > on + timedelta(days=180):
        return Objection("appointment_far", "预约就诊日期不能超过半年，请核对。", "appointment_on")
    return None


def object_to_seeing(day: date | None, findings: str, *, sent_on: date, on: date) -> Objection | None:
    """Seen between the sending and today, with findings."""
    if day is None or not sent_on <= day <= on:
        return Objection("seen_on_wrong", "就诊日期须在转诊日期和今天之间。", "seen_on")
    if not findings:
        return Objection("findings_missing", "请写明就诊情况，家庭医生团队据此继续管理。", "findings")
    return None


def object_to_return(reason: str, note: str) -> Objection | None:
    if reason not in ReturnReason.values:
        return Objection("return_reason_missing", "请选择退回原因。", "return_reason")
    if reason == ReturnReason.OTHER and not note:
        return Objection("return_note_missing", "退回原因选“其他”时，请写明具体原因。", "note")
    return None


def urgent_reply_by(sent_at: datetime, hours: int) -> datetime:
    """Clock hours, also over a weekend."""
    return sent_at + timedelta(hours=hours)


def end_of(day: date, like: datetime) -> datetime:
    """The last second of a day, in the time zone of another moment."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=like.tzinfo)
