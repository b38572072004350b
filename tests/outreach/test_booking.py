"""Seats at service points: limits, never oversold, given back, marked, told."""

import datetime as dt
import threading
import time
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from core.models import OutgoingText
from core.refusals import Refusal
from outreach.actions import booking
from outreach.actions.booking import (
    CannotBook,
    CannotChangeBooking,
    book_slot,
    cancel_booking,
    mark_booking,
    object_to_address,
    recognize_booking,
    tell_booked,
)
from outreach.choices import BookingState
from outreach.models import Booking, VisitSlot
from outreach.policy import policy_on
from outreach.queries.bookings import open_days, untold, visits_of
from outreach.rules.booking import (
    Moment,
    has_begun,
    object_to_caller,
    object_to_mark,
    object_to_point,
    object_to_slot,
)
from tests.factories.residents import ResidentFactory
from tests.outreach.seats import VISIT_ON, make_point, make_slot, make_visit

TODAY = dt.date(2026, 11, 22)
NINE = dt.time(9)


@pytest.fixture
def point(cast, district, noon):
    return make_point(district.grid_a)


@pytest.fixture
def visit(cast, point):
    return make_visit(point, cast.team_a)


@pytest.fixture
def slot(visit):
    return make_slot(visit)


def booked(slot, *, by=None, name="王小明", phone="13900000022", on=TODAY, now=None, **facts):
    facts = {"source": "link", "token": uuid.uuid4()} | facts
    return book_slot(by=by, on=on, now=now or timezone.now(), slot=slot.pk, name=name, phone=phone, **facts)


def code_of(refused, call) -> str:
    with pytest.raises(refused) as refusal:
        call()
    assert refusal.value.sentence.endswith("。")
    return refusal.value.code


# rules


@pytest.mark.parametrize(
    ("on", "clock", "begun"),
    [
        (VISIT_ON, dt.time(8, 59), False),
        (VISIT_ON, NINE, True),
        (VISIT_ON - dt.timedelta(days=1), dt.time(23), False),
        (VISIT_ON + dt.timedelta(days=1), dt.time(0), True),
    ],
)
def test_when_a_slot_has_begun(on, clock, begun):
    assert has_begun(VISIT_ON, NINE, Moment(on, clock)) is begun


@pytest.mark.parametrize(
    ("state", "days", "code"),
    [
        ("planned", 14, None),
        ("ongoing", 14, None),
        ("planned", 15, "too_early"),
        ("cancelled", 3, "visit_not_held"),
        ("done", 3, "visit_not_held"),
        ("missed", 3, "visit_not_held"),
        ("planned", -1, "slot_begun"),
    ],
)
def test_which_slot_may_be_booked(state, days, code):
    on = TODAY + dt.timedelta(days=days)
    found = object_to_slot(state, on, NINE, now=Moment(TODAY, dt.time(12)), days_ahead=14)
    assert (found and found.code) == code


def test_a_point_is_served_from_its_first_day_until_the_day_before_it_closes():
    def found(opened=0, closed=None):
        days = [None if one is None else TODAY + dt.timedelta(days=one) for one in (opened, closed)]
        return object_to_point(*days, today=TODAY)

    assert found() is found(0, 1) is None
    assert (found(1).code, found(0, 0).code, found(-9, -1).code) == (
        "point_to_come",
        "point_closed",
        "point_closed",
    )
    assert "11月23日" in found(1).sentence
    assert "2027年1月1日" in found(40).sentence


def test_who_may_book():
    assert object_to_caller("王明", "13900000022", held=1, most=2) is None
    assert object_to_caller("王明", "13900000022", held=2, most=2).code == "too_many"
    assert object_to_caller("王", "13900000022", held=0, most=2).code == "no_name"
    assert object_to_caller("王明", "", held=0, most=2).code == "phone_form"


def test_marks_on_the_day_and_for_a_while_after():
    def found(state, wanted, days):
        return object_to_mark(state, wanted, on=TODAY, today=TODAY + dt.timedelta(days=days), back_days=7)

    assert found("booked", "attended", -1).code == "not_yet"
    assert found("booked", "attended", 0) is None
    assert found("booked", "absent", 7) is None
    assert found("booked", "absent", 8).code == "too_late"
    assert found("attended", "absent", 3) is None
    assert found("attended", "cancelled", 0).code == "not_from_here"
    assert found("cancelled", "attended", 0).code == "not_from_here"
    assert found("booked", "cancelled", -1) is None


