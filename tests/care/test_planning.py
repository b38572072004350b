"""What a person in care is planned for: by the rules in force, and by what was promised to him."""

import datetime as dt

import pytest
from django.db.models import Q

from care.actions import miss_tasks, settle
from care.actions.pregnancies import (
    change_pregnancy,
    record_delivery,
    register_discharge,
    register_pregnancy,
)
from care.actions.replanning import replan
from care.choices import CloseReason, PlanState, TaskState
from care.models import Plan, Task
from contracts.choices import SignerParty, TerminationReason
from contracts.models import Enrollment
from residents.actions.standing import record_death, record_lost
from residents.choices import LifeStatus, Population, Relation, Sex
from residents.models import Resident
from tests.factories.contracts import both_signatures, family, household_signed, package, sign_agreement
from tests.factories.planning import flagged, noon, plan_of, planned, record_of, tasks_of
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


def codes(resident: Resident, *states: str) -> set[str]:
    rows = Plan.objects.filter(resident=resident)
    return set((rows.filter(state__in=states) if states else rows).values_list("rule__code", flat=True))


@pytest.fixture
def signed(resident, cast):
    flagged(resident, Population.HYPERTENSION, ON)
    return sign_agreement(resident, cast.team_a, cast.li, on=ON)


def test_signing_plans_what_every_agreement_asks_for(signed, resident, cast):
    done = planned(resident, on=ON)
    assert done.started == Plan.objects.filter(resident=resident).count() > 0
    contact = plan_of(resident, "contract.contact")
    assert (contact.team, contact.enrollment.resident) == (cast.team_a, resident)
    assert "hypertension.routine" in codes(resident)


def test_a_second_run_changes_nothing(signed, resident):
    planned(resident, on=ON)
    assert set(vars(planned(resident, on=ON)).values()) == {0}
    assert set(vars(replan(None, on=ON, now=noon(ON))).values()) == {0}


def test_everybody_is_planned_as_each_alone(signed, resident):
    assert replan(None, on=ON, now=noon(ON)).started == Plan.objects.filter(resident=resident).count() > 0


def test_nobody_is_planned_for_without_an_agreement(resident):
    flagged(resident, Population.HYPERTENSION, ON)
    assert planned(resident, on=ON).started == 0


def test_a_flag_confirmed_later_starts_its_rules(resident, cast):
    sign_agreement(resident, cast.team_a, cast.li, on=ON)
    planned(resident, on=ON)
    assert "hypertension.routine" not in codes(resident)
    flagged(resident, Population.HYPERTENSION, ON + 9 * DAY)
    planned(resident, on=ON + 9 * DAY)
    assert plan_of(resident, "hypertension.routine").anchor_on >= ON + 9 * DAY


def test_a_flag_that_ends_ends_its_rules_and_says_why(signed, resident):
    planned(resident, on=ON)
    signed_kind = resident.flags.get(kind=Population.HYPERTENSION)
    signed_kind.ends_on = ON
    signed_kind.save(update_fields=["ends_on"])
    planned(resident, on=ON)
    assert plan_of(resident, "hypertension.check_up").state == PlanState.RUNNING
    planned(resident, on=ON + DAY)
    assert plan_of(resident, "hypertension.check_up").state == PlanState.ENDED
    (task,) = tasks_of(resident, "hypertension.check_up")
    assert (task.state, task.reason) == (TaskState.CANCELLED, CloseReason.FLAG_ENDED)
    assert plan_of(resident, "contract.contact").state == PlanState.RUNNING


def test_death_ends_everything_with_its_reason(signed, resident, cast):
    planned(resident, on=ON)
    record_death(resident=resident, since=ON, by=cast.li, on=ON)
    done = planned(resident, on=ON)
    assert done.ended > 0 and done.cancelled > 0
    assert codes(resident, PlanState.RUNNING) == set()
    reasons = Task.objects.filter(resident=resident).values_list("state", "reason").distinct()
    assert list(reasons) == [(TaskState.CANCELLED, CloseReason.DECEASED)]


def test_who_is_lost_waits_until_he_is_found(signed, resident, cast):
    planned(resident, on=ON)
    record_lost(resident=resident, since=ON, by=cast.li, on=ON)
    assert planned(resident, on=ON).paused > 0
    assert codes(resident, PlanState.RUNNING) == set()
    (lost,) = tasks_of(resident, "contract.contact")
    assert (lost.state, lost.reason) == (TaskState.LOST, CloseReason.NOT_REACHED)
    Resident.objects.filter(pk=resident.pk).update(life_status=LifeStatus.PRESENT)
    assert planned(resident, on=ON + 5 * DAY).resumed > 0
    first, second = tasks_of(resident, "contract.contact")
    assert (second.state, second.sequence) == (TaskState.DUE, first.sequence + 1)
    assert second.due_on == first.due_on


