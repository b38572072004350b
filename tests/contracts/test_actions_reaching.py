import datetime as dt

import pytest

from contracts.actions import CannotNoteReached, note_reached, terminate
from contracts.choices import EventKind
from tests.factories.contracts import NOON, family, household_signed

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
SIGNED = DAY - 100 * ONE


@pytest.fixture
def agreement(cast, district, wording):
    return household_signed(family(district.grid_a), cast.team_a, cast.li, on=SIGNED)


def reach(agreement, by, residents=None, **changes):
    people = (
        list(agreement.enrollments.values_list("resident", flat=True)) if residents is None else residents
    )
    return note_reached(
        **{"by": by, "on": DAY, "agreement": agreement, "residents": people, "day": DAY, "how": "phone"}
        | changes
    )


def days(agreement):
    return list(agreement.enrollments.order_by("position").values_list("last_reached_on", flat=True))


def test_whom_somebody_spoke_with_is_written_down(cast, agreement):
    first = agreement.enrollments.get(position=1).resident_id
    reach(agreement, cast.wang, [first], how="home")
    assert days(agreement) == [DAY, None, None]
    event = agreement.events.get(kind=EventKind.REACHED)
    assert (event.by, event.on, event.note) == (cast.wang, DAY, "入户联系上王*国")


def test_an_earlier_day_hides_no_later_one(cast, agreement):
    first = agreement.enrollments.get(position=1).resident_id
    reach(agreement, cast.li, [first])
    reach(agreement, cast.li, day=DAY - 5 * ONE)
    assert days(agreement) == [DAY, DAY - 5 * ONE, DAY - 5 * ONE]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"day": DAY + ONE}, "reached_in_future", "day"),
        ({"day": SIGNED - ONE}, "reached_outside_term", "day"),
        ({"residents": []}, "nobody_chosen", "residents"),
    ],
)
def test_what_is_refused(cast, agreement, changes, code, field):
    with pytest.raises(CannotNoteReached) as caught:
        reach(agreement, cast.li, **changes)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert days(agreement) == [None, None, None]


def test_the_first_day_counts(cast, agreement):
    reach(agreement, cast.li, day=SIGNED)
    assert days(agreement) == [SIGNED] * 3


def test_only_the_own_team_and_only_while_it_runs(cast, agreement):
    with pytest.raises(CannotNoteReached) as caught:
        reach(agreement, cast.zhao)
    assert caught.value.code == "not_own_team"
    terminate(
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=agreement, reason="moved_out", last_day=DAY
    )  # fmt: skip
    with pytest.raises(CannotNoteReached) as caught:
        reach(agreement, cast.li)
    assert caught.value.code == "wrong_state"