# booking


def test_a_seat_is_taken_and_the_number_is_sealed(slot):
    made = booked(slot, services=["glucose", "pressure", "unknown"])
    slot.refresh_from_db()
    assert (slot.taken, made.services) == (1, ["pressure", "glucose"])
    made.refresh_from_db()
    assert made.phone == "13900000022"
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM outreach_booking")
        assert b"13900000022" not in bytes(cursor.fetchone()[0])


def test_sent_again_it_is_the_same_booking(slot):
    token = uuid.uuid4()
    first, second = booked(slot, token=token), booked(slot, token=token)
    assert first == second
    assert VisitSlot.objects.get().taken == 1
    assert code_of(CannotBook, lambda: booked(slot, token=token, name="王小红")) == "form_used"


def test_once_for_a_slot_and_no_more_than_the_limit_for_a_number(visit, slot):
    other = make_slot(visit, begins_at=dt.time(10))
    third = make_slot(visit, begins_at=dt.time(10, 30))
    first = booked(slot)
    assert code_of(CannotBook, lambda: booked(slot)) == "booked_already"
    booked(other, phone="139-0000-0022")
    assert code_of(CannotBook, lambda: booked(third)) == "too_many"
    cancel_booking(by=None, on=TODAY, now=timezone.now(), booking=first)
    booked(third)


def test_cancelled_visits_do_not_count_against_the_number(cast, point, slot):
    gone = make_visit(point, cast.team_a, on=VISIT_ON + dt.timedelta(days=1))
    for begins in (9, 10):
        booked(make_slot(gone, begins_at=dt.time(begins)))
    assert code_of(CannotBook, lambda: booked(slot)) == "too_many"
    gone.state = "cancelled"
    gone.save(update_fields=["state"])
    booked(slot)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " 王 "}, "no_name"),
        ({"phone": "12345"}, "phone_form"),
        ({"phone": "13800000000"}, "phone_form"),
        ({"phone": ""}, "phone_form"),
    ],
)
def test_refused_callers(slot, facts, code):
    assert code_of(CannotBook, lambda: booked(slot, **facts)) == code
    assert VisitSlot.objects.get().taken == 0


def test_a_full_slot_is_refused_and_a_wrong_one(slot):
    booked(slot)
    booked(slot, name="王小红", phone="13900000033")
    assert code_of(CannotBook, lambda: booked(slot, phone="13900000044")) == "slot_full"
    assert VisitSlot.objects.get().taken == 2
    slot.pk = 0
    assert code_of(CannotBook, lambda: booked(slot)) == "no_slot"


def test_the_minute_it_begins_is_too_late(slot):
    begins = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)  # nine o'clock in Shanghai
    late = {"on": VISIT_ON, "now": begins}
    assert code_of(CannotBook, lambda: booked(slot, **late)) == "slot_begun"
    made = booked(slot, on=VISIT_ON, now=begins - dt.timedelta(minutes=1))
    refused = code_of(
        CannotChangeBooking, lambda: cancel_booking(by=None, on=VISIT_ON, now=begins, booking=made)
    )
    assert refused == "begun"


def test_another_team_books_nothing(cast, slot):
    made = booked(slot, by=cast.wang, source="phone")
    assert made.booked_by == cast.wang
    assert code_of(CannotBook, lambda: booked(slot, by=cast.zhao, source="phone")) == "not_own_team"
    for verb in (
        lambda: cancel_booking(by=cast.zhao, on=TODAY, now=timezone.now(), booking=made),
        lambda: mark_booking(by=cast.zhao, on=VISIT_ON, now=timezone.now(), booking=made, state="attended"),
    ):
        assert code_of(CannotChangeBooking, verb) == "not_own_team"


def test_instead_of_another_both_or_neither(cast, visit, slot):
    other = make_slot(visit, begins_at=dt.time(10), seats=1)
    old = booked(slot, by=cast.li, source="phone")
    new = booked(other, by=cast.li, source="phone", instead_of=old)
    old.refresh_from_db()
    assert (old.state, new.state) == (BookingState.CANCELLED, BookingState.BOOKED)
    assert dict(VisitSlot.objects.values_list("begins_at", "taken")) == {NINE: 0, dt.time(10): 1}
    third = booked(slot, by=cast.li, source="phone", phone="13900000044")
    full = code_of(
        CannotBook,
        lambda: booked(other, by=cast.li, source="phone", phone="13900000044", instead_of=third),
    )
    third.refresh_from_db()
    assert (full, third.state) == ("slot_full", BookingState.BOOKED)


