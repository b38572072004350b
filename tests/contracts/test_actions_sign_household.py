import datetime as dt
import uuid

import pytest

from contracts.actions import CannotSign, SignedBy, terminate
from contracts.choices import (
    AgreementKind,
    AgreementState,
    ConsentWay,
    EventKind,
    RenewalKind,
    Signatory,
    SignerParty,
    SignMode,
    WaitsFor,
)
from contracts.models import Agreement, ChosenItem, EnrolledPackage, Enrollment, PackageItem
from contracts.parties import loads
from core.models import PolicySetting
from residents.actions import record_death
from residents.choices import Population, Relation
from residents.models import Guardian, Resident
from tests.factories.contracts import (
    NOON,
    both_signatures,
    family,
    household_signed,
    joining,
    package,
    sign_agreement,
)
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture
def home(cast, district, wording):
    """王建国 (head, 41), 李秀英 (40), 王小明 (6)."""
    return family(district.grid_a)


def people(home):
    return list(home.members.order_by("relation", "born_on"))


def refused(home, cast, on=DAY, **changes):
    with pytest.raises(CannotSign) as caught:
        household_signed(home, cast.team_a, cast.li, on=on, **changes)
    assert caught.value.sentence.endswith("。")
    assert not Agreement.objects.filter(kind=AgreementKind.HOUSEHOLD).exists()
    return caught.value


def policy(**numbers):
    PolicySetting.objects.create(room="contracts", payload=numbers, in_force_from=DAY, source="试点")


def test_one_paper_covers_everybody_who_agreed(cast, home):
    man, wife, child = people(home)
    made = household_signed(home, cast.team_a, cast.li, on=DAY)
    made.refresh_from_db()
    assert (made.kind, made.state, made.household, made.representative) == (
        AgreementKind.HOUSEHOLD, AgreementState.ACTIVE, home, man,
    )  # fmt: skip
    assert (made.starts_on, made.ends_on, made.renewal_kind) == (
        DAY,
        dt.date(2027, 11, 21),
        RenewalKind.FIRST,
    )
    rows = list(made.enrollments.order_by("position"))
    assert [(one.resident, one.position, one.consent, one.guardian_name) for one in rows] == [
        (man, 1, ConsentWay.SIGNED, ""),
        (wife, 2, ConsentWay.SIGNED, ""),
        (child, 3, ConsentWay.GUARDIAN, "王建国"),
    ]
    assert {(one.starts_on, one.ends_on, one.consented_on) for one in rows} == {(DAY, made.ends_on, DAY)}
    assert set(Resident.objects.values_list("managing_team", flat=True)) == {cast.team_a.pk}
    event = made.events.get()
    assert (event.kind, event.note) == (EventKind.SIGNED, "")


def test_each_signature_knows_whose_it_is(cast, home):
    man, wife, _ = people(home)
    made = household_signed(home, cast.team_a, cast.li, on=DAY)
    rows = set(made.signatures.values_list("party", "signer_name", "resident"))
    assert rows == {
        (SignerParty.RESIDENT, "王建国", man.pk),
        (SignerParty.RESIDENT, "李秀英", wife.pk),
        (SignerParty.DOCTOR, "李医生", None),
    }


def test_a_guardian_may_sign_for_the_child(cast, home):
    man, wife, child = people(home)
    members = [joining(man, DAY), joining(wife, DAY), joining(child, DAY, signature=b"\x89PNG-drawn")]
    made = household_signed(home, cast.team_a, cast.li, on=DAY, members=members)
    drawn = made.signatures.get(party=SignerParty.GUARDIAN)
    assert (drawn.signer_name, drawn.resident, bool(drawn.sha256)) == ("王建国", child, True)


def test_everybody_is_kept_as_he_stood(cast, home):
    PopulationFlagFactory(resident=people(home)[1], kind=Population.HYPERTENSION)
    made = household_signed(home, cast.team_a, cast.li, on=DAY)
    parties = loads(Agreement.objects.get(pk=made.pk).as_signed)
    assert parties.b.name == "王建国"
    assert [(one.name, one.is_head, one.needs_guardian, one.guardian_name) for one in parties.members] == [
        ("王建国", True, False, ""), ("李秀英", False, False, ""), ("王小明", False, True, "王建国"),
    ]  # fmt: skip
    assert parties.members[1].populations == ("高血压患者",)
    assert [one.resident_id for one in parties.members] == [one.pk for one in people(home)]


