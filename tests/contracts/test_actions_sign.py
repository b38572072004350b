import datetime as dt
import hashlib
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.actions import CannotSign, SignedBy
from contracts.choices import AgreementState, EventKind, SignerParty, SignMode
from contracts.models import Agreement, AgreementEvent, Enrollment, ServicePackage, Signature
from contracts.parties import loads
from contracts.rules.numbers import read_number
from core.models import PolicySetting
from residents.actions import record_death, record_lost, record_move_out
from residents.choices import LifeStatus, Population
from residents.models import Guardian, Resident, ResidentEvent
from teams.choices import Profession
from tests.factories.contracts import both_signatures, package, png, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.teams import InstitutionFactory, TeamFactory, TeamMembershipFactory, UserFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


def refused(resident, team, doctor, on=DAY, **changes):
    with pytest.raises(CannotSign) as caught:
        sign_agreement(resident, team, doctor, on=on, **changes)
    assert caught.value.sentence.endswith("。")
    return caught.value


def test_signing_writes_everything_at_once(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.ELDERLY_65)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, packages=[package(), package("elderly")]
    )
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACTIVE
    assert (agreement.starts_on, agreement.ends_on) == (DAY, dt.date(2027, 11, 21))
    assert [one.code for one in agreement.packages.order_by("code")] == ["basic", "elderly"]
    enrollment = agreement.enrollments.get()
    assert (enrollment.resident, enrollment.state) == (resident, AgreementState.ACTIVE)
    assert (enrollment.starts_on, enrollment.ends_on) == (agreement.starts_on, agreement.ends_on)
    event = agreement.events.get()
    assert (event.kind, event.on, event.by) == (EventKind.SIGNED, DAY, cast.li)
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_a
    assert resident.events.get(kind=ResidentEvent.Kind.TEAM_CHANGED).by == cast.li


def test_the_number_is_checked_and_rises_within_institution_and_year(cast, district, resident):
    first = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    second = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
    other = sign_agreement(ResidentFactory(grid=district.grid_b), cast.team_b, cast.zhao, on=DAY)
    parts = [read_number(one.number) for one in (first, second, other)]
    assert [one.serial for one in parts] == [1, 2, 1]
    assert parts[0].county == "371002"
    assert [one.institution for one in parts] == [
        cast.institution_a.serial, cast.institution_a.serial, cast.institution_b.serial,
    ]  # fmt: skip
    next_year = sign_agreement(
        ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=dt.date(2027, 1, 1)
    )
    assert (read_number(next_year.number).year, read_number(next_year.number).serial) == (2027, 1)


