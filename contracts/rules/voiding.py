"""When an agreement may be taken out of every figure as if it had never been (4.6)."""

from contracts.rules import Objection


def object_to_voiding(
    reason: str, *, services: int, is_found_false: bool, has_successor: bool
) -> Objection | None:
    """Only what was entered wrongly: nothing rests on it, and nothing was done under it.

    Args:
        services: services recorded after the day of signing that were not withdrawn.
        is_found_false: a review found that it was never signed; then services that were written down are no proof.
    """
    if not reason:
        return Objection("reason_missing", "请写明作废的原因。", "reason")
    if has_successor:
        return Objection("has_successor", "下一份协议接续本协议，请先作废下一份协议。")
    if services and not is_found_false:
        return Objection(
            "has_services",
            f"签约后已登记{services}项服务，不能按录入错误作废；登记有误的请先撤回服务记录，不再服务的请办理解约。",
        )
    return None