def test_the_representative_stands_first_whoever_leads_the_household(cast, home):
    man, wife, _ = people(home)
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, representative=wife, signatures=both_signatures(wife, cast.li)
    )
    assert list(made.enrollments.order_by("position").values_list("resident", flat=True))[:2] == [
        wife.pk,
        man.pk,
    ]


def test_who_agreed_by_phone_has_no_signature(cast, home):
    man, wife, child = people(home)
    members = [
        joining(man, DAY),
        joining(wife, DAY, consent=ConsentWay.BY_PHONE, signature=b""),
        joining(child, DAY),
    ]
    made = household_signed(home, cast.team_a, cast.li, on=DAY, members=members)
    assert made.enrollments.get(resident=wife).consent == ConsentWay.BY_PHONE
    assert not made.signatures.filter(resident=wife).exists()


@pytest.mark.parametrize("changes", [{"consent": ""}, {"signature": b""}, {"consent": ConsentWay.GUARDIAN}])
def test_nobody_is_signed_without_his_own_word(cast, home, changes):
    man, wife, child = people(home)
    members = [joining(man, DAY), joining(wife, DAY, **changes), joining(child, DAY)]
    no = refused(home, cast, members=members)
    assert no.code == "consent_missing"
    assert no.field.startswith(f"m{wife.pk}-")
    assert "李秀英" not in no.sentence


def test_without_individual_consent_the_day_stays_open(cast, home):
    policy(family_each_adult_consent=False)
    man, wife, child = people(home)
    members = [joining(man, DAY), joining(wife, DAY, consent="", signature=b""), joining(child, DAY)]
    made = household_signed(home, cast.team_a, cast.li, on=DAY, members=members)
    assert made.enrollments.get(resident=wife).consented_on is None
    assert not made.signatures.filter(resident=wife).exists()


def test_a_child_needs_his_guardians_name(cast, home):
    man, wife, child = people(home)
    members = [joining(man, DAY), joining(wife, DAY), joining(child, DAY, guardian_name="")]
    no = refused(home, cast, members=members)
    assert (no.code, no.field) == ("guardian_missing", f"m{child.pk}-guardian_name")


@pytest.mark.parametrize(("ends_on", "code"), [(None, "guardian_missing"), (DAY - ONE, None)])
def test_an_adult_with_a_guardian_agrees_through_him(cast, home, ends_on, code):
    wife = people(home)[1]
    Guardian.objects.create(
        resident=wife,
        name="李大山",
        relation="父亲",
        phone="13911112222",
        starts_on=DAY - 9 * ONE,
        ends_on=ends_on,
    )
    if code:
        assert refused(home, cast).code == code
    else:
        assert household_signed(home, cast.team_a, cast.li, on=DAY)


def test_a_child_cannot_represent(cast, home):
    child = people(home)[2]
    no = refused(home, cast, representative=child, signatures=both_signatures(child, cast.li))
    assert (no.code, no.field) == ("representative_incapable", "representative")


def test_a_representative_is_one_of_them(cast, home):
    man, wife, child = people(home)
    members = [joining(man, DAY), joining(child, DAY)]
    assert refused(home, cast, representative=wife, members=members).code == "representative_not_member"


def test_the_head_is_a_member(cast, home):
    man, wife, child = people(home)
    members = [joining(wife, DAY), joining(child, DAY)]
    assert refused(home, cast, representative=wife, members=members).code == "head_not_member"
    Resident.objects.filter(pk=man.pk).update(relation=Relation.NON_RELATIVE)
    assert refused(home, cast, representative=wife, members=members).code == "head_missing"


def test_strangers_and_repetitions_are_refused(cast, home, district):
    man, wife, _ = people(home)
    stranger = ResidentFactory(grid=district.grid_a)
    members = [joining(one, DAY) for one in (man, wife, stranger)]
    assert refused(home, cast, members=members).code == "not_in_household"
    assert (
        refused(home, cast, members=[joining(one, DAY) for one in (man, wife, wife)]).code == "member_twice"
    )


