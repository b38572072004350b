"""Planning, starting, ending, calling off: what may be, who may, and how it was against the plan."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from outreach.actions.visit_hours import CannotRecordVisit, end_visit, start_visit
from outreach.actions.visits import (
    CannotCancelVisit,
    CannotPlanVisit,
    cancel_visit,
    change_visit,
    plan_visit,
    plan_weekly,
)
from outreach.choices import PlaceGrade, VisitKind, VisitState
from outreach.models import OutreachVisit, VisitSlot, VisitStaff
from outreach.rules.places import Place
from outreach.rules.visiting import (
    MAY,
    against_plan,
    object_to_counts,
    object_to_times,
    services_of,
)
from tests.outreach.visiting import DAY, MORNING, NOON, at, planned, point_in
from tests.residents.test_actions_concurrency import together

pytestmark = pytest.mark.django_db
D = dt.timedelta(days=1)


@pytest.fixture
def point(district):
    return point_in(district.grid_a, latitude="37.500000", longitude="122.100000")


@pytest.fixture
def visit(cast, point, noon):
    return planned(cast.li, cast.team_a, point=point, staff=[cast.li.pk, cast.wang.pk])


def ask(cast, **more):
    facts = {
        "by": cast.li, "on": DAY, "now": timezone.now(), "team": cast.team_a, "kind": VisitKind.ACTIVITY, "day": DAY,
        "begins_at": MORNING, "closes_at": NOON, "staff": [cast.li.pk], "client_token": uuid.uuid4(),
        "place": "社区广场",
    } | more  # fmt: skip
    return plan_visit(**facts)


def over(visit, by, **more):
    facts = {
        "on": DAY, "now": at(12), "began_at": at(9, 20), "ended_at": at(11), "present": [by.pk], "visitors": 0,
    } | more  # fmt: skip
    return end_visit(by=by, visit=visit, **facts)


def test_a_form_sent_twice_is_one_entry_and_no_other_person_may_use_its_token(cast, noon):
    token = uuid.uuid4()
    first, again = ask(cast, client_token=token), ask(cast, client_token=token, place="别处")
    assert first.is_new and not again.is_new and again.visit == first.visit
    with pytest.raises(CannotPlanVisit) as refusal:
        ask(cast, client_token=token, by=cast.wang)
    assert refusal.value.code == "visit_token_taken"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_token_for_two_teams_in_the_same_moment(cast, noon):
    token = uuid.uuid4()
    found = together(
        lambda: ask(cast, client_token=token),
        lambda: ask(cast, client_token=token, by=cast.zhao, team=cast.team_b, staff=[cast.zhao.pk]),
    )
    assert sorted(getattr(one, "code", "made") for one in found) == ["made", "visit_token_taken"]
    assert OutreachVisit.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"closes_at": MORNING}, "visit_hours"),
        ({"staff": []}, "visit_no_staff"),
        ({"kind": VisitKind.PATROL}, "visit_no_point"),
        ({"kind": VisitKind.WORK_DAY}, "visit_no_grid"),
        ({"kind": VisitKind.COMMUNITY}, "visit_no_grid"),
        ({"place": "  "}, "visit_no_place"),
        ({"kind": "party"}, "visit_no_kind"),
        ({"day": DAY - 8 * D}, "visit_too_late"),
    ],
)
def test_what_cannot_stand_in_the_calendar(cast, noon, more, code):
    with pytest.raises(CannotPlanVisit) as refusal:
        ask(cast, **more)
    assert refusal.value.code == code and not OutreachVisit.objects.exists()


def test_the_seventh_day_back_may_still_be_entered(cast, noon):
    assert ask(cast, day=DAY - 7 * D).is_new


def test_only_ones_own_team_and_an_open_point(cast, noon, point):
    with pytest.raises(CannotPlanVisit) as refusal:
        ask(cast, by=cast.zhao)
    assert refusal.value.code == "visit_other_team"
    point.closed_on = DAY
    point.save()
    with pytest.raises(CannotPlanVisit) as refusal:
        ask(cast, kind=VisitKind.PATROL, point=point)
    assert refusal.value.code == "visit_point_closed"


def test_check_up_days_are_planned_for_weeks_at_once(cast, noon):
    facts = {
        "by": cast.li, "on": DAY, "now": timezone.now(), "team": cast.team_a, "kind": VisitKind.CHECKUP,
        "begins_at": MORNING, "closes_at": NOON, "staff": [cast.li.pk], "place": "卫生院", "client_token": uuid.uuid4(),
        "day": DAY + 5 * D, "weeks": 4,
    }  # fmt: skip
    plan_weekly(**facts)
    plan_weekly(**facts)  # sent again
    days = list(OutreachVisit.objects.order_by("on").values_list("on", flat=True))
    assert days == [DAY + 5 * D + 7 * n * D for n in range(4)]


def test_starting_notes_the_hour_the_person_and_the_place(cast, visit, noon):
    held = start_visit(
        by=cast.li, on=DAY, now=at(9, 5), visit=visit, position=Place(37.5005, 122.1, accuracy_m=20)
    )
    assert (held.state, held.began_at, held.place_grade) == (VisitState.ONGOING, at(9, 5), PlaceGrade.THERE)
    assert list(VisitStaff.objects.filter(visit=visit, is_present=True).values_list("user", flat=True)) == [
        cast.li.pk
    ]
    assert start_visit(by=cast.wang, on=DAY, now=at(10), visit=visit).began_at == at(9, 5)


@pytest.mark.parametrize(
    ("position", "grade"),
    [
        (None, PlaceGrade.NONE),
        (Place(37.503, 122.1), PlaceGrade.NEAR),
        (Place(37.6, 122.1), PlaceGrade.FAR),
        (Place(37.5, 122.1, accuracy_m=3000), PlaceGrade.NONE),
    ],
)
def test_a_place_is_a_grade_and_never_a_condition(cast, visit, position, grade):
    held = start_visit(by=cast.li, on=DAY, now=at(9), visit=visit, position=position)
    assert (held.state, held.place_grade) == (VisitState.ONGOING, grade)


def test_the_better_place_of_beginning_and_end_is_kept(cast, visit):
    start_visit(by=cast.li, on=DAY, now=at(9), visit=visit, position=Place(37.6, 122.1))
    assert over(visit, cast.li, position=Place(37.5, 122.1)).place_grade == PlaceGrade.THERE
    assert over(visit, cast.li, position=Place(37.6, 122.1)).place_grade == PlaceGrade.THERE


def test_starting_on_another_day_by_a_stranger_or_after_the_end(cast, visit):
    for by, on, code in ((cast.zhao, DAY, "visit_other_team"), (cast.li, DAY + D, "visit_not_today")):
        with pytest.raises(CannotRecordVisit) as refusal:
            start_visit(by=by, on=on, now=at(9), visit=visit)
        assert refusal.value.code == code
    over(visit, cast.li)
    with pytest.raises(CannotRecordVisit) as refusal:
        start_visit(by=cast.li, on=DAY, now=at(12), visit=visit)
    assert refusal.value.code == "visit_state_start"


def test_the_end_says_how_it_was_against_the_plan(cast, visit):
    held = over(
        visit, cast.li, visitors=12, head_counts={"pressure": 10, "glucose": 0}, handouts={"leaflet": 30},
        note=" 居民很多 ",
    )  # fmt: skip
    assert (held.state, held.visitors, held.head_counts, held.handouts, held.note) == (
        VisitState.DONE, 12, {"pressure": 10}, {"leaflet": 30}, "居民很多",
    )  # fmt: skip
    present = dict(VisitStaff.objects.filter(visit=visit).values_list("user", "is_present"))
    assert present == {cast.li.pk: True, cast.wang.pk: False}
    told = against_plan(begins=at(9), closes=at(11), began=at(9, 20), ended=at(10, 30), absent=["王护士"])
    assert told.words == ["晚开始 20 分钟", "比计划少 50 分钟", "王护士未到"]
    assert against_plan(begins=at(9), closes=at(11), began=at(9), ended=at(11)).words == ["与计划一致"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ended_at": at(9, 20)}, "visit_ended_before"),
        ({"ended_at": at(12, 1)}, "visit_ends_later"),
        ({"began_at": at(23, day=DAY - D)}, "visit_other_day"),
        ({"present": []}, "visit_nobody"),
        ({"visitors": 3, "head_counts": {"sign": 4}}, "visitors_below_service"),
        ({"head_counts": {"tea": 1}, "visitors": 1}, "visit_no_code"),
        ({"handouts": {"leaflet": -1}}, "visit_below_zero"),
    ],
)
def test_an_end_that_cannot_be(cast, visit, more, code):
    with pytest.raises(CannotRecordVisit) as refusal:
        over(visit, cast.li, **more)
    assert refusal.value.code == code
    visit.refresh_from_db()
    assert visit.state == VisitState.PLANNED


@pytest.mark.parametrize(("back", "is_taken"), [(7, True), (8, False)])
def test_a_missed_visit_is_written_down_within_the_days_of_the_policy(cast, point, noon, back, is_taken):
    day = DAY - back * D
    visit = planned(cast.li, cast.team_a, point=point, day=day, on=day)
    OutreachVisit.objects.update(state=VisitState.MISSED)
    times = {"began_at": at(9, day=day), "ended_at": at(10, day=day)}
    if is_taken:
        assert over(visit, cast.li, **times).state == VisitState.DONE
    else:
        with pytest.raises(CannotRecordVisit) as refusal:
            over(visit, cast.li, **times)
        assert refusal.value.code == "visit_too_late"


def test_what_is_to_come_is_not_over(cast, point, noon):
    visit = planned(cast.li, cast.team_a, point=point, day=DAY + D)
    with pytest.raises(CannotRecordVisit) as refusal:
        over(visit, cast.li, began_at=at(9, day=DAY + D), ended_at=at(10, day=DAY + D))
    assert refusal.value.code == "visit_to_come"


def test_changing_moves_it_until_it_has_begun(cast, visit, point):
    facts = {
        "by": cast.li, "on": DAY, "now": timezone.now(), "visit": visit, "day": DAY + D, "begins_at": MORNING,
        "closes_at": dt.time(10, 30), "staff": [cast.wang.pk], "point": point,
    }  # fmt: skip
    held = change_visit(**facts)
    assert (held.on, held.closes_at) == (DAY + D, dt.time(10, 30))
    assert list(VisitStaff.objects.filter(visit=visit).values_list("user", flat=True)) == [cast.wang.pk]
    VisitSlot.objects.create(visit=visit, begins_at=MORNING, seats=2, taken=1)
    assert change_visit(**facts | {"staff": [cast.li.pk]})
    with pytest.raises(CannotPlanVisit) as refusal:
        change_visit(**facts | {"day": DAY + 2 * D})
    assert refusal.value.code == "visit_booked"


def test_calling_off_asks_for_a_reason_and_spares_what_was_done(cast, visit):
    for note, by, code in (("  ", cast.li, "visit_no_reason"), ("暴雨", cast.zhao, "visit_other_team")):
        with pytest.raises(CannotCancelVisit) as refusal:
            cancel_visit(by=by, on=DAY, now=at(8), visit=visit, note=note)
        assert refusal.value.code == code
    held = cancel_visit(by=cast.li, on=DAY, now=at(8), visit=visit, note="暴雨")
    assert (held.state, held.note) == (VisitState.CANCELLED, "暴雨")
    assert cancel_visit(by=cast.li, on=DAY, now=at(9), visit=visit, note="再一次").note == "暴雨"
    with pytest.raises(CannotRecordVisit) as refusal:
        over(visit, cast.li)
    assert refusal.value.code == "visit_state_end"


def test_every_state_has_its_verbs():
    assert {
        state: sorted(verb for verb, states in MAY.items() if state in states) for state in VisitState
    } == {
        VisitState.PLANNED: ["cancel", "change", "end", "start"],
        VisitState.ONGOING: ["cancel", "end", "work"],
        VisitState.DONE: ["cancel", "end", "work"],
        VisitState.MISSED: ["cancel", "end"],
        VisitState.CANCELLED: [],
    }


def test_numbers_do_not_contradict_what_is_written_down_one_by_one():
    assert object_to_counts({"sign": 2}, {"sign": 2}, visitors=2, people=2) is None
    assert object_to_counts({"sign": 1}, {"sign": 2}, visitors=2, people=2).field == "sign"
    assert object_to_counts({"sign": 2}, {"sign": 2}, visitors=1, people=2).code == "visitors_below"


def test_the_last_moment_of_a_day_is_still_that_day():
    facts = {"day": DAY, "began": at(23, 0), "on": DAY + D, "now": at(8, day=DAY + D), "back_days": 7}
    assert object_to_times(ended=at(23, 59), **facts) is None
    assert object_to_times(ended=at(0, day=DAY + D), **facts).code == "visit_other_day"


def test_as_what_a_record_counts():
    assert services_of("htn_follow_up", {"sbp": 130}, is_follow_up=True) == ("follow_up", "pressure")
    assert services_of("consultation", {"sbp": "", "glucose_random": 7.1}, is_follow_up=False) == (
        "consult", "glucose",
    )  # fmt: skip
    assert services_of("long_prescription", {}, is_follow_up=False) == ("long_prescription",)
    assert services_of("constitution", {}, is_follow_up=False) == ("other",)


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_form_at_once_make_one_entry(cast):
    token, gate, made = uuid.uuid4(), threading.Barrier(4), []

    def send():
        gate.wait()
        try:
            made.append(ask(cast, client_token=token).is_new)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(made) == [False, False, False, True] and OutreachVisit.objects.count() == 1