# changes


def test_given_back_once_only(slot):
    made = booked(slot)
    for _ in range(2):
        cancel_booking(by=None, on=TODAY, now=timezone.now(), booking=made)
    assert VisitSlot.objects.get().taken == 0
    made.refresh_from_db()
    assert (made.state, made.changed_at) == ("cancelled", timezone.now())
    again = booked(slot)
    assert again.pk != made.pk


def test_marked_and_put_right(cast, slot):
    made = booked(slot)
    for state in ("attended", "absent", "absent"):
        held = mark_booking(by=cast.wang, on=VISIT_ON, now=timezone.now(), booking=made, state=state)
        assert held.state == state
    assert VisitSlot.objects.get().taken == 1
    early = code_of(
        CannotChangeBooking,
        lambda: mark_booking(
            by=cast.wang, on=TODAY, now=timezone.now(), booking=booked(slot, phone="13900000033"),
            state="attended",
        ),
    )  # fmt: skip
    assert early == "not_yet"


def test_recognized_by_name(cast, district, slot):
    made = booked(slot, name="王小明")
    mine = ResidentFactory(grid=district.grid_a, name="王小明")
    other = ResidentFactory(grid=district.grid_a, name="王小红")

    def recognize(person, by=cast.li):
        return recognize_booking(by=by, on=TODAY, booking=made, resident=person)

    assert code_of(CannotChangeBooking, lambda: recognize(other)) == "other_name"
    assert code_of(CannotChangeBooking, lambda: recognize(mine, cast.zhao)) == "not_own_team"
    assert recognize(mine).resident == mine
    twin = ResidentFactory(grid=district.grid_a, name="王小明")
    assert code_of(CannotChangeBooking, lambda: recognize(twin)) == "known_already"


# a visit that will not be


def test_who_booked_a_cancelled_visit_is_told(settings, visit, slot):
    mobile = booked(slot)
    landline = booked(slot, phone="0631-5231234", name="王小红")
    assert tell_booked(visits=[visit], now=timezone.now()) == 0  # no channel here
    settings.SMS_SENDER = "file"
    visit.state = "cancelled"
    visit.save(update_fields=["state"])
    assert tell_booked(visits=[visit], now=timezone.now()) == 1
    text = OutgoingText.objects.get()
    assert (text.phone, "王" in text.text, "11月24日09:00" in text.text) == ("13900000022", False, True)
    assert set(untold(Booking.objects.all(), first=TODAY)) == {mobile, landline}
    assert not untold(Booking.objects.all(), first=VISIT_ON + dt.timedelta(days=1)).exists()
    cancel_booking(by=None, on=TODAY, now=timezone.now(), booking=mobile)
    assert set(untold(Booking.objects.all(), first=TODAY)) == {landline}


def test_nobody_is_told_once_the_hour_has_passed(settings, visit, slot):
    booked(slot)
    settings.SMS_SENDER = "file"
    assert tell_booked(visits=[visit], now=dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)) == 0


# what is open


def test_open_days_leave_out_what_cannot_be_booked(cast, point, visit, slot, django_assert_num_queries):
    make_slot(visit, begins_at=dt.time(10), seats=0)
    far = make_visit(point, cast.team_a, on=TODAY + dt.timedelta(days=15))
    gone = make_visit(point, cast.team_a, on=TODAY + dt.timedelta(days=3), state="cancelled")
    for one in (far, gone):
        make_slot(one)
    policy = policy_on(TODAY)
    with django_assert_num_queries(2):
        days = open_days(visits_of(point), now=Moment(TODAY, dt.time(12)), policy=policy)
    assert [(day.visit, [(one.begins_at, one.left) for one in day.slots]) for day in days] == [
        (visit, [(NINE, 2)])
    ]
    far.delete()
    assert open_days(visits_of(point), now=Moment(VISIT_ON, NINE), policy=policy) == []


def test_forms_from_one_place_are_counted(db, noon):
    policy, now = policy_on(TODAY), timezone.now()
    for _ in range(policy.booking_tries):
        assert object_to_address("10.0.0.1", at=now, policy=policy) is None
    assert object_to_address("10.0.0.1", at=now, policy=policy).code == "address_locked"
    assert object_to_address("10.0.0.2", at=now, policy=policy) is None
    later = now + dt.timedelta(minutes=policy.booking_lock_minutes, seconds=1)
    assert object_to_address("10.0.0.1", at=later, policy=policy) is None


