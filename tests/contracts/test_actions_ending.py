import datetime as dt
import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actions import CannotTerminate, SignedBy, expire_ended, terminate
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, Occasion, SignerParty, TerminationReason
from contracts.models import Agreement, AgreementEvent, Enrollment, Signature
from residents.actions import set_managing_team
from residents.models import ResidentEvent
from tests.factories.contracts import NOON, png, sign_agreement, supplement_signed
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamMembershipFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


def end(agreement, by, *, last_day=DAY, on=DAY, reason=TerminationReason.RESIDENT_REQUEST, **changes):
    return terminate(
        by=by, on=on, now=dt.datetime.combine(on, NOON), agreement=agreement, reason=reason, last_day=last_day, **changes
    )  # fmt: skip


def refused(agreement, by, **changes):
    with pytest.raises(CannotTerminate) as caught:
        end(agreement, by, **changes)
    agreement.refresh_from_db()
    assert agreement.state == S.ACTIVE
    return caught.value


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)


def test_terminating_ends_the_enrolment_and_frees_the_person(cast, resident, agreement):
    end(agreement, cast.li, note=" 已搬走 ")
    agreement.refresh_from_db()
    enrollment = agreement.enrollments.get()
    assert (agreement.state, enrollment.state) == (S.TERMINATED, S.TERMINATED)
    assert agreement.ends_on == dt.date(2027, 8, 13)  # as printed
    assert (enrollment.ends_on, enrollment.end_reason) == (DAY, TerminationReason.RESIDENT_REQUEST)
    event = agreement.events.get(kind=EventKind.TERMINATED)
    assert (event.on, event.by, event.reason, event.note) == (
        DAY, cast.li, TerminationReason.RESIDENT_REQUEST, "已搬走",
    )  # fmt: skip
    resident.refresh_from_db()
    assert resident.managing_team is None


def test_the_end_of_a_course_leaves_the_person_in_care(cast, resident, agreement):
    course = supplement_signed(agreement, resident, cast.li, on=DAY - ONE)
    end(course, cast.li)
    agreement.refresh_from_db()
    resident.refresh_from_db()
    assert (course.enrollments.get().ends_on, agreement.state) == (DAY, S.ACTIVE)
    assert resident.managing_team == cast.team_a


def test_another_team_signs_from_the_next_day_on(cast, resident, agreement):
    end(agreement, cast.li, last_day=DAY - ONE)
    again = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    assert again.starts_on == DAY
    assert Enrollment.objects.in_force_on(DAY).get(resident=resident).agreement == again
    assert Enrollment.objects.in_force_on(DAY - ONE).get(resident=resident).agreement == agreement


def test_the_last_day_may_be_still_to_come(cast, resident, agreement):
    end(agreement, cast.li, last_day=DAY + ONE)
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_a
    assert Enrollment.objects.in_force_on(DAY + ONE).filter(resident=resident).exists()
    expire_ended(on=DAY + ONE)
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_a
    expire_ended(on=DAY + 2 * ONE)
    resident.refresh_from_db()
    assert resident.managing_team is None
    told = resident.events.filter(kind=ResidentEvent.Kind.TEAM_CHANGED).count()
    expire_ended(on=DAY + 2 * ONE)
    assert resident.events.filter(kind=ResidentEvent.Kind.TEAM_CHANGED).count() == told


def test_a_person_cared_for_by_another_team_stays_there(cast, resident, agreement):
    set_managing_team(resident=resident, team=cast.team_b, by=cast.zhou, on=DAY)
    end(agreement, cast.li)
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_b


@pytest.mark.parametrize("state", [one for one in S if one != S.ACTIVE])
def test_only_a_running_agreement_is_terminated(cast, agreement, state):
    waits = "resident" if state == S.PENDING_CONFIRM else ""
    Agreement.objects.filter(pk=agreement.pk).update(state=state, waits_for=waits)
    with pytest.raises(CannotTerminate) as caught:
        end(agreement, cast.li)
    assert caught.value.code == "wrong_state"
    assert agreement.enrollments.get().state == S.ACTIVE


def test_who_may_end_it(cast, agreement):
    for stranger in (cast.zhao, cast.wu, cast.wang, cast.zhou):
        assert refused(agreement, stranger).code == "not_own_team"
    end(agreement, cast.qian)


def test_a_leader_elsewhere_is_only_a_member_here(cast, agreement):
    TeamMembershipFactory(team=cast.team_a, user=cast.zhao)
    assert refused(agreement, cast.zhao).code == "not_own_team"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"last_day": DAY - 101 * ONE}, "ends_before_start", "last_day"),
        ({"last_day": dt.date(2027, 8, 14)}, "ends_after_term", "last_day"),
        ({"reason": TerminationReason.OTHER, "note": "  "}, "reason_missing", "note"),
        ({"reason": TerminationReason.DEATH, "last_day": DAY + ONE}, "death_in_future", "last_day"),
    ],
)
def test_what_a_termination_must_say(cast, agreement, changes, code, field):
    no = refused(agreement, cast.li, **changes)
    assert (no.code, no.field) == (code, field)


def test_twice_is_refused(cast, agreement):
    end(agreement, cast.li)
    with pytest.raises(CannotTerminate, match="已解约"):
        end(agreement, cast.li)
    assert AgreementEvent.objects.filter(kind=EventKind.TERMINATED).count() == 1


