"""A clue that is true becomes what the registry knows, through the registry's own verbs."""

import datetime as dt

import pytest

from grids.models import Grid
from outreach.actions import confirming
from outreach.actions.answering import CannotAnswer
from outreach.actions.confirming import CannotConfirmReport
from outreach.choices import Outcome, ReportKind, ReportState, ReportStep
from residents.actions import Heir
from residents.choices import Evidence, IdKind, LifeStatus, Population, Relation
from residents.models import Resident
from tests.factories.reports import MONDAY_TEN, report_from
from tests.factories.residents import PopulationFlagFactory, ResidentFactory, id_number

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 24)
NOW = MONDAY_TEN + dt.timedelta(days=1)


@pytest.fixture
def resident(cast, district):
    return ResidentFactory(grid=district.grid_a, managing_team=cast.team_a, name="刘桂兰")


def confirm(verb, report, by, **more):
    return verb(by=by, on=ON, now=NOW, report=report, **more)


def refused(verb, report, by, **more):
    with pytest.raises((CannotConfirmReport, CannotAnswer)) as refusal:
        confirm(verb, report, by, **more)
    report.refresh_from_db()
    assert report.is_open
    return refusal.value


def known(report, by, resident, *populations, evidence=Evidence.GRID_REPORT):
    return confirm(
        confirming.confirm_known, report, by, resident=resident, populations=populations, evidence=evidence
    )


def person(grid: Grid, **more):
    born = dt.date(1951, 5, 6)
    given = {
        "name": "刘桂兰", "id_kind": IdKind.ID_CARD, "id_number": id_number(born, 77, 2), "grid": grid,
        "founds_household": True, "address": "3号楼2单元101",
    }  # fmt: skip
    return given | more


def test_somebody_on_file_is_flagged(cast, resident):
    report = known(report_from(cast.sun), cast.li, resident, "hypertension", "disabled")
    assert (report.state, report.outcome, report.resident) == (
        ReportState.CONFIRMED,
        Outcome.FLAGGED,
        resident,
    )
    flags = resident.flags.order_by("kind")
    assert [(one.kind, one.evidence) for one in flags] == [
        (Population.DISABLED, Evidence.GRID_REPORT),
        (Population.HYPERTENSION, Evidence.GRID_REPORT),
    ]
    assert [one.step for one in report.events.order_by("pk")] == [ReportStep.SENT, ReportStep.CONFIRMED]


def test_who_is_managed_already_is_known_and_keeps_the_better_evidence(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.HYPERTENSION, evidence=Evidence.MEDICAL_RECORD)
    report = known(report_from(cast.sun), cast.li, resident, "hypertension")
    assert report.outcome == Outcome.KNOWN
    assert resident.flags.get().evidence == Evidence.MEDICAL_RECORD


def test_a_kind_of_an_age_is_left_to_the_birth_date(cast, resident):
    report = report_from(cast.sun, facts={"populations": ["elderly_65"]})
    assert known(report, cast.li, resident, "elderly_65").outcome == Outcome.KNOWN
    assert not resident.flags.exists()


def test_kinds_and_evidence_of_the_list_only(cast, resident):
    more = {"resident": resident, "populations": ["copd"], "evidence": Evidence.GRID_REPORT}
    assert refused(confirming.confirm_known, report_from(cast.sun), cast.li, **more).field == "populations"
    more = {"resident": resident, "populations": ["tb"], "evidence": Evidence.AGE_RULE}
    assert (
        refused(confirming.confirm_known, report_from(cast.sun), cast.li, **more).code == "population_unknown"
    )


def test_somebody_who_has_left_is_brought_back_first(cast, resident):
    Resident.objects.filter(pk=resident.pk).update(life_status=LifeStatus.MOVED_OUT, life_status_on=ON)
    resident.refresh_from_db()
    more = {"resident": resident, "populations": ["tb"], "evidence": Evidence.GRID_REPORT}
    assert refused(confirming.confirm_known, report_from(cast.sun), cast.li, **more).code == "resident_gone"


def test_a_stranger_confirms_nothing(cast, resident):
    more = {"resident": resident, "populations": ["tb"], "evidence": Evidence.GRID_REPORT}
    assert refused(confirming.confirm_known, report_from(cast.sun), cast.zhao, **more).code == "not_own_team"
    assert not resident.flags.exists()


def test_a_need_is_not_confirmed(cast, resident):
    more = {"resident": resident, "populations": [], "evidence": Evidence.GRID_REPORT}
    report = report_from(cast.sun, ReportKind.NEED)
    assert refused(confirming.confirm_known, report, cast.li, **more).code == "verb_of_other_kind"


def test_somebody_new_is_entered_and_flagged_in_one_go(cast, district):
    report = confirm(
        confirming.confirm_new, report_from(cast.sun), cast.li, person=person(district.grid_a),
        populations=["hypertension"],
    )  # fmt: skip
    assert report.outcome == Outcome.REGISTERED
    assert report.resident.relation == Relation.HEAD
    assert set(report.resident.flags.values_list("kind", flat=True)) >= {
        Population.HYPERTENSION,
        Population.ELDERLY_65,
    }


