"""A next term that was signed early goes with whoever leaves, whatever agreement it names as the one before."""

import datetime as dt

import pytest

from contracts.actions import (
    agree_to_transfer,
    expire_ended,
    open_transfer,
    reject_signing,
    terminate,
    void,
)
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, TerminationReason
from contracts.queries.transfers import ways_to
from tests.factories.contracts import NOON, family, household_signed, sign_agreement, supplement_signed

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
BEGUN = DAY - 340 * ONE
NOW = dt.datetime.combine(DAY, NOON)


@pytest.fixture
def couple(cast, district, wording):
    """Both signed alone, and the next term together: (agreement that it does not name, its person, the next term)."""
    home = family(district.grid_a, child=False)
    old = [sign_agreement(one, cast.team_a, cast.li, on=BEGUN) for one in home.members.order_by("relation")]
    new = household_signed(home, cast.team_a, cast.li, on=DAY, starts_on=old[0].ends_on + ONE)
    (other,) = [one for one in old if one != new.previous]
    return other, other.enrollments.get().resident, new


def end(cast, agreement):
    reason = TerminationReason.RESIDENT_REQUEST
    return terminate(by=cast.li, on=DAY, now=NOW, agreement=agreement, reason=reason, last_day=DAY)


def states_in(agreement, resident):
    agreement.refresh_from_db()
    others = agreement.enrollments.exclude(resident=resident).values_list("state", flat=True)
    return agreement.state, agreement.enrollments.get(resident=resident).state, set(others)


def test_a_termination_takes_the_person_out_of_the_households_next_term(cast, couple):
    agreement, person, new = couple
    end(cast, agreement)
    assert states_in(new, person) == (S.ACTIVE, S.VOID, {S.ACTIVE})


def test_a_transfer_takes_the_person_out_of_the_households_next_term(cast, couple):
    agreement, person, new = couple
    transfer = open_transfer(by=cast.zhao, on=DAY, resident=person, to_team=cast.team_b, reason="已搬家")
    agree_to_transfer(by=cast.li, on=DAY, now=NOW, transfer=transfer)
    assert ways_to(cast.team_b, [person.pk])[person.pk].agreements == {agreement.pk, new.pk}
    assert sign_agreement(person, cast.team_b, cast.zhao, on=DAY).state == S.ACTIVE
    assert states_in(new, person) == (S.ACTIVE, S.VOID, {S.ACTIVE})


def test_a_course_within_the_next_term_goes_too(cast, resident):
    old = sign_agreement(resident, cast.team_a, cast.li, on=BEGUN)
    new = sign_agreement(resident, cast.team_a, cast.li, on=DAY, starts_on=old.ends_on + ONE)
    course = supplement_signed(new, resident, cast.li, on=DAY, starts_on=new.starts_on)
    end(cast, old)
    for one in (new, course):
        one.refresh_from_db()
        assert (one.state, one.enrollments.get().state) == (S.VOID, S.VOID)


def test_the_end_of_a_course_leaves_the_next_term(cast, resident):
    old = sign_agreement(resident, cast.team_a, cast.li, on=BEGUN)
    course = supplement_signed(old, resident, cast.li, on=DAY)
    new = sign_agreement(resident, cast.team_a, cast.li, on=DAY, starts_on=old.ends_on + ONE)
    end(cast, course)
    new.refresh_from_db()
    assert (new.state, new.enrollments.get().state) == (S.ACTIVE, S.ACTIVE)


def _void(cast, new, day):
    void(by=cast.qian, on=day, agreement=new, reason="录错了居民")


def _reject(cast, new, day):
    reject_signing(by=cast.qian, on=day, now=NOW, agreement=new, note="没有原件")


def _forget(cast, new, day):
    expire_ended(on=new.ends_on + ONE)


@pytest.mark.parametrize("falls", [_void, _reject, _forget])
def test_what_a_void_agreement_was_to_continue_has_run_out(cast, resident, falls):
    old = sign_agreement(resident, cast.team_a, cast.li, on=BEGUN)
    last = old.ends_on
    late = {"signed_on": last - 8 * ONE, "starts_on": last + ONE}
    new = sign_agreement(resident, cast.team_a, cast.li, on=last, **late)
    assert (new.state, new.previous) == (S.PENDING_CONFIRM, old)
    expire_ended(on=last + ONE)
    old.refresh_from_db()
    assert (old.state, old.enrollments.get().state) == (S.RENEWED, S.RENEWED)
    falls(cast, new, last + ONE)
    new.refresh_from_db()
    old.refresh_from_db()
    assert (new.state, old.state, old.enrollments.get().state) == (S.VOID, S.EXPIRED, S.EXPIRED)
    event = old.events.filter(kind=EventKind.EXPIRED).get()
    assert (event.on, event.note) == (last, "下一份协议已作废，期满未续")


def test_what_another_agreement_continues_stays_renewed(cast, district, wording):
    home = family(district.grid_a, child=False)
    old = household_signed(home, cast.team_a, cast.li, on=BEGUN)
    first, _ = (
        sign_agreement(one, cast.team_a, cast.li, on=DAY, starts_on=old.ends_on + ONE)
        for one in home.members.order_by("relation")
    )
    expire_ended(on=old.ends_on + ONE)
    _void(cast, first, old.ends_on + ONE)
    old.refresh_from_db()
    assert old.state == S.RENEWED
