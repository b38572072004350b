import datetime as dt

import pytest

from contracts.choices import AgreementState as S
from contracts.models import Agreement, AgreementEvent, Enrollment, Signature
from residents.models import Resident
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture
def signed(cast, district, wording):
    """Who lives where, signed by whom: (grid, team) in every combination."""
    pairs = {}
    for place, grid in (("a", district.grid_a), ("b", district.grid_b)):
        for name, team, doctor in (("a", cast.team_a, cast.li), ("b", cast.team_b, cast.zhao)):
            pairs[place + name] = sign_agreement(ResidentFactory(grid=grid), team, doctor, on=DAY)
    return pairs


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("li", {"aa", "ab", "ba"}),  # signed by the own team, or living in its grid
        ("wang", {"aa", "ab", "ba"}),
        ("zhao", {"ab", "ba", "bb"}),
        ("qian", {"aa", "ab", "ba"}),
        ("wu", {"ab", "ba", "bb"}),
        ("zhou", {"aa", "ab", "ba", "bb"}),
        ("he", {"aa", "ab", "ba"}),  # the street's institutions and grids; the permission is asked elsewhere
        ("sun", {"aa", "ab"}),
    ],
)
def test_an_agreement_is_seen_by_its_team_and_where_the_person_lives(cast, signed, who, seen):
    user = getattr(cast, who)
    assert {name for name, one in signed.items() if one in Agreement.objects.visible_to(user)} == seen
    mine = {one.pk for one in Agreement.objects.visible_to(user)}
    assert {one.agreement_id for one in Signature.objects.visible_to(user)} == mine
    assert {one.agreement_id for one in AgreementEvent.objects.visible_to(user)} == mine


def test_an_enrolment_is_seen_like_its_person_and_its_agreement(cast, signed):
    for user in (cast.li, cast.zhao, cast.qian, cast.zhou):
        people = set(Resident.objects.visible_to(user))
        seen = set(Enrollment.objects.visible_to(user))
        assert seen == {
            one
            for one in Enrollment.objects.all()
            if one.resident in people or one.agreement in Agreement.objects.visible_to(user)
        }


@pytest.mark.parametrize("state", list(S))
def test_in_force_counts_days_not_states(cast, resident, state):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    agreement.enrollments.update(state=state)
    counted = state not in (S.VOID, S.DRAFT, S.PENDING_CONFIRM)
    for day in (DAY, agreement.ends_on):
        assert Enrollment.objects.in_force_on(day).exists() == counted
    for day in (DAY - ONE, agreement.ends_on + ONE):
        assert not Enrollment.objects.in_force_on(day).exists()


def test_buckets_by_date(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    last = agreement.ends_on
    rows = Agreement.objects
    for day, running, expiring, past in (
        (last - 61 * ONE, True, False, False),
        (last - 60 * ONE, True, True, False),
        (last, True, True, False),
        (last + ONE, False, False, True),
    ):
        assert rows.running_on(day).exists() == running
        assert rows.expiring(day, within_days=60).exists() == expiring
        assert rows.past_end(day).exists() == rows.expired_by(day).exists() == past