def test_what_the_registry_refuses_leaves_nothing_behind(cast, district):
    report = report_from(cast.sun)
    bad = refused(
        confirming.confirm_new,
        report,
        cast.li,
        person=person(district.grid_a, id_number="371099195105060000"),
    )
    assert bad.field == "id_number"
    wrong = refused(
        confirming.confirm_new, report, cast.li, person=person(district.grid_a), populations=["copd"]
    )
    assert wrong.field == "populations"
    assert not Resident.objects.exists()


def test_confirmed_once_it_is_not_confirmed_again(cast, resident):
    report = known(report_from(cast.sun), cast.li, resident, "tb")
    with pytest.raises(CannotAnswer) as refusal:
        known(report, cast.wang, resident, "disabled")
    assert refusal.value.code == "cannot_confirm"


@pytest.mark.parametrize(
    ("change", "status"), [("moved_out", LifeStatus.MOVED_OUT), ("died", LifeStatus.DECEASED)]
)
def test_somebody_is_gone(cast, resident, change, status):
    report = report_from(cast.sun, ReportKind.CHANGE, facts={"change": change})
    done = confirm(confirming.confirm_gone, report, cast.li, resident=resident, since=ON)
    resident.refresh_from_db()
    assert (resident.life_status, resident.life_status_on) == (status, ON)
    assert (done.state, done.outcome) == (ReportState.CONFIRMED, Outcome.UPDATED)
    again = report_from(cast.sun, ReportKind.CHANGE, facts={"change": change})
    assert (
        confirm(confirming.confirm_gone, again, cast.li, resident=resident, since=ON).outcome == Outcome.KNOWN
    )


def test_a_head_who_goes_names_the_next(cast, resident):
    son = ResidentFactory(
        grid=resident.grid, household=resident.household, relation=Relation.SON, name="刘强"
    )
    report = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "died"})
    bad = refused(confirming.confirm_gone, report, cast.li, resident=resident, since=ON)
    assert bad.field == "head"
    confirm(confirming.confirm_gone, report, cast.li, resident=resident, since=ON, heir=Heir(son.pk, {}))
    son.refresh_from_db()
    assert son.relation == Relation.HEAD


def test_a_day_to_come_is_told_at_its_field(cast, resident):
    report = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "died"})
    late = ON + dt.timedelta(days=1)
    assert refused(confirming.confirm_gone, report, cast.li, resident=resident, since=late).field == "since"


def test_a_new_phone(cast, resident):
    report = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "phone"}, phone="13900001111")
    assert refused(confirming.confirm_phone, report, cast.li, resident=resident, phone="").field == "phone"
    assert refused(confirming.confirm_phone, report, cast.li, resident=resident, phone="12").field == "phone"
    done = confirm(confirming.confirm_phone, report, cast.li, resident=resident, phone="139 0000 1111")
    resident.refresh_from_db()
    assert (resident.phone, done.outcome) == ("13900001111", Outcome.UPDATED)


def test_who_moved_in_and_is_here_is_known(cast, resident):
    report = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "moved_in"})
    done = confirm(confirming.confirm_arrival, report, cast.li, resident=resident, since=ON)
    resident.refresh_from_db()
    assert (done.outcome, resident.confirmed_on) == (Outcome.KNOWN, ON)


def test_who_moved_back_has_a_household_at_the_new_address(cast, district, resident):
    out = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "moved_out"})
    confirm(confirming.confirm_gone, out, cast.li, resident=resident, since=dt.date(2026, 11, 1))
    resident.refresh_from_db()
    report = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "moved_in"}, address="8号楼1单元302")
    done = confirm(confirming.confirm_arrival, report, cast.li, resident=resident, since=ON)
    resident.refresh_from_db()
    assert (resident.life_status, resident.relation) == (LifeStatus.PRESENT, Relation.HEAD)
    assert (resident.address, resident.grid) == ("8号楼1单元302", district.grid_a)
    assert done.outcome == Outcome.UPDATED


def test_who_has_died_does_not_move_in(cast, resident):
    Resident.objects.filter(pk=resident.pk).update(life_status=LifeStatus.DECEASED, life_status_on=ON)
    resident.refresh_from_db()
    report = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "moved_in"})
    assert (
        refused(confirming.confirm_arrival, report, cast.li, resident=resident, since=ON).field == "resident"
    )


def test_each_verb_serves_its_own_change(cast, district, resident):
    died = report_from(cast.sun, ReportKind.CHANGE, facts={"change": "died"})
    for verb, more in (
        (confirming.confirm_phone, {"resident": resident, "phone": "13900001111"}),
        (confirming.confirm_arrival, {"resident": resident, "since": ON}),
        (confirming.confirm_new, {"person": person(district.grid_a)}),
        (confirming.confirm_known, {"resident": resident, "populations": [], "evidence": 1}),
    ):
        assert refused(verb, died, cast.li, **more).code == "confirm_of_other_kind"
