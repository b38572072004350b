import datetime as dt

import pytest

from contracts.choices import SignerParty, SignMode, WaitsFor
from contracts.policy import ContractsPolicy
from contracts.rules.signing import (
    Menu,
    Person,
    Promise,
    Terms,
    after_approval,
    next_start,
    object_to_choice,
    object_to_doctor,
    object_to_offer,
    object_to_overlap,
    object_to_packages,
    object_to_person,
    object_to_signatory,
    object_to_signers,
    object_to_team,
    object_to_terms,
    predecessor,
    resident_party,
    waits_for,
    years_allowed,
)
from residents.choices import LifeStatus

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
POLICY = ContractsPolicy()


def terms(signed=DAY, starts=None, years=1, is_first=True):
    return Terms(signed, starts or signed, years, is_first)


def code(objection):
    return objection.code if objection else None


@pytest.mark.parametrize(
    ("starts", "years", "ends"),
    [
        (dt.date(2024, 1, 1), 1, dt.date(2024, 12, 31)),
        (dt.date(2024, 2, 29), 1, dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 29), 3, dt.date(2027, 2, 28)),
        (dt.date(2024, 2, 29), 4, dt.date(2028, 2, 28)),
        (dt.date(2023, 3, 1), 1, dt.date(2024, 2, 29)),
        (dt.date(2026, 12, 31), 2, dt.date(2028, 12, 30)),
    ],
)
def test_the_last_day_of_a_term(starts, years, ends):
    assert terms(starts, years=years).ends_on == ends


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        (DAY + ONE, "signed_in_future"),
        (DAY, None),
        (DAY - 7 * ONE, None),
        (DAY - 8 * ONE, None),
        (DAY - 90 * ONE, None),
        (DAY - 91 * ONE, "backdated_too_far"),
    ],
)
def test_late_entry_is_bounded(signed, expected):
    assert code(object_to_terms(terms(signed), on=DAY, policy=POLICY)) == expected


def test_the_bound_comes_from_the_policy_and_is_told():
    policy = ContractsPolicy(backdate_days=0, backdate_most_days=1)
    assert object_to_terms(terms(DAY - ONE), on=DAY, policy=policy) is None
    found = object_to_terms(terms(DAY - 2 * ONE), on=DAY, policy=policy)
    assert found.field == "signed_on"
    assert "2026年11月21日" in found.sentence


def test_whoever_may_enter_late_without_asking_is_not_held_to_a_shorter_bound():
    policy = ContractsPolicy(backdate_days=30, backdate_most_days=1)
    assert object_to_terms(terms(DAY - 30 * ONE), on=DAY, policy=policy) is None


@pytest.mark.parametrize(
    ("signed", "mode", "confirms", "expected"),
    [
        (DAY, SignMode.ELECTRONIC, False, None),
        (DAY - 7 * ONE, SignMode.PAPER, False, None),
        (DAY - 8 * ONE, SignMode.PAPER, False, WaitsFor.APPROVAL),
        (DAY - 8 * ONE, SignMode.ELECTRONIC, True, WaitsFor.APPROVAL),
        (DAY, SignMode.ELECTRONIC, True, WaitsFor.RESIDENT),
        (DAY, SignMode.PAPER, True, None),
    ],
)
def test_whose_word_is_missing(signed, mode, confirms, expected):
    policy = ContractsPolicy(resident_confirms=confirms)
    assert waits_for(signed, mode, on=DAY, policy=policy) == expected


def test_after_the_approval_the_resident_is_asked():
    asks = ContractsPolicy(resident_confirms=True)
    assert after_approval(SignMode.ELECTRONIC, asks) == WaitsFor.RESIDENT
    assert after_approval(SignMode.PAPER, asks) is None
    assert after_approval(SignMode.ELECTRONIC, POLICY) is None


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (DAY - ONE, "starts_before_signing"),
        (DAY, None),
        (DAY + 31 * ONE, None),
        (DAY + 32 * ONE, "starts_too_late"),
    ],
)
def test_the_begin_is_bounded(starts, expected):
    assert code(object_to_terms(terms(starts=starts), on=DAY, policy=POLICY)) == expected


@pytest.mark.parametrize(
    ("years", "is_first", "expected"),
    [
        (0, True, "term_length"), (1, True, None), (2, True, "term_length"),
        (0, False, "term_length"), (1, False, None), (3, False, None), (4, False, "term_length"),
    ],
)  # fmt: skip
def test_a_first_term_is_one_year_and_a_renewal_up_to_three(years, is_first, expected):
    assert code(object_to_terms(terms(years=years, is_first=is_first), on=DAY, policy=POLICY)) == expected
    assert (years in years_allowed(is_first, POLICY)) == (expected is None)


@pytest.mark.parametrize(
    ("status", "since", "expected"),
    [
        (LifeStatus.PRESENT, None, None),
        (LifeStatus.DECEASED, dt.date(2026, 5, 1), "resident_deceased"),
        (LifeStatus.MOVED_OUT, dt.date(2026, 5, 1), "resident_moved_out"),
        (LifeStatus.LOST, dt.date(2026, 5, 1), "resident_lost"),
    ],
)
def test_only_who_is_present_is_signed(status, since, expected):
    found = object_to_person(Person(status, since, None))
    assert code(found) == expected
    if found:
        assert "2026年5月1日" in found.sentence


