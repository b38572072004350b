"""What is done for people at a visit becomes a real record of care, and counts there once."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from care.actions.correcting import correct_record, void_record
from care.actions.readings import CannotRecordReadings, void_reading
from care.choices import ReadingSource
from care.models import Reading
from outreach.actions.visit_hours import CannotRecordVisit, end_visit, start_visit
from outreach.actions.visit_work import CannotWorkAtVisit, count_works, measure, uncount_work
from outreach.actions.visits import CannotCancelVisit, cancel_visit
from outreach.choices import VisitState
from outreach.models import OutreachVisit, VisitWork
from outreach.queries.visit_work import floor_of, found_since, standing_works
from outreach.queries.visits import visit_sheet
from residents.actions import register_resident
from residents.choices import IdKind
from residents.policy import ResidentsPolicy
from tests.factories.care import ensure_care, record_visit
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.residents import ResidentFactory
from tests.outreach.visiting import DAY, at, planned, point_in

pytestmark = pytest.mark.django_db
D = dt.timedelta(days=1)
KIT = {"sbp": "128", "dbp": "82", "glucose_random": "6.1"}


@pytest.fixture
def resident(cast, district):
    ensure_wording()
    return ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1), grid=district.grid_a, managing_team=cast.team_a
    )


@pytest.fixture
def visit(cast, district, noon):
    made = planned(cast.li, cast.team_a, point=point_in(district.grid_a), staff=[cast.li.pk, cast.wang.pk])
    return start_visit(by=cast.li, on=DAY, now=at(9), visit=made)


def kit(visit, resident, by, *, token=None, typed=KIT, **more):
    facts = {"on": DAY, "now": timezone.now(), "client_token": token or uuid.uuid4(), "typed": typed} | more
    return measure(by=by, visit=visit, resident=resident, **facts)


def over(visit, by, **more):
    facts = {
        "on": DAY, "now": timezone.now(), "began_at": at(9), "ended_at": at(11), "present": [by.pk], "visitors": 1,
    } | more  # fmt: skip
    return end_visit(by=by, visit=visit, **facts)


def count(visit, by, *keys):
    return count_works(by=by, on=DAY, now=timezone.now(), visit=visit, keys=keys)


def test_pressure_and_glucose_become_readings_and_count(cast, visit, resident):
    readings = kit(visit, resident, cast.wang)
    assert {one.kind for one in readings} == {"blood_pressure", "glucose_random"}
    assert {one.source for one in readings} == {ReadingSource.STAFF}
    assert {one.taken_at for one in readings} == {timezone.now()}
    found = {one.key: one.service for one in VisitWork.objects.filter(visit=visit, added_by=cast.wang)}
    assert found == {f"reading:{readings[0].pk}": "pressure", f"reading:{readings[1].pk}": "glucose"}
    assert floor_of(visit) == ({"pressure": 1, "glucose": 1}, 1)


def test_the_same_line_sent_twice_counts_once(cast, visit, resident):
    token = uuid.uuid4()
    first, again = kit(visit, resident, cast.li, token=token), kit(visit, resident, cast.li, token=token)
    assert [one.pk for one in first] == [one.pk for one in again]
    assert (Reading.objects.count(), VisitWork.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_the_same_line_sent_at_once_by_many_counts_once(cast, visit, resident):
    token = uuid.uuid4()

    def send(_):
        try:
            kit(visit, resident, cast.li, token=token)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(8)))
    assert (Reading.objects.count(), VisitWork.objects.count()) == (2, 2)


def test_values_are_judged_as_everywhere_and_nothing_is_counted_of_a_refused_one(cast, visit, resident):
    with pytest.raises(CannotRecordReadings) as refusal:
        kit(visit, resident, cast.li, typed={"sbp": "228", "dbp": "112"})
    assert refusal.value.code == "reading_unlikely" and not VisitWork.objects.exists()
    (reading,) = kit(visit, resident, cast.li, typed={"sbp": "228", "dbp": "112"}, confirmed=["sbp", "dbp"])
    assert reading.is_abnormal


def test_only_at_a_visit_that_goes_on_or_was_ended(cast, district, resident, noon):
    one = planned(cast.li, cast.team_a, point=point_in(district.grid_a))
    with pytest.raises(CannotWorkAtVisit) as refusal:
        kit(one, resident, cast.li)
    assert refusal.value.code == "visit_state_work"
    start_visit(by=cast.li, on=DAY, now=at(9), visit=one)
    with pytest.raises(CannotWorkAtVisit) as refusal:
        kit(one, resident, cast.zhao)
    assert refusal.value.code == "visit_other_team"
    with pytest.raises(CannotWorkAtVisit) as refusal:
        kit(one, resident, cast.li, on=DAY + D)
    assert refusal.value.code == "visit_not_ended"


def test_from_paper_afterwards_it_was_measured_when_the_visit_ended(cast, visit, resident):
    over(visit, cast.li, visitors=0)
    readings = kit(visit, resident, cast.li)
    assert {one.taken_at for one in readings} == {at(11)}
    visit.refresh_from_db()
    assert (visit.visitors, visit.head_counts) == (1, {"pressure": 1, "glucose": 1})
    OutreachVisit.objects.update(on=DAY - 8 * D)
    with pytest.raises(CannotWorkAtVisit) as refusal:
        kit(visit, resident, cast.li)
    assert refusal.value.code == "visit_too_late"


def test_head_counts_are_not_below_those_written_down_one_by_one(cast, visit, resident):
    kit(visit, resident, cast.li)
    with pytest.raises(CannotRecordVisit) as refusal:
        over(visit, cast.li, head_counts={"pressure": 1})
    assert (refusal.value.code, refusal.value.field) == ("visit_count_below", "glucose")
    with pytest.raises(CannotCancelVisit) as refusal:
        cancel_visit(by=cast.li, on=DAY, now=timezone.now(), visit=visit, note="误登记")
    assert refusal.value.code == "visit_has_work"
    assert (
        over(visit, cast.li, head_counts={"pressure": 5, "glucose": 1}, visitors=6).state == VisitState.DONE
    )


def test_a_voided_reading_counts_no_more(cast, visit, resident):
    readings = kit(visit, resident, cast.li)
    void_reading(by=cast.li, on=DAY, now=timezone.now(), reading=readings[0])
    assert [one.service for one in standing_works(visit)] == ["glucose"]
    assert floor_of(visit) == ({"glucose": 1}, 1)


def test_records_agreements_and_new_residents_of_its_time_are_found_and_counted(
    cast, district, visit, resident
):
    ensure_care()
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY, by=cast.wang, channel="service_point")
    record = record_visit(resident, cast.li, on=DAY, mode="community").record
    record_visit(resident, cast.li, on=DAY, mode="clinic", done_on=DAY - D)  # of another day
    record_visit(resident, cast.li, on=DAY, mode="phone")  # nobody came for it
    new = register_resident(
        name="新居民", id_kind=IdKind.NONE, id_number="", grid=district.grid_a, policy=ResidentsPolicy(), by=cast.wang,
        on=DAY, born_on=dt.date(1980, 1, 1), sex=1,
    )  # fmt: skip
    found = {one.key: (one.resident.pk, set(one.services)) for one in found_since(visit, cast.li)}
    assert found == {
        record.key: (resident.pk, {"follow_up", "pressure"}),
        f"agreement:{agreement.pk}": (resident.pk, {"sign"}),
        f"resident:{new.pk}": (new.pk, {"record"}),
    }
    assert count(visit, cast.li, *found) == 3
    assert (count(visit, cast.li, *found), found_since(visit, cast.li)) == (0, [])
    assert floor_of(visit) == ({"follow_up": 1, "pressure": 1, "sign": 1, "record": 1}, 2)


def test_new_residents_are_found_among_however_many_others_entered(cast, district, visit, monkeypatch):
    monkeypatch.setattr("outreach.queries.visit_work.MOST", 1)
    facts = {"id_kind": IdKind.NONE, "id_number": "", "policy": ResidentsPolicy(), "on": DAY, "sex": 1}
    facts |= {"grid": district.grid_a, "born_on": dt.date(1980, 1, 1)}
    ResidentFactory(grid=district.grid_a, managing_team=cast.team_a)
    register_resident(name="旁人登记", by=cast.qian, **facts)
    mine = register_resident(name="新居民", by=cast.wang, **facts)
    assert [one.resident for one in found_since(visit, cast.li)] == [mine]


def test_what_others_made_or_what_was_made_before_is_not_offered(cast, district, resident, noon):
    ensure_care()
    other = planned(cast.li, cast.team_a, point=point_in(district.grid_a))
    record_visit(resident, cast.wang, on=DAY, mode="community")
    start_visit(by=cast.li, on=DAY, now=timezone.now() + dt.timedelta(minutes=5), visit=other)
    other.refresh_from_db()
    assert found_since(other, cast.li) == []
    OutreachVisit.objects.update(began_at=at(9))
    other.refresh_from_db()
    assert found_since(other, cast.li) == []  # 王护士 was not there
    assert len(found_since(other, cast.wang)) == 1  # to herself it is hers
    assert count(other, cast.li, "record:1", "agreement:999") == 0


def test_what_is_counted_at_one_visit_is_not_offered_at_another(cast, district, visit, resident):
    ensure_care()
    record = record_visit(resident, cast.li, on=DAY, mode="community").record
    second = planned(cast.li, cast.team_a, point=point_in(district.grid_a, "便民小屋"))
    second = start_visit(by=cast.li, on=DAY, now=at(9), visit=second)
    assert count(visit, cast.li, record.key) == 1
    assert found_since(second, cast.li) == []
    uncount_work(by=cast.li, on=DAY, now=timezone.now(), work=VisitWork.objects.first())
    assert not VisitWork.objects.exists()  # both services of the record
    assert [one.key for one in found_since(second, cast.li)] == [record.key]


@pytest.mark.django_db(transaction=True)
def test_two_visits_that_count_the_same_record_at_once_count_it_once(cast, district, visit, resident):
    ensure_care()
    record = record_visit(resident, cast.li, on=DAY, mode="community").record
    second = planned(cast.li, cast.team_a, point=point_in(district.grid_a, "便民小屋"))
    second = start_visit(by=cast.li, on=DAY, now=at(9), visit=second)

    def send(one):
        try:
            return count(one, cast.li, record.key)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, [visit, second, visit, second])) == [0, 0, 0, 1]
    assert VisitWork.objects.values("visit").distinct().count() == 1


def test_ending_counts_what_was_ticked(cast, visit, resident):
    ensure_care()
    record = record_visit(resident, cast.li, on=DAY, mode="community").record
    held = over(visit, cast.li, keys=[record.key], head_counts={"follow_up": 1, "pressure": 1})
    assert held.state == VisitState.DONE and VisitWork.objects.count() == 2
    with pytest.raises(CannotRecordVisit):
        over(visit, cast.li, head_counts={"follow_up": 1})


def test_a_corrected_record_still_counts_and_a_voided_one_does_not(cast, visit, resident):
    ensure_care()
    record = record_visit(resident, cast.li, on=DAY, mode="community").record
    count(visit, cast.li, record.key)
    now = timezone.now()
    values = {**record.values, "sbp": 132}
    newer = correct_record(
        by=cast.li,
        on=DAY,
        now=now,
        record=record,
        values=values,
        note="抄错",
        client_token=uuid.uuid4(),
        done_on=DAY,
        mode="community",
    ).record
    assert floor_of(visit)[0] == {"follow_up": 1, "pressure": 1}
    void_record(by=cast.li, on=DAY, now=now, record=newer, note="误登记")
    assert floor_of(visit) == ({}, 0)


def test_a_visit_with_many_people_costs_no_more_queries(cast, district, visit, django_assert_max_num_queries):
    ensure_wording()
    for _ in range(12):
        person = ResidentFactory(grid=district.grid_a, managing_team=cast.team_a)
        kit(visit, person, cast.li)
    with django_assert_max_num_queries(16):
        sheet = visit_sheet(visit, cast.li, with_persons=True, with_found=True)
    assert len(sheet.works) == 24 and len(set(sheet.persons)) == 12
    with django_assert_max_num_queries(6):
        assert visit_sheet(visit, cast.li, with_persons=False, with_found=False).persons == []
