"""How many residents one doctor may look after at an institution (5.1)."""

from contracts.rules import Objection


def object_to_panel(count: int, joining: int, cap: int) -> Objection | None:
    """Nobody new beyond the cap; who is on the panel already may go on, also where the cap was lowered since.

    Args:
        count: persons on the doctor's panel now, whoever is being renewed among them.
        joining: how many of those who sign are not on it yet.
    """
    if joining == 0 or count + joining <= cap:
        return None
    place = f"还可签{cap - count}人" if count < cap else "名额已满"
    return Objection(
        "panel_full",
        f"该医生在本机构已签约{count}人（含待确认），本次新增{joining}人将超过上限{cap}人，{place}，请改选其他医生。",
        "doctor",
    )
