import datetime as dt
import uuid

import pytest

from contracts.actions import CannotSign, terminate
from contracts.choices import AgreementKind, AgreementState, ConsentWay, EventKind, SignerParty, WaitsFor
from contracts.models import Agreement, EnrolledPackage
from contracts.policy import ContractsPolicy
from contracts.queries.panel import panel_size
from contracts.queries.supplements import covered_now, supplement_sheet
from residents.actions import record_death
from tests.factories.contracts import (
    NOON,
    both_signatures,
    family,
    household_signed,
    offered_course,
    package,
    sign_agreement,
    supplement_signed,
)
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
LAST = dt.date(2027, 11, 21)


@pytest.fixture
def parent(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def refused(parent, resident, doctor, on=DAY, **changes):
    with pytest.raises(CannotSign) as caught:
        supplement_signed(parent, resident, doctor, on=on, **changes)
    assert caught.value.sentence.endswith("。")
    assert not Agreement.objects.filter(kind=AgreementKind.SUPPLEMENTARY).exists()
    return caught.value


def test_a_course_beside_the_main_agreement(cast, resident, parent):
    made = supplement_signed(parent, resident, cast.li, on=DAY)
    made.refresh_from_db()
    assert (made.kind, made.parent, made.number) == (
        AgreementKind.SUPPLEMENTARY,
        parent,
        f"{parent.number}-S01",
    )
    assert (made.term_years, made.starts_on, made.ends_on) == (0, DAY, DAY + 13 * ONE)
    assert (made.disease, made.team, made.signatory) == ("腰痛", parent.team, parent.signatory)
    row = made.enrollments.get()
    assert (row.resident, row.is_supplementary, row.consent) == (resident, True, ConsentWay.SIGNED)
    assert made.signatures.count() == 2
    assert EnrolledPackage.objects.filter(enrollment=row).count() == 1
    assert made.events.get().kind == EventKind.SIGNED
    assert panel_size(cast.li, cast.institution_a, DAY) == 1


def test_courses_may_overlap_and_are_numbered_on(cast, resident, parent):
    numbers = [supplement_signed(parent, resident, cast.li, on=DAY).number for _ in range(3)]
    assert [one[-4:] for one in numbers] == ["-S01", "-S02", "-S03"]


def test_the_number_of_a_void_course_is_not_used_again(cast, resident, parent):
    first = supplement_signed(parent, resident, cast.li, on=DAY)
    Agreement.objects.filter(pk=first.pk).update(state=AgreementState.VOID)
    assert supplement_signed(parent, resident, cast.li, on=DAY).number.endswith("-S02")


@pytest.mark.parametrize(
    ("on", "code"), [(LAST - 13 * ONE, None), (LAST - 12 * ONE, "outside_parent"), (LAST, "outside_parent")]
)
def test_it_ends_with_the_main_agreement_at_the_latest(cast, resident, parent, on, code):
    if code:
        assert refused(parent, resident, cast.li, on=on).code == code
    else:
        assert supplement_signed(parent, resident, cast.li, on=on).ends_on == LAST


def test_after_the_main_agreement_there_is_nothing_to_add_to(cast, resident, parent):
    assert refused(parent, resident, cast.li, on=LAST + ONE).code == "parent_not_active"
    terminate(
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=parent, reason="resident_request",
        last_day=DAY,
    )  # fmt: skip
    assert refused(parent, resident, cast.li).code == "parent_not_active"


def test_a_course_carries_no_course(cast, resident, parent):
    made = supplement_signed(parent, resident, cast.li, on=DAY)
    with pytest.raises(CannotSign, match="请在主协议上签"):
        supplement_signed(made, resident, cast.li, on=DAY)


def test_only_for_whom_the_main_agreement_covers(cast, resident, parent, district):
    no = refused(parent, ResidentFactory(grid=district.grid_a), cast.li)
    assert (no.code, no.field) == ("not_covered", "resident")


def test_a_member_of_a_household_agreement(cast, district, wording):
    home = family(district.grid_a)
    main = household_signed(home, cast.team_a, cast.li, on=DAY)
    wife, child = home.members.order_by("relation", "born_on")[1:]
    made = supplement_signed(main, wife, cast.li, on=DAY)
    assert (made.household, made.enrollments.get().resident) == (home, wife)
    assert refused_child(main, child, cast)
    by_father = both_signatures(child, cast.li, party=SignerParty.GUARDIAN, guardian="王建国")
    row = supplement_signed(main, child, cast.li, on=DAY, signatures=by_father).enrollments.get()
    assert (row.consent, row.guardian_name) == (ConsentWay.GUARDIAN, "王建国")


def refused_child(main, child, cast):
    with pytest.raises(CannotSign) as caught:
        supplement_signed(main, child, cast.li, on=DAY)
    return caught.value.code == "guardian_missing"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"days": 13}, "package_term", "packages"),
        ({"disease": "  "}, "disease_missing", "disease"),
        ({"days": 0}, "course_length", "days"),
        ({"signatures": []}, "signature_missing", "resident_signature"),
        ({"packages": [], "days": 14}, "no_package", "packages"),
    ],
)
def test_what_is_missing_is_said(cast, resident, parent, changes, code, field):
    no = refused(parent, resident, cast.li, **changes)
    assert (no.code, no.field) == (code, field)


