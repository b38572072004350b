"""Who comes into a household agreement, who leaves it, who speaks for it."""

import datetime as dt

import pytest

from contracts.actions import (
    CannotChangeMembers,
    CannotTerminate,
    follow_departures,
    join,
    name_representative,
    terminate,
    write_successors,
)
from contracts.choices import AgreementState as S
from contracts.choices import ConsentWay, EventKind, RenewalKind, TerminationReason
from contracts.models import Agreement, EnrolledPackage, Enrollment
from contracts.parties import loads
from contracts.queries.newcomers import newcomers
from residents.actions import record_death
from residents.choices import LifeStatus, Population, Relation
from residents.models import Resident
from tests.factories.contracts import (
    NOON,
    family,
    household_signed,
    joining,
    package,
    sign_agreement,
    supplement_signed,
)
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
SIGNED = DAY - 100 * ONE
LAST = dt.date(2027, 8, 13)


def at(day):
    return dt.datetime.combine(day, NOON)


@pytest.fixture
def home(district, wording):
    return family(district.grid_a)


@pytest.fixture
def people(home):
    """王建国, 李秀英, 王小明."""
    return list(home.members.order_by("relation", "born_on"))


@pytest.fixture
def agreement(cast, home, people):
    made = household_signed(home, cast.team_a, cast.li, on=SIGNED)
    assert made.ends_on == LAST
    return made


@pytest.fixture
def baby(agreement, home, district):
    return ResidentFactory(
        name="王小雨",
        born_on=DAY - 20 * ONE,
        relation=Relation.DAUGHTER,
        household=home,
        grid=district.grid_a,
    )


def other_adult(home, grid):
    return ResidentFactory(
        born_on=dt.date(1980, 1, 1), relation=Relation.OTHER_RELATIVE, household=home, grid=grid
    )


def come(agreement, by, person, **changes):
    asked = {"by": by, "on": DAY, "now": at(DAY), "agreement": agreement, "starts_on": DAY, "ip": None}
    member = changes.pop("member", None) or joining(person, DAY, **changes.pop("own", {}))
    return join(**asked | {"member": member} | changes)


def refused(agreement, by, person, **changes):
    with pytest.raises(CannotChangeMembers) as caught:
        come(agreement, by, person, **changes)
    assert caught.value.sentence.endswith("。")
    return caught.value.code, caught.value.field


# --- joining ----------------------------------------------------------------------------------------------------


def test_a_newborn_joins_until_the_households_last_day(cast, agreement, baby):
    row = come(agreement, cast.wang, baby)
    assert (row.starts_on, row.ends_on, row.position, row.state) == (DAY, LAST, 4, S.ACTIVE)
    assert (row.consent, row.guardian_name, row.consented_on) == (ConsentWay.GUARDIAN, "王建国", DAY)
    assert EnrolledPackage.objects.filter(enrollment=row).count() == 1
    event = agreement.events.get(kind=EventKind.JOINED)
    assert (event.on, event.by, event.note) == (DAY, cast.wang, "王*雨，监护人同意")
    baby.refresh_from_db()
    assert baby.managing_team == cast.team_a
    agreement.refresh_from_db()
    added = loads(agreement.as_signed).members[-1]
    assert (added.name, added.guardian_name, added.needs_guardian) == ("王小雨", "王建国", True)


