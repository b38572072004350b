"""Between teams: transfers, refusals to sign, and agreements that another team has to take over (4.6)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from contracts.choices import RefusalReason, RequestState
from contracts.rules import Objection
from contracts.rules.states import Standing
from core.dates import add_years, chinese_date
from residents.choices import LifeStatus

# --- transfers --------------------------------------------------------------------------------------------------


class TransferVerb(StrEnum):
    """What may be done with a transfer; the Chinese stands in refusals."""

    AGREE = "同意转签"
    OBJECT = "提出异议"
    UPHOLD = "认定异议成立"
    OVERRULE = "认定异议不成立"
    WITHDRAW = "撤回"
    SIGN = "签约办结"
    TAKE_BACK = "退回"


_R = RequestState

# What is not in this table is refused. An objection leaves the transfer open: the bureau decides it.
TRANSFER_STEPS: dict[tuple[RequestState, TransferVerb], RequestState] = {
    (_R.OPEN, TransferVerb.AGREE): _R.ACCEPTED,
    (_R.OPEN, TransferVerb.OBJECT): _R.OPEN,
    (_R.OPEN, TransferVerb.UPHOLD): _R.REFUSED,
    (_R.OPEN, TransferVerb.OVERRULE): _R.ACCEPTED,
    (_R.OPEN, TransferVerb.WITHDRAW): _R.WITHDRAWN,
    (_R.ACCEPTED, TransferVerb.WITHDRAW): _R.WITHDRAWN,
    (_R.ACCEPTED, TransferVerb.SIGN): _R.DONE,
    (_R.DONE, TransferVerb.TAKE_BACK): _R.ACCEPTED,
}


def transfer_step(state: RequestState, verb: TransferVerb) -> RequestState | Objection:
    """The state after a verb, or why it cannot be done."""
    following = TRANSFER_STEPS.get((state, verb))
    if following is not None:
        return following
    return Objection("wrong_state", f"这项转签“{state.label}”，不能再{verb}。请刷新页面查看最新情况。")


_TRANSFER_TONES = {_R.ACCEPTED: "green", _R.REFUSED: "red", _R.DONE: "blue"}
_TRANSFER_LABELS = {_R.ACCEPTED: "可以签约", _R.REFUSED: "异议成立", _R.DONE: "已转签"}


def transfer_standing(state: RequestState, *, is_objected: bool, object_until: date, on: date) -> Standing:
    """How a transfer reads on a day: for whom it waits, or how it ended."""
    if state != _R.OPEN:
        return Standing(_TRANSFER_LABELS.get(state, str(state.label)), _TRANSFER_TONES.get(state, "grey"))
    if is_objected:
        return Standing("有异议，等区卫健局处理", "red")
    if on > object_until:
        return Standing("异议期已过，今晚转为可以签约", "blue")
    return Standing("等原团队答复", "yellow")


def last_day_to_object(opened_on: date, review_days: int) -> date:
    """The old team may object on this day still; calendar days."""
    return opened_on + timedelta(days=review_days)


def object_to_opening(
    *, is_running: bool, from_team: str, is_own: bool, is_moving: bool, has_left: bool, has_doctor: bool
) -> Objection | None:
    """Only somebody who is signed with another team is transferred, once at a time.

    Args:
        is_own: he is signed with the team that asks.
        is_moving: another transfer of his is under way.
        has_left: dead, moved out or lost.
        has_doctor: the asking team has somebody who may sign.
    """
    if has_left:
        return Objection("resident_absent", "该居民已登记死亡、迁出或失访，不能转签。", "number")
    if not is_running:
        return Objection("not_signed", "该居民目前没有生效的签约，不必转签，可直接签约。", "number")
    if is_own:
        return Objection("own_team", f"该居民已由“{from_team}”签约，不必转签。", "team")
    if is_moving:
        return Objection("one_transfer_at_a_time", "该居民已有一项转签在办理，请等它办结后再提出。", "number")
    if not has_doctor:
        return Objection("no_doctor", "所选团队没有可作为签约医生的成员，请先维护团队成员。", "team")
    return None


def object_to_objecting(*, is_leader: bool, on: date, object_until: date, reason: str) -> Objection | None:
    """The old team's leader or steward, in time, with a reason."""
    if not is_leader:
        return Objection("not_own_team", "只有原团队的团队长或其机构的家医管家可以答复转签。")
    if on > object_until:
        return Objection(
            "objection_late", f"异议期已于{chinese_date(object_until)}截止，不能再提出异议。", "reason"
        )
    if not reason:
        return Objection("reason_missing", "请写明异议理由。", "reason")
    return None


