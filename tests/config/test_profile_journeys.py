"""The same code serves the districts of all five documents: register, sign by their terms, count the coverage."""

import datetime as dt

import pytest

from assessment.choices import Level
from assessment.queries import coverage
from config.profiles.loading import names, read, store
from contracts.actions import CannotSign, CannotTerminate, terminate
from contracts.choices import AgreementState, RenewalMode, TerminationReason
from contracts.policy import policy_on
from contracts.queries.signing import sign_sheet
from core.dates import term_end
from residents.actions import register_resident
from residents.choices import IdKind, Population
from residents.models import PopulationFlag
from residents.policy import policy_on as residents_policy_on
from tests.factories.contracts import both_signatures, ensure_wording, sign_agreement
from tests.factories.residents import id_number

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
def person(cast, district, profile):
    """An elder of grid A, registered under the profile's rules."""
    return register_resident(
        name="王建国",
        id_kind=IdKind.ID_CARD,
        id_number=id_number(dt.date(1950, 3, 4), 77),
        grid=district.grid_a,
        policy=residents_policy_on(DAY),
        by=cast.li,
        on=DAY,
    )


def test_the_numbers_that_hold_are_those_of_the_document(profile):
    stated = {(one.room, one.name): one.value for one in profile.settings}
    policy = policy_on(DAY)
    assert policy.first_term_years == stated["contracts", "first_term_years"]
    assert policy.renewal_mode == stated["contracts", "renewal_mode"]
    assert (policy.renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED) == (profile.name == "hunan_urban")


def test_register_sign_and_count(cast, district, profile, person):
    policy = policy_on(DAY)
    kinds = set(PopulationFlag.objects.running().filter(resident=person).values_list("kind", flat=True))
    assert Population.ELDERLY_65 in kinds
    sheet = sign_sheet(
        cast.li, person, [cast.team_a.pk], on=DAY, policy=policy, minor_age=18, sees_restricted=True
    )
    assert sheet.objection is None
    assert sheet.years == policy.first_term_years
    offered = [one for one in sheet.packages if one.pk in sheet.preselected]
    assert {"basic", "elderly"} <= {one.code for one in offered}
    agreement = sign_agreement(
        person, cast.team_a, cast.li, on=DAY, term_years=policy.first_term_years, packages=offered
    )
    assert agreement.state == AgreementState.ACTIVE
    assert agreement.ends_on == term_end(DAY, policy.first_term_years)
    found = coverage(
        cast.zhou, Level.GRID, area=None, on=DAY, before=DAY - ONE, policy=residents_policy_on(DAY)
    )
    assert (found.total.now.residents, found.total.now.signed) == (1, 1)
    assert found.total.before.signed == 0


@pytest.mark.parametrize("further", [0, 1])
def test_the_longest_first_term_and_a_year_more(cast, profile, person, further):
    years = policy_on(DAY).first_term_years + further
    if further:
        with pytest.raises(CannotSign) as met:
            sign_agreement(person, cast.team_a, cast.li, on=DAY, term_years=years)
        assert met.value.code == "term_length"
        return
    assert sign_agreement(person, cast.team_a, cast.li, on=DAY, term_years=years).term_years == years


@pytest.mark.parametrize("further", [0, 1])
def test_the_longest_renewal_and_a_year_more(cast, profile, person, further):
    first = sign_agreement(person, cast.team_a, cast.li, on=dt.date(2025, 11, 1))
    start = first.ends_on + ONE
    allowed = policy_on(start).renewal_max_years
    asked = {"on": start, "term_years": allowed + further}
    if further:
        with pytest.raises(CannotSign) as met:
            sign_agreement(person, cast.team_a, cast.li, **asked)
        assert met.value.code == "term_length"
        return
    again = sign_agreement(person, cast.team_a, cast.li, **asked)
    assert (again.previous, again.ends_on) == (first, term_end(start, allowed))


def test_key_populations_are_counted_as_the_document_lists_them(cast, district, profile, person):
    sign_agreement(person, cast.team_a, cast.li, on=DAY)
    policy = residents_policy_on(DAY)
    found = coverage(cast.zhou, Level.GRID, area=None, on=DAY, before=DAY - ONE, policy=policy)
    assert Population.ELDERLY_65 in policy.key_populations
    assert (found.total.now.key_residents, found.total.now.key_signed) == (1, 1)


@pytest.mark.parametrize("is_signed", [True, False])
def test_ending_on_request_needs_a_signature_where_the_document_asks_for_it(cast, profile, person, is_signed):
    agreement = sign_agreement(person, cast.team_a, cast.li, on=DAY)
    asked = {
        "agreement": agreement, "reason": TerminationReason.RESIDENT_REQUEST, "last_day": DAY, "by": cast.li, "on": DAY,
        "now": dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC),
        "evidence": both_signatures(person, cast.li)[0] if is_signed else None,
    }  # fmt: skip
    if is_signed or profile.name != "hunan_urban":
        assert terminate(**asked).state == AgreementState.TERMINATED
        return
    with pytest.raises(CannotTerminate) as met:
        terminate(**asked)
    assert (met.value.code, met.value.field) == ("signature_missing", "signature")