def test_an_adult_signs_himself_and_gets_what_is_his(cast, district, home, people):
    PopulationFlagFactory(resident=people[0], kind=Population.HYPERTENSION)
    made = household_signed(
        home,
        cast.team_a,
        cast.li,
        on=SIGNED,
        packages=[package(on=SIGNED), package("hypertension", on=SIGNED)],
    )
    mother = ResidentFactory(
        name="赵兰",
        born_on=dt.date(1955, 1, 1),
        relation=Relation.MOTHER,
        household=home,
        grid=district.grid_a,
    )
    PopulationFlagFactory(resident=mother, kind=Population.HYPERTENSION)
    row = come(made, cast.li, mother)
    own = EnrolledPackage.objects.filter(enrollment=row).values_list("package__code", flat=True)
    assert set(own) == {"basic", "hypertension"}
    signed = made.signatures.get(resident=mother)
    assert (signed.party, signed.signer_name, bool(signed.sha256)) == ("resident", "赵兰", True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"own": {"guardian_name": ""}}, ("guardian_missing", "guardian_name")),
        ({"own": {"consent": ConsentWay.BY_PHONE}}, ("guardian_missing", "guardian_name")),
        ({"starts_on": SIGNED - ONE}, ("joining_day", "starts_on")),
        ({"starts_on": DAY - 8 * ONE}, ("joining_day", "starts_on")),
        ({"starts_on": DAY + 32 * ONE}, ("joining_day", "starts_on")),
    ],
)
def test_what_joining_asks(cast, agreement, baby, changes, told):
    assert refused(agreement, cast.li, baby, **changes) == told
    assert agreement.enrollments.count() == 3


@pytest.mark.parametrize("day", [DAY - 7 * ONE, DAY + 31 * ONE])
def test_the_first_and_the_last_day_on_which_one_may_join(cast, agreement, baby, day):
    assert come(agreement, cast.li, baby, starts_on=day).starts_on == day


def test_an_adult_without_a_signature_is_not_joined(cast, agreement, home, district):
    aunt = other_adult(home, district.grid_a)
    assert refused(agreement, cast.li, aunt, own={"signature": b""}) == ("consent_missing", "signature")
    by_phone = {"signature": b"", "consent": ConsentWay.BY_PHONE}
    assert come(agreement, cast.li, aunt, own=by_phone).consent == ConsentWay.BY_PHONE
    assert not agreement.signatures.filter(resident=aunt).exists()


def test_who_cannot_join(cast, agreement, people, baby, district):
    stranger = ResidentFactory(born_on=dt.date(1980, 1, 1), grid=district.grid_a)
    assert refused(agreement, cast.li, stranger) == ("not_in_household", "resident")
    assert refused(agreement, cast.li, people[1]) == ("is_member", "resident")
    assert refused(agreement, cast.zhao, baby) == ("not_own_team", "")
    Resident.objects.filter(pk=baby.pk).update(life_status=LifeStatus.MOVED_OUT, life_status_on=DAY)
    baby.refresh_from_db()
    assert refused(agreement, cast.li, baby)[0] == "resident_moved_out"


def test_who_is_signed_elsewhere_stays_there(cast, agreement, home, district):
    aunt = other_adult(home, district.grid_a)
    sign_agreement(aunt, cast.team_b, cast.zhao, on=DAY)
    assert refused(agreement, cast.li, aunt)[0].startswith("overlap")
    found = newcomers(agreement, Resident.objects.all(), on=DAY)
    assert [(one.resident, one.elsewhere) for one in found] == [(aunt, "已由赵医生团队签约至2027年11月21日")]


def test_who_left_does_not_come_back_into_it(cast, agreement, people):
    go(agreement, cast.li, [people[1]])
    assert refused(agreement, cast.li, people[1]) == ("was_member", "resident")


def test_an_individual_agreement_takes_nobody_in(cast, resident):
    made = sign_agreement(resident, cast.team_a, cast.li, on=SIGNED)
    other = other_adult(resident.household, resident.grid)
    assert refused(made, cast.li, other)[0] == "not_household"


# --- leaving ----------------------------------------------------------------------------------------------------


def go(agreement, by, people, **changes):
    asked = {
        "by": by, "on": DAY, "now": at(DAY), "agreement": agreement, "reason": "resident_request", "last_day": DAY,
        "members": [one.pk for one in people],
    }  # fmt: skip
    return terminate(**asked | changes)