def test_one_person_is_no_family_unless_the_district_says_so(cast, home):
    man = people(home)[0]
    home.members.exclude(pk=man.pk).delete()
    assert refused(home, cast).code == "too_few_members"
    policy(allow_single_person_family=True)
    assert household_signed(home, cast.team_a, cast.li, on=DAY).enrollments.count() == 1


def test_who_runs_elsewhere_is_left_out_with_the_reason(cast, home):
    man, wife, child = people(home)
    sign_agreement(wife, cast.team_b, cast.zhao, on=DAY - ONE)
    no = refused(home, cast)
    assert (no.code, no.field) == ("overlap", f"m{wife.pk}-joins")
    assert "李秀英" not in no.sentence
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, members=[joining(one, DAY) for one in (man, child)]
    )
    assert made.events.get().note == "本户另有1人未参加：李*英（已由赵医生团队签约至2027年11月20日）"
    wife.refresh_from_db()
    assert wife.managing_team == cast.team_b


def test_who_does_not_wish_to_is_named_too(cast, home):
    man, _, child = people(home)
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, members=[joining(one, DAY) for one in (man, child)]
    )
    assert made.events.get().note == "本户另有1人未参加：李*英（本次不签）"


def test_a_head_who_runs_elsewhere_does_not_stop_the_others(cast, home):
    man, wife, child = people(home)
    sign_agreement(man, cast.team_b, cast.zhao, on=DAY)
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, representative=wife, signatures=both_signatures(wife, cast.li),
        members=[joining(one, DAY) for one in (wife, child)],
    )  # fmt: skip
    assert made.enrollments.count() == 2


def test_who_died_meanwhile_is_no_member(cast, home):
    wife = people(home)[1]
    members = [joining(one, DAY) for one in people(home)]
    record_death(resident=wife, since=DAY, by=cast.li, on=DAY)
    assert refused(home, cast, members=members).code == "not_in_household"


def test_the_same_form_sent_twice_is_one_agreement(cast, home):
    token = uuid.uuid4()
    first = household_signed(home, cast.team_a, cast.li, on=DAY, client_token=token)
    again = household_signed(home, cast.team_a, cast.li, on=DAY, client_token=token)
    assert first.pk == again.pk
    assert Enrollment.objects.count() == 3


def test_a_form_is_not_used_for_another_household(cast, home, district):
    token = uuid.uuid4()
    household_signed(home, cast.team_a, cast.li, on=DAY, client_token=token)
    with pytest.raises(CannotSign) as caught:
        household_signed(family(district.grid_a), cast.team_a, cast.li, on=DAY, client_token=token)
    assert caught.value.code == "token_reused"


def test_packages_are_for_somebody_and_the_menu_is_chosen_from(cast, home):
    menu, elderly = package("family_menu"), package("elderly")
    assert refused(home, cast, packages=[package(), elderly]).code == "package_population"
    no = refused(home, cast, packages=[package(), menu])
    assert (no.code, no.field) == ("menu_empty", "chosen")
    dishes = list(PackageItem.objects.filter(package=menu)[:2])
    made = household_signed(home, cast.team_a, cast.li, on=DAY, packages=[package(), menu], chosen=dishes)
    assert set(ChosenItem.objects.values_list("agreement", "content")) == {
        (made.pk, one.pk) for one in dishes
    }
    assert not EnrolledPackage.objects.filter(package=menu).exists()
    assert EnrolledPackage.objects.filter(package=package()).count() == 3


def test_a_course_of_treatment_needs_its_own_agreement(cast, home):
    from tests.factories.contracts import offered_course

    course = offered_course(by=cast.zhou, on=DAY)
    assert refused(home, cast, packages=[package(), course]).code == "package_agreement_kind"


def test_the_representative_and_the_doctor_sign(cast, home):
    man = people(home)[0]
    own, doctor = both_signatures(man, cast.li)
    assert refused(home, cast, signatures=[doctor]).field == "representative_signature"
    assert (
        refused(home, cast, signatures=[own, SignedBy(SignerParty.DOCTOR, "李医生")]).field
        == "doctor_signature"
    )