def test_found_after_its_days_the_next_occurrence_comes(signed, resident, cast):
    planned(resident, on=ON)
    record_lost(resident=resident, since=ON, by=cast.li, on=ON)
    planned(resident, on=ON)
    Resident.objects.filter(pk=resident.pk).update(life_status=LifeStatus.PRESENT)
    spring = dt.date(2027, 2, 20)
    planned(resident, on=spring)
    plan = plan_of(resident, "contract.contact")
    assert plan.opens_on == dt.date(2027, 1, 1) and plan.expires_on >= spring


def test_another_team_takes_plans_and_open_tasks(signed, resident, cast):
    planned(resident, on=ON)
    signed.team = cast.team_b
    signed.save(update_fields=["team"])
    done = planned(resident, on=ON)
    assert done.retargeted == Plan.objects.filter(resident=resident).count()
    assert set(Task.objects.filter(resident=resident).open().values_list("team", flat=True)) == {
        cast.team_b.pk
    }


def test_an_agreement_that_ended_ends_plans_and_a_new_one_goes_on(signed, resident, cast):
    planned(resident, on=ON)
    routine = plan_of(resident, "hypertension.routine")
    Enrollment.objects.filter(resident=resident).update(
        state="terminated", ends_on=ON, end_reason=TerminationReason.RESIDENT_REQUEST
    )
    planned(resident, on=ON + DAY)
    assert codes(resident, PlanState.RUNNING) == set()
    assert tasks_of(resident, "contract.contact")[0].reason == CloseReason.AGREEMENT_ENDED
    sign_agreement(resident, cast.team_a, cast.li, on=ON + 3 * DAY)
    planned(resident, on=ON + 3 * DAY)
    again = plan_of(resident, "hypertension.routine")
    assert (again.state, again.due_on) == (PlanState.RUNNING, routine.due_on)


def test_what_is_promised_and_asked_for_by_no_rule_has_its_own_plan(signed, resident):
    planned(resident, on=ON)
    names = set(
        Plan.objects.filter(resident=resident, rule__item__isnull=False).values_list(
            "rule__item__code", flat=True
        )
    )
    assert {"health_plan", "education_material", "household_assessment"} <= names
    assert "regular_contact" not in names  # the quarterly contact is it
    assert "referral_help" not in names  # given when asked for
    first = Plan.objects.get(resident=resident, rule__item__code="education_material")
    assert (first.opens_on, first.closes_on) == (ON, ON + 6 * DAY)  # within the first week


def test_services_of_a_programme_are_planned_once(resident, cast):
    flagged(resident, Population.HYPERTENSION, ON)
    packages = [package(), package("hypertension")]
    sign_agreement(resident, cast.team_a, cast.li, on=ON, packages=packages)
    planned(resident, on=ON)
    items = Plan.objects.filter(resident=resident, rule__item__isnull=False).values_list(
        "rule__item__code", flat=True
    )
    assert "lifestyle_guidance" in items
    assert not {"htn_followup", "chronic_checkup"} & set(items)


def test_without_the_flag_the_promised_service_stands_alone(resident, cast):
    flag = flagged(resident, Population.HYPERTENSION, ON)
    sign_agreement(resident, cast.team_a, cast.li, on=ON, packages=[package(), package("hypertension")])
    flag.ends_on = ON
    flag.save(update_fields=["ends_on"])
    planned(resident, on=ON + DAY)
    assert Plan.objects.filter(resident=resident, rule__item__code="htn_followup").exists()


def test_an_item_of_the_next_term_begins_anew(signed, resident, cast):
    planned(resident, on=ON)
    later = dt.date(2027, 11, 22)
    Enrollment.objects.filter(resident=resident).update(state="renewed")
    sign_agreement(resident, cast.team_a, cast.li, on=later)
    miss_tasks(on=later)
    planned(resident, on=later)
    plan = Plan.objects.get(resident=resident, rule__item__code="health_plan")
    assert (plan.state, plan.anchor_on, plan.sequence) == (PlanState.RUNNING, later, 2)