def test_one_member_leaves_the_others_stay(cast, agreement, people):
    assert go(agreement, cast.li, [people[1]]).state == S.ACTIVE
    row = agreement.enrollments.get(resident=people[1])
    assert (row.state, row.ends_on, row.end_reason) == (S.TERMINATED, DAY, TerminationReason.RESIDENT_REQUEST)
    assert agreement.enrollments.filter(state=S.ACTIVE, ends_on=LAST).count() == 2
    event = agreement.events.get(kind=EventKind.LEFT)
    assert (event.reason, event.note) == (TerminationReason.RESIDENT_REQUEST, "李*英")
    people[1].refresh_from_db()
    people[0].refresh_from_db()
    assert (people[0].managing_team, people[1].managing_team) == (cast.team_a, None)


def test_with_the_last_one_it_ends(cast, agreement, people):
    go(agreement, cast.li, people[1:])
    assert go(agreement, cast.li, people[:1]).state == S.TERMINATED
    assert [one.kind for one in agreement.events.order_by("pk")][-2:] == [
        EventKind.LEFT,
        EventKind.TERMINATED,
    ]


def test_without_names_everybody_leaves(cast, agreement):
    assert go(agreement, cast.li, []).state == S.TERMINATED
    assert set(agreement.enrollments.values_list("state", flat=True)) == {S.TERMINATED}
    assert agreement.events.get(kind=EventKind.TERMINATED).note == ""


def test_a_stranger_does_not_leave(cast, agreement, resident):
    with pytest.raises(CannotTerminate) as caught:
        go(agreement, cast.li, [resident])
    assert (caught.value.code, caught.value.field) == ("nobody_chosen", "members")


def test_supplements_and_the_next_term_go_with_who_leaves(cast, agreement, people):
    course = supplement_signed(agreement, people[1], cast.li, on=DAY)
    (next_pk,) = write_successors(
        [agreement.pk], by=cast.qian, on=DAY, now=at(DAY), signed_on=DAY, years=1, kind=RenewalKind.AUTO
    ).values()
    go(agreement, cast.li, [people[1]])
    course.refresh_from_db()
    assert (course.state, course.enrollments.get().ends_on) == (S.TERMINATED, DAY)
    rows = dict(Enrollment.objects.filter(agreement=next_pk).values_list("resident", "state"))
    assert rows == {people[0].pk: S.ACTIVE, people[1].pk: S.VOID, people[2].pk: S.ACTIVE}
    go(agreement, cast.li, [people[0], people[2]])
    assert Agreement.objects.get(pk=next_pk).state == S.VOID


def test_death_ends_the_persons_own_enrolment_and_course(cast, agreement, people):
    course = supplement_signed(agreement, people[1], cast.li, on=DAY - 5 * ONE)
    record_death(resident=people[1], since=DAY - ONE, by=cast.li, on=DAY)
    assert follow_departures(on=DAY) == 2
    agreement.refresh_from_db()
    course.refresh_from_db()
    assert (agreement.state, course.state) == (S.ACTIVE, S.TERMINATED)
    assert agreement.enrollments.filter(state=S.ACTIVE).count() == 2


# --- the representative -----------------------------------------------------------------------------------------


def test_another_adult_speaks_for_the_household(cast, agreement, people):
    name_representative(by=cast.li, on=DAY, agreement=agreement, resident=people[1])
    agreement.refresh_from_db()
    assert agreement.representative == people[1]
    assert agreement.events.get(kind=EventKind.AMENDED).note == "家庭代表由王*国变更为李*英"
    assert loads(agreement.as_signed).b.name == "王建国"  # what was signed stays


def test_who_may_not_represent(cast, agreement, people, resident):
    def told(one):
        with pytest.raises(CannotChangeMembers) as caught:
            name_representative(by=cast.li, on=DAY, agreement=agreement, resident=one)
        return caught.value.code

    assert told(people[0]) == "same_representative"
    assert told(people[2]) == "representative_incapable"
    assert told(resident) == "representative_not_member"
    go(agreement, cast.li, [people[1]])
    assert told(people[1]) == "representative_not_member"
