"""Whom nobody saw for half a year."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from care.choices import ContactOutcome, ServiceMode
from care.models import Contact, ServiceRecord
from care.queries.silent import silent_enrollments, silent_page
from contracts.actions import Done, fulfill
from contracts.choices import ProofKind
from contracts.models import ServiceItem
from core.models import ReadLog
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.usefixtures("today")
DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
DAYS = 180


@pytest.fixture
def signed(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY - 300 * ONE)


def silent(days=DAYS):
    return list(silent_enrollments(on=DAY, days=days).values_list("resident", flat=True))


def contact(signed, cast, day, outcome=ContactOutcome.REACHED, **facts):
    person = signed.enrollments.get()
    return Contact.objects.create(
        resident=person.resident, team=cast.team_a, enrollment=person, contacted_on=day, mode=ServiceMode.PHONE,
        outcome=outcome, client_token=uuid.uuid4(), done_by=cast.li, **facts,
    )  # fmt: skip


def record(signed, cast, day, **facts):
    person = signed.enrollments.get()
    return ServiceRecord.objects.create(
        resident=person.resident, form="consultation", team=cast.team_a, enrollment=person, done_on=day,
        mode=ServiceMode.CLINIC, client_token=uuid.uuid4(), done_by=cast.li, recorded_by=cast.li, **facts,
    )  # fmt: skip


def test_who_was_never_served_is_in_the_list(signed, resident):
    assert silent() == [resident.pk]


@pytest.mark.parametrize(("ago", "is_silent"), [(179, False), (180, True), (181, True)])
def test_the_last_day_that_counts(signed, cast, resident, ago, is_silent):
    record(signed, cast, DAY - ago * ONE)
    assert bool(silent()) is is_silent


def test_a_contact_counts_if_somebody_answered(signed, cast):
    contact(signed, cast, DAY, ContactOutcome.NO_ANSWER)
    contact(signed, cast, DAY, voided_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    assert silent()
    contact(signed, cast, DAY)
    assert not silent()


def test_a_voided_record_and_a_withdrawn_service_do_not_count(signed, cast):
    record(signed, cast, DAY, state="voided")
    assert silent()
    item = ServiceItem.objects.get(code="regular_contact", owner=None)
    done = Done(
        signed.pk, signed.enrollments.get().pk, item.pk, DAY - 5 * ONE, ProofKind.CONTACT, "contact:1"
    )
    fulfill(by=cast.li, on=DAY, facts=[done])
    assert not silent()


@pytest.mark.parametrize(("ago", "is_silent"), [(179, False), (180, True)])
def test_who_signed_later_has_not_waited_so_long(cast, resident, ago, is_silent):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - ago * ONE)
    assert bool(silent()) is is_silent


def test_a_renewal_does_not_hide_the_silence_before(cast, resident, signed):
    again = signed.enrollments.get()
    type(again).objects.filter(pk=again.pk).update(ends_on=DAY - 20 * ONE, state="expired")
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 19 * ONE)
    assert silent() == [resident.pk]


def test_who_is_not_enrolled_any_more_is_not_in_it(signed):
    signed.enrollments.update(ends_on=DAY - ONE)
    assert not silent()


def test_the_list_tells_when_he_was_last_seen(signed, cast):
    record(signed, cast, DAY - 250 * ONE)
    contact(signed, cast, DAY - 200 * ONE)
    (row,) = silent_page(silent_enrollments(on=DAY, days=DAYS), "").rows
    assert row.last_on == DAY - 200 * ONE


def test_the_page_is_masked_logged_and_costs_the_same(
    cast, district, signed, resident, sign_in, django_assert_max_num_queries
):
    page = reverse("fulfilment-silent", args=[cast.team_a.pk])
    for _ in range(3):
        sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY - 300 * ONE)
    client = sign_in(cast.li)
    with django_assert_max_num_queries(20):
        text = client.get(page).content.decode()
    assert "王*国" in text
    assert "王建国" not in text
    assert "从未" in text
    log = ReadLog.objects.get()
    assert (log.action, log.page, len(log.subject_ids)) == ("list", "fulfilment-silent", 4)
    assert sign_in(cast.zhou).get(page).status_code == 200
    assert sign_in(cast.zhao).get(page).status_code == 404
    empty = reverse("fulfilment-silent", args=[cast.team_b.pk])
    assert "没有这样的居民" in sign_in(cast.zhao).get(empty).content.decode()
