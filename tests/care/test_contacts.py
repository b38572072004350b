"""Contacts: attempts and reached counted apart, one save for a list, taking back, the figures of a quarter."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from care.actions.contacts import (
    Attempt,
    CannotLogContact,
    CannotVoidContact,
    key_of,
    log_contact,
    log_contacts,
    void_contact,
)
from care.actions.replanning import replan
from care.choices import TaskState
from care.models import Contact, Task
from care.policy import policy_on
from care.queries.contacts import (
    log_of,
    not_reached,
    quarter_min_days,
    rates,
    standing_of,
    unreachable,
    wrong_numbers,
)
from care.rules.contacts import counts, fits, needs_new_number, proposes_lost, quarter_of, quarters_back
from contracts.models import Fulfillment
from core.models import PolicySetting
from residents.actions import record_death, update_resident
from residents.choices import Registration
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

D = dt.date
TODAY = D(2026, 11, 22)


@pytest.fixture
def signed(cast, resident, today):
    """Signed on 1 October, so that the fourth quarter of 2026 asks for one contact."""
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=D(2026, 10, 1))
    replan([resident.pk], on=today, now=timezone.now())
    return agreement.enrollments.get()


def log(cast, resident, *, token=None, **facts):
    asked = {"contacted_on": TODAY, "mode": "phone", "outcome": "reached", "topic": "询问血压"} | facts
    return log_contact(
        by=cast.li, on=TODAY, now=timezone.now(), resident=resident,
        client_token=token or uuid.uuid4(), **asked,
    )  # fmt: skip


def quarter_task(resident):
    return Task.objects.get(resident=resident, rule__code="contract.contact")


# rules


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (D(2026, 1, 1), D(2026, 1, 1), D(2026, 3, 31)),
        (D(2026, 3, 31), D(2026, 1, 1), D(2026, 3, 31)),
        (D(2026, 4, 1), D(2026, 4, 1), D(2026, 6, 30)),
        (D(2024, 2, 29), D(2024, 1, 1), D(2024, 3, 31)),
        (D(2026, 12, 31), D(2026, 10, 1), D(2026, 12, 31)),
    ],
)
def test_quarters(day, first, last):
    assert (quarter_of(day).first, quarter_of(day).last) == (first, last)


def test_quarters_back_cross_the_year():
    assert [one.code for one in quarters_back(D(2026, 2, 1), 3)] == ["2026-1", "2025-4", "2025-3"]


def test_what_counts():
    """Example 9: three unanswered calls and a delivered text message are four attempts and nobody reached."""
    outcomes = ["no_answer", "no_answer", "no_answer", "delivered"]
    assert [counts(one, sms_counts=True) for one in outcomes] == [False, False, False, True]
    assert not any(counts(one, sms_counts=False) for one in outcomes)
    assert fits("sms", "delivered") and not fits("phone", "delivered") and not fits("phone", "not_home")


def test_lost_is_proposed_only_after_a_month_of_failures():
    failed = [
        (D(2026, 11, 22), "no_answer"),
        (D(2026, 11, 1), "switched_off"),
        (D(2026, 10, 23), "no_answer"),
    ]
    assert not proposes_lost(failed, times=3, days=30)  # exactly thirty days
    longer = [*failed[:2], (D(2026, 10, 22), "no_answer")]
    assert proposes_lost(longer, times=3, days=30)
    assert not proposes_lost(longer[:2], times=3, days=10)
    assert not proposes_lost([(D(2026, 11, 23), "refused"), *longer], times=3, days=30)


def test_a_wrong_number_stays_until_another_answer():
    assert needs_new_number([(D(2026, 11, 2), "wrong_number"), (D(2026, 11, 1), "reached")])
    assert not needs_new_number([(D(2026, 11, 3), "reached"), (D(2026, 11, 2), "wrong_number")])
    assert not needs_new_number([])


# actions


def test_a_call_that_reached_serves_task_agreement_and_promise(cast, resident, signed):
    made = log(cast, resident)
    task = quarter_task(resident)
    signed.refresh_from_db()
    assert (task.state, task.record) == (TaskState.DONE, key_of(made))
    assert signed.last_reached_on == D(2026, 11, 22)
    assert Fulfillment.objects.standing().filter(key=key_of(made), enrollment=signed).count() == 1
    assert made.team == cast.team_a and made.enrollment == signed


def test_an_attempt_counts_nothing(cast, resident, signed):
    made = log(cast, resident, outcome="no_answer")
    signed.refresh_from_db()
    assert quarter_task(resident).state == TaskState.DUE
    assert signed.last_reached_on is None and not Fulfillment.objects.filter(key=key_of(made)).exists()


def test_a_delivered_message_satisfies_the_quarter_but_is_no_talk(cast, resident, signed):
    log(cast, resident, mode="sms", outcome="delivered")
    signed.refresh_from_db()
    assert quarter_task(resident).state == TaskState.DONE
    assert signed.last_reached_on is None


def test_a_delivered_message_does_not_count_where_policy_says_so(cast, resident, signed):
    PolicySetting.objects.create(
        room="care", payload={"sms_counts": False}, in_force_from=D(2026, 1, 1), source="测试"
    )
    log(cast, resident, mode="sms", outcome="delivered")
    assert quarter_task(resident).state == TaskState.DUE


def test_the_same_form_twice_is_one_contact(cast, resident, signed):
    token = uuid.uuid4()
    assert log(cast, resident, token=token) == log(cast, resident, token=token, outcome="no_answer")
    assert Contact.objects.get().outcome == "reached"
    assert Fulfillment.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"outcome": "delivered"}, "outcome_of_other_mode"),
        ({"outcome": "nonsense"}, "outcome_of_other_mode"),
        ({"contacted_on": D(2026, 11, 23)}, "contact_to_come"),
        ({"contacted_on": D(2026, 8, 23)}, "contact_too_late"),
    ],
)
def test_refusals(cast, resident, signed, facts, code):
    with pytest.raises(CannotLogContact) as refusal:
        log(cast, resident, **facts)
    assert refusal.value.code == code
    assert not Contact.objects.exists()


def test_the_last_day_that_may_be_entered_late(cast, resident, signed):
    assert log(cast, resident, contacted_on=D(2026, 8, 24), outcome="no_answer").pk


def test_nobody_serves(cast, resident, today):
    with pytest.raises(CannotLogContact) as refusal:
        log(cast, resident)
    assert refusal.value.code == "nobody_serves"


def test_the_dead_are_not_called(cast, resident, signed):
    record_death(resident=resident, since=D(2026, 11, 20), by=cast.li, on=D(2026, 11, 21))
    with pytest.raises(CannotLogContact) as refusal:
        log(cast, resident)
    assert refusal.value.code == "contact_of_departed"


def test_voiding_takes_everything_back(cast, resident, signed):
    first = log(cast, resident, contacted_on=D(2026, 11, 1))
    second = log(cast, resident, contacted_on=D(2026, 11, 22))
    for made in (second, second):
        void_contact(by=cast.li, on=D(2026, 11, 22), now=timezone.now(), contact=made, note="登记错人")
    signed.refresh_from_db()
    assert signed.last_reached_on == D(2026, 11, 1)
    assert quarter_task(resident).state == TaskState.DONE
    void_contact(by=cast.li, on=D(2026, 11, 22), now=timezone.now(), contact=first, note="登记错人")
    signed.refresh_from_db()
    assert signed.last_reached_on is None
    assert quarter_task(resident).state == TaskState.DUE
    assert not Fulfillment.objects.standing().exists()


def test_voiding_needs_a_reason(cast, resident, signed):
    made = log(cast, resident)
    with pytest.raises(CannotVoidContact) as refusal:
        void_contact(by=cast.li, on=D(2026, 11, 22), now=timezone.now(), contact=made, note=" ")
    assert refusal.value.code == "void_no_reason"


def test_a_list_is_saved_whole_or_not_at_all(cast, district, resident, signed):
    stranger = ResidentFactory(grid=district.grid_a)
    attempts = [Attempt(resident, "phone", "reached"), Attempt(stranger, "phone", "reached")]
    with pytest.raises(CannotLogContact) as refusal:
        log_contacts(
            by=cast.li, on=D(2026, 11, 22), now=timezone.now(), attempts=attempts, contacted_on=D(2026, 11, 22),
            client_token=uuid.uuid4(),
        )  # fmt: skip
    assert refusal.value.field == f"outcome.{stranger.pk}"
    assert not Contact.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_contact(cast, resident, today):
    sign_agreement(resident, cast.team_a, cast.li, on=D(2026, 10, 1))
    token, errors = uuid.uuid4(), []

    def click():
        try:
            log(cast, resident, token=token)
        except Exception as error:  # told to the test below
            errors.append(error)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert (errors, Contact.objects.count()) == ([], 1)


# queries


def test_attempts_and_reached_are_counted_apart(cast, resident, signed):
    for outcome in ("no_answer", "switched_off", "reached"):
        log(cast, resident, outcome=outcome)
    standing = standing_of(log_of(cast.li, resident), quarter_of(D(2026, 11, 22)), policy_on(D(2026, 11, 22)))
    assert (standing.attempts, standing.reached, standing.counted) == (3, 1, 1)


def not_yet(user, today):
    least = quarter_min_days(today)
    return not_reached(user, quarter_of(today), policy_on(today), least=least, on=today)


@pytest.mark.parametrize(("signed_on", "is_asked"), [(D(2026, 12, 2), True), (D(2026, 12, 3), False)])
def test_a_partial_quarter_asks_from_thirty_days_on(cast, resident, today, signed_on, is_asked):
    """From 2 December to the end of the year are thirty days."""
    sign_agreement(resident, cast.team_a, cast.li, on=D(2026, 11, 22), starts_on=signed_on)
    later = D(2026, 12, 20)
    assert not_yet(cast.li, later).exists() is is_asked
    (rate,) = rates([cast.team_a], quarter_of(later), policy_on(later), least=quarter_min_days(later))
    assert rate.people == int(is_asked)


def test_who_was_reached_leaves_the_list(cast, resident, signed, today):
    assert [one.resident for one in not_yet(cast.li, today)] == [resident]
    assert not not_yet(cast.zhao, today).exists()
    log(cast, resident, outcome="no_answer")
    assert not_yet(cast.li, today).exists()
    log(cast, resident)
    assert not not_yet(cast.li, today).exists()


def test_the_rate_of_a_team(cast, district, resident, signed, today):
    other = ResidentFactory(grid=district.grid_a)
    sign_agreement(other, cast.team_a, cast.li, on=D(2026, 10, 1))
    log(cast, resident, mode="sms", outcome="delivered")
    log(cast, resident, outcome="no_answer")
    (rate,) = rates([cast.team_a], quarter_of(today), policy_on(today), least=30)
    assert (rate.people, rate.attempted, rate.attempts, rate.reached, rate.counted) == (2, 1, 2, 0, 1)
    assert (rate.percent, rate.missing) == ("50.0%", 1)


def test_a_wrong_number_is_listed_until_the_phone_is_put_right(cast, resident, signed):
    log(cast, resident, outcome="wrong_number")
    assert [one.resident for one in wrong_numbers(cast.li)] == [resident]
    assert not wrong_numbers(cast.zhao).exists()
    update_resident(
        resident=resident, name=resident.name, phone="13912340000", grid=resident.grid, address="和平路1号",
        registration=Registration.REGISTERED, relation=resident.relation, remark="", by=cast.li, on=D(2026, 11, 22),
    )  # fmt: skip
    assert not wrong_numbers(cast.li).exists()


def test_who_cannot_be_reached_is_proposed(cast, resident, signed, today):
    days = [D(2026, 10, 10), D(2026, 10, 25), D(2026, 11, 15)]
    for day in days:
        log(cast, resident, contacted_on=day, outcome="no_answer")
    (row,) = unreachable(cast.li, [cast.team_a.pk], policy_on(today))
    assert (row.resident, row.times, row.first_on, row.last_on) == (resident, 3, days[0], days[2])
    resident.refresh_from_db()
    assert resident.life_status == "present"  # never by itself
    log(cast, resident)
    assert unreachable(cast.li, [cast.team_a.pk], policy_on(today)) == []


# pages


def post(client, name, pk=None, **data):
    return client.post(reverse(name, args=[pk] if pk else []), {"client_token": str(uuid.uuid4()), **data})


def test_one_tap_answers_a_fragment(sign_in, cast, resident, signed):
    client = sign_in(cast.li)
    url = reverse("contact-quick", args=[resident.pk])
    data = {"client_token": str(uuid.uuid4()), "outcome": "reached"}
    answer = client.post(url, data, headers={"HX-Request": "true"})
    assert "联系上" in answer.content.decode() and "<html" not in answer.content.decode()
    assert client.post(url, data | {"next": "/care/contacts/"}).url == "/care/contacts/"
    assert client.post(url, data | {"next": "https://elsewhere.example/"}).url.startswith("/care/residents/")
    assert Contact.objects.count() == 1


def test_one_tap_tells_why_not(sign_in, cast, resident, signed):
    client = sign_in(cast.li)
    answer = post(client, "contact-quick", resident.pk, outcome="delivered")
    assert answer.status_code == 302 and not Contact.objects.exists()


def test_the_page_of_one_person(sign_in, cast, resident, signed):
    client = sign_in(cast.li)
    data = {"mode": "phone", "outcome": "delivered", "contacted_on": "2026-11-22", "topic": "提醒体检"}
    page = post(client, "contact-new", resident.pk, **data).content.decode()
    assert "这种联系方式不会有这个结果" in page and "提醒体检" in page
    assert post(client, "contact-new", resident.pk, **data | {"outcome": "no_answer"}).status_code == 302
    assert "无人接听" in client.get(reverse("contact-new", args=[resident.pk])).content.decode()


def test_bulk_saves_with_one_outcome_each(sign_in, cast, district, resident, signed):
    other = ResidentFactory(grid=district.grid_a, name="刘平安")
    sign_agreement(other, cast.team_a, cast.li, on=D(2026, 10, 1))
    client = sign_in(cast.li)
    page = client.get(reverse("contact-bulk")).content.decode()
    assert "还有 2 位" in page
    data = {
        "client_token": str(uuid.uuid4()), "contacted_on": "2026-11-22", "mode": "phone",
        "person": [resident.pk, other.pk], f"outcome.{resident.pk}": "reached", f"outcome.{other.pk}": "not_home",
        f"topic.{resident.pk}": "问血压",
    }  # fmt: skip
    refused = client.post(reverse("contact-bulk"), data).content.decode()
    assert "这种联系方式的结果只能是" in refused and "问血压" in refused and not Contact.objects.exists()
    data[f"outcome.{other.pk}"] = "no_answer"
    for _ in range(2):
        assert client.post(reverse("contact-bulk"), data).status_code == 302
    assert sorted(Contact.objects.values_list("outcome", flat=True)) == ["no_answer", "reached"]


def test_bulk_leaves_out_whom_one_may_not_see(sign_in, cast, district, resident, signed):
    far = ResidentFactory(grid=district.grid_b)
    sign_agreement(far, cast.team_b, cast.zhao, on=D(2026, 10, 1))
    data = {
        "client_token": str(uuid.uuid4()), "contacted_on": "2026-11-22", "mode": "phone", "person": [far.pk],
        f"outcome.{far.pk}": "reached",
    }  # fmt: skip
    assert sign_in(cast.li).post(reverse("contact-bulk"), data).status_code == 200
    assert not Contact.objects.exists()


def test_bulk_with_nothing_chosen_says_so(sign_in, cast, resident, signed):
    data = {
        "client_token": str(uuid.uuid4()),
        "contacted_on": "2026-11-22",
        "mode": "phone",
        "person": [resident.pk],
    }
    assert (
        "还没有选择任何人的联系结果" in sign_in(cast.li).post(reverse("contact-bulk"), data).content.decode()
    )


def test_the_cost_of_the_lists(sign_in, cast, district, resident, signed, django_assert_max_num_queries):
    for name in ("张一", "张二", "张三"):
        person = ResidentFactory(grid=district.grid_a, name=name)
        sign_agreement(person, cast.team_a, cast.li, on=D(2026, 10, 1))
        log(cast, person, outcome="wrong_number")
    client = sign_in(cast.li)
    for name, most in (
        ("contact-bulk", 26),
        ("contact-numbers", 14),
        ("contact-silent", 16),
        ("contact-rates", 20),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(reverse(name)).status_code == 200


def test_out_of_scope_is_not_there(sign_in, cast, resident, signed):
    made = log(cast, resident)
    client = sign_in(cast.zhao)
    assert client.get(reverse("contact-new", args=[resident.pk])).status_code == 404
    assert post(client, "contact-quick", resident.pk, outcome="reached").status_code == 404
    assert client.get(reverse("contact-void", args=[made.pk])).status_code == 404


def test_void_page(sign_in, cast, resident, signed):
    made = log(cast, resident)
    client = sign_in(cast.li)
    assert client.post(reverse("contact-void", args=[made.pk]), {"note": "登记错人"}).status_code == 302
    page = client.get(reverse("contact-new", args=[resident.pk])).content.decode()
    assert "已作废" in page and "登记错人" in page
