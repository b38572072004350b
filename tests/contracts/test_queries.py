import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actions import expire_ended, terminate
from contracts.choices import AgreementState, SignerParty
from contracts.models import Agreement, Enrollment
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.agreements import agreement_detail, agreement_page, narrowed
from contracts.queries.home import doctor_home, ending_soon, present_counts, signed_since
from contracts.queries.packages import packages_offered
from contracts.queries.paper import paper_of
from contracts.queries.people import running_enrollment, sign_status, signed_counts
from contracts.queries.signing import sign_sheet, works_for
from core.models import PolicySetting
from residents.choices import LifeStatus, Population
from residents.models import Guardian, Resident
from tests.factories.contracts import NOON, package, sign_agreement
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)  # a Sunday
ONE = dt.timedelta(days=1)
POLICY = ContractsPolicy()


def sign_many(cast, grid, count, *, on=DAY):
    return [
        sign_agreement(one, cast.team_a, cast.li, on=on)
        for one in ResidentFactory.create_batch(count, grid=grid)
    ]


def end(agreement, by, last_day):
    return terminate(
        by=by, on=last_day, now=dt.datetime.combine(last_day, NOON), agreement=agreement, reason="moved_out",
        last_day=last_day,
    )  # fmt: skip


# --- sign status ------------------------------------------------------------------------------------------------


def test_sign_status_tells_the_latest_enrolment(cast, district, resident, django_assert_num_queries):
    old = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 500 * ONE)
    end(old, cast.li, DAY - 450 * ONE)
    new = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    never = ResidentFactory(grid=district.grid_a)
    with django_assert_num_queries(1):
        found = sign_status([resident.pk, never.pk], on=DAY, notice_days=60)
    assert set(found) == {resident.pk}
    status = found[resident.pk]
    assert (status.agreement_id, status.team, status.ends_on) == (new.pk, "赵医生团队", new.ends_on)
    assert status.is_running
    assert status.standing.label == "生效"


