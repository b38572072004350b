"""Handover to a dedicated officer and back: what may follow what, who may be offered (S1-22, C7)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from care.choices import HandoverReason, HandoverState, Program
from contracts.rules import Objection
from residents.choices import Population


class HandoverVerb(StrEnum):
    """What may be done with a handover; the Chinese stands in refusals."""

    ACCEPT = "接收"
    DECLINE = "不接收"
    WITHDRAW = "撤回"
    GIVE_BACK = "交回团队"
    TAKE_BACK = "收回"
    END = "结束"


_S = HandoverState

# What is not in this table is refused. Giving back is the officer's word, taking back the team's; both bring it home.
STEPS: dict[tuple[HandoverState, HandoverVerb], HandoverState] = {
    (_S.OFFERED, HandoverVerb.ACCEPT): _S.ACCEPTED,
    (_S.OFFERED, HandoverVerb.DECLINE): _S.DECLINED,
    (_S.OFFERED, HandoverVerb.WITHDRAW): _S.WITHDRAWN,
    (_S.OFFERED, HandoverVerb.END): _S.ENDED,
    (_S.ACCEPTED, HandoverVerb.GIVE_BACK): _S.RETURNED,
    (_S.ACCEPTED, HandoverVerb.TAKE_BACK): _S.RETURNED,
    (_S.ACCEPTED, HandoverVerb.END): _S.ENDED,
}

# Whose tasks go with a person of a class; the other classes are followed by the officer without dated tasks.
PROGRAMS: dict[str, Program] = {
    Population.PERINATAL: Program.PERINATAL,
    Population.CHILD_0_6: Program.CHILD,
    Population.TB: Program.TB,
    Population.COPD: Program.COPD,
    Population.HYPERTENSION: Program.HYPERTENSION,
    Population.DIABETES_T2: Program.DIABETES,
    Population.ELDERLY_65: Program.ELDERLY,
}

# Reasons that each side may give.
DECLINING = (
    HandoverReason.NOT_OF_CLASS,
    HandoverReason.OTHER_AREA,
    HandoverReason.NOT_REACHED,
    HandoverReason.OVERLOAD,
    HandoverReason.OTHER,
)
GIVING_BACK = (
    HandoverReason.WISH,
    HandoverReason.NOT_REACHED,
    HandoverReason.OTHER_AREA,
    HandoverReason.OVERLOAD,
    HandoverReason.OTHER,
)
TAKING_BACK = (
    HandoverReason.WISH,
    HandoverReason.OFFICER_CHANGED,
    HandoverReason.MISTAKE,
    HandoverReason.OTHER,
)


def handover_step(state: HandoverState, verb: HandoverVerb) -> HandoverState | Objection:
    """The state after a verb, or why it cannot be done."""
    following = STEPS.get((state, verb))
    if following is not None:
        return following
    return Objection(
        "handover_wrong_state", f"这项移交“{state.label}”，不能再{verb}。请刷新页面查看最新情况。"
    )


def program_of(population: str) -> str:
    """The programme whose tasks go with a class; "" for none."""
    found = PROGRAMS.get(population)
    return found.value if found else ""


@dataclass(frozen=True)
class Offer:
    """What offering a person asks: see ``object_to_offer``.

    Attributes:
        has_class: the person belongs to the class today.
        in_care: the team has an agreement with the person in force.
        is_running: the class was handed over already.
    """

    population: str
    has_class: bool
    in_care: bool
    is_running: bool


def object_to_offering(
    *, is_on: bool, is_leader: bool, is_officer: bool, population: str, allowed: Collection[str]
) -> Objection | None:
    """Whether this team may offer persons of this class to this officer at all.

    Args:
        is_on: the district hands over (C7). allowed: its classes.
        is_officer: holds the role of a dedicated officer for the team's institution today.
    """
    if not is_on:
        return Objection("handover_off", "本区由团队自行随访，不移交专干；如需移交请区卫健局修改政策参数。")
    if not is_leader:
        return Objection("handover_not_leader", "只有团队长或机构家医管家可以移交专干。")
    if population not in allowed:
        return Objection(
            "handover_class_not_allowed", "这类人群由团队随访，不移交专干，请另选人群。", "population"
        )
    if not is_officer:
        return Objection("not_an_officer", "请选择本机构的专干。", "officer")
    return None


def object_to_person(offer: Offer) -> Objection | None:
    """Whether this person may be offered."""
    if not offer.has_class:
        return Objection("handover_not_of_class", "所选居民已不属于这类人群，请刷新名单后重选。", "residents")
    if not offer.in_care:
        return Objection(
            "handover_not_signed", "所选居民没有与本团队生效的签约，请刷新名单后重选。", "residents"
        )
    if offer.is_running:
        return Objection("handed_over_already", "所选居民中有人已移交专干，请刷新名单后重选。", "residents")
    return None


def object_to_reason(reason: str, note: str, allowed: Collection[HandoverReason]) -> Objection | None:
    """A way back has a reason, and "other" says which."""
    if reason not in allowed:
        return Objection("handover_reason_missing", "请选择不接收、交回或收回的原因。", "reason")
    if reason == HandoverReason.OTHER and not note:
        return Objection("handover_note_missing", "原因选“其他”时，请写明具体情况。", "note")
    return None


def days_late(answer_by: date, *, on: date) -> int:
    """How many days an answer is overdue; 0 in time."""
    return max((on - answer_by).days, 0)