def test_a_family_menu_is_planned_for_who_represents_the_household(cast, district, wording):
    home = family(district.grid_a)
    menu = package("family_menu")
    chosen = list(menu.contents.filter(item__code__in=["medicine_box", "dietary_therapy"]))
    agreement = household_signed(home, cast.team_a, cast.li, on=ON, packages=[package(), menu], chosen=chosen)
    planned(*home.members.all(), on=ON)
    rows = Plan.objects.filter(rule__item__code__in=["medicine_box", "dietary_therapy"])
    assert set(rows.values_list("resident", flat=True)) == {agreement.representative_id}
    assert rows.count() == 2
    assessed = Plan.objects.filter(rule__code="contract.household").values_list("resident", flat=True)
    assert list(assessed) == [agreement.representative_id]


def test_an_infant_in_the_household_is_taken_along_for_a_year(cast, district, wording):
    home = family(district.grid_a)
    household_signed(home, cast.team_a, cast.li, on=ON)
    born = ON + 10 * DAY
    baby = ResidentFactory(
        name="王小宝", born_on=born, household=home, grid=district.grid_a, relation=Relation.SON
    )
    planned(baby, on=born)
    visit = plan_of(baby, "child.newborn")
    assert (visit.team, visit.enrollment) == (cast.team_a, None)
    assert "contract.contact" not in codes(baby)
    planned(baby, on=born + 400 * DAY)
    assert codes(baby, PlanState.RUNNING) == set()


def test_children_keep_the_names_of_their_months(cast, district, wording):
    born = dt.date(2026, 1, 31)
    baby = ResidentFactory(name="李小宝", born_on=born, grid=district.grid_a)
    ink = both_signatures(baby, cast.li, party=SignerParty.GUARDIAN, guardian="李建国")
    sign_agreement(baby, cast.team_a, cast.li, on=ON, signatures=ink)
    planned(baby, on=ON)
    plan = plan_of(baby, "child.infant")
    assert plan.opens_on <= ON or plan.due_on > ON
    assert plan.sequence % 100 == plan.steps + 1


def test_a_former_visit_stays_as_it_was_done(signed, resident, cast):
    planned(resident, on=ON)
    record = record_of(resident, signed, cast.li, form="check_up", done_on=ON)
    settle(record=record, verdict=None, by=cast.li, on=ON, now=noon(ON))
    record_death(resident=resident, since=ON, by=cast.li, on=ON)
    planned(resident, on=ON)
    (done,) = tasks_of(resident, "hypertension.check_up")
    assert (done.state, done.record) == (TaskState.DONE, record.key)


def test_a_household_is_assessed_once_not_by_every_member(cast, district, wording):
    home = family(district.grid_a)
    agreement = household_signed(home, cast.team_a, cast.li, on=ON, packages=[package()])
    assert agreement.enrollments.count() > 1
    planned(*home.members.all(), on=ON)
    rows = Plan.objects.filter(
        Q(rule__code="contract.household") | Q(rule__item__code="household_assessment")
    )
    assert list(rows.values_list("resident", flat=True)) == [agreement.representative_id]


def test_what_another_team_takes_over_it_plans_itself(signed, resident, cast):
    planned(resident, on=ON)
    Task.objects.filter(resident=resident).update(assigned_to=cast.li, planned_on=ON)
    signed.team = cast.team_b
    signed.save(update_fields=["team"])
    planned(resident, on=ON)
    kept = Task.objects.filter(resident=resident).open().values_list("assigned_to", "planned_on")
    assert set(kept) == {(None, None)}


def test_quarters_without_an_agreement_are_not_missed(signed, resident, cast):
    planned(resident, on=ON)
    open_contact = plan_of(resident, "contract.contact")
    Enrollment.objects.filter(resident=resident).update(ends_on=dt.date(2026, 12, 31))
    Plan.objects.filter(pk=open_contact.pk).update(state=PlanState.FINISHED)  # reached in the last quarter
    later = dt.date(2027, 8, 1)
    Enrollment.objects.filter(resident=resident).update(
        state="terminated", end_reason=TerminationReason.RESIDENT_REQUEST
    )
    sign_agreement(resident, cast.team_a, cast.li, on=later)
    planned(resident, on=later)
    miss_tasks(on=later)
    between = [one for one in tasks_of(resident, "contract.contact") if one.opens_on > ON]
    assert [(one.state, one.opens_on) for one in between] == [(TaskState.DUE, later)]
    again = plan_of(resident, "contract.contact")
    assert (again.state, again.opens_on) == (PlanState.RUNNING, later)