def test_on_paper_everybody_who_signed_has_a_row(cast, home):
    man, wife, child = people(home)
    blank = [SignedBy(one.party, one.name) for one in both_signatures(man, cast.li)]
    members = [joining(one, DAY, signature=b"") for one in (man, wife, child)]
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, mode=SignMode.PAPER, signatures=blank, members=members
    )
    assert set(made.signatures.values_list("signer_name", "sha256")) == {
        ("王建国", ""), ("李秀英", ""), ("李医生", ""),
    }  # fmt: skip


def test_the_signatory_is_a_policy(cast, home):
    assert (
        household_signed(home, cast.team_a, cast.li, on=DAY, signatory="doctor").signatory == Signatory.DOCTOR
    )
    policy(signatories=["team"])
    other = family(home.grid)
    with pytest.raises(CannotSign) as caught:
        household_signed(other, cast.team_a, cast.li, on=DAY, signatory="doctor")
    assert (caught.value.code, caught.value.field) == ("signatory", "signatory")


def test_the_panel_counts_everybody_of_the_household(cast, home):
    policy(max_residents_per_doctor=2)
    assert refused(home, cast).code == "panel_full"
    members = [joining(one, DAY) for one in people(home)[:2]]
    assert household_signed(home, cast.team_a, cast.li, on=DAY, members=members)


def test_early_renewal_begins_the_day_after_and_may_run_longer(cast, home):
    first = household_signed(home, cast.team_a, cast.li, on=DAY)
    opens = first.ends_on - 60 * ONE
    with pytest.raises(CannotSign, match="不能晚于2027年11月21日"):
        household_signed(home, cast.team_a, cast.li, on=opens - ONE, starts_on=first.ends_on + ONE)
    with pytest.raises(CannotSign, match="续签须从次日2027年11月22日起生效"):
        household_signed(home, cast.team_a, cast.li, on=opens + 40 * ONE, starts_on=first.ends_on + 2 * ONE)
    again = household_signed(
        home, cast.team_a, cast.li, on=opens + 40 * ONE, starts_on=first.ends_on + ONE, term_years=3
    )
    assert (again.previous, again.renewal_kind) == (first, RenewalKind.EXPLICIT)
    assert (again.starts_on, again.ends_on) == (dt.date(2027, 11, 22), dt.date(2030, 11, 21))
    first.refresh_from_db()
    assert first.state == AgreementState.ACTIVE
    with pytest.raises(CannotSign, match="不能重复签约"):
        household_signed(home, cast.team_a, cast.li, on=opens + 41 * ONE, starts_on=first.ends_on + ONE)


def test_the_day_after_an_ending_another_team_may_sign(cast, home):
    first = household_signed(home, cast.team_a, cast.li, on=DAY)
    terminate(
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=first, reason="resident_request",
        last_day=DAY,
    )  # fmt: skip
    assert household_signed(home, cast.team_b, cast.zhao, on=DAY, starts_on=DAY + ONE)


def test_late_entry_waits_and_holds_everybody(cast, home):
    made = household_signed(home, cast.team_a, cast.li, on=DAY, signed_on=DAY - 8 * ONE, starts_on=DAY)
    assert (made.state, made.waits_for) == (AgreementState.PENDING_CONFIRM, WaitsFor.APPROVAL)
    assert set(made.enrollments.values_list("state", flat=True)) == {AgreementState.PENDING_CONFIRM}
    assert not Resident.objects.filter(managing_team__isnull=False).exists()
    event = made.events.get()
    assert (event.kind, event.note) == (EventKind.SUBMITTED, "等待补录审批")
    assert EnrolledPackage.objects.count() == 3
    with pytest.raises(CannotSign, match="赵|李|本团队"):
        sign_agreement(people(home)[0], cast.team_b, cast.zhao, on=DAY)


def test_only_ones_own_team_signs(cast, home):
    assert refused(home, cast, by=cast.zhao).code == "not_own_team"


def test_a_large_household_costs_no_more_statements_than_its_people(
    cast, home, django_assert_max_num_queries
):
    ResidentFactory.create_batch(4, household=home, grid=home.grid, relation=Relation.OTHER_RELATIVE)
    asked = {"members": [joining(one, DAY) for one in home.members.all()], "packages": [package()]}
    man = people(home)[0]
    with django_assert_max_num_queries(60):
        household_signed(home, cast.team_a, cast.li, on=DAY, representative=man, **asked)
