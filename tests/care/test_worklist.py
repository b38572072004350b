"""The worklist's reads: parts, filters, groups, order, pages, and what they cost."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.choices import Part, TaskState, Urgency
from care.models import CareRule, Plan, ServiceRecord, Task
from care.queries import worklist as reads
from care.queries.rule_cards import rule_cards
from care.queries.task_story import story_of_task
from care.queries.worklist import Wanted, counts, narrowed, of_part, worklist
from care.queries.worklist_rows import task_rows, units
from care.rules.worklist import part_of
from residents.choices import RiskColor, RiskKind
from residents.models import Resident, RiskScheme, RiskTier
from tests.factories.grids import GridFactory
from tests.factories.residents import HouseholdFactory, ResidentFactory

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 18)  # a Wednesday
ONE = dt.timedelta(days=1)


def rule(code="hypertension.routine"):
    return CareRule.objects.get(code=code)


def task(resident, team, *, code="hypertension.routine", due=0, closes=None, sequence=1, **facts):
    due_on = ON + due * ONE
    closes_on = ON + closes * ONE if closes is not None else due_on + 15 * ONE
    window = {
        "anchor_on": ON - 90 * ONE, "steps": 1, "opens_on": due_on - 15 * ONE, "due_on": due_on, "closes_on": closes_on,
        "expires_on": closes_on + 30 * ONE,
    }  # fmt: skip
    return Task.objects.create(
        resident=resident, rule=rule(code), sequence=sequence, team=team, **{"version": 1} | window | facts
    )


@pytest.fixture
def cards(cast):
    return rule_cards(on=ON)


@pytest.fixture
def people(district):
    return [ResidentFactory(grid=district.grid_a) for _ in range(4)]


def pages(read, *args):
    """All pages one after another."""
    found, after = [], ""
    while True:
        page = read(*args, after)
        found.append(page)
        after = page.next_after
        if not after:
            return found


def test_every_open_task_stands_in_the_part_that_the_rule_says(cast, people, cards):
    made = [
        task(people[0], cast.team_a, due=due, closes=max(closes, due), sequence=n, planned_on=planned)
        for n, (due, closes, planned) in enumerate(
            (due, closes, planned)
            for due in (-30, 0, 1, 4, 5, 40)
            for closes in (-1, 0, 60)
            for planned in (None, ON - ONE, ON, ON + 4 * ONE, ON + 5 * ONE)
        )
    ]
    tasks = worklist(cast.li, cards)
    number = counts(tasks, user=cast.li, on=ON)
    for part in list(Part)[:4]:
        wanted = {
            one.pk
            for one in made
            if part_of(due_on=one.due_on, closes_on=one.closes_on, planned_on=one.planned_on, on=ON) == part
        }
        assert {one.pk for one in of_part(tasks, part, user=cast.li, on=ON)} == wanted
        assert number.by_part[part] == len(wanted)
    assert sum(number.by_part[one] for one in list(Part)[:4]) == len(made)


def test_closed_tasks_and_those_of_other_teams_are_not_in_it(cast, district, people, cards):
    mine = task(people[0], cast.team_a)
    task(people[1], cast.team_a, state=TaskState.MISSED)
    task(ResidentFactory(grid=district.grid_b), cast.team_b)
    assert list(worklist(cast.li, cards)) == [mine]
    assert list(worklist(cast.qian, cards)) == [mine]
    assert not worklist(cast.zhou, cards).exists()


def test_a_restricted_programme_is_not_even_counted(cast, people, cards):
    task(people[0], cast.team_a, code="smi.routine")
    assert worklist(cast.li, cards).count() == 1
    assert counts(worklist(cast.qian, cards), user=cast.qian, on=ON).by_part[Part.TODAY] == 0


def test_the_filters(cast, district, people, cards):
    grid = GridFactory(village=district.village_a)
    far = ResidentFactory(grid=grid, name="赵大海", managing_team=cast.team_a)
    pressure = task(people[0], cast.team_a, urgency=Urgency.URGENT)
    sugar = task(people[1], cast.team_a, code="diabetes.routine", assigned_to=cast.li)
    call = task(far, cast.team_a, code="contract.contact")
    tasks = worklist(cast.li, cards)

    def found(**wanted):
        return set(narrowed(tasks, Wanted(**wanted), user=cast.li, cards=cards))

    assert found() == {pressure, sugar, call}
    assert found(program="diabetes") == {sugar}
    assert found(program="nonsense") == {pressure, sugar, call}
    assert found(rule=rule("contract.contact").pk) == {call}
    assert found(mode="phone") >= {call}
    assert found(mode="home") == {pressure, sugar, call} - found(mode="phone")
    assert found(urgency=Urgency.URGENT) == {pressure}
    assert found(is_mine=True) == {sugar}
    assert found(grid=far.grid_id) == {call}
    assert found(text="大海") == {call}
    assert found(team=cast.team_b.pk) == set()


def test_the_most_urgent_first_then_the_red_then_by_day(cast, people, cards):
    late = task(people[0], cast.team_a, due=-9)
    early = task(people[1], cast.team_a, due=-10)
    red = task(people[2], cast.team_a, due=0)
    close = task(people[3], cast.team_a, due=5, urgency=Urgency.CLOSE)
    scheme = RiskScheme.objects.filter(kind=RiskKind.ELDER).first()
    RiskTier.objects.create(
        resident=people[2],
        kind=RiskKind.ELDER,
        scheme=scheme,
        color=RiskColor.RED,
        explained="",
        starts_on=ON,
    )
    page = reads.task_page(worklist(cast.li, cards), "")
    assert page.tasks == [close, red, early, late]
    (row,) = task_rows([red], cards, on=ON)
    assert "红色高风险" in [one.words for one in row.reasons]


def test_pages_hold_every_task_once(cast, people, cards, monkeypatch):
    monkeypatch.setattr(reads, "PAGE_SIZE", 3)
    made = {task(people[n % 4], cast.team_a, due=n % 3, sequence=n, urgency=n % 2).pk for n in range(10)}
    found = [one.pk for page in pages(reads.task_page, worklist(cast.li, cards)) for one in page.tasks]
    assert len(found) == 10
    assert set(found) == made
    assert [one.pk for one in reads.task_page(worklist(cast.li, cards), "nonsense_1_x").tasks] == found[:3]


def test_person_by_person_and_household_by_household(cast, district, people, cards, monkeypatch):
    monkeypatch.setattr(reads, "PAGE_SIZE", 2)
    home = HouseholdFactory(grid=district.grid_a)
    Resident.objects.filter(pk__in=[people[0].pk, people[1].pk]).update(household=home, relation="9")
    Resident.objects.filter(pk=people[2].pk).update(household=None)
    for one in people:
        task(one, cast.team_a, sequence=1)
        task(one, cast.team_a, code="contract.contact", due=30, sequence=1)
    everything = worklist(cast.li, cards)
    today = of_part(everything, Part.TODAY, user=cast.li, on=ON)
    persons = pages(reads.person_page, today)
    assert [len(one.units) for one in persons] == [2, 2]
    assert {one for page in persons for one in page.units} == {one.pk for one in people}
    assert all(one.rule.code == "hypertension.routine" for page in persons for one in page.tasks)
    homes = pages(reads.household_page, today, everything)
    assert sorted(unit for page in homes for unit in page.units) == sorted(
        [home.pk, -people[2].pk, Resident.objects.get(pk=people[3].pk).household_id]
    )
    page = next(one for one in homes if home.pk in one.units)
    rows = units(task_rows(page.tasks, cards, on=ON), page.units, by_household=True)
    family = next(one for one in rows if one.household == home.pk)
    assert len(family.rows) == 4, "with the work that is due later, too"


def test_the_route_goes_door_by_door(cast, district, cards):
    from grids.models import Building, Dwelling

    doors = []
    for house, room in (("2号楼", "301"), ("1号楼", "202"), ("1号楼", "101")):
        building, _ = Building.objects.get_or_create(grid=district.grid_a, name=house)
        dwelling = Dwelling.objects.create(building=building, unit=1, floor=int(room[0]), room=room)
        home = HouseholdFactory(grid=district.grid_a, dwelling=dwelling)
        task(ResidentFactory(grid=district.grid_a, household=home), cast.team_a)
        doors.append(home.pk)
    tasks = worklist(cast.li, cards)
    page = reads.route_page(tasks, tasks, 1)
    assert page.units == doors[::-1]
    found = units(task_rows(page.tasks, cards, on=ON), page.units, by_household=True, with_headings=True)
    assert [one.heading.rsplit(" ", 1)[-1] for one in found] == ["1号楼", "", "2号楼"]


def test_the_rules_with_the_most_overdue_first(cast, people, cards):
    task(people[0], cast.team_a)
    task(people[1], cast.team_a)
    task(people[2], cast.team_a, code="contract.contact", due=-30, closes=-1)
    found = reads.rule_counts(worklist(cast.li, cards), on=ON)
    assert [(cards.by_id[one.rule].code, one.tasks, one.overdue) for one in found] == [
        ("contract.contact", 1, 1),
        ("hypertension.routine", 2, 0),
    ]


def test_a_row_tells_why_by_whom_and_what_was_found(cast, people, cards):
    made = task(people[0], cast.team_a, due=-30, closes=-12)
    window = {
        one: getattr(made, one)
        for one in ("anchor_on", "steps", "opens_on", "due_on", "closes_on", "expires_on")
    }
    Plan.objects.create(
        resident=people[0],
        rule=made.rule,
        sequence=1,
        team=cast.team_a,
        because="控制不满意，两周内复查",
        **window,
    )
    (row,) = task_rows([made], cards, on=ON)
    assert [one.words for one in row.reasons] == ["超期 12 天", "控制不满意，两周内复查"]
    assert row.key == f"{people[0].pk}-{made.rule_id}-1"
    assert row.is_overdue
    Plan.objects.update(sequence=2)
    (row,) = task_rows([made], cards, on=ON)
    assert [one.words for one in row.reasons] == ["超期 12 天"], "the reason was that of another time"


def test_fifty_rows_cost_as_much_as_one(cast, district, cards):
    def cost():
        tasks = worklist(cast.li, cards)
        with CaptureQueriesContext(
            connection,
        ) as spent:
            page = reads.task_page(tasks, "")
            assert task_rows(page.tasks, cards, on=ON)
            route = reads.route_page(tasks, tasks, 1)
            assert task_rows(route.tasks, cards, on=ON)
        return len(spent)

    task(ResidentFactory(grid=district.grid_a), cast.team_a)
    one = cost()
    for _ in range(12):
        task(ResidentFactory(grid=district.grid_a), cast.team_a)
    assert cost() == one <= 22


def test_the_tabs_never_count_millions(cast, people, cards, monkeypatch):
    monkeypatch.setattr(reads, "COUNTED", 2)
    for sequence in range(5):
        task(people[0], cast.team_a, sequence=sequence)
    found = counts(worklist(cast.li, cards), user=cast.li, on=ON)
    assert found.is_capped
    assert found.by_part[Part.TODAY] == 3


@pytest.mark.parametrize(
    ("form", "verdict", "is_abnormal"),
    [
        ("elder_check_up", "known_disease", False), ("elder_check_up", "new_diabetes", True),
        ("htn_follow_up", "satisfied", False), ("htn_follow_up", "again", True), ("htn_follow_up", "", False),
    ],
)  # fmt: skip
def test_the_last_visit_is_abnormal_if_its_class_asked_for_more(
    cast, people, cards, form, verdict, is_abnormal
):
    code = {"elder_check_up": "elderly.check_up", "htn_follow_up": "hypertension.routine"}[form]
    made = task(people[0], cast.team_a, code=code)
    ServiceRecord.objects.create(
        resident=people[0], form=form, program=code.split(".")[0], team=cast.team_a, done_on=ON, mode="clinic",
        verdict=verdict, client_token=uuid.uuid4(), done_by=cast.li, recorded_by=cast.li,
    )  # fmt: skip
    (row,) = task_rows([made], cards, on=ON)
    assert row.last.is_abnormal is is_abnormal


def test_a_restricted_visit_is_not_seen_behind_a_contact(cast, people, today):
    made = task(
        people[0], cast.team_a, code="contract.contact", state=TaskState.DONE, done_on=ON, record="record:0"
    )
    record = ServiceRecord.objects.create(
        resident=people[0], form="smi_follow_up", program="smi", team=cast.team_a, done_on=ON, mode="home",
        client_token=uuid.uuid4(), done_by=cast.li, recorded_by=cast.li, is_restricted=True,
    )  # fmt: skip
    Task.objects.update(record=record.key)
    seen = [story_of_task(made, who, on=ON).past[0].record for who in (cast.li, cast.qian)]
    assert seen == [record.pk, None]
