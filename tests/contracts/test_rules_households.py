import datetime as dt

import pytest

from contracts.choices import ConsentWay, PackageKind, SignerParty, SignMode
from contracts.policy import ContractsPolicy
from contracts.rules.households import (
    Consenting,
    Course,
    House,
    household_predecessor,
    object_for_anybody,
    object_to_company,
    object_to_consent,
    object_to_course,
    object_to_house,
    object_to_proofs,
    object_to_representative,
    object_to_signatures,
)
from contracts.rules.packages import Case, Suits
from contracts.rules.signing import Promise

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
POLICY = ContractsPolicy()
R, G, D = SignerParty.RESIDENT, SignerParty.GUARDIAN, SignerParty.DOCTOR
W = ConsentWay
HOUSE = House([1, 2, 3], head=1)


def code(objection):
    if objection:
        assert objection.sentence.endswith("。")
    return objection.code if objection else None


@pytest.mark.parametrize(
    ("house", "expected"),
    [
        (HOUSE, None),
        (House([1], head=1, is_open=False), "household_closed"),
        (House([], head=None), "household_closed"),
        (House([1, 2], head=None), "head_missing"),
    ],
)
def test_a_household_that_can_sign(house, expected):
    assert code(object_to_house(house)) == expected


@pytest.mark.parametrize(
    ("members", "left_out", "expected"),
    [
        ([1, 2], [], None),
        ([1, 2, 3], [], None),
        ([1], [], "too_few_members"),
        ([], [1, 2, 3], "too_few_members"),
        ([2, 3], [], "head_not_member"),
        ([2, 3], [1], None),  # the head has signed elsewhere
        ([1, 2, 2], [], "member_twice"),
        ([1, 2, 9], [], "not_in_household"),
    ],
)
def test_who_stands_in_a_household_agreement(members, left_out, expected):
    assert code(object_to_company(members, HOUSE, left_out=left_out, policy=POLICY)) == expected


@pytest.mark.parametrize(
    ("least", "single", "present", "members", "expected"),
    [
        (2, False, [1], [1], "too_few_members"),
        (2, True, [1], [1], None),
        (2, True, [1, 2], [1], "too_few_members"),  # he does not live alone
        (1, False, [1, 2], [1], None),
        (3, False, [1, 2, 3], [1, 2], "too_few_members"),
        (3, False, [1, 2, 3], [1, 2, 3], None),
    ],
)
def test_how_many_are_enough_is_a_policy(least, single, present, members, expected):
    policy = ContractsPolicy(family_min_members=least, allow_single_person_family=single)
    found = object_to_company(members, House(present, head=1), left_out=[], policy=policy)
    assert code(found) == expected


@pytest.mark.parametrize(
    ("who", "party", "expected"),
    [(1, R, None), (2, R, None), (1, G, "representative_incapable"), (9, R, "representative_not_member")],
)
def test_who_represents(who, party, expected):
    found = object_to_representative(who, party, [1, 2])
    assert code(found) == expected
    assert found is None or found.field == "representative"


def consent(party, way, *, guardian="", image=False, mode=SignMode.ELECTRONIC, first=False, policy=POLICY):
    one = Consenting(7, "李*", party, way, guardian, image)
    return object_to_consent(one, mode=mode, is_representative=first, policy=policy)


@pytest.mark.parametrize(
    ("way", "image", "mode", "expected"),
    [
        (W.SIGNED, True, SignMode.ELECTRONIC, None),
        (W.SIGNED, False, SignMode.ELECTRONIC, "consent_missing"),
        (W.SIGNED, False, SignMode.PAPER, None),
        (W.IN_PERSON, False, SignMode.ELECTRONIC, None),
        (W.BY_PHONE, False, SignMode.ELECTRONIC, None),
        (W.GUARDIAN, True, SignMode.ELECTRONIC, "consent_missing"),
        ("", False, SignMode.PAPER, "consent_missing"),
    ],
)
def test_an_adult_agrees_himself(way, image, mode, expected):
    assert code(consent(R, way, image=image, mode=mode, guardian="王建国")) == expected


def test_the_field_leads_to_the_member():
    assert consent(R, "").field == "m7-consent"
    assert consent(R, W.SIGNED).field == "m7-signature"
    assert consent(G, W.GUARDIAN).field == "m7-guardian_name"
    assert "李*" in consent(R, "").sentence


def test_the_representative_agrees_by_signing_the_agreement():
    assert consent(R, "", first=True) is None


def test_a_district_may_let_the_representative_speak_for_all():
    assert consent(R, "", policy=ContractsPolicy(family_each_adult_consent=False)) is None
    assert code(consent(G, "", policy=ContractsPolicy(family_each_adult_consent=False))) == "guardian_missing"


@pytest.mark.parametrize(
    ("way", "guardian", "expected"),
    [
        (W.GUARDIAN, "王建国", None),
        (W.GUARDIAN, "", "guardian_missing"),
        (W.SIGNED, "王建国", "guardian_missing"),
        (W.IN_PERSON, "", "guardian_missing"),
    ],
)
def test_a_ward_is_signed_through_his_guardian(way, guardian, expected):
    assert code(consent(G, way, guardian=guardian, image=True)) == expected