def test_a_refused_signing_gives_its_number_back(cast, district, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    refused(resident, cast.team_a, cast.li)
    later = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
    assert read_number(later.number).serial == 2


def test_signatures_carry_their_fingerprint(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    signed = {one.party: one for one in agreement.signatures.all()}
    assert set(signed) == {SignerParty.RESIDENT, SignerParty.DOCTOR}
    assert signed[SignerParty.RESIDENT].signer_name == "王建国"
    for one in signed.values():
        assert hashlib.sha256(bytes(one.image)).hexdigest() == one.sha256
        assert one.ip == "127.0.0.1"


def test_both_parties_are_kept_sealed_as_they_stood(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.HYPERTENSION)
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT as_signed FROM contracts_agreement WHERE id = %s", [agreement.pk])
        stored = bytes(cursor.fetchone()[0])
    assert resident.id_number.encode() not in stored
    parties = loads(Agreement.objects.get(pk=agreement.pk).as_signed)
    assert parties.b.id_number == resident.id_number
    assert parties.b.populations == ("高血压患者",)  # a restricted diagnosis is not written down
    assert parties.a.leader.name == "李医生"
    assert parties.a.doctor.post == "全科医生"
    assert [one.name for one in parties.a.members] == ["李医生", "王护士"]


def test_the_same_form_sent_twice_is_one_agreement(cast, resident):
    token = uuid.uuid4()
    first = sign_agreement(resident, cast.team_a, cast.li, on=DAY, client_token=token)
    again = sign_agreement(resident, cast.team_a, cast.li, on=DAY, client_token=token)
    assert first.pk == again.pk
    assert Enrollment.objects.count() == 1
    assert Signature.objects.count() == 2
    assert AgreementEvent.objects.count() == 1


def test_a_form_is_not_used_for_somebody_else(cast, district, resident):
    token = uuid.uuid4()
    sign_agreement(resident, cast.team_a, cast.li, on=DAY, client_token=token)
    other = ResidentFactory(grid=district.grid_a)
    assert refused(other, cast.team_a, cast.li, client_token=token).code == "token_reused"
    assert Agreement.objects.count() == 1


def test_a_second_team_hears_who_has_signed_and_until_when(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    no = refused(resident, cast.team_b, cast.zhao)
    assert no.code == "overlap"
    assert "“李医生团队”" in no.sentence
    assert "2027年11月21日" in no.sentence
    assert Enrollment.objects.count() == 1


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (record_death, "resident_deceased"),
        (record_move_out, "resident_moved_out"),
        (record_lost, "resident_lost"),
    ],
)
def test_who_is_not_present_is_not_signed(cast, resident, happens, code):
    happens(resident=resident, since=DAY - ONE, by=cast.li, on=DAY)
    assert refused(resident, cast.team_a, cast.li).code == code


def test_the_row_is_read_under_the_lock_not_from_the_callers_copy(cast, resident):
    stale = Resident.objects.get(pk=resident.pk)
    record_death(resident=resident, since=DAY, by=cast.li, on=DAY)
    assert stale.life_status == LifeStatus.PRESENT
    assert refused(stale, cast.team_a, cast.li).code == "resident_deceased"


def test_only_ones_own_team_is_signed_for(cast, resident):
    assert refused(resident, cast.team_a, cast.li, by=cast.zhao).code == "not_own_team"
    assert refused(resident, cast.team_a, cast.li, by=cast.wu).code == "not_own_team"
    assert refused(resident, cast.team_a, cast.li, by=cast.zhou).code == "not_own_team"


def test_a_nurse_enters_what_the_doctor_signs(cast, resident):
    assert sign_agreement(resident, cast.team_a, cast.li, on=DAY, by=cast.wang).created_by == cast.wang


def test_a_steward_signs_for_teams_of_his_institution_and_its_stations(cast, district):
    ours = ResidentFactory(grid=district.grid_a)
    assert sign_agreement(ours, cast.team_a, cast.li, on=DAY, by=cast.qian).created_by == cast.qian
    station = InstitutionFactory(parent=cast.institution_a)
    team, doctor = TeamFactory(institution=station), UserFactory(institution=station)
    TeamMembershipFactory(team=team, user=doctor, is_leader=True)
    other = ResidentFactory(grid=district.grid_a)
    assert sign_agreement(other, team, doctor, on=DAY, by=cast.qian).team == team


def test_who_left_the_team_yesterday_signs_no_more(cast, resident):
    cast.team_a.memberships.filter(user=cast.wang).update(ends_on=DAY - ONE)
    assert refused(resident, cast.team_a, cast.li, by=cast.wang).code == "not_own_team"
    cast.team_a.memberships.filter(user=cast.wang).update(ends_on=DAY)
    assert sign_agreement(resident, cast.team_a, cast.li, on=DAY, by=cast.wang)


@pytest.mark.parametrize(("ends_on", "code"), [(DAY - ONE, "team_not_active"), (DAY, None)])
def test_a_closed_team_signs_nobody(cast, resident, ends_on, code):
    cast.team_a.ends_on = ends_on
    cast.team_a.save(update_fields=["ends_on"])
    if code:
        assert refused(resident, cast.team_a, cast.li).code == code
    else:
        assert sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def test_the_doctor_is_a_doctor_of_that_team(cast, resident):
    assert refused(resident, cast.team_a, cast.zhao, by=cast.li).code == "doctor_not_in_team"
    assert refused(resident, cast.team_a, cast.wang, by=cast.li).code == "doctor_post"


def test_who_may_sign_as_doctor_is_a_policy(cast, resident):
    PolicySetting.objects.create(
        room="contracts", payload={"signing_professions": ["gp", "nurse"]}, in_force_from=DAY, source="试点"
    )
    assert sign_agreement(resident, cast.team_a, cast.wang, on=DAY, by=cast.li).doctor == cast.wang


def test_packages_are_asked_for_and_enabled(cast, resident):
    assert refused(resident, cast.team_a, cast.li, packages=[]).code == "no_package"
    ServicePackage.objects.filter(code="elderly").update(is_enabled=False)
    old = ServicePackage.objects.get(code="elderly", version=2)
    assert refused(resident, cast.team_a, cast.li, packages=[package(), old]).code == "package_withdrawn"


def test_signatures_are_asked_for(cast, resident):
    assert refused(resident, cast.team_a, cast.li, signatures=[]).code == "signature_missing"
    blank = [SignedBy(one.party, one.name) for one in both_signatures(resident, cast.li)]
    assert refused(resident, cast.team_a, cast.li, signatures=blank).code == "signature_missing"


def test_paper_keeps_who_signed_without_an_image(cast, resident):
    blank = [SignedBy(one.party, one.name) for one in both_signatures(resident, cast.li)]
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY, mode=SignMode.PAPER, signatures=blank)
    assert list(agreement.signatures.values_list("image", "sha256")) == [(b"", "")] * 2
    assert agreement.events.get().note == "纸质签名，原件已归档"