BORN = dt.date(2008, 11, 23)


@pytest.mark.parametrize(
    ("born", "signed", "party"),
    [
        (BORN, dt.date(2026, 11, 22), SignerParty.GUARDIAN),  # 17 years 364 days
        (BORN, dt.date(2026, 11, 23), SignerParty.RESIDENT),  # 18 today
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), SignerParty.GUARDIAN),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), SignerParty.RESIDENT),
        (None, DAY, SignerParty.RESIDENT),
    ],
)
def test_a_minor_does_not_sign_for_himself(born, signed, party):
    assert resident_party(Person(LifeStatus.PRESENT, None, born), on=signed, minor_age=18) == party


def test_who_has_a_guardian_does_not_sign_for_himself():
    person = Person(LifeStatus.PRESENT, None, dt.date(1950, 1, 1), has_guardian=True)
    assert resident_party(person, on=DAY, minor_age=18) == SignerParty.GUARDIAN


def overlap(*promises, team=1, starts=DAY, on=DAY):
    return object_to_overlap(
        [Promise(9, *one) for one in promises],
        team_id=team,
        starts_on=starts,
        ends_on=starts + 364 * ONE,
        on=on,
        notice_days=60,
    )


@pytest.mark.parametrize(
    ("last_day", "expected"), [(DAY - ONE, None), (DAY, "overlap"), (DAY + 100 * ONE, "overlap")]
)
def test_one_team_at_a_time(last_day, expected):
    assert code(overlap((2, "赵医生团队", DAY - 300 * ONE, last_day))) == expected


def test_the_sentence_names_the_other_team_and_the_day():
    found = overlap((2, "赵医生团队", DAY - ONE, dt.date(2027, 11, 20)))
    assert found.sentence == (
        "该居民已由“赵医生团队”签约，协议有效至2027年11月20日，不能重复签约；需要更换团队的，请办理转签。"
    )


def test_the_own_team_is_called_so():
    assert "本团队签约" in overlap((1, "李医生团队", DAY, DAY + 61 * ONE)).sentence


@pytest.mark.parametrize(
    ("last_day", "starts", "expected"),
    [
        (DAY + 61 * ONE, DAY + 62 * ONE, "overlap"),  # one day too early to renew
        (DAY + 60 * ONE, DAY + 61 * ONE, None),
        (DAY + 60 * ONE, DAY + 60 * ONE, "renewal_start"),
        (DAY + 60 * ONE, DAY + 62 * ONE, "renewal_start"),
        (DAY, DAY + ONE, None),
        (DAY, DAY, "renewal_start"),
        (DAY - ONE, DAY, None),
    ],
)
def test_the_own_team_renews_early_from_the_day_after(last_day, starts, expected):
    assert code(overlap((1, "李医生团队", DAY - 300 * ONE, last_day), starts=starts)) == expected


def test_only_one_follows_the_running_agreement():
    running = (1, "李医生团队", DAY - 300 * ONE, DAY + 30 * ONE)
    following = (1, "李医生团队", DAY + 31 * ONE, DAY + 395 * ONE)
    assert code(overlap(following, running, starts=DAY + 31 * ONE)) == "overlap"


def test_an_agreement_ended_for_a_day_to_come_bars_only_its_own_days():
    ended = (2, "赵医生团队", DAY - 300 * ONE, DAY + 3 * ONE, True)
    assert code(overlap(ended, starts=DAY + 3 * ONE)) == "overlap"
    assert overlap(ended, starts=DAY + 4 * ONE) is None


@pytest.mark.parametrize(
    ("promises", "expected"),
    [
        ((), DAY),
        (((1, "甲", DAY, DAY + 60 * ONE),), DAY + 61 * ONE),
        (((1, "甲", DAY, DAY + 61 * ONE),), DAY),
        (((1, "甲", DAY, DAY - ONE),), DAY),
        (((2, "乙", DAY, DAY + ONE),), DAY),
        (((1, "甲", DAY, DAY + ONE, True),), DAY),
    ],
)
def test_from_when_a_team_could_sign(promises, expected):
    found = [Promise(9, *one) for one in promises]
    assert next_start(found, team_id=1, on=DAY, notice_days=60) == expected


def test_a_backdated_begin_may_not_reach_into_an_ended_agreement():
    found = overlap((2, "赵医生团队", DAY - 300 * ONE, DAY - 3 * ONE), starts=DAY - 5 * ONE)
    assert (found.code, found.field) == ("overlap", "starts_on")
    assert "最早从2026年11月20日起" in found.sentence
    assert overlap((2, "赵医生团队", DAY - 300 * ONE, DAY - 3 * ONE), starts=DAY - 2 * ONE) is None