@pytest.mark.parametrize(
    ("given", "images", "mode", "expected", "field"),
    [
        ([R, D], [R, D], SignMode.ELECTRONIC, None, None),
        ([R, D], [], SignMode.PAPER, None, None),
        ([R, D], [D], SignMode.ELECTRONIC, "signature_missing", "representative_signature"),
        ([R, D], [R], SignMode.ELECTRONIC, "signature_missing", "doctor_signature"),
        ([D], [], SignMode.PAPER, "signature_missing", "representative_signature"),
        ([G, D], [G, D], SignMode.ELECTRONIC, "signature_missing", "representative_signature"),
        ([R, G, D], [R, G, D], SignMode.ELECTRONIC, "signers_wrong", ""),
    ],
)
def test_representative_and_doctor_sign(given, images, mode, expected, field):
    found = object_to_signatures(given, mode=mode, with_image=images)
    assert code(found) == expected
    assert field == (found.field if found else None)


def promise(agreement, team=1, ended=ONE):
    return Promise(agreement, team, "甲", DAY - 366 * ONE, DAY - ended)


def test_most_of_the_members_decide_what_is_continued():
    promises = {1: [promise(11)], 2: [promise(12, ended=2 * ONE)], 3: [promise(12, ended=2 * ONE)], 4: []}
    found = household_predecessor(promises, team_id=1, starts_on=DAY, grace_days=30)
    assert found.agreement_id == 12
    one_each = {1: [promise(11)], 2: [promise(12, ended=2 * ONE)]}
    assert household_predecessor(one_each, team_id=1, starts_on=DAY, grace_days=30).agreement_id == 11
    assert household_predecessor(promises, team_id=2, starts_on=DAY, grace_days=30) is None
    assert household_predecessor({}, team_id=1, starts_on=DAY, grace_days=30) is None


ELDER = Suits(PackageKind.KEY_POPULATION, populations=["elderly_65"], elder_colors=["red"])


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ([Case(populations={"elderly_65"}, elder_color="red"), Case()], None),
        ([Case(), Case()], "package_population"),
        ([Case(), Case(populations={"elderly_65"}, elder_color="green")], "package_color"),
        ([Case(populations={"elderly_65"}), Case(elder_color="red")], "package_not_graded"),
    ],
)
def test_a_package_is_for_somebody_of_the_household(cases, expected):
    found = object_for_anybody("老年人包", ELDER, cases)
    assert code(found) == expected
    assert found is None or "该居民" not in found.sentence


def test_one_person_alone_is_called_the_resident():
    assert "该居民" in object_for_anybody("老年人包", ELDER, [Case()]).sentence


def course(starts=DAY, days=14, disease="腰痛", signed=DAY, parent=(DAY - 100 * ONE, DAY + 13 * ONE)):
    return object_to_course(
        Course(signed, starts, days, disease),
        parent_starts_on=parent[0],
        parent_ends_on=parent[1],
        on=DAY,
        policy=POLICY,
    )


@pytest.mark.parametrize(
    ("asked", "expected", "field"),
    [
        ({}, None, None),
        ({"days": 15}, "outside_parent", "days"),
        ({"starts": DAY + ONE}, "outside_parent", "days"),
        ({"starts": DAY + ONE, "days": 13}, None, None),
        ({"days": 0}, "course_length", "days"),
        ({"days": 1}, None, None),
        ({"disease": ""}, "disease_missing", "disease"),
        ({"parent": (DAY + ONE, DAY + 50 * ONE)}, "outside_parent", "starts_on"),
        ({"parent": (DAY, DAY + 50 * ONE)}, None, None),
        ({"signed": DAY + ONE, "starts": DAY + ONE}, "signed_in_future", "signed_on"),
        ({"signed": DAY - 91 * ONE}, "backdated_too_far", "signed_on"),
        ({"starts": DAY - ONE}, "starts_before_signing", "starts_on"),
        ({"starts": DAY + 32 * ONE, "days": 1}, "starts_too_late", "starts_on"),
    ],
)
def test_a_course_lies_inside_the_main_agreement(asked, expected, field):
    found = course(**asked)
    assert code(found) == expected
    assert field == (found.field if found else None)


def test_the_last_day_of_a_course():
    assert Course(DAY, dt.date(2028, 2, 20), 10, "腰痛").ends_on == dt.date(2028, 2, 29)
    assert Course(DAY, DAY, 1, "腰痛").ends_on == DAY


@pytest.mark.parametrize(
    ("new", "held", "expected"),
    [
        (["a", "b"], [], None),
        (["a", "a"], [], "evidence_repeated"),
        (["a"], ["a"], "evidence_repeated"),
        (["a", "b"], ["c"], None),
        (["a", "b"], ["c", "d"], "evidence_too_many"),
    ],
)
def test_pictures_are_new_and_not_too_many(new, held, expected):
    assert code(object_to_proofs(new, held, most=3)) == expected