def child(district, born_on):
    return ResidentFactory(grid=district.grid_a, born_on=born_on)


def test_a_child_is_signed_by_a_guardian_only(cast, district, wording):
    young = child(district, DAY.replace(year=DAY.year - 18) + ONE)  # 18 tomorrow
    assert refused(young, cast.team_a, cast.li).code == "guardian_missing"
    by_father = both_signatures(young, cast.li, party=SignerParty.GUARDIAN, guardian="王大山")
    agreement = sign_agreement(young, cast.team_a, cast.li, on=DAY, signatures=by_father)
    assert agreement.signatures.get(party=SignerParty.GUARDIAN).signer_name == "王大山"
    parties = loads(Agreement.objects.get(pk=agreement.pk).as_signed)
    assert (parties.b.guardian_name, parties.b.guardian_relation) == ("王大山", "父亲")


def test_who_is_eighteen_today_signs_himself(cast, district, wording):
    grown = child(district, DAY.replace(year=DAY.year - 18))
    assert sign_agreement(grown, cast.team_a, cast.li, on=DAY)
    by_father = both_signatures(grown, cast.li, party=SignerParty.GUARDIAN, guardian="王大山")
    other = child(district, DAY.replace(year=DAY.year - 18))
    assert refused(other, cast.team_a, cast.li, signatures=by_father).code == "signature_missing"


@pytest.mark.parametrize(("ends_on", "needs_guardian"), [(None, True), (DAY, True), (DAY - ONE, False)])
def test_a_registered_guardian_signs_while_he_is_one(cast, resident, ends_on, needs_guardian):
    Guardian.objects.create(
        resident=resident, name="王大山", relation="儿子", phone="13911112222",
        starts_on=DAY - 30 * ONE, ends_on=ends_on,
    )  # fmt: skip
    if needs_guardian:
        assert refused(resident, cast.team_a, cast.li).code == "guardian_missing"
    else:
        assert sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def test_entered_late_with_the_wording_and_the_team_of_that_day(cast, resident):
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, signed_on=DAY - 7 * ONE, starts_on=DAY - 7 * ONE
    )
    assert agreement.signed_on == DAY - 7 * ONE
    assert agreement.created_at.date() != agreement.signed_on
    other = ResidentFactory(grid=resident.grid)
    no = refused(other, cast.team_a, cast.li, signed_on=DAY - 91 * ONE, starts_on=DAY - 91 * ONE)
    assert (no.code, no.field) == ("backdated_too_far", "signed_on")