def test_a_confirming_signature_is_kept_beside_the_first(cast, agreement):
    end(agreement, cast.li, evidence=SignedBy(SignerParty.RESIDENT, "王建国", png()))
    signed = agreement.signatures.filter(party=SignerParty.RESIDENT)
    assert set(signed.values_list("occasion", flat=True)) == {Occasion.SIGNING, Occasion.ENDING}


# --- expiry -----------------------------------------------------------------------------------------------------


def ends(cast, district, *days):
    """Agreements whose last printed day is so many days after DAY."""
    made = []
    for offset in days:
        start = DAY + offset * ONE - 364 * ONE
        made.append(sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=start))
        assert made[-1].ends_on == DAY + offset * ONE
    return made


def test_it_expires_the_day_after_its_last_day(cast, district, wording):
    yesterday, today, tomorrow = ends(cast, district, -1, 0, 1)
    assert expire_ended(on=DAY) == 1
    assert [Agreement.objects.get(pk=one.pk).state for one in (yesterday, today, tomorrow)] == [
        S.EXPIRED, S.ACTIVE, S.ACTIVE,
    ]  # fmt: skip
    assert yesterday.enrollments.get().state == S.EXPIRED
    event = yesterday.events.get(kind=EventKind.EXPIRED)
    assert (event.on, event.by) == (DAY - ONE, None)


def test_the_former_rows_name_the_job(cast, district, wording):
    (agreement,) = ends(cast, district, -1)
    expire_ended(on=DAY)
    kept = agreement.history.get()
    assert (kept.state, kept.pgh_context.metadata["job"]) == (S.ACTIVE, "expire_agreements")


def test_expired_people_stay_in_the_teams_care(cast, district, wording):
    (agreement,) = ends(cast, district, -1)
    expire_ended(on=DAY)
    assert agreement.enrollments.get().resident.managing_team == cast.team_a


def test_running_it_twice_or_late_changes_nothing_more(cast, district, wording):
    ends(cast, district, -40, -3, 5)
    assert expire_ended(on=DAY) == 2
    before = list(AgreementEvent.objects.values_list("pk", flat=True))
    assert expire_ended(on=DAY) == 0
    assert list(AgreementEvent.objects.values_list("pk", flat=True)) == before


def test_it_equals_the_rule_applied_one_by_one(cast, district, wording):
    dice = random.Random(7)
    made = ends(cast, district, *(dice.randint(-5, 5) for _ in range(24)))
    for one in made:
        state = dice.choice([S.ACTIVE, S.ACTIVE, S.TERMINATED, S.VOID, S.RENEWED, S.DRAFT])
        Agreement.objects.filter(pk=one.pk).update(state=state)
        Enrollment.objects.filter(agreement=one).update(state=state)
    stored = {one.pk: one for one in Agreement.objects.all()}
    expected = {
        pk: S.EXPIRED if one.state == S.ACTIVE and one.ends_on < DAY else one.state
        for pk, one in stored.items()
    }
    changed = {pk for pk, state in expected.items() if state != stored[pk].state}
    assert changed
    assert expire_ended(on=DAY) == len(changed)
    assert dict(Agreement.objects.values_list("pk", "state")) == expected
    assert dict(Enrollment.objects.values_list("agreement", "state")) == expected
    told = AgreementEvent.objects.filter(kind=EventKind.EXPIRED).values_list("agreement", flat=True)
    assert sorted(told) == sorted(changed)


def test_the_number_of_queries_does_not_grow(cast, district, wording):
    counts = []
    for many in (1, 6):
        ends(cast, district, *range(-many, 0))
        with CaptureQueriesContext(connection) as queries:
            assert expire_ended(on=DAY) == many
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_a_person_signed_again_after_a_termination_is_not_released(cast, resident):
    first = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 500 * ONE)
    end(first, cast.li, on=DAY - 400 * ONE, last_day=DAY - 400 * ONE)
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 399 * ONE)
    expire_ended(on=DAY)  # the second ran out: the person stays, to be renewed
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_a


def test_the_night_closes_them(cast, district, wording):
    (agreement,) = ends(cast, district, -1)
    call_command("nightly", "--on", str(DAY), "--only", "expire-agreements", stdout=StringIO())
    agreement.refresh_from_db()
    assert agreement.state == S.EXPIRED


def run(*args):
    out = StringIO()
    call_command("expire_agreements", *args, stdout=out)
    return out.getvalue()


def test_the_command_does_the_same(cast, district, wording):
    (agreement,) = ends(cast, district, -1)
    assert "将有 1 份协议到期（未修改）" in run("--on", "2026-11-22", "--dry-run")
    agreement.refresh_from_db()
    assert agreement.state == S.ACTIVE
    assert "0 份" in run("--on", "2026-11-21")
    assert "1 份协议已到期" in run("--on", "2026-11-22")
    agreement.refresh_from_db()
    assert agreement.state == S.EXPIRED


def test_the_command_refuses_a_day_that_is_none(db):
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        run("--on", "2026-02-30")


def test_signatures_of_both_occasions_are_distinct(cast, agreement):
    end(agreement, cast.li, evidence=SignedBy(SignerParty.RESIDENT, "王建国", png()))
    assert Signature.objects.filter(agreement=agreement).count() == 3
