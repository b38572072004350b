"""Operations on many agreements at once: what is left out and why, when it may be confirmed and undone."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from contracts.choices import MassKind, MassState, RenewalMode
from contracts.rules import Objection
from core.dates import chinese_date

# Code of an objection -> what stands beside its number in the preview; the objection itself stands in the list.
LEFT_OUT = {
    "supplementary": "补充协议",
    "renewed_already": "已有下一份协议",
    "transfer_open": "正在办理转签",
    "team_not_active": "团队已停止服务",
    "doctor_not_in_team": "签约医生已离开团队",
    "overlap": "续签期间已有其他签约",
    "nobody_present": "居民已死亡、迁出或失访",
    "representative_gone": "家庭代表已不在协议内",
    "family_too_small": "家庭成员不足",
    "package_gone": "服务包已停止提供",
    "item_gone": "所选服务已停止提供",
    "no_package": "服务包已不适用",
    "not_reached": "协议期内没有联系上",
    "nothing_changes": "已由接收医生负责",
}
TODO = "todo"


def object_to_handing_over(*, is_moving: bool, is_same: bool) -> Objection | None:
    """Why one agreement is left out of a hand-over of many."""
    if is_moving:
        return Objection("transfer_open", "居民正在办理转签，请先办结转签。")
    if is_same:
        return Objection("nothing_changes", "已由接收团队的这位医生负责，不必移交。")
    return None


def counts_of(todo: int, left_out: Mapping[int, Objection]) -> dict[str, int]:
    """How many are done and how many are left out, by code, the most frequent first."""
    found = Counter(one.code for one in left_out.values())
    return {TODO: todo} | dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def digest_of(todo: Mapping[int, str], left_out: Mapping[int, Objection]) -> str:
    """A fingerprint of which agreements would be done, as they are now, and which are left out for what reason."""
    told = [f"{pk}={facts}" for pk, facts in todo.items()]
    told += [f"{pk}!{one.code}" for pk, one in left_out.items()]
    return hashlib.sha256(";".join(sorted(told)).encode()).hexdigest()


def object_to_renewing_many(
    *, mode: str, is_archived: bool, signed_on: date, on: date, backdate_days: int, years: int, most: int,
    ends_until: date | None, notice_days: int,
) -> Objection | None:  # fmt: skip
    """Where renewals are signed, the originals lie in the archive before they are entered (S0-8, P2).

    None is renewed earlier than it could be one by one: from the days of notice before its end (4.6).
    """
    latest = on + timedelta(days=notice_days)
    if ends_until is None or ends_until > latest:
        return Objection(
            "renewal_early",
            f"到期前{notice_days}天内才能续签，到期日期不能晚于{chinese_date(latest)}。",
            "ends_until",
        )
    if mode == RenewalMode.EXPLICIT and not is_archived:
        return Objection("not_archived", "请先收齐并归档居民签名的续签协议，再勾选本项。", "is_archived")
    if signed_on > on:
        return Objection("signed_in_future", "签约日期不能晚于今天。", "signed_on")
    earliest = on - timedelta(days=backdate_days)
    if signed_on < earliest:
        return Objection("backdated", f"签约日期不能早于{chinese_date(earliest)}。", "signed_on")
    if not 1 <= years <= most:
        return Objection("term_length", f"续签期限最长{most}年，请重选期限。", "term_years")
    return None


_WHAT_NOW = {
    MassState.PREVIEWED: "还没有确认办理",
    MassState.DONE: "已经办理",
    MassState.UNDONE: "已经撤销",
    MassState.DROPPED: "已经放弃",
}


def object_to_confirming(state: MassState, *, is_unchanged: bool, todo: int) -> Objection | None:
    """Once only, as it was shown."""
    if state != MassState.PREVIEWED:
        return Objection("wrong_state", f"这次批量办理{_WHAT_NOW[state]}，不能再确认。")
    if not is_unchanged:
        return Objection(
            "changed_meanwhile", "预览之后有协议发生了变化，已按现在的情况重新列出，请核对后再确认。"
        )
    if not todo:
        return Objection("nothing_to_do", "没有可以办理的协议，请查看没有列入的原因。")
    return None


def last_day_to_undo(done_on: date, undo_days: int) -> date:
    return done_on + timedelta(days=undo_days)


def object_to_undoing(
    state: MassState, *, kind: MassKind, undo_until: date | None, on: date, built_upon: int
) -> Objection | None:
    """While nothing was built upon it, and not for ever.

    Args:
        built_upon: agreements with which something was done since.
    """
    if state != MassState.DONE or undo_until is None:
        return Objection("wrong_state", f"这次批量办理{_WHAT_NOW[state]}，不能撤销。")
    if on > undo_until:
        return Objection("undo_late", f"撤销期已于{chinese_date(undo_until)}截止，请逐份办理。")
    if built_upon:
        then = "作废" if kind == MassKind.RENEW else "移交"
        return Objection("built_upon", f"有{built_upon}份协议之后又有新的办理，不能整批撤销，请逐份{then}。")
    return None
