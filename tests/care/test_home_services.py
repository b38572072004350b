"""Services and beds at home: no emergency, no visit without consent, one bed a person, rounds in time."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from care.actions import save_record
from care.actions.home_beds import CannotKeepBed, assess_bed, close_bed, open_bed
from care.actions.home_services import (
    Agreed,
    CannotOrder,
    agree_to_order,
    cancel_order,
    finish_order,
    request_service,
    schedule_order,
)
from care.choices import ConsentForm, OrderState
from care.models import HomeBed, HomeServiceOrder, RiskConsent
from care.queries.home_services import bed_row, beds_shown, records_for
from care.rules.home_services import next_round
from tests.factories.contracts import data_url, png, sign_agreement
from tests.factories.residents import ResidentFactory

D = dt.date
TODAY = D(2026, 11, 22)
AGREED = Agreed(ConsentForm.PAPER, "王小明", "儿子")
SERVICE = {"services": ["nursing"], "consented": "yes", "condition": "stable", "done": "更换胃管"}


@pytest.fixture
def signed(cast, resident, today):
    sign_agreement(resident, cast.team_a, cast.li, on=D(2026, 10, 1))
    return resident


def order(cast, resident, *, token=None, **facts):
    asked = {"kind": "nursing", "need": "脑梗后卧床，需更换胃管", "requested_on": TODAY} | facts
    return request_service(
        by=cast.li, on=TODAY, resident=resident, client_token=token or uuid.uuid4(), **asked
    )


def agreed_order(cast, resident):
    return agree_to_order(by=cast.li, now=timezone.now(), order=order(cast, resident), agreed=AGREED)


def bed(cast, resident, *, token=None, **facts):
    asked = {
        "ground": "bedridden", "diagnosis": "脑梗死后遗症", "assessment": "病情稳定，家属可照护",
        "assessed_on": D(2026, 11, 10), "round_days": 7,
    } | facts  # fmt: skip
    return assess_bed(by=cast.li, on=TODAY, resident=resident, client_token=token or uuid.uuid4(), **asked)


def opened(cast, resident, day):
    return open_bed(
        by=cast.li, on=TODAY, now=timezone.now(), bed=bed(cast, resident), opened_on=day, agreed=AGREED
    )


# orders


def test_an_emergency_is_sent_to_the_ambulance(cast, signed):
    with pytest.raises(CannotOrder) as refusal:
        order(cast, signed, emergencies=["chest"])
    assert refusal.value.code == "emergency" and "120" in refusal.value.sentence
    assert not HomeServiceOrder.objects.exists()


def test_from_the_first_word_to_the_visit(cast, signed):
    held = agreed_order(cast, signed)
    held = schedule_order(by=cast.li, on=TODAY, order=held, scheduled_on=TODAY, assigned_to=cast.wang)
    saved = save_record(
        by=cast.li, on=TODAY, now=timezone.now(), resident=signed, form="home_service", done_on=TODAY, mode="home",
        values=SERVICE, client_token=uuid.uuid4(),
    )  # fmt: skip
    assert list(records_for(held)) == [saved.record]
    held = finish_order(by=cast.li, on=TODAY, order=held, record=saved.record)
    assert (held.state, held.closed_on, held.record) == (OrderState.DONE, TODAY, saved.record)
    assert not records_for(held).exists()
    assert held.history.count() == 3  # every former row is kept
    with pytest.raises(CannotOrder) as refusal:
        cancel_order(by=cast.li, on=TODAY, order=held, reason="不需要了")
    assert refusal.value.code == "order_closed"


def test_no_day_without_consent(cast, signed):
    with pytest.raises(CannotOrder) as refusal:
        schedule_order(
            by=cast.li, on=TODAY, order=order(cast, signed), scheduled_on=TODAY, assigned_to=cast.li
        )
    assert refusal.value.code == "order_not_agreed"
    with pytest.raises(IntegrityError, match="home_order_consented"), transaction.atomic():
        HomeServiceOrder.objects.update(state=OrderState.AGREED)


@pytest.mark.parametrize(
    ("agreed", "code"),
    [
        (Agreed(ConsentForm.PAPER, " ", "儿子"), "consent_no_name"),
        (Agreed(ConsentForm.INK, "王小明", "儿子"), "consent_no_ink"),
    ],
)
def test_what_is_no_consent(cast, signed, agreed, code):
    with pytest.raises(CannotOrder) as refusal:
        agree_to_order(by=cast.li, now=timezone.now(), order=order(cast, signed), agreed=agreed)
    assert refusal.value.code == code and not RiskConsent.objects.exists()


def test_a_consent_is_never_changed(cast, signed):
    held = agreed_order(cast, signed)
    assert "急救" in held.consent.risks
    with pytest.raises(DatabaseError), transaction.atomic():
        RiskConsent.objects.update(signer_name="别人")


def test_refused_orders(cast, district, signed):
    order(cast, signed)
    stranger = ResidentFactory(grid=district.grid_a)
    for whose, facts, code in (
        (signed, {}, "one_open_home_order_per_kind"),
        (signed, {"kind": "visit", "need": " "}, "order_no_need"),
        (signed, {"kind": "surgery"}, "order_kind"),
        (signed, {"kind": "visit", "requested_on": D(2026, 11, 23)}, "order_to_come"),
        (stranger, {}, "order_without_team"),
    ):
        with pytest.raises(CannotOrder) as refusal:
            order(cast, whose, **facts)
        assert refusal.value.code == code


def test_the_same_form_twice_is_one_order(cast, signed):
    token = uuid.uuid4()
    assert order(cast, signed, token=token) == order(cast, signed, token=token)


def test_a_record_of_somebody_else_proves_nothing(cast, district, signed):
    other = ResidentFactory(grid=district.grid_a, managing_team=cast.team_a)
    saved = save_record(
        by=cast.li, on=TODAY, now=timezone.now(), resident=other, form="home_service", done_on=TODAY, mode="home",
        values=SERVICE, client_token=uuid.uuid4(),
    )  # fmt: skip
    with pytest.raises(CannotOrder) as refusal:
        finish_order(by=cast.li, on=TODAY, order=agreed_order(cast, signed), record=saved.record)
    assert refusal.value.code == "order_record"


# beds


def test_a_bed_from_assessment_to_closing(cast, signed):
    held = opened(cast, signed, D(2026, 11, 12))
    (row,) = [bed_row(one, on=TODAY) for one in beds_shown(cast.li, "open")]
    assert (row.last_on, row.due_on, row.is_late) == (None, D(2026, 11, 19), True)
    save_record(
        by=cast.li, on=TODAY, now=timezone.now(), resident=signed, form="home_bed_round", done_on=D(2026, 11, 18),
        mode="home", values=_round(), client_token=uuid.uuid4(),
    )  # fmt: skip
    (row,) = [bed_row(one, on=TODAY) for one in beds_shown(cast.li, "open")]
    assert (row.last_on, row.due_on, row.is_late) == (D(2026, 11, 18), D(2026, 11, 25), False)
    closed = close_bed(by=cast.li, on=TODAY, bed=held, closed_on=TODAY, closing="recovered")
    assert closed.state == "closed" and closed.history.count() == 2
    assert bed(cast, signed).state == "assessed"  # another may follow


def _round():
    """A round with everything that its form wants."""
    return {
        "sbp": "138", "dbp": "82", "complaint": "无不适", "condition": "stable", "treatment": "换药，翻身指导",
        "continue": "continue",
    }  # fmt: skip


def test_rounds_at_the_boundary():
    assert next_round(D(2026, 11, 1), 7) == D(2026, 11, 8)


def test_one_open_bed_a_person(cast, signed):
    bed(cast, signed)
    with pytest.raises(CannotKeepBed) as refusal:
        bed(cast, signed)
    assert refusal.value.code == "one_open_home_bed"


@pytest.mark.django_db(transaction=True)
def test_two_assessments_at_once_make_one_bed(cast, resident, today):
    sign_agreement(resident, cast.team_a, cast.li, on=D(2026, 10, 1))
    refused = []

    def ask():
        try:
            bed(cast, resident)
        except CannotKeepBed as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for one in askers:
        one.start()
    for one in askers:
        one.join()
    assert (HomeBed.objects.count(), refused) == (1, ["one_open_home_bed"] * 2)


def test_refused_beds(cast, signed):
    held = bed(cast, signed)
    for day, code in ((D(2026, 11, 9), "bed_opening_day"), (D(2026, 11, 23), "bed_opening_day")):
        with pytest.raises(CannotKeepBed) as refusal:
            open_bed(by=cast.li, on=TODAY, now=timezone.now(), bed=held, opened_on=day, agreed=AGREED)
        assert refusal.value.code == code
    for facts, code in (
        ({"closing": "", "closed_on": TODAY}, "bed_no_reason"),
        ({"closing": "other", "closed_on": TODAY}, "bed_no_note"),
        ({"closing": "moved", "closed_on": D(2026, 11, 9)}, "bed_closing_day"),
    ):
        with pytest.raises(CannotKeepBed) as refusal:
            close_bed(by=cast.li, on=TODAY, bed=held, **facts)
        assert refusal.value.code == code
    assert close_bed(by=cast.li, on=TODAY, bed=held, closed_on=TODAY, closing="requested").state == "declined"


# pages


def test_pages_of_an_order(sign_in, cast, signed):
    client = sign_in(cast.li)
    data = {
        "kind": "nursing", "need": "更换胃管", "requested_on": "2026-11-22", "client_token": str(uuid.uuid4()),
    }  # fmt: skip
    url = reverse("service-new", args=[signed.pk])
    refused = client.post(url, data | {"emergencies": ["stroke"]}).content.decode()
    assert "请让家属立即拨打 120" in refused and "更换胃管" in refused
    assert client.post(url, data).status_code == 302
    held = HomeServiceOrder.objects.get()
    consent = reverse("service-consent", args=[held.pk])
    said = {"signer_name": "王小明", "signer_relation": "儿子", "told": "on"}
    assert "请同意人在签名框内手写姓名" in client.post(consent, said).content.decode()
    assert client.post(consent, said | {"signature": data_url(png())}).status_code == 302
    assert RiskConsent.objects.get().sha256
    day = {"scheduled_on": "2026-11-23", "assigned_to": cast.wang.pk}
    assert client.post(reverse("service-schedule", args=[held.pk]), day).status_code == 302
    assert "王护士" in client.get(reverse("service-detail", args=[held.pk])).content.decode()
    assert "还没有上门服务记录" in client.get(reverse("service-finish", args=[held.pk])).content.decode()
    cancel = client.post(reverse("service-cancel", args=[held.pk]), {"reason": "住院了"})
    assert cancel.status_code == 302
    assert "住院了" in client.get(reverse("service-detail", args=[held.pk])).content.decode()


def test_pages_of_a_bed(sign_in, cast, signed):
    client = sign_in(cast.li)
    data = {
        "ground": "bedridden", "diagnosis": "脑梗死后遗症", "assessment": "稳定", "assessed_on": "2026-11-20",
        "round_days": "7", "client_token": str(uuid.uuid4()),
    }  # fmt: skip
    assert client.post(reverse("bed-new", args=[signed.pk]), data).status_code == 302
    held = HomeBed.objects.get()
    said = {
        "opened_on": "2026-11-21", "signer_name": "王小明", "signer_relation": "儿子", "told": "on", "on_paper": "on"
    }  # fmt: skip
    assert client.post(reverse("bed-open", args=[held.pk]), said).status_code == 302
    assert "下次最迟 2026-11-28" in client.get(reverse("bed-detail", args=[held.pk])).content.decode()
    shut = {"closed_on": "2026-11-22", "closing": "hospitalized"}
    assert client.post(reverse("bed-close", args=[held.pk]), shut).status_code == 302


def test_lists_their_cost_and_the_scope(sign_in, cast, district, signed, django_assert_max_num_queries):
    held, kept = agreed_order(cast, signed), opened(cast, signed, D(2026, 11, 12))
    for _ in range(3):
        other = ResidentFactory(grid=district.grid_a, managing_team=cast.team_a)
        order(cast, other)
        opened(cast, other, D(2026, 11, 12))
    client = sign_in(cast.li)
    for name in ("service-list", "bed-list"):
        for state in ("open", "closed", "nonsense"):
            with django_assert_max_num_queries(15):
                assert client.get(reverse(name), {"state": state}).status_code == 200
    client = sign_in(cast.zhao)
    for name in ("service-detail", "service-consent", "service-schedule", "service-finish", "service-cancel"):
        assert client.get(reverse(name, args=[held.pk])).status_code == 404
    for name in ("bed-detail", "bed-open", "bed-close"):
        assert client.get(reverse(name, args=[kept.pk])).status_code == 404
    for name in ("service-new", "bed-new"):
        assert client.get(reverse(name, args=[signed.pk])).status_code == 404