def object_to_giving_way(old_starts_on: date, *, starts_on: date) -> Objection | None:
    """The old enrolment keeps one day at least: it ends the day before the new one begins."""
    if old_starts_on < starts_on:
        return None
    first = chinese_date(old_starts_on + timedelta(days=1))
    return Objection("starts_before_old", f"原签约刚刚生效，转签的新协议最早从{first}起生效。", "starts_on")


# --- refusals ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RefusedToSign:
    """What somebody wrote down about a resident who does not sign."""

    reason: RefusalReason
    refused_on: date
    ask_again_on: date
    note: str = ""


def object_to_refusal(
    refusal: RefusedToSign, *, on: date, life_status: LifeStatus, is_running: bool, is_in_team: bool
) -> Objection | None:
    """Said in the past, asked again in the future, by somebody of the team, about somebody who is not signed."""
    if life_status != LifeStatus.PRESENT:
        return Objection("resident_absent", "该居民不在册（死亡、迁出或失访），不必登记拒签。")
    if is_running:
        return Objection("already_signed", "该居民目前有生效的签约；不愿继续的，请办理解约。")
    if not is_in_team:
        return Objection("not_own_team", "只能为自己所在的团队登记拒签。", "team")
    if refusal.refused_on > on:
        return Objection("refused_in_future", "拒签日期不能晚于今天。", "refused_on")
    if refusal.ask_again_on <= max(refusal.refused_on, on):
        return Objection("asks_too_early", "再次联系日期须晚于今天。", "ask_again_on")
    if refusal.ask_again_on > add_years(on, 2):
        return Objection("asks_too_late", "再次联系日期不能超过两年，请选近一些的日期。", "ask_again_on")
    if refusal.reason == RefusalReason.OTHER and not refusal.note:
        return Objection("reason_missing", "选择“其他”时请写明原因。", "note")
    return None


# --- hand-over --------------------------------------------------------------------------------------------------


class HandoverReason(StrEnum):
    """Why an agreement should be handed over; it never ends for that (4.6). The Chinese stands in the list."""

    GRID = "居住网格已由其他团队负责"
    TEAM_CLOSED = "签约团队已停止服务"
    DOCTOR_LEFT = "签约医生已离开团队"


def object_to_reassigning(
    *, is_leader: bool, is_same: bool, is_team_active: bool, may_sign: bool, is_moving: bool
) -> Objection | None:
    """By the leader or steward of the team that has it, to a standing team whose doctor may sign.

    Args:
        is_same: neither the team nor the doctor would change.
        is_moving: a transfer of one of its persons is under way.
    """
    if not is_leader:
        return Objection("not_own_team", "只有签约团队的团队长或其机构的家医管家可以移交协议。")
    if is_moving:
        return Objection("is_moving", "该协议有居民正在办理转签，请等转签办结后再移交。")
    if is_same:
        return Objection("nothing_changes", "团队和医生都没有变化，请选择接收的团队或医生。", "doctor")
    if not is_team_active:
        return Objection("team_not_active", "接收团队不在服务期内，请选其他团队。", "doctor")
    if not may_sign:
        return Objection("doctor_post", "接收医生须是接收团队的全科、中医或专科医师，请重选。", "doctor")
    return None
