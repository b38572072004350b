"""The states of an agreement (4.6) as a table, and how a state reads on a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from contracts.choices import AgreementState
from contracts.rules import Objection
from core.dates import chinese_date


class Verb(StrEnum):
    """What is done to an agreement; the Chinese stands in refusals."""

    SUBMIT = "提交"
    SIGN = "签约"
    APPROVE = "补录审批"
    HAND_ON = "转居民确认"
    REJECT = "退回"
    CONFIRM = "居民确认"
    RENEW = "续签"
    EXPIRE = "到期"
    TERMINATE = "解约"
    TRANSFER = "转签"
    RESTORE = "恢复"
    REASSIGN = "移交团队"
    AMEND = "更正或变更"
    JOIN = "成员加入"
    LEAVE = "成员退出"
    CHANGE_DOCTOR = "更换医生"
    REACH = "登记联系"
    VOID = "作废"


_S = AgreementState

# What is not in this table is refused. Verbs that lead back to the same state change what stands in the agreement.
# An enrolment takes the states of its agreement; it alone ends when one member of several leaves.
TRANSITIONS: dict[tuple[AgreementState, Verb], AgreementState] = {
    (_S.DRAFT, Verb.SUBMIT): _S.PENDING_CONFIRM,
    (_S.DRAFT, Verb.SIGN): _S.ACTIVE,
    (_S.DRAFT, Verb.VOID): _S.VOID,
    # Approved by the steward: in force, unless the resident's own word is still missing.
    (_S.PENDING_CONFIRM, Verb.APPROVE): _S.ACTIVE,
    (_S.PENDING_CONFIRM, Verb.HAND_ON): _S.PENDING_CONFIRM,
    (_S.PENDING_CONFIRM, Verb.REJECT): _S.VOID,
    (_S.PENDING_CONFIRM, Verb.CONFIRM): _S.ACTIVE,
    (_S.PENDING_CONFIRM, Verb.REASSIGN): _S.PENDING_CONFIRM,
    (_S.PENDING_CONFIRM, Verb.VOID): _S.VOID,
    (_S.ACTIVE, Verb.RENEW): _S.RENEWED,
    (_S.ACTIVE, Verb.EXPIRE): _S.EXPIRED,
    (_S.ACTIVE, Verb.TERMINATE): _S.TERMINATED,
    (_S.ACTIVE, Verb.TRANSFER): _S.TRANSFERRED,
    # The agreement with the new team never came into force: the old one runs again.
    (_S.TRANSFERRED, Verb.RESTORE): _S.ACTIVE,
    # The agreement that continued it is void: it has run out after all.
    (_S.RENEWED, Verb.EXPIRE): _S.EXPIRED,
    (_S.ACTIVE, Verb.REASSIGN): _S.ACTIVE,
    (_S.ACTIVE, Verb.AMEND): _S.ACTIVE,
    (_S.ACTIVE, Verb.JOIN): _S.ACTIVE,
    (_S.ACTIVE, Verb.LEAVE): _S.ACTIVE,
    (_S.ACTIVE, Verb.CHANGE_DOCTOR): _S.ACTIVE,
    (_S.ACTIVE, Verb.REACH): _S.ACTIVE,
    (_S.ACTIVE, Verb.VOID): _S.VOID,
    # Found out later that it was never signed: void leaves every figure, also those of past years.
    (_S.EXPIRED, Verb.VOID): _S.VOID,
    (_S.TERMINATED, Verb.VOID): _S.VOID,
}

_WHAT_THEN = {
    _S.DRAFT: "请先完成签署。",
    _S.PENDING_CONFIRM: "请先等对方确认。",
    _S.ACTIVE: "协议已经签署，正在履行。",
    _S.RENEWED: "请在续签后的新协议上办理。",
    _S.EXPIRED: "需要继续服务的，请重新签约。",
    _S.TERMINATED: "需要继续服务的，请重新签约。",
    _S.TRANSFERRED: "居民已转到其他团队，请由新团队办理。",
    _S.VOID: "作废的协议只供查阅。",
}


def step(state: AgreementState, verb: Verb) -> AgreementState | Objection:
    """The state after a verb, or why it cannot be done."""
    following = TRANSITIONS.get((state, verb))
    if following is not None:
        return following
    return Objection("wrong_state", f"协议状态为“{state.label}”，不能办理{verb}。{_WHAT_THEN[state]}")


@dataclass(frozen=True)
class Standing:
    """How an agreement stands on a day: a short Chinese word and the color of its tag."""

    label: str
    tone: str


_TONES = {_S.ACTIVE: "green", _S.PENDING_CONFIRM: "yellow", _S.RENEWED: "blue", _S.TRANSFERRED: "blue"}


def standing(
    state: AgreementState, starts_on: date, ends_on: date, *, on: date, notice_days: int
) -> Standing:
    """The stored state seen on a day: an agreement past its last day reads 到期 even before the nightly run."""
    if state != _S.ACTIVE:
        return Standing(str(state.label), _TONES.get(state, "grey"))
    if ends_on < on:
        return Standing("到期", "red")
    if starts_on > on:
        return Standing("待生效", "blue")
    if ends_on <= on + timedelta(days=notice_days):
        return Standing("即将到期", "yellow")
    return Standing(str(state.label), _TONES[state])


def ended_sentence(state: AgreementState, last_day: date, *, on: date) -> str:
    """Why an agreement is no longer in force, or "" while it is; printed on top of the paper."""
    if state == _S.VOID:
        return "本协议已作废。"
    if state == _S.TERMINATED:
        return f"本协议已解约，最后有效日为{chinese_date(last_day)}。"
    if last_day >= on:
        return ""
    if state == _S.TRANSFERRED:
        return f"居民已转签到其他团队，本协议最后有效日为{chinese_date(last_day)}。"
    return f"本协议已于{chinese_date(last_day)}到期。"
