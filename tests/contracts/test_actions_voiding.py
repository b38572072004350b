import datetime as dt

import pytest

from contracts.actions import CannotVoid, expire_ended, void, write_successors
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, ProofKind, RenewalKind, ReviewKind, ReviewState
from contracts.models import Agreement, Enrollment, Fulfillment, ReviewFlag, ServiceItem
from contracts.queries.people import sign_status, signed_counts
from residents.models import Resident
from tests.factories.contracts import NOON, sign_agreement, supplement_signed

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
SIGNED = DAY - 10 * ONE


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=SIGNED)


def undo(agreement, by, **changes):
    return void(**{"by": by, "on": DAY, "agreement": agreement, "reason": "录错了居民"} | changes)


def refused(agreement, by, **changes):
    with pytest.raises(CannotVoid) as caught:
        undo(agreement, by, **changes)
    return caught.value.code


def served(agreement, day):
    return Fulfillment.objects.create(
        agreement=agreement, enrollment=agreement.enrollments.get(), item=ServiceItem.objects.first(), done_on=day,
        proof=ProofKind.FOLLOW_UP, key=f"follow_up:{day}",
    )  # fmt: skip


def test_void_counts_nowhere_and_binds_nobody(cast, resident, agreement):
    undo(agreement, cast.qian)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.enrollments.get().state) == (S.VOID, S.VOID)
    event = agreement.events.get(kind=EventKind.VOIDED)
    assert (event.by, event.note) == (cast.qian, "录错了居民")
    assert signed_counts([cast.team_a.pk], on=DAY) == {}
    assert not Enrollment.objects.in_force_on(SIGNED).exists()
    assert sign_status([resident.pk], on=DAY, notice_days=60) == {}
    assert Resident.objects.get(pk=resident.pk).managing_team is None
    assert sign_agreement(resident, cast.team_b, cast.zhao, on=DAY).state == S.ACTIVE


def test_who_has_an_older_agreement_with_the_team_stays_in_its_care(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 400 * ONE)
    expire_ended(on=DAY - 30 * ONE)
    undo(sign_agreement(resident, cast.team_a, cast.li, on=SIGNED), cast.qian)
    assert Resident.objects.get(pk=resident.pk).managing_team == cast.team_a


def test_supplements_go_with_it(cast, resident, agreement):
    course = supplement_signed(agreement, resident, cast.li, on=DAY)
    undo(agreement, cast.qian)
    course.refresh_from_db()
    assert (course.state, course.enrollments.get().state) == (S.VOID, S.VOID)
    assert course.events.get(kind=EventKind.VOIDED).note.startswith("随主协议")


def test_not_after_services(cast, agreement):
    row = served(agreement, SIGNED + ONE)
    assert refused(agreement, cast.qian) == "has_services"
    Fulfillment.objects.filter(pk=row.pk).update(withdrawn_at=dt.datetime.combine(DAY, NOON))
    undo(agreement, cast.qian)


def test_what_was_handed_out_on_the_day_of_signing_is_no_service(cast, agreement):
    served(agreement, SIGNED)
    assert undo(agreement, cast.qian).state == S.VOID


def test_found_false_it_is_void_whatever_was_written_down(cast, agreement):
    served(agreement, SIGNED + ONE)
    ReviewFlag.objects.create(
        agreement=agreement, kind=ReviewKind.NIGHT, key="x", found_on=DAY, state=ReviewState.CONFIRMED
    )
    assert undo(agreement, cast.qian).state == S.VOID


def test_not_under_a_next_term(cast, agreement):
    (new,) = write_successors(
        [agreement.pk], by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), signed_on=DAY, years=1,
        kind=RenewalKind.AUTO,
    ).values()  # fmt: skip
    assert refused(agreement, cast.qian) == "has_successor"
    undo(Agreement.objects.get(pk=new), cast.qian)
    assert undo(agreement, cast.qian).state == S.VOID


def test_a_reason_is_asked_for(cast, agreement):
    assert refused(agreement, cast.qian, reason="  ") == "reason_missing"


def test_only_the_leader_or_the_steward(cast, agreement):
    for stranger in (cast.wang, cast.zhao, cast.wu, cast.zhou):
        assert refused(agreement, stranger) == "not_own_team"


@pytest.mark.parametrize("state", [S.RENEWED, S.TRANSFERRED, S.VOID])
def test_what_something_else_rests_on_stays(cast, agreement, state):
    Agreement.objects.update(state=state)
    assert refused(agreement, cast.qian) == "wrong_state"


def test_found_out_after_the_end(cast, resident):
    old = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 400 * ONE)
    expire_ended(on=DAY)
    assert undo(old, cast.qian).state == S.VOID


def test_not_after_services_of_a_supplement(cast, resident, agreement):
    course = supplement_signed(agreement, resident, cast.li, on=SIGNED + ONE)
    served(course, SIGNED + ONE)
    row = served(course, SIGNED + 2 * ONE)
    assert refused(agreement, cast.qian) == "has_services"
    Fulfillment.objects.filter(pk=row.pk).update(withdrawn_at=dt.datetime.combine(DAY, NOON))
    undo(agreement, cast.qian)
