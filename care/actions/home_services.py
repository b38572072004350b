"""Services at home that both sides agree upon: asked for, risks told and agreed, given a day, done or cancelled (S1-8)."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from care.choices import ConsentForm, HomeServiceKind, OrderState, RecordState
from care.models import HomeServiceOrder, RiskConsent, ServiceRecord
from care.queries.serving import Serving, serving
from care.rules.home_services import EMERGENCY, ORDER_RISKS
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import clean_name, tidy
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import User

RECORD_FORM = "home_service"


class CannotOrder(Refusal):
    """The service at home is not taken on, or stays as it is."""


@dataclass(frozen=True)
class Agreed:
    """Who agreed to the risks, and how. ``ink`` is a drawing made anew (contracts.ink), b"" for a paper."""

    way: ConsentForm
    signer_name: str
    signer_relation: str
    ink: bytes = b""


def request_service(
    *, by: User, on: date, resident: Resident, kind: str, need: str, requested_on: date, client_token: UUID,
    emergencies: Collection[str] = (), is_ltci: bool = False,
) -> HomeServiceOrder:  # fmt: skip
    """Take on what somebody asks for; an emergency never waits for an appointment.

    Args:
        emergencies: signs that the caller named (care.rules.home_services).
        client_token: of the form; sent again, the first order is returned.

    Raises:
        CannotOrder: ``emergency``, nobody who serves him, a day to come, nothing said, or one of the kind is open.
    """
    with transaction.atomic(), credited_to(by):
        held = (
            Resident.objects.select_for_update(of=("self",))
            .select_related("managing_team")
            .get(pk=resident.pk)
        )
        known = HomeServiceOrder.objects.filter(client_token=client_token).first()
        if known:
            return known
        if emergencies:
            raise CannotOrder("emergency", EMERGENCY, field="emergencies")
        served = serving(held, on=on)
        _refuse(held, served, kind=kind, need=tidy(need), day=requested_on, on=on)
        with refuse_on(HomeServiceOrder, CannotOrder, one_open_home_order_per_kind="kind"):
            return HomeServiceOrder.objects.create(  # type: ignore[misc]  # refused above
                resident=held, team=served.team, enrollment=served.enrollment, kind=kind, need=tidy(need)[:300],
                is_ltci=is_ltci, requested_on=requested_on, client_token=client_token, recorded_by=by,
            )  # fmt: skip


def _refuse(held: Resident, served: Serving, *, kind: str, need: str, day: date, on: date) -> None:
    if held.life_status != LifeStatus.PRESENT:
        raise CannotOrder("order_of_departed", "该居民不在册，不能申请上门服务。")
    if served.team is None:
        raise CannotOrder("order_without_team", "该居民没有签约团队，也没有管理团队，请先签约。")
    if kind not in HomeServiceKind.values:
        raise CannotOrder("order_kind", "请选择上门服务的类别。", field="kind")
    if not need:
        raise CannotOrder("order_no_need", "请写明需求和病情。", field="need")
    if day > on:
        raise CannotOrder("order_to_come", "申请日期不能是以后的日子。", field="requested_on")


def agree_to_order(*, by: User, now: datetime, order: HomeServiceOrder, agreed: Agreed) -> HomeServiceOrder:
    """The risks were told, and the resident or his family agreed.

    Raises:
        CannotOrder: agreed before or closed; nobody's name; no drawing.
    """
    with transaction.atomic(), credited_to(by):
        held = _locked(order)
        if held.state != OrderState.REQUESTED:
            raise CannotOrder("order_agreed", "这份申请已经告知过风险，或者已经办结。")
        held.consent = write_consent(
            resident_id=held.resident_id,
            risks=ORDER_RISKS,
            agreed=agreed,
            by=by,
            now=now,
            refusal=CannotOrder,
        )
        held.state = OrderState.AGREED
        held.save(update_fields=["consent", "state"])
    return held


def write_consent(
    *, resident_id: int, risks: str, agreed: Agreed, by: User, now: datetime, refusal: type[Refusal]
) -> RiskConsent:
    name = clean_name(agreed.signer_name)[:60]
    if not name:
        raise refusal("consent_no_name", "请填写同意人的姓名。", field="signer_name")
    is_drawn = agreed.way == ConsentForm.INK
    if is_drawn and not agreed.ink:
        raise refusal("consent_no_ink", "请同意人在签名框内手写姓名，或选择纸质签名。", field="signature")
    return RiskConsent.objects.create(
        resident_id=resident_id,
        risks=risks,
        way=agreed.way,
        signer_name=name,
        signer_relation=tidy(agreed.signer_relation)[:20] or "本人",
        image=agreed.ink if is_drawn else b"",
        sha256=hashlib.sha256(agreed.ink).hexdigest() if is_drawn else "",
        told_by=by,
        agreed_at=now,
    )


def schedule_order(
    *, by: User, on: date, order: HomeServiceOrder, scheduled_on: date, assigned_to: User
) -> HomeServiceOrder:
    """Give it a day and somebody who goes; told again, another day.

    Raises:
        CannotOrder: nobody agreed to the risks yet, closed, or a day that is over.
    """
    with transaction.atomic(), credited_to(by):
        held = _locked(order)
        if held.state == OrderState.REQUESTED:
            raise CannotOrder("order_not_agreed", "请先告知风险并取得同意，再约定上门日期。")
        _refuse_closed(held)
        if scheduled_on < on:
            raise CannotOrder("order_day_over", "约定日期不能早于今天。", field="scheduled_on")
        held.state, held.scheduled_on, held.assigned_to = OrderState.SCHEDULED, scheduled_on, assigned_to
        held.save(update_fields=["state", "scheduled_on", "assigned_to"])
    return held


def finish_order(*, by: User, on: date, order: HomeServiceOrder, record: ServiceRecord) -> HomeServiceOrder:
    """The visit was made: its record proves it.

    Raises:
        CannotOrder: not scheduled, or a record of somebody else, of another kind, or that proves another order.
    """
    with transaction.atomic(), credited_to(by):
        held = _locked(order)
        _refuse_closed(held)
        if held.consent_id is None:
            raise CannotOrder("order_not_told", "还没有告知风险、取得同意，不能登记为已完成。")
        fits = record.resident_id == held.resident_id and record.form == RECORD_FORM
        if not fits or record.state != RecordState.STANDING or record.done_on < held.requested_on:
            raise CannotOrder("order_record", "请选择该居民申请之后的上门服务记录。", field="record")
        if HomeServiceOrder.objects.filter(record=record).exists():
            raise CannotOrder("order_record_used", "这条服务记录已经对应另一份申请。", field="record")
        held.state, held.record, held.closed_on = OrderState.DONE, record, record.done_on
        held.save(update_fields=["state", "record", "closed_on"])
    return held


def cancel_order(*, by: User, on: date, order: HomeServiceOrder, reason: str) -> HomeServiceOrder:
    """It will not be made.

    Raises:
        CannotOrder: no reason, or closed already.
    """
    with transaction.atomic(), credited_to(by):
        held = _locked(order)
        _refuse_closed(held)
        why = tidy(reason)[:200]
        if not why:
            raise CannotOrder("order_no_reason", "请写明取消的原因。", field="reason")
        held.state, held.cancel_reason, held.closed_on = OrderState.CANCELLED, why, on
        held.save(update_fields=["state", "cancel_reason", "closed_on"])
    return held


def _locked(order: HomeServiceOrder) -> HomeServiceOrder:
    return HomeServiceOrder.objects.select_for_update(of=("self",)).get(pk=order.pk)


def _refuse_closed(held: HomeServiceOrder) -> None:
    if held.state in (OrderState.DONE, OrderState.CANCELLED):
        raise CannotOrder("order_closed", "这份上门服务已经办结。")