def test_a_renewal_may_run_three_years_and_names_the_agreement_before(cast, resident):
    first = sign_agreement(resident, cast.team_a, cast.li, on=dt.date(2025, 11, 1))
    assert first.ends_on == dt.date(2026, 10, 31)
    assert refused(resident, cast.team_b, cast.zhao, term_years=3).code == "term_length"
    again = sign_agreement(resident, cast.team_a, cast.li, on=DAY, term_years=3)
    assert again.previous == first
    assert again.ends_on == dt.date(2029, 11, 21)


def test_after_the_days_of_grace_the_term_is_a_first_one(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=dt.date(2025, 10, 1))
    assert refused(resident, cast.team_a, cast.li, term_years=2).code == "term_length"
    assert sign_agreement(resident, cast.team_a, cast.li, on=DAY).previous is None


def test_a_supplementary_agreement_bars_nobody(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    agreement.enrollments.update(is_supplementary=True)
    assert sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)


def test_void_bars_nobody(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    agreement.enrollments.update(state=AgreementState.VOID)
    assert sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)


def test_the_database_alone_keeps_one_running_enrolment(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    kept = {"agreement": agreement, "resident": resident, "state": AgreementState.EXPIRED}
    with pytest.raises(IntegrityError, match="one_running_enrollment"), transaction.atomic():
        Enrollment.objects.create(**kept, starts_on=agreement.ends_on, ends_on=agreement.ends_on + 9 * ONE)
    with pytest.raises(IntegrityError, match="enrollment_ends_after_start"), transaction.atomic():
        Enrollment.objects.create(**kept, starts_on=DAY - ONE, ends_on=DAY - 2 * ONE)


@pytest.mark.parametrize("model", [AgreementEvent, Signature])
def test_events_and_signatures_are_never_changed(cast, resident, model):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    for change in (lambda: model.objects.update(agreement_id=0), lambda: model.objects.all().delete()):
        with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
            change()


def test_former_rows_are_kept_with_who_changed_them(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    Agreement.objects.filter(pk=agreement.pk).update(term_years=2)
    assert agreement.history.count() == 1


def test_the_wording_of_the_day_of_signing(cast, resident):
    from contracts.actions import publish_template

    new = publish_template(
        kind="individual", title="新协议书", body="新的正文", in_force_from=DAY, by=cast.zhou, on=DAY - ONE
    )
    late = sign_agreement(resident, cast.team_a, cast.li, on=DAY, signed_on=DAY - ONE, starts_on=DAY - ONE)
    assert late.template.version == 1
    other = ResidentFactory(grid=resident.grid)
    assert sign_agreement(other, cast.team_a, cast.li, on=DAY).template == new


def test_the_specialist_sent_down_may_sign(cast, resident):
    expert = UserFactory(institution=cast.hospital, profession=Profession.SPECIALIST)
    TeamMembershipFactory(
        team=cast.team_a, user=expert, profession=Profession.SPECIALIST, home_institution=cast.hospital,
        is_dispatched=True,
    )  # fmt: skip
    assert sign_agreement(resident, cast.team_a, expert, on=DAY, by=expert).doctor == expert


def test_the_number_series_runs_out_with_a_sentence(cast, resident):
    from core.models import NumberSequence

    first = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    NumberSequence.objects.filter(prefix=read_number(first.number).prefix).update(last=999_999)
    assert refused(ResidentFactory(grid=resident.grid), cast.team_a, cast.li).code == "numbers_used_up"


def test_png_helper_draws():
    assert png() != png(ink=False)
