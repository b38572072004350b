"""What changed in lower rooms reaches plans, told or not."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from care.actions import follow_changes
from care.choices import CloseReason, PlanState, TaskState
from care.models import Plan, Task
from contracts.actions import Done, fulfill, withdraw
from contracts.choices import ProofKind
from contracts.models import Fulfillment, ServiceItem
from core.events import deliver_due
from core.models import Delivery
from residents.actions.flags import flag_population
from residents.actions.merging import merge_residents
from residents.actions.standing import record_death
from residents.actions.unmerging import undo_merge
from residents.choices import Evidence, Population
from residents.policy import policy_on
from tests.factories.care import record_visit
from tests.factories.contracts import family, household_signed, package, sign_agreement
from tests.factories.planning import flagged, plan_of, planned, tasks_of
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
QUARTER_HOUR = dt.timedelta(minutes=15)


def look(on=ON, now=None):
    return follow_changes(on=on, now=now or timezone.now(), overlap=QUARTER_HOUR)


def deliver(on=ON):
    return deliver_due(at=timezone.now() + DAY, on=on)


@pytest.fixture
def signed(resident, cast):
    return sign_agreement(resident, cast.team_a, cast.li, on=ON)


def test_a_signature_is_followed(signed, resident):
    assert look().started > 0
    assert plan_of(resident, "contract.contact").state == PlanState.RUNNING
    assert set(vars(look()).values()) == {0}


def test_a_signature_is_told(signed, resident):
    deliver()
    assert plan_of(resident, "contract.contact").state == PlanState.RUNNING
    assert not Delivery.objects.filter(done_at__isnull=True).exists()


def test_a_flag_is_followed_and_told(signed, resident, cast):
    look()
    flag_population(
        resident=resident, kind=Population.HYPERTENSION, evidence=Evidence.MEDICAL_RECORD, starts_on=ON, by=cast.li,
        on=ON, policy=policy_on(ON),
    )  # fmt: skip
    assert look().started >= 2
    assert "hypertension.routine" in Plan.objects.filter(resident=resident).values_list(
        "rule__code", flat=True
    )


def test_a_death_is_followed(signed, resident, cast):
    look()
    record_death(resident=resident, since=ON, by=cast.li, on=ON)
    assert look().ended > 0
    assert not Plan.objects.filter(resident=resident).running().exists()


def test_the_first_day_of_an_agreement_comes_without_any_change(resident, cast):
    sign_agreement(resident, cast.team_a, cast.li, on=ON, starts_on=ON + 5 * DAY)
    assert look().started == 0
    later = timezone.now() + 5 * DAY
    assert look(ON + 5 * DAY, later).started > 0


def test_the_last_day_comes_too(signed, resident):
    look()
    later = timezone.now() + 400 * DAY
    assert look(signed.ends_on, later).ended == 0
    assert look(signed.ends_on + DAY, later + DAY).ended > 0
    assert tasks_of(resident, "contract.contact")[0].reason == CloseReason.AGREEMENT_ENDED


def test_nothing_changed_costs_few_statements(signed, django_assert_max_num_queries):
    now = timezone.now() + DAY
    look(now=now)
    with django_assert_max_num_queries(16):
        follow_changes(on=ON, now=now + DAY / 24, overlap=dt.timedelta())


@pytest.fixture
def double(resident, cast, district):
    """A second entry of the same person, signed and known as a patient."""
    other = ResidentFactory(name="王建国", born_on=resident.born_on, grid=district.grid_a)
    flagged(other, Population.HYPERTENSION, ON)
    sign_agreement(other, cast.team_a, cast.li, on=ON)
    planned(other, on=ON)
    return other


def test_merged_the_kept_entry_goes_on_where_the_other_stood(resident, double, cast):
    stood = plan_of(double, "hypertension.routine")
    merge_residents(
        kept=resident,
        dropped=double,
        take=(),
        reason="同一人",
        policy=policy_on(ON),
        by=cast.li,
        at=timezone.now(),
        on=ON,
    )
    deliver()
    plan = plan_of(resident, "hypertension.routine")
    assert (plan.state, plan.due_on) == (PlanState.RUNNING, stood.due_on)
    assert not Plan.objects.filter(resident=double).running().exists()
    left = Task.objects.filter(resident=double).values_list("state", "reason").distinct()
    assert list(left) == [(TaskState.CANCELLED, CloseReason.MERGED)]


def test_taken_apart_again_each_has_what_is_his(resident, double, cast):
    stood = plan_of(double, "hypertension.routine")
    done = merge_residents(
        kept=resident,
        dropped=double,
        take=(),
        reason="同一人",
        policy=policy_on(ON),
        by=cast.li,
        at=timezone.now(),
        on=ON,
    )
    deliver()
    undo_merge(merge=done, by=cast.li, at=timezone.now())
    deliver()
    plan = plan_of(double, "hypertension.routine")
    assert (plan.state, plan.due_on) == (PlanState.RUNNING, stood.due_on)
    assert not Plan.objects.filter(resident=resident).running().exists()
    assert tasks_of(double, "contract.contact")[-1].state == TaskState.DUE


def done_by_hand(agreement, resident, code, cast, *, on=ON):
    """As the page of the promises writes it."""
    item = ServiceItem.objects.get(code=code)
    who = agreement.enrollments.get(resident=resident).pk if resident else None
    fact = Done(agreement.pk, who, item.pk, on, ProofKind(item.proof), f"hand:{uuid.uuid4()}")
    fulfill(by=cast.li, on=on, facts=[fact])
    return Fulfillment.objects.get(key=fact.key)


def task_of_item(code, **who):
    return Task.objects.get(rule__item__code=code, **who)


def test_a_service_written_down_by_hand_closes_its_task_and_taken_back_opens_it(signed, resident, cast):
    look()
    fact = done_by_hand(signed, resident, "education_material", cast)
    deliver()
    task = task_of_item("education_material", resident=resident)
    assert (task.state, task.done_on, task.record) == (TaskState.DONE, ON, f"fulfillment:{fact.pk}")
    withdraw(by=cast.li, now=timezone.now(), rows=[fact.pk], note="登记有误")
    deliver()
    assert task_of_item("education_material", resident=resident).state == TaskState.DUE


def test_what_a_household_was_given_closes_the_task_of_its_representative(cast, district, wording):
    home = family(district.grid_a)
    menu = package("family_menu")
    chosen = list(menu.contents.filter(item__code="medicine_box"))
    agreement = household_signed(home, cast.team_a, cast.li, on=ON, packages=[package(), menu], chosen=chosen)
    planned(*home.members.all(), on=ON)
    other = agreement.enrollments.exclude(resident=agreement.representative_id).first().resident
    item = ServiceItem.objects.get(code="medicine_box")
    values = {"topic": ["health"], "complaint": "咨询", "treatment": "清理过期药品"}
    record_visit(other, cast.li, on=ON, form="consultation", mode="home", values=values, items=[item.pk])
    deliver()
    task = task_of_item("medicine_box", resident=agreement.representative_id)
    assert task.state == TaskState.DONE


def test_a_birthday_is_followed(cast, district, wording):
    resident = ResidentFactory(born_on=dt.date(ON.year - 35, ON.month, ON.day) + DAY, grid=district.grid_a)
    sign_agreement(resident, cast.team_a, cast.li, on=ON)
    look()
    assert not Plan.objects.filter(resident=resident, rule__code="hypertension.screen").exists()
    look(on=ON + DAY)
    assert plan_of(resident, "hypertension.screen").state == PlanState.RUNNING