def test_a_package_of_every_day_needs_no_course(cast, resident, parent):
    assert refused(parent, resident, cast.li, packages=[package()], days=14).code == "package_agreement_kind"


def test_the_dead_are_treated_no_more(cast, resident, parent):
    record_death(resident=resident, since=DAY, by=cast.li, on=DAY)
    assert refused(parent, resident, cast.li).code == "resident_deceased"


def test_the_same_form_sent_twice_is_one(cast, resident, parent, district):
    token = uuid.uuid4()
    first = supplement_signed(parent, resident, cast.li, on=DAY, client_token=token)
    assert supplement_signed(parent, resident, cast.li, on=DAY, client_token=token).pk == first.pk
    other = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
    with pytest.raises(CannotSign) as caught:
        supplement_signed(other, resident, cast.li, on=DAY, client_token=token)
    assert caught.value.code == "token_reused"


def test_late_entry_waits_for_approval(cast, resident, parent):
    made = supplement_signed(parent, resident, cast.li, on=DAY + 9 * ONE, signed_on=DAY, starts_on=DAY)
    assert (made.state, made.waits_for) == (AgreementState.PENDING_CONFIRM, WaitsFor.APPROVAL)


def test_only_the_own_team_adds_to_it(cast, resident, parent):
    assert refused(parent, resident, cast.li, by=cast.zhao).code == "not_own_team"
    assert refused(parent, resident, cast.zhao, by=cast.li).code == "doctor_not_in_team"


# --- the form ---------------------------------------------------------------------------------------------------


def sheet_of(user, enrollment, on=DAY):
    return supplement_sheet(
        user, enrollment, on=on, policy=ContractsPolicy(), minor_age=18, sees_restricted=True
    )


def test_the_sheet_shows_what_fits(cast, resident, parent, django_assert_max_num_queries):
    course = offered_course(by=cast.zhou, on=DAY)
    with django_assert_max_num_queries(11):
        (enrollment,) = covered_now(cast.li, parent, on=DAY)
        sheet = sheet_of(cast.li, enrollment)
    assert [(one.package, one.objection) for one in sheet.packages if one.package.course_days] == [
        (course, None)
    ]
    assert (sheet.resident, sheet.ends_by, sheet.objection) == (resident, LAST, None)
    assert [one.user for one in sheet.doctors] == [cast.li]
    assert sheet.template.kind == "supplementary"


def test_who_is_not_seen_is_not_offered(cast, parent):
    assert covered_now(cast.zhao, parent, on=DAY) == []
    assert covered_now(cast.li, parent, on=LAST + ONE) == []


def test_an_agreement_that_begins_tomorrow_carries_nothing_yet(cast, resident):
    later = sign_agreement(resident, cast.team_a, cast.li, on=DAY, starts_on=DAY + ONE)
    offered_course(by=cast.zhou, on=DAY)
    (enrollment,) = covered_now(cast.li, later, on=DAY)
    assert sheet_of(cast.li, enrollment).objection.code == "parent_not_begun"