def test_sign_status_does_not_trust_the_stored_state(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    day = agreement.ends_on + ONE
    status = sign_status([resident.pk], on=day, notice_days=60)[resident.pk]
    assert (status.standing.label, status.is_running) == ("到期", False)


def test_void_is_no_status(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY).enrollments.update(state=AgreementState.VOID)
    assert sign_status([resident.pk], on=DAY, notice_days=60) == {}


def test_the_running_enrolment_of_a_day(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    assert running_enrollment(resident, on=DAY).agreement == agreement
    assert running_enrollment(resident, on=agreement.ends_on).agreement == agreement
    assert running_enrollment(resident, on=DAY - ONE) is None
    assert running_enrollment(resident, on=agreement.ends_on + ONE) is None


def test_signed_counts_equal_brute_force(cast, district, wording):
    made = sign_many(cast, district.grid_a, 4)
    end(made[0], cast.li, DAY)
    sign_agreement(ResidentFactory(grid=district.grid_b), cast.team_b, cast.zhao, on=DAY - 10 * ONE)
    for day in (DAY - 11 * ONE, DAY - 10 * ONE, DAY, DAY + ONE, DAY + 400 * ONE):
        expected = {}
        for one in Enrollment.objects.all():
            if one.starts_on <= day <= one.ends_on:
                team = one.agreement.team_id
                expected[team] = expected.get(team, 0) + 1
        assert signed_counts([cast.team_a.pk, cast.team_b.pk], on=day) == expected


# --- lists ------------------------------------------------------------------------------------------------------


def pages(agreements, bucket, *, on=DAY):
    """All rows, page by page."""
    after, found = "", []
    while True:
        page = agreement_page(agreements, bucket=bucket, after=after, on=on, notice_days=60)
        found += [one.agreement.pk for one in page.rows]
        after = page.next_after
        if not after:
            return found


def test_paging_shows_every_row_once(cast, district, wording, monkeypatch):
    monkeypatch.setattr("contracts.queries.agreements.PAGE_SIZE", 2)
    made = sign_many(cast, district.grid_a, 3) + sign_many(cast, district.grid_a, 4, on=DAY - ONE)
    newest_first = sorted(made, key=lambda one: (one.signed_on, one.pk), reverse=True)
    assert pages(Agreement.objects.all(), "") == [one.pk for one in newest_first]
    soonest_first = sorted(made, key=lambda one: (one.ends_on, one.pk))
    last = soonest_first[-1].ends_on
    expiring = narrowed(
        Agreement.objects.all(), bucket="expiring", team_id=None, on=last - ONE, notice_days=60
    )
    assert pages(expiring, "expiring", on=last - ONE) == [one.pk for one in soonest_first]


@pytest.mark.parametrize(
    "token", ["", "x", "2026-13-01.5", "2026-11-22", "2026-11-22.", "9" * 50, "2026-11-22.٣"]
)
def test_a_token_that_is_none_starts_from_the_beginning(cast, resident, token):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    page = agreement_page(Agreement.objects.all(), bucket="", after=token, on=DAY, notice_days=60)
    assert [one.agreement.pk for one in page.rows] == [agreement.pk]


def test_a_page_costs_the_same_however_many_rows(cast, district, wording, django_assert_num_queries):
    for count in (1, 6):
        sign_many(cast, district.grid_a, count)
        cast.li.__dict__.pop("_standing", None)
        with django_assert_num_queries(4):  # the reader's roles and teams, the rows, their people
            page = agreement_page(
                Agreement.objects.visible_to(cast.li), bucket="running", after="", on=DAY, notice_days=60
            )
            assert [one.resident.masked_name for one in page.rows]


def test_buckets_and_team_narrow(cast, district, wording):
    running, ended = sign_many(cast, district.grid_a, 2)
    end(ended, cast.li, DAY)
    over = sign_agreement(ResidentFactory(grid=district.grid_b), cast.team_b, cast.zhao, on=DAY - 400 * ONE)
    rows = Agreement.objects.all()

    def found(bucket, team=None):
        return set(narrowed(rows, bucket=bucket, team_id=team, on=DAY, notice_days=60))

    assert found("running") == {running}
    assert found("terminated") == {ended}
    assert found("expired") == {over}
    expire_ended(on=DAY)
    assert found("expired") == {over}
    assert found("") == found("nonsense") == {running, ended, over}
    assert found("", cast.team_b.pk) == {over}


# --- one agreement ----------------------------------------------------------------------------------------------


def detail_of(agreement, *, sees_restricted=True, rows=None):
    rows = Agreement.objects.all() if rows is None else rows
    return agreement_detail(rows, agreement.pk, on=DAY, policy=POLICY, sees_restricted=sees_restricted)


def test_the_detail_has_everything(cast, resident, django_assert_num_queries):
    PopulationFlagFactory(resident=resident, kind=Population.ELDERLY_65)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, packages=[package(), package("elderly")]
    )
    with django_assert_num_queries(8):
        detail = detail_of(agreement)
        assert detail.resident.masked_phone == "139****5678"
        assert [one.name for one in detail.packages] == ["基础服务包", "老年人服务包"]
        assert (len(detail.signatures), len(detail.events)) == (2, 1)
        assert detail.agreement.team.institution.name
    assert (detail.is_running, detail.ended, detail.withheld) == (True, "", 0)


def test_out_of_the_readers_rows_there_is_none(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    assert detail_of(agreement, rows=Agreement.objects.visible_to(cast.zhao)) is None


def test_a_restricted_package_is_withheld(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, packages=[package(), package("severe_mental")]
    )
    assert len(detail_of(agreement).packages) == 2
    detail = detail_of(agreement, sees_restricted=False)
    assert [one.code for one in detail.packages] == ["basic"]
    assert detail.withheld == 1


def test_the_paper_shows_the_parties_as_they_were(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    Resident.objects.filter(pk=resident.pk).update(name="王建民")
    cast.team_a.name = "新名团队"
    cast.team_a.save(update_fields=["name"])
    paper = paper_of(detail_of(agreement))
    assert (paper.parties.b.name, paper.parties.a.team) == ("王建国", "李医生团队")
    assert paper.by_resident.party == SignerParty.RESIDENT
    assert paper.by_doctor.signer_name == "李医生"


def test_an_agreement_without_kept_parties_shows_those_of_today(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    Agreement.objects.filter(pk=agreement.pk).update(as_signed=b"")
    assert paper_of(detail_of(agreement)).parties.b.id_number == resident.id_number


# --- home -------------------------------------------------------------------------------------------------------


def test_present_counts_follow_grids_and_their_micro_grids(cast, district):
    ResidentFactory.create_batch(2, grid=district.grid_a)
    ResidentFactory(grid=district.grid_a, life_status=LifeStatus.DECEASED, life_status_on=DAY)
    inherited = MicroGridFactory(parent=district.grid_a)
    ResidentFactory(grid=inherited)
    own = MicroGridFactory(parent=district.grid_a)
    GridResponsibilityFactory(grid=own, team=cast.team_b)
    ResidentFactory(grid=own)
    ResidentFactory(grid=GridFactory(village=district.village_a))  # nobody's
    assert present_counts([cast.team_a.pk, cast.team_b.pk], on=DAY) == {cast.team_a.pk: 3, cast.team_b.pk: 1}


def test_signed_since_monday(cast, district, wording):
    sign_many(cast, district.grid_a, 2, on=dt.date(2026, 11, 16))
    sign_many(cast, district.grid_a, 1, on=dt.date(2026, 11, 15))
    home = doctor_home([cast.team_a.pk], on=DAY, policy=POLICY)
    assert home.figures[0].this_week == 2
    Agreement.objects.update(state=AgreementState.VOID)
    assert signed_since([cast.team_a.pk], since=DAY - 30 * ONE) == {}


@pytest.mark.parametrize(
    ("offset", "listed"), [(-31, False), (-30, True), (-1, True), (0, True), (60, True), (61, False)]
)
def test_ending_soon_by_notice_and_grace(cast, resident, offset, listed):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY + offset * ONE - 364 * ONE)
    assert agreement.ends_on == DAY + offset * ONE
    assert ending_soon([cast.team_a.pk], on=DAY, policy=POLICY).exists() == listed
    expire_ended(on=DAY)
    assert ending_soon([cast.team_a.pk], on=DAY, policy=POLICY).exists() == listed


def test_who_signed_again_is_not_listed(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 370 * ONE)
    assert ending_soon([cast.team_a.pk], on=DAY, policy=POLICY).count() == 1
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    assert not ending_soon([cast.team_a.pk, cast.team_b.pk], on=DAY, policy=POLICY).exists()


def test_home_costs_the_same_however_many_teams_and_agreements(cast, district, wording):
    counts = []
    for many in (1, 4):
        sign_many(cast, district.grid_a, many, on=DAY - 350 * ONE)
        with CaptureQueriesContext(connection) as queries:
            home = doctor_home([cast.team_a.pk, cast.team_b.pk], on=DAY, policy=POLICY)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9
    assert home.ending_total == len(home.ending) == 5
    assert [one.signed for one in home.figures] == [5, 0]


# --- the signing form -------------------------------------------------------------------------------------------


def sheet_for(user, resident, *teams, sees_restricted=True):
    people = Resident.objects.for_lists().get(pk=resident.pk)
    return sign_sheet(
        user, people, [one.pk for one in teams], on=DAY, policy=POLICY, minor_age=18, sees_restricted=sees_restricted
    )  # fmt: skip


def test_the_sheet_preselects_by_population(cast, resident, django_assert_max_num_queries):
    for kind in (Population.ELDERLY_65, Population.HYPERTENSION, Population.SMI, Population.STROKE):
        PopulationFlagFactory(resident=resident, kind=kind)
    PopulationFlagFactory(resident=resident, kind=Population.DIABETES_T2, ends_on=DAY)
    with django_assert_max_num_queries(16):
        sheet = sheet_for(cast.li, resident, cast.team_a)
    chosen = {one.code for one in sheet.packages if one.pk in sheet.preselected}
    assert chosen == {"basic", "elderly", "hypertension", "severe_mental", "stroke"}
    assert [one.user for one in sheet.doctors] == [cast.li]
    assert (sheet.party, sheet.years, sheet.objection) == (SignerParty.RESIDENT, 1, None)
    assert sheet.responsible == cast.team_a


def test_a_restricted_diagnosis_is_not_told_by_a_tick(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    sheet = sheet_for(cast.qian, resident, cast.team_a, sees_restricted=False)
    assert "severe_mental" not in {one.code for one in sheet.packages}
    assert [one.code for one in sheet.packages if one.pk in sheet.preselected] == ["basic"]
    assert "severe_mental" in {one.code for one in packages_offered(on=DAY, sees_restricted=True)}


def test_the_sheet_knows_why_not(cast, resident):
    assert sheet_for(cast.wang, resident).objection.code == "no_doctor"
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    assert sheet_for(cast.li, resident, cast.team_a).objection.code == "overlap"


def test_the_sheet_allows_longer_terms_to_a_renewal(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 370 * ONE)
    assert sheet_for(cast.li, resident, cast.team_a).years == 3


def test_the_sheet_knows_the_guardian(cast, resident):
    Guardian.objects.create(
        resident=resident, name="王大山", relation="儿子", phone="13911112222", starts_on=DAY - ONE
    )
    sheet = sheet_for(cast.li, resident, cast.team_a)
    assert (sheet.party, sheet.guardian) == (SignerParty.GUARDIAN, ("王大山", "儿子", "13911112222"))


def test_works_for(cast):
    assert works_for(cast.wang, cast.team_a, on=DAY)
    assert not works_for(cast.wang, cast.team_a, on=DAY, as_leader=True)
    assert works_for(cast.qian, cast.team_a, on=DAY, as_leader=True)
    assert not works_for(cast.wu, cast.team_a, on=DAY)
    assert not works_for(cast.zhou, cast.team_a, on=DAY)
    assert not works_for(cast.li, cast.team_a, on=dt.date(2019, 12, 31))


def test_policy_is_effective_dated(db):
    PolicySetting.objects.create(
        room="contracts", payload={"backdate_days": 3}, in_force_from=DAY, source="区卫健局通知"
    )
    assert policy_on(DAY - ONE).backdate_days == 7
    assert policy_on(DAY).backdate_days == 3