# many at once


def at_once(calls) -> list[str]:
    """Run all of them beside each other; the codes of those that were refused."""
    refused, gate = [], threading.Barrier(len(calls))

    def run(call):
        try:
            gate.wait()
            call()
        except Refusal as refusal:
            refused.append(refusal.code)
        except Exception as error:
            refused.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return refused


@pytest.mark.django_db(transaction=True)
def test_fifty_for_the_last_seat(cast, district):
    """As many as there are seats, whoever comes first."""
    now = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
    slot = make_slot(make_visit(make_point(district.grid_a), cast.team_a), seats=1)
    calls = [lambda n=n: booked(slot, now=now, name=f"居民{n}号", phone=f"139{n:04d}1234") for n in range(50)]
    assert at_once(calls) == ["slot_full"] * 49
    slot.refresh_from_db()
    assert (slot.taken, Booking.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_number_at_many_slots_at_once_stays_within_its_limit(cast, district):
    now = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
    visit = make_visit(make_point(district.grid_a), cast.team_a)
    slots = [make_slot(visit, begins_at=dt.time(9, n * 5), seats=5) for n in range(8)]
    assert at_once([lambda one=one: booked(one, now=now) for one in slots]) == ["too_many"] * 6
    assert Booking.objects.count() == sum(VisitSlot.objects.values_list("taken", flat=True)) == 2


@pytest.mark.django_db(transaction=True)
def test_one_form_under_two_numbers_at_once_is_booked_once(cast, district):
    """Each number waits for itself only; the form is one all the same."""
    now, token = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), uuid.uuid4()
    slot = make_slot(make_visit(make_point(district.grid_a), cast.team_a), seats=9)
    calls = [lambda n=n: booked(slot, now=now, token=token, phone=f"1390000{n:04d}") for n in range(21, 25)]
    assert at_once(calls) == ["form_used"] * 3
    slot.refresh_from_db()
    assert (slot.taken, Booking.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("seats", "ends"), [(2, {""}), (1, {"slot_full"})])
def test_two_who_change_places_never_wait_in_a_circle(cast, district, monkeypatch, seats, ends):
    """Each gives back the seat that the other takes. Held up between the two, so that they would meet."""
    now = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
    visit = make_visit(make_point(district.grid_a), cast.team_a)
    slots = [make_slot(visit, begins_at=dt.time(hour), seats=seats) for hour in (9, 10)]
    facts = {"by": cast.li, "source": "phone", "now": now}
    phones = ("13900000022", "13900000033")
    old = [booked(one, phone=phone, **facts) for one, phone in zip(slots, phones, strict=True)]
    cancel = booking.cancel_booking

    def slowly(**given):
        done = cancel(**given)
        time.sleep(0.3)
        return done

    monkeypatch.setattr(booking, "cancel_booking", slowly)
    calls = [lambda n=n: booked(slots[1 - n], phone=phones[n], instead_of=old[n], **facts) for n in range(2)]
    refused = at_once(calls)
    assert set(refused or [""]) == ends
    states = set(Booking.objects.filter(pk__in=[one.pk for one in old]).values_list("state", flat=True))
    assert states == ({BookingState.CANCELLED} if seats == 2 else {BookingState.BOOKED})
    assert list(VisitSlot.objects.order_by("pk").values_list("taken", flat=True)) == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_changing_places_while_the_same_seat_is_given_back(cast, district, monkeypatch):
    """Whoever is first; the booking is locked before its slot by both."""
    now = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
    visit = make_visit(make_point(district.grid_a), cast.team_a)
    first, second = (make_slot(visit, begins_at=dt.time(hour), seats=1) for hour in (9, 10))
    facts = {"by": cast.li, "source": "phone", "now": now}
    old = booked(first, **facts)
    held = booking._held

    def slowly(one):
        found = held(one)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(booking, "_held", slowly)
    refused = at_once(
        [
            lambda: booked(second, instead_of=old, **facts),
            lambda: cancel_booking(by=None, on=TODAY, now=now, booking=old),
        ]
    )
    assert refused == []
    assert list(VisitSlot.objects.order_by("pk").values_list("taken", flat=True)) == [0, 1]
