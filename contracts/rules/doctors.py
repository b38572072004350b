"""The resident asks for another doctor of the same team (P7)."""

from datetime import date

from contracts.rules import Objection


def object_to_request(
    reason: str, *, requested_on: date, on: date, is_same: bool, is_in_team: bool
) -> Objection | None:
    """A wish with its reason; a doctor of another team is reached by a transfer."""
    if requested_on > on:
        return Objection("requested_in_future", "申请日期不能晚于今天。", "requested_on")
    if is_same:
        return Objection("same_doctor", "居民现在的签约医生就是这位医生，不必更换。", "wanted")
    if not is_in_team:
        return Objection(
            "doctor_not_in_team", "所选医生不在签约团队；居民想换到其他团队的，请办理转签。", "wanted"
        )
    if not reason:
        return Objection("reason_missing", "请写明居民申请更换的理由。", "reason")
    return None


def object_to_answer(answer: str, *, is_open: bool) -> Objection | None:
    if not is_open:
        return Objection("decided_already", "这项申请已经处理过了。")
    if not answer:
        return Objection("answer_missing", "请写明答复，居民会问起。", "answer")
    return None
