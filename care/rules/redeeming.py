"""May these points be spent like this? Pure (S4-16)."""

from contracts.rules import Objection

MOST = 20  # pieces at once: a slip of the finger beyond it


def object_to_redeeming(
    *, balance: int, unit_points: int, quantity: int, stock: int | None, is_offered: bool, is_here: bool, is_holder: bool
) -> Objection | None:  # fmt: skip
    """Enough points, enough stock, on offer here, for somebody whose points they are.

    Args:
        stock: pieces left; None where there is no stock to run out.
        is_here: the institution hands it out. is_holder: the account is the person's or his household's.
    """
    if not is_holder:
        return Objection("points_of_others", "该居民不能使用这个账户的积分。")
    if not is_offered:
        return Objection("goods_not_offered", "该项目已停止兑换，请另选项目。", "goods")
    if not is_here:
        return Objection("goods_elsewhere", "该项目不在本机构兑换，请另选项目。", "goods")
    if not 1 <= quantity <= MOST:
        return Objection("quantity_wrong", f"数量须在 1 至 {MOST} 之间。", "quantity")
    if stock is not None and stock < quantity:
        return Objection("goods_out_of_stock", f"库存只剩 {stock} 件，请减少数量或另选项目。", "quantity")
    cost = unit_points * quantity
    if cost > balance:
        return Objection(
            "points_short", f"需要 {cost} 分，目前可用 {balance} 分，还差 {cost - balance} 分。", "goods"
        )
    return None