def test_a_discharge_told_after_the_visit_asks_for_no_second_one(cast, district, wording):
    born = ON
    home = family(district.grid_a)
    agreement = household_signed(home, cast.team_a, cast.li, on=ON)
    baby = ResidentFactory(born_on=born, household=home, grid=district.grid_a, relation=Relation.SON)
    planned(baby, on=born)
    done = born + 5 * DAY
    record = record_of(baby, agreement, cast.li, form="newborn_visit", done_on=done, mode="home")
    settle(record=record, verdict=None, by=cast.li, on=done, now=noon(done))
    on = born + 8 * DAY
    register_discharge(by=cast.li, on=on, now=noon(on), child=baby, discharged_on=born + 3 * DAY)
    assert plan_of(baby, "child.newborn").state == PlanState.FINISHED
    register_discharge(by=cast.li, on=on, now=noon(on), child=baby, discharged_on=born + 6 * DAY)
    assert (
        plan_of(baby, "child.newborn").state == PlanState.RUNNING
    )  # that visit was not after this discharge


def test_a_corrected_pregnancy_leaves_no_open_task_behind(cast, district, wording):
    woman = ResidentFactory(born_on=dt.date(1996, 5, 1), sex=Sex.FEMALE, grid=district.grid_a)
    sign_agreement(woman, cast.team_a, cast.li, on=ON)
    lmp = ON - 80 * DAY
    held = register_pregnancy(by=cast.li, on=ON, now=noon(ON), resident=woman, lmp=lmp)
    assert [one.state for one in tasks_of(woman, "perinatal.antenatal")] == [TaskState.DUE]
    earlier = lmp - 40 * DAY
    change_pregnancy(
        by=cast.li, on=ON, now=noon(ON), episode=held, lmp=earlier, corrected_edd=None, color="green"
    )
    states = [one.state for one in tasks_of(woman, "perinatal.antenatal")]
    assert states == [TaskState.MISSED, TaskState.DUE]


def test_blood_pressure_is_asked_for_once_a_year_from_thirty_five_on(cast, district, wording):
    born = dt.date(ON.year - 35, ON.month, ON.day)
    people = [ResidentFactory(born_on=born + days * DAY, grid=district.grid_a) for days in (0, 1, 0, 0)]
    flagged(people[2], Population.HYPERTENSION, ON)
    flagged(people[3], Population.HIGH_RISK_HTN, ON)
    agreements = [sign_agreement(one, cast.team_a, cast.li, on=ON) for one in people]
    planned(*people, on=ON)
    asked = Plan.objects.filter(rule__code__in=["hypertension.screen", "hypertension.high_risk"])
    assert set(asked.values_list("resident", "rule__code")) == {
        (people[0].pk, "hypertension.screen"), (people[3].pk, "hypertension.high_risk"),
    }  # fmt: skip
    record = record_of(
        people[0], agreements[0], cast.li, form="consultation", done_on=ON, values={"sbp": 128}
    )
    settle(record=record, verdict=None, by=cast.li, on=ON, now=noon(ON))
    assert plan_of(people[0], "hypertension.screen").opens_on <= ON  # half a measurement is none
    record = record_of(
        people[0], agreements[0], cast.li, form="consultation", done_on=ON, values={"sbp": 128, "dbp": 78}
    )
    settle(record=record, verdict=None, by=cast.li, on=ON, now=noon(ON))
    assert plan_of(people[0], "hypertension.screen").opens_on == dt.date(2027, 1, 1)
    planned(people[1], on=ON + DAY)
    assert "hypertension.screen" in codes(people[1])


def test_a_high_risk_person_who_is_diagnosed_is_asked_for_the_follow_up_alone(signed, resident):
    flagged(resident, Population.HIGH_RISK_HTN, ON)
    planned(resident, on=ON)
    assert "hypertension.high_risk" not in codes(resident)


def test_without_a_discharge_the_mother_is_visited_after_the_delivery(cast, district, wording):
    woman = ResidentFactory(born_on=dt.date(1996, 5, 1), sex=Sex.FEMALE, grid=district.grid_a)
    sign_agreement(woman, cast.team_a, cast.li, on=ON)
    held = register_pregnancy(by=cast.li, on=ON, now=noon(ON), resident=woman, lmp=ON - 270 * DAY)
    frame = {"by": cast.li, "on": ON, "now": noon(ON), "delivered_on": ON - 2 * DAY}
    held = record_delivery(**frame, episode=held, discharged_on=None)
    assert plan_of(woman, "perinatal.postpartum").due_on == ON + 5 * DAY
    record_delivery(**frame, episode=held, discharged_on=ON)
    assert plan_of(woman, "perinatal.postpartum").due_on == ON + 7 * DAY
