"""The life of an agreement under each of the five documents: families, renewals by signature and by calendar, the cap."""

import datetime as dt

import pytest

from assessment.choices import Level
from assessment.queries import coverage
from config.profiles.loading import names, read, store
from contracts.actions import CannotSign, close_terms, note_reached
from contracts.choices import AgreementState, ReachWay, RenewalKind, RenewalMode
from contracts.models import Agreement
from contracts.policy import policy_on
from contracts.queries.panel import panel_enrollments, panel_size
from core.models import PolicySetting
from residents.policy import policy_on as residents_policy_on
from tests.factories.contracts import NOON, ensure_wording, family, household_signed, sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture(params=names())
def profile(request):
    """The numbers of one document, in force from the first day of the year before."""
    ensure_wording()
    found = read(request.param)
    store(found, on=dt.date(2025, 1, 1), today=DAY)
    return found


@pytest.fixture
def person(district, profile):
    return ResidentFactory(name="王建国", grid=district.grid_a, born_on=dt.date(1950, 3, 4))


def close(on: dt.date) -> tuple[int, int]:
    return close_terms(on=on, now=dt.datetime.combine(on, NOON))


def test_a_family_signs_together_and_everybody_counts(cast, district, profile):
    home = family(district.grid_a)
    agreement = household_signed(home, cast.team_a, cast.li, on=DAY)
    assert agreement.state == AgreementState.ACTIVE
    assert agreement.enrollments.filter(state=AgreementState.ACTIVE).count() == 3
    found = coverage(
        cast.zhou, Level.TEAM, area=None, on=DAY, before=DAY - ONE, policy=residents_policy_on(DAY)
    )
    child_is_key = "child_0_6" in residents_policy_on(DAY).key_populations
    assert (found.total.now.signed, found.total.now.key_family) == (3, int(child_is_key))


def test_who_lives_alone_signs_as_a_family_where_the_document_lets_him(cast, profile, person):
    policy = policy_on(DAY)
    assert policy.allow_single_person_family == (profile.name in ("hunan_urban", "taihao"))
    if policy.allow_single_person_family:
        agreement = household_signed(person.household, cast.team_a, cast.li, on=DAY)
        assert agreement.enrollments.get().resident == person
        return
    with pytest.raises(CannotSign) as met:
        household_signed(person.household, cast.team_a, cast.li, on=DAY)
    assert (met.value.code, met.value.field) == ("too_few_members", "members")


def test_the_next_term_is_signed_ahead_and_follows_without_a_gap(cast, profile, person):
    first = sign_agreement(person, cast.team_a, cast.li, on=dt.date(2025, 12, 1))
    notice = policy_on(DAY).renewal_notice_days
    start = first.ends_on + ONE
    asked = {"starts_on": start, "term_years": 1}
    with pytest.raises(CannotSign):
        early = first.ends_on - dt.timedelta(days=notice + 5)
        sign_agreement(person, cast.team_a, cast.li, on=early, signed_on=early, **asked)
    on = max(first.ends_on - dt.timedelta(days=5), first.ends_on - dt.timedelta(days=notice))
    again = sign_agreement(person, cast.team_a, cast.li, on=on, signed_on=on, **asked)
    assert (again.previous, again.renewal_kind, again.starts_on) == (first, RenewalKind.EXPLICIT, start)
    assert panel_size(cast.li, cast.institution_a, on) == 1
    first.refresh_from_db()
    assert first.state == AgreementState.ACTIVE
    close(start)
    first.refresh_from_db()
    assert first.state == AgreementState.RENEWED


@pytest.mark.parametrize("is_reached", [True, False])
def test_the_calendar_renews_only_where_the_document_says_so_and_whom_somebody_reached(
    cast, profile, person, is_reached
):
    first = sign_agreement(person, cast.team_a, cast.li, on=dt.date(2025, 11, 22))
    if is_reached:
        day = dt.date(2026, 5, 4)
        note_reached(by=cast.li, on=day, agreement=first, residents=[person.pk], day=day, how=ReachWay.PHONE)
    close(DAY)
    first.refresh_from_db()
    is_auto = policy_on(DAY).renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED
    assert is_auto == (profile.name == "hunan_urban")
    if not (is_auto and is_reached):
        assert first.state == AgreementState.EXPIRED
        assert Agreement.objects.count() == 1
        return
    assert first.state == AgreementState.RENEWED
    after = first.successors.get()
    assert (after.renewal_kind, after.starts_on, after.state) == (
        RenewalKind.AUTO,
        DAY,
        AgreementState.ACTIVE,
    )


def test_a_full_panel_takes_nobody_new_and_loses_nobody(cast, district, profile, person):
    assert policy_on(DAY).max_residents_per_doctor == 2000
    PolicySetting.objects.create(
        room="contracts",
        payload={"max_residents_per_doctor": 1},
        in_force_from=dt.date(2025, 1, 1),
        source="测试",
    )
    first = sign_agreement(person, cast.team_a, cast.li, on=dt.date(2025, 11, 25))
    with pytest.raises(CannotSign) as met:
        sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
    assert (met.value.code, met.value.field) == ("panel_full", "doctor")
    again = sign_agreement(person, cast.team_a, cast.li, on=DAY, starts_on=first.ends_on + ONE)
    assert again.previous == first
    assert panel_size(cast.li, cast.institution_a, DAY) == 1
    assert [one.agreement for one in panel_enrollments(cast.li, cast.institution_a, DAY)] == [again]
