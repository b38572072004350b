"""One entry serves follow-up, contact, fulfilment and points at once; sent twice it counts once."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from care.actions import CannotRecord, Entry, save_visit
from care.choices import TaskState
from care.models import Contact, Plan, PointTransaction, ServiceRecord, Task
from contracts.models import Enrollment, Fulfillment, ServiceItem
from residents.choices import LifeStatus, Population
from residents.models import Resident
from tests.factories.care import DM, HTN, ensure_care, record_visit
from tests.factories.contracts import ensure_wording, family, household_signed, package, sign_agreement
from tests.factories.planning import planned
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

TODAY = dt.date(2026, 11, 22)
pytestmark = pytest.mark.django_db


def refused(resident, by, **facts) -> CannotRecord:
    with pytest.raises(CannotRecord) as caught:
        record_visit(resident, by, on=TODAY, **facts)
    assert not ServiceRecord.objects.exists()
    return caught.value


def test_one_entry_serves_everything_at_once(cast, hypertensive):
    saved = record_visit(hypertensive, cast.li, on=TODAY)
    record = saved.record
    assert saved.is_new
    assert saved.judged.verdict.code == record.verdict == "satisfied"
    assert (record.values["sbp"], record.team, record.done_by) == (128, cast.team_a, cast.li)
    assert record.enrollment.resident == hypertensive
    assert not saved.is_outside_term
    assert record.contact.outcome == "reached"
    assert Enrollment.objects.get().last_reached_on == TODAY
    closed = Task.objects.filter(record=record.key)
    assert "hypertension.routine" in set(closed.values_list("rule__code", flat=True))
    assert set(closed.values_list("state", flat=True)) <= {TaskState.DONE, TaskState.DONE_LATE}
    routine = Plan.objects.get(rule__code="hypertension.routine")
    assert routine.due_on > TODAY
    assert saved.settled.next_on is not None
    done = set(Fulfillment.objects.standing().filter(key=record.key).values_list("item__code", flat=True))
    assert "htn_followup" in done
    assert PointTransaction.objects.filter(source=record.key).exists()


def test_the_same_form_sent_again_is_the_same_record(cast, hypertensive):
    token = uuid.uuid4()
    first = record_visit(hypertensive, cast.li, on=TODAY, client_token=token)
    counted = [
        model.objects.count() for model in (ServiceRecord, Contact, Task, Fulfillment, PointTransaction)
    ]
    again = record_visit(hypertensive, cast.li, on=TODAY, client_token=token, values={"sbp": "150"})
    assert (again.record, again.is_new) == (first.record, False)
    assert [
        model.objects.count() for model in (ServiceRecord, Contact, Task, Fulfillment, PointTransaction)
    ] == counted


def test_two_programmes_at_one_visit_share_a_sheet(cast, hypertensive):
    PopulationFlagFactory(resident=hypertensive, kind=Population.DIABETES_T2)
    token = uuid.uuid4()
    entries = [Entry("htn_follow_up", HTN), Entry("dm_follow_up", DM)]
    saved = save_visit(
        by=cast.li, on=TODAY, now=timezone.now(), resident=hypertensive, done_on=TODAY, mode="clinic", entries=entries,
        client_token=token,
    )  # fmt: skip
    assert {one.record.sheet for one in saved} == {token}
    assert [one.record.form for one in saved] == ["htn_follow_up", "dm_follow_up"]
    assert Contact.objects.count() == 2


def test_a_wrong_form_of_a_visit_leaves_nothing_of_the_other(cast, hypertensive):
    entries = [Entry("htn_follow_up", HTN), Entry("dm_follow_up", DM | {"glucose_fasting": "999"})]
    with pytest.raises(CannotRecord) as caught:
        save_visit(
            by=cast.li, on=TODAY, now=timezone.now(), resident=hypertensive, done_on=TODAY, mode="clinic", entries=entries,
            client_token=uuid.uuid4(),
        )  # fmt: skip
    assert caught.value.form == "dm_follow_up"
    assert "不可能" in caught.value.problems["glucose_fasting"]
    assert not ServiceRecord.objects.exists()


def test_a_telephone_call_is_kept_but_closes_no_face_to_face_visit(cast, hypertensive):
    saved = record_visit(hypertensive, cast.li, on=TODAY, mode="phone")
    assert not Task.objects.filter(record=saved.record.key, rule__code="hypertension.routine").exists()
    assert saved.record.contact.mode == "phone"


@pytest.mark.parametrize("mode", ["sms", "other"])
def test_a_text_message_or_a_desk_is_no_contact(cast, hypertensive, mode):
    saved = record_visit(hypertensive, cast.li, on=TODAY, form="consultation", mode=mode, values={
        "topic": ["health"], "complaint": "询问用药", "treatment": "已答复",
    })  # fmt: skip
    assert not Contact.objects.filter(record=saved.record).exists()


def test_impossible_values_are_refused_and_unlikely_ones_asked_about(cast, hypertensive):
    refusal = refused(hypertensive, cast.li, values={"sbp": "1400", "dbp": "135"})
    assert refusal.code == "record_values"
    assert refusal.problems == {"sbp": "收缩压 1400 不可能，请核对（50～300 mmHg）。"}
    assert set(refusal.questions) == {"dbp"}
    saved = record_visit(
        hypertensive, cast.li, on=TODAY, values={"sbp": "180", "dbp": "135"}, confirmed=["dbp"]
    )
    assert saved.record.values["dbp"] == 135
    assert saved.judged.verdict.refer


def test_twice_uncontrolled_in_succession_refers(cast, hypertensive):
    first = record_visit(hypertensive, cast.li, on=TODAY, done_on=dt.date(2026, 11, 1), values={"sbp": "165"})
    second = record_visit(
        hypertensive, cast.li, on=TODAY, done_on=dt.date(2026, 11, 14), values={"sbp": "166"}
    )
    assert (first.judged.verdict.code, second.judged.verdict.code) == ("unsatisfied", "again")
    assert second.judged.verdict.refer
    assert Plan.objects.get(rule__code="hypertension.referral").due_on == dt.date(2026, 11, 28)


@pytest.mark.parametrize(
    ("done_on", "code"),
    [
        (TODAY + dt.timedelta(days=1), "record_to_come"),
        (dt.date(1949, 12, 31), "record_before_birth"),
        (TODAY - dt.timedelta(days=91), "record_too_late"),
    ],
)
def test_days_that_cannot_be(cast, hypertensive, done_on, code):
    assert refused(hypertensive, cast.li, done_on=done_on).code == code


def test_the_last_day_of_late_entry_is_accepted(cast, hypertensive):
    day = TODAY - dt.timedelta(days=90)
    assert record_visit(hypertensive, cast.li, on=TODAY, done_on=day).record.done_on == day


@pytest.mark.parametrize("status", [LifeStatus.DECEASED, LifeStatus.MOVED_OUT])
def test_nothing_is_done_for_somebody_after_he_is_gone(cast, hypertensive, status):
    Resident.objects.filter(pk=hypertensive.pk).update(
        life_status=status, life_status_on=dt.date(2026, 11, 20)
    )
    assert refused(hypertensive, cast.li).code == "record_of_departed"
    late = record_visit(hypertensive, cast.li, on=TODAY, done_on=dt.date(2026, 11, 20))
    assert late.is_new


def test_mode_form_and_colleague_must_be_there(cast, hypertensive):
    assert refused(hypertensive, cast.li, mode="pigeon").code == "record_no_mode"
    assert refused(hypertensive, cast.li, form="nothing").code == "record_no_form"
    assert refused(hypertensive, cast.li, done_by=cast.zhao).code == "record_no_colleague"
    assert record_visit(hypertensive, cast.li, on=TODAY, done_by=cast.wang).record.done_by == cast.wang


def test_a_restricted_form_needs_the_permission(cast, hypertensive):
    assert refused(hypertensive, cast.zhou, form="smi_follow_up").code == "record_restricted"
    assert record_visit(hypertensive, cast.li, on=TODAY, form="smi_follow_up").record.is_restricted


def test_next_date_lies_after_the_visit_and_within_the_rule(cast, hypertensive):
    assert refused(hypertensive, cast.li, next_on=TODAY).code == "next_not_after"
    assert refused(hypertensive, cast.li, next_on=dt.date(2027, 3, 10)).code == "next_too_late"
    assert (
        refused(hypertensive, cast.li, values={"sbp": "165"}, next_on=dt.date(2026, 12, 7)).code
        == "next_too_late"
    )
    agreed = dt.date(2027, 1, 20)
    record_visit(hypertensive, cast.li, on=TODAY, next_on=agreed)
    assert Plan.objects.get(rule__code="hypertension.routine").due_on == agreed


def test_outside_the_term_it_is_a_record_and_nothing_more(cast, resident, today):
    Resident.objects.filter(pk=resident.pk).update(managing_team=cast.team_a)
    resident.refresh_from_db()
    saved = record_visit(resident, cast.li, on=TODAY)
    assert saved.is_outside_term
    assert saved.record.team == cast.team_a
    assert not Fulfillment.objects.exists()


def test_without_any_team_nobody_answers_for_it(cast, resident, today):
    assert refused(resident, cast.li).code == "record_without_team"


def test_ticked_services_count_if_they_were_promised(cast, hypertensive):
    promised = ServiceItem.objects.get(code="lifestyle_guidance", owner=None)
    other = ServiceItem.objects.get(code="hospice_care", owner=None)
    saved = record_visit(hypertensive, cast.li, on=TODAY, items=[promised.pk, other.pk])
    told = set(
        Fulfillment.objects.standing().filter(key=saved.record.key).values_list("item__code", flat=True)
    )
    assert other.code not in told
    assert saved.record.items == sorted([promised.pk, other.pk])


@pytest.mark.django_db(transaction=True)
def test_two_threads_with_one_form_make_one_record(cast, district):
    ensure_wording()
    ensure_care()
    person = ResidentFactory(born_on=dt.date(1950, 1, 1), grid=district.grid_a)
    sign_agreement(person, cast.team_a, cast.li, on=TODAY)
    token = uuid.uuid4()

    def send(_: int) -> bool:
        try:
            return record_visit(person, cast.li, on=TODAY, client_token=token).is_new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        fresh = list(pool.map(send, range(2)))
    assert sorted(fresh) == [False, True]
    assert ServiceRecord.objects.count() == Contact.objects.count() == 1


def test_one_assessment_of_a_household_is_what_every_member_was_promised(cast, district, wording):
    home = family(district.grid_a)
    day = TODAY - dt.timedelta(days=30)
    agreement = household_signed(home, cast.team_a, cast.li, on=day, packages=[package()])
    planned(*home.members.all(), on=TODAY)
    chief = Resident.objects.get(pk=agreement.representative_id)
    values = {
        "structure": "single", "environment": ["none"], "consulted": ["health"], "members": "3", "advice": "保持通风",
    }  # fmt: skip
    record = record_visit(
        chief, cast.li, on=TODAY, form="household_assessment", mode="home", values=values
    ).record
    told = Fulfillment.objects.standing().filter(key=record.key, item__code="household_assessment")
    assert told.count() == agreement.enrollments.count() > 1
