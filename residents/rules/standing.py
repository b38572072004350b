"""Life status: which change is possible, as a table, and from which day it may be dated."""

from datetime import date

from residents.choices import LifeStatus
from residents.rules.faults import Fault

S = LifeStatus

# From -> what may follow. A death entered by mistake is corrected back to 在册, with a reason.
CHANGES: dict[LifeStatus, tuple[LifeStatus, ...]] = {
    S.PRESENT: (S.MOVED_OUT, S.DECEASED, S.LOST),
    S.LOST: (S.PRESENT, S.MOVED_OUT, S.DECEASED),
    S.MOVED_OUT: (S.PRESENT, S.DECEASED),
    S.DECEASED: (S.PRESENT,),
    S.MERGED: (),  # only undoing the merge brings the entry back
}


def check_status(
    now: str, wanted: str, since: date, *, born_on: date | None, on: date, gone_on: date | None = None
) -> Fault | None:
    """Whether a person may change from one status to another as of a day.

    Args:
        gone_on: since when he has been away; nobody is back before that. A death taken back is no return.
    """
    if S(wanted) not in CHANGES[S(now)]:
        return Fault(
            "status_change", f"当前为“{S(now).label}”，不能改为“{S(wanted).label}”", "请先核对该居民的状态"
        )
    if since > on:
        return Fault("status_future", "状态日期还没有到", "请填今天或以前的日期")
    if born_on and since < born_on:
        return Fault("status_before_birth", "状态日期早于出生日期", "请核对日期")
    if wanted == S.PRESENT and now != S.DECEASED and gone_on and since < gone_on:
        return Fault("status_before_leaving", f"恢复日期早于{S(now).label}日期 {gone_on}", "请核对日期")
    return None