def test_an_agreement_that_has_not_begun_bars_as_well():
    assert code(overlap((2, "赵医生团队", DAY + 10 * ONE, DAY + 374 * ONE))) == "overlap"


@pytest.mark.parametrize(
    ("team", "gap", "is_renewal"),
    [(1, 1, True), (1, 31, True), (1, 32, False), (2, 1, False)],
)
def test_the_same_team_within_the_days_of_grace_renews(team, gap, is_renewal):
    before = Promise(7, team, "甲", DAY - 400 * ONE, DAY - gap * ONE)
    found = predecessor([before], team_id=1, starts_on=DAY, grace_days=30)
    assert (found == before) == is_renewal


def test_the_last_of_several_is_continued():
    old, new = (Promise(n, 1, "甲", DAY - 90 * ONE, DAY - n * ONE) for n in (20, 2))
    assert predecessor([old, new], team_id=1, starts_on=DAY, grace_days=30) == new


R, G, D = SignerParty.RESIDENT, SignerParty.GUARDIAN, SignerParty.DOCTOR


@pytest.mark.parametrize(
    ("needed", "given", "images", "expected", "field"),
    [
        (R, [R, D], [R, D], None, None),
        (G, [G, D], [G, D], None, None),
        (R, [R], [R], "signature_missing", "doctor_signature"),
        (R, [D], [D], "signature_missing", "resident_signature"),
        (R, [R, D], [D], "signature_missing", "resident_signature"),
        (R, [R, D], [R], "signature_missing", "doctor_signature"),
        (G, [R, D], [R, D], "guardian_missing", "guardian_name"),
        (G, [G, D], [D], "signature_missing", "resident_signature"),
        (R, [R, G, D], [R, G, D], "signers_wrong", ""),
        (R, [], [], "signature_missing", "resident_signature"),
    ],
)
def test_both_sides_sign(needed, given, images, expected, field):
    found = object_to_signers(needed, given, mode=SignMode.ELECTRONIC, with_image=images)
    assert code(found) == expected
    assert field == (found.field if found else None)


def test_paper_needs_the_names_but_no_image():
    assert object_to_signers(R, [R, D], mode=SignMode.PAPER, with_image=[]) is None
    assert code(object_to_signers(R, [D], mode=SignMode.PAPER, with_image=[])) == "signature_missing"


def test_the_team_is_active_and_the_signer_belongs_to_it():
    assert object_to_team(is_active=True, is_signer_in_team=True) is None
    assert code(object_to_team(is_active=False, is_signer_in_team=True)) == "team_not_active"
    assert code(object_to_team(is_active=True, is_signer_in_team=False)) == "not_own_team"


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ("gp", None),
        ("tcm", None),
        ("specialist", None),
        ("nurse", "doctor_post"),
        (None, "doctor_not_in_team"),
    ],
)
def test_the_signing_doctor_is_a_doctor_of_the_team(post, expected):
    assert code(object_to_doctor(post, POLICY)) == expected


@pytest.mark.parametrize(
    ("codes", "all_enabled", "expected"),
    [
        (["basic"], True, None), (["basic", "elderly"], True, None), ([], True, "no_package"),
        (["basic"], False, "package_withdrawn"), (["basic", "basic"], True, "package_twice"),
    ],
)  # fmt: skip
def test_packages(codes, all_enabled, expected):
    assert code(object_to_packages(codes, all_enabled=all_enabled)) == expected


@pytest.mark.parametrize(
    ("doctor", "package", "expected"),
    [(True, True, None), (False, True, "no_doctor"), (True, False, "no_package_offered")],
)
def test_what_must_stand_before_signing(doctor, package, expected):
    assert code(object_to_offer(has_doctor=doctor, has_package=package)) == expected


@pytest.mark.parametrize(
    ("signatory", "allowed", "expected"),
    [
        ("team", ("team", "doctor"), None),
        ("doctor", ("team", "doctor"), None),
        ("doctor", ("team",), "signatory"),
        ("team", ("doctor",), "signatory"),
    ],
)
def test_the_district_decides_who_signs(signatory, allowed, expected):
    assert code(object_to_signatory(signatory, ContractsPolicy(signatories=allowed))) == expected


MENU, MIXED, PLAIN = Menu("菜单", (), (1, 2)), Menu("混合", (3,), (4,)), Menu("普通", (5,), ())


@pytest.mark.parametrize(
    ("menus", "chosen", "expected"),
    [
        ([PLAIN], [], None),
        ([MIXED], [], None),
        ([MIXED], [4], None),
        ([MIXED], [3], "chosen_wrong"),
        ([PLAIN], [5], "chosen_wrong"),
        ([MENU], [], "menu_empty"),
        ([MENU], [1], None),
        ([MENU], [1, 1], "chosen_wrong"),
        ([MENU, MIXED], [4], "menu_empty"),
        ([PLAIN], [1], "chosen_wrong"),
        ([Menu("没有明细")], [], None),
    ],
)
def test_what_is_chosen_comes_from_the_menu(menus, chosen, expected):
    assert code(object_to_choice(menus, chosen)) == expected
