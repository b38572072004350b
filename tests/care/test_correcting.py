"""A correction keeps what was written before; voiding takes everything back, once."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from care.actions import CannotRecord, CannotVoidRecord, correct_record, void_record
from care.choices import RecordState, TaskState
from care.models import Contact, Plan, PointTransaction, ServiceRecord, Task
from contracts.models import Enrollment, Fulfillment
from residents.choices import Population
from tests.care.conftest import TODAY
from tests.factories.care import HTN, record_visit
from tests.factories.contracts import sign_agreement
from tests.factories.planning import flagged, planned

pytestmark = pytest.mark.django_db


def correct(record, by, **facts):
    asked = {
        "by": by, "on": TODAY, "now": timezone.now(), "record": record, "done_on": record.done_on, "mode": record.mode,
        "values": HTN, "client_token": uuid.uuid4(), "note": "读数抄错",
    }  # fmt: skip
    return correct_record(**asked | facts)


def void(record, by, note="登记到别人名下"):
    return void_record(by=by, on=TODAY, now=timezone.now(), record=record, note=note)


def told(record) -> set[str]:
    return set(Fulfillment.objects.standing().filter(key=record.key).values_list("item__code", flat=True))


def test_a_correction_is_a_further_version_under_the_same_key(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    before, tasks = told(first), set(Task.objects.filter(record=first.key).values_list("rule", "state"))
    second = correct(first, cast.wang, values=HTN | {"sbp": "132"}).record
    first.refresh_from_db()
    assert (first.state, first.closed_by, first.closed_note) == (RecordState.REPLACED, cast.wang, "读数抄错")
    assert first.values["sbp"] == 128
    assert (second.values["sbp"], second.root, second.replaces, second.key) == (132, first, first, first.key)
    assert told(second) == before
    assert set(Task.objects.filter(record=first.key).values_list("rule", "state")) == tasks
    assert Contact.objects.standing().get().record == second
    third = correct(second, cast.li, values=HTN | {"sbp": "133"}).record
    assert (third.root, third.replaces) == (first, second)
    assert ServiceRecord.objects.standing().get() == third


def test_the_same_correction_sent_again_changes_nothing(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    token = uuid.uuid4()
    second = correct(first, cast.li, client_token=token)
    again = correct(first, cast.li, client_token=token)
    assert (again.record, again.is_new) == (second.record, False)
    assert ServiceRecord.objects.count() == 2


def test_another_class_is_settled_anew(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY, values={"sbp": "165"}).record
    assert Plan.objects.running().filter(rule__code="hypertension.revisit").exists()
    second = correct(first, cast.li).record
    assert (first.verdict, second.verdict) == ("unsatisfied", "satisfied")
    assert not Plan.objects.running().filter(rule__code="hypertension.revisit").exists()
    assert Task.objects.filter(record=first.key, rule__code="hypertension.routine").exists()


def test_a_visit_that_was_a_telephone_call_closes_no_visit_any_more(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    second = correct(first, cast.li, mode="phone").record
    assert not Task.objects.filter(record=first.key, rule__code="hypertension.routine").exists()
    assert "htn_followup" not in told(second)
    assert Contact.objects.standing().get().mode == "phone"


def test_another_day_moves_the_contact(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    correct(first, cast.li, done_on=dt.date(2026, 11, 20))
    assert Contact.objects.standing().get().contacted_on == dt.date(2026, 11, 20)
    assert Enrollment.objects.get().last_reached_on == dt.date(2026, 11, 20)


def test_what_was_entered_in_time_may_be_corrected_later(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    later = TODAY + dt.timedelta(days=200)
    assert correct(first, cast.li, on=later).record.done_on == TODAY
    with pytest.raises(CannotRecord, match="只能补录"):
        correct(
            ServiceRecord.objects.standing().get(), cast.li, on=later, done_on=TODAY - dt.timedelta(days=1)
        )


@pytest.mark.parametrize("note", ["", "  "])
def test_a_correction_says_why(cast, hypertensive, note):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    with pytest.raises(CannotRecord) as caught:
        correct(first, cast.li, note=note)
    assert caught.value.code == "correct_no_reason"


def test_only_the_standing_version_is_corrected(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    correct(first, cast.li)
    with pytest.raises(CannotRecord) as caught:
        correct(first, cast.li)
    assert caught.value.code == "correct_not_standing"


def test_a_wrong_correction_leaves_everything_as_it_was(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    with pytest.raises(CannotRecord):
        correct(first, cast.li, values=HTN | {"sbp": "1400"})
    assert ServiceRecord.objects.standing().get() == first
    assert told(first)


def test_voiding_takes_everything_back_once(cast, hypertensive):
    open_before = set(Task.objects.open().values_list("rule__code", flat=True))
    record = record_visit(hypertensive, cast.li, on=TODAY).record
    void(record, cast.li)
    record.refresh_from_db()
    assert (record.state, record.closed_by) == (RecordState.VOIDED, cast.li)
    assert not Task.objects.filter(record=record.key).exists()
    assert set(Task.objects.open().values_list("rule__code", flat=True)) >= open_before
    assert told(record) == set()
    assert not Contact.objects.standing().exists()
    assert Enrollment.objects.get().last_reached_on is None
    count = PointTransaction.objects.filter(source=record.key).count()
    void(record, cast.li)
    assert PointTransaction.objects.filter(source=record.key).count() == count


def test_voiding_keeps_the_contact_of_another_visit(cast, hypertensive):
    record_visit(hypertensive, cast.li, on=TODAY, done_on=dt.date(2026, 11, 10))
    second = record_visit(hypertensive, cast.li, on=TODAY).record
    void(second, cast.li)
    assert Enrollment.objects.get().last_reached_on == dt.date(2026, 11, 10)


def test_voiding_what_was_corrected_takes_the_newest_version(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY).record
    second = correct(first, cast.li).record
    with pytest.raises(CannotVoidRecord) as caught:
        void(first, cast.li)
    assert caught.value.code == "void_record_replaced"
    void(second, cast.li)
    assert not Task.objects.filter(record=first.key, state__in=[TaskState.DONE, TaskState.DONE_LATE]).exists()


def test_voiding_says_why(cast, hypertensive):
    record = record_visit(hypertensive, cast.li, on=TODAY).record
    with pytest.raises(CannotVoidRecord) as caught:
        void(record, cast.li, note=" ")
    assert caught.value.code == "void_record_no_reason"


def test_an_answer_that_was_left_out_proves_what_it_says(cast, resident, today):
    flagged(resident, Population.HIGH_RISK_HTN, dt.date(2026, 6, 1))
    sign_agreement(resident, cast.team_a, cast.li, on=dt.date(2026, 6, 1))
    planned(resident, on=TODAY)
    values = {"topic": ["health"], "complaint": "头晕", "treatment": "观察"}
    first = record_visit(resident, cast.li, on=TODAY, form="consultation", values=values).record
    proven = Task.objects.filter(record=first.key, rule__code="hypertension.high_risk")
    assert not proven.exists()
    measured = values | {"sbp": "132", "dbp": "84"}
    second = correct(first, cast.li, values=measured).record
    assert proven.exists()
    correct(second, cast.li, values=values)
    assert not proven.exists()
