"""Errands that a grid worker does for somebody whom the team has seen (S2-31): from which state to which."""

from datetime import date

from contracts.rules import Objection
from outreach.choices import ErrandState

S = ErrandState
OPEN = (S.ASKED, S.TAKEN)

MOVES: dict[str, tuple[ErrandState, ...]] = {
    S.ASKED: (S.TAKEN, S.DONE, S.FAILED, S.CANCELLED),  # done at once by whom it was asked of
    S.TAKEN: (S.ASKED, S.DONE, S.FAILED, S.CANCELLED),
    S.DONE: (),
    S.FAILED: (),
    S.CANCELLED: (),
}


def object_to_move(state: str, wanted: str) -> Objection | None:
    if wanted in MOVES[state]:
        return None
    if state == S.TAKEN:
        return Objection("taken", "这个代办已经有人接了。")
    return Objection("ended", f"这个代办{ErrandState(state).label}，不能再改。")


def object_to_due(due_on: date, *, today: date) -> Objection | None:
    if due_on < today:
        return Objection("due_in_past", "应办日期不能早于今天。", "due_on")
    return None


def object_to_result(state: str, *, received_by: str, note: str) -> Objection | None:
    """What has to be said with a result: who took it, or why it could not be done."""
    if state == S.DONE and not received_by:
        return Objection("no_receiver", "请填写谁签收的，如“本人”或家人姓名。", "received_by")
    if state in (S.FAILED, S.CANCELLED) and not note:
        return Objection("no_reason", "请填写原因。", "note")
    return None


def is_late(state: str, due_on: date, *, today: date) -> bool:
    return state in OPEN and due_on < today
