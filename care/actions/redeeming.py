"""Points spent on goods and services, and given back when that was cancelled (S4-16)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from care.actions.ledger import Occasion, locked, move
from care.choices import AccountKind, PointKind, RedemptionState
from care.models import PointAccount, PointGoods, PointRedemption
from care.rules.points import Split, credit
from care.rules.redeeming import object_to_redeeming
from contracts.actions.asking import refuse
from core.constraints import refuse_on
from core.numbering import next_serials
from core.refusals import Refusal
from core.text import tidy
from residents.models import Resident
from teams.access import scope_of
from teams.models import Institution, User


class CannotRedeem(Refusal):
    """No points were spent, none came back."""


def redeem(
    *, by: User, on: date, now: datetime, account: PointAccount, resident: Resident, goods: PointGoods,
    quantity: int, client_token: UUID,
) -> PointRedemption:  # fmt: skip
    """Give goods or a service for points, with a receipt. Sent again with the same token, it is the first one.

    Raises:
        CannotRedeem: not enough points or stock, not on offer here, or not the person's points.
    """
    with transaction.atomic(), refuse_on(PointAccount, CannotRedeem, points_never_below_zero="goods"):
        purse = locked(account)
        given = PointRedemption.objects.filter(client_token=client_token).first()
        if given:
            return given
        held = PointGoods.objects.select_for_update().get(pk=goods.pk)
        place = _desk_of(by)
        objection = object_to_redeeming(
            balance=purse.own.balance,
            unit_points=held.points,
            quantity=quantity,
            stock=held.stock,
            is_offered=held.is_active,
            is_here=held.institution_id in (None, place.pk),
            is_holder=_is_holder(purse.own, resident),
        )
        refuse(CannotRedeem, objection)
        if held.stock is not None:
            PointGoods.objects.filter(pk=held.pk).update(stock=F("stock") - quantity)
        redemption = PointRedemption.objects.create(
            number=f"DH{on:%Y%m%d}{next_serials(f'redemption:{on:%Y%m%d}')[0]:04d}",
            account=purse.own,
            resident=resident,
            goods=held,
            name=held.name,
            unit_points=held.points,
            quantity=quantity,
            institution=place,
            redeemed_on=on,
            redeemed_by=by,
            client_token=client_token,
        )
        told = _occasion(PointKind.REDEEM, redemption, by=by, on=on, now=now)
        move(purse, Split(own=-redemption.points, debt=0), AccountKind.REDEEMED, told)
    return redemption


def _desk_of(by: User) -> Institution:
    """Goods are handed out by an institution, not from an area."""
    place = by.institution
    if place is None or place.pk not in scope_of(by).institutions:
        raise CannotRedeem("no_redeem_desk", "积分由医疗机构的家医管家办理兑换。")
    return place


def _is_holder(account: PointAccount, resident: Resident) -> bool:
    if account.kind != AccountKind.OWN:
        return False
    if account.household_id:
        return account.household_id == resident.household_id
    return account.resident_id == resident.pk


def _occasion(kind: PointKind, redemption: PointRedemption, *, by: User, on: date, now: datetime) -> Occasion:
    words = f"{redemption.name} ×{redemption.quantity}（{redemption.number}）"
    key = f"redemption:{redemption.pk}"
    return Occasion(kind, f"{key}:{kind}", key, by, on, now, resident=redemption.resident_id, note=words)


def cancel_redemption(
    *, by: User, on: date, now: datetime, redemption: PointRedemption, note: str
) -> PointRedemption:
    """Take goods back: points and stock return, once.

    Raises:
        CannotRedeem: cancelled already, another institution's, or without a reason.
    """
    told = tidy(note)[:200]
    with transaction.atomic():
        purse = locked(redemption.account)
        held = PointRedemption.objects.select_for_update(of=("self",)).get(pk=redemption.pk)
        if held.state != RedemptionState.DONE:
            raise CannotRedeem("redemption_cancelled", "这次兑换已经取消，积分已退回。")
        if held.institution_id not in scope_of(by).institutions:
            raise CannotRedeem("redemption_elsewhere", "只能取消本机构办理的兑换。")
        if not told:
            raise CannotRedeem("redemption_note_missing", "请写明取消兑换的原因。", field="note")
        PointGoods.objects.filter(pk=held.goods_id, stock__isnull=False).update(
            stock=F("stock") + held.quantity
        )
        held.state, held.cancelled_on, held.cancelled_by = RedemptionState.CANCELLED, on, by
        held.cancelled_note = told
        held.save(update_fields=["state", "cancelled_on", "cancelled_by", "cancelled_note"])
        back = credit(held.points, owed=purse.owed)
        move(purse, back, AccountKind.REDEEMED, _occasion(PointKind.CANCEL, held, by=by, on=on, now=now))
    return held


def join_ranking(*, by: User, on: date, account: PointAccount, is_ranked: bool) -> PointAccount:
    """Write down whether the holder agreed to stand in the ranking under a masked name (10)."""
    with transaction.atomic():
        own = locked(account).own
        own.is_ranked, own.ranked_on, own.ranked_by = is_ranked, on, by
        own.save(update_fields=["is_ranked", "ranked_on", "ranked_by"])
    return own
