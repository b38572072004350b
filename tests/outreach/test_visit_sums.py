"""Sums of what visits served: the same as counting one by one, of one's own teams, of one month."""

import datetime as dt
import random
import uuid
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from care.actions.correcting import correct_record, void_record
from care.actions.readings import void_reading
from care.models import Reading, ServiceRecord
from contracts.choices import AgreementState
from contracts.models import Agreement
from core.models import ReadLog
from outreach.actions.visit_hours import end_visit, start_visit
from outreach.actions.visit_work import measure
from outreach.choices import Handout, PointService, VisitKind, VisitState, WorkKind
from outreach.models import OutreachVisit, VisitWork
from outreach.queries.visit_sums import VisitSums, labels, team_sums, total_of
from outreach.queries.visit_work import found_since, standing_works
from residents.actions import register_resident
from residents.choices import IdKind
from residents.policy import ResidentsPolicy
from teams.models import Team
from tests.factories.care import ensure_care, record_visit
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory
from tests.factories.visits import a_visit
from tests.outreach.visiting import DAY as TODAY
from tests.outreach.visiting import at, planned

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
URL = "/points/served/"


def sheet_of(answer) -> list[tuple]:
    assert answer.status_code == 200
    return list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))


def sums_of(team: Team, first=FIRST, last=LAST) -> VisitSums:
    (one,) = team_sums(Team.objects.filter(pk=team.pk), first=first, last=last)
    return one.sums


def counted(team: Team) -> VisitSums:
    """One by one."""
    found = VisitSums()
    for one in OutreachVisit.objects.filter(team=team):
        if one.state != VisitState.DONE or not FIRST <= one.on <= LAST:
            continue
        kinds = [kind for kind, _ in {(work.kind, work.key) for work in standing_works(one)}]
        found += VisitSums(
            1,
            one.ended_at - one.began_at,
            one.visitors,
            tuple(one.head_counts.get(code, 0) for code in PointService.values),
            tuple(kinds.count(kind) for kind in WorkKind.values),
            tuple(one.handouts.get(code, 0) for code in Handout.values),
        )
    return found


def some_visits(team: Team, chance: random.Random, number: int) -> None:
    for _ in range(number):
        began = at(9)
        a_visit(
            team,
            FIRST + chance.randrange(-3, 33) * DAY,
            kind=chance.choice([VisitKind.WORK_DAY, VisitKind.SESSION, VisitKind.ACTIVITY]),
            state=chance.choice([VisitState.DONE, VisitState.DONE, VisitState.MISSED, VisitState.CANCELLED]),
            began_at=began,
            ended_at=began + chance.randrange(20, 200) * dt.timedelta(minutes=1),
            visitors=chance.randrange(40),
            head_counts={one: chance.randrange(1, 30) for one in chance.sample(PointService.values, 4)},
            handouts={one: chance.randrange(1, 90) for one in chance.sample(Handout.values, 2)},
        )


class TestSums:
    def test_as_counted_one_by_one(self, cast):
        chance = random.Random(27)
        for team in (cast.team_a, cast.team_b):
            some_visits(team, chance, 30)
        found = {one.team: one.sums for one in team_sums(Team.objects.all(), first=FIRST, last=LAST)}
        assert found[cast.team_a] == counted(cast.team_a) != counted(cast.team_b) == found[cast.team_b]
        assert found[cast.team_a].visits > 5 and all(found[cast.team_a].services)
        rows = team_sums(Team.objects.all(), first=FIRST, last=LAST)
        assert total_of(rows) == counted(cast.team_a) + counted(cast.team_b)

    def test_the_first_and_the_last_day_of_the_month(self, cast):
        for day in (FIRST - DAY, FIRST, LAST, LAST + DAY):
            a_visit(cast.team_a, day, kind=VisitKind.ACTIVITY, visitors=day.day, handouts={"card": 2})
        one = sums_of(cast.team_a)
        assert (one.visits, one.visitors, one.on_site, one.hours) == (2, 31, 4 * HOUR, 4)
        assert one.handouts[Handout.values.index("card")] == 4

    def test_only_what_was_held(self, cast):
        for state in set(VisitState) - {VisitState.DONE}:
            a_visit(
                cast.team_a, FIRST, kind=VisitKind.ACTIVITY, state=state, visitors=9, head_counts={"sign": 9}
            )
        assert sums_of(cast.team_a) == VisitSums()

    def test_a_team_stands_there_while_it_existed(self, cast):
        ended = TeamFactory(
            institution=cast.institution_a, name="撤销的", starts_on=FIRST - 60 * DAY, ends_on=FIRST
        )
        gone = TeamFactory(
            institution=cast.institution_a, name="更早撤销的", starts_on=FIRST - 60 * DAY, ends_on=FIRST - DAY
        )
        new = TeamFactory(institution=cast.institution_a, name="下月成立的", starts_on=LAST + DAY)
        a_visit(ended, FIRST, kind=VisitKind.ACTIVITY)
        found = {one.team: one.sums.visits for one in team_sums(Team.objects.all(), first=FIRST, last=LAST)}
        assert found[ended] == 1 and not {gone, new} & set(found)

    def test_minutes_become_hours_with_one_place(self):
        assert str(VisitSums(on_site=HOUR + dt.timedelta(minutes=20)).hours) == "1.3"
        assert str(VisitSums(on_site=30 * HOUR).hours) == "30.0"

    def test_three_queries_whatever_the_number(self, cast, django_assert_num_queries):
        chance = random.Random(1)
        for n in range(7):
            some_visits(TeamFactory(institution=cast.institution_a, name=f"团队{n}"), chance, 3)
        with django_assert_num_queries(3):
            team_sums(Team.objects.all(), first=FIRST, last=LAST)
        with django_assert_num_queries(1):
            assert team_sums(Team.objects.none() | Team.objects.filter(pk=-1), first=FIRST, last=LAST) == []


@pytest.fixture
def worked(cast, district, noon) -> OutreachVisit:
    """A visit of 22 November with an agreement, a record counted as two services, two readings and a new resident."""
    ensure_wording()
    ensure_care()
    person = ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1), grid=district.grid_a, managing_team=cast.team_a
    )
    visit = planned(cast.li, cast.team_a, kind=VisitKind.ACTIVITY, staff=[cast.li.pk])
    visit = start_visit(by=cast.li, on=TODAY, now=at(9), visit=visit)
    sign_agreement(person, cast.team_a, cast.li, on=TODAY, by=cast.li, channel="service_point")
    record_visit(person, cast.li, on=TODAY, mode="community")
    register_resident(
        name="新居民", id_kind=IdKind.NONE, id_number="", grid=district.grid_a, policy=ResidentsPolicy(), by=cast.li,
        on=TODAY, born_on=dt.date(1980, 1, 1), sex=1,
    )  # fmt: skip
    measure(
        by=cast.li, on=TODAY, now=timezone.now(), visit=visit, resident=person, client_token=uuid.uuid4(),
        typed={"sbp": "128", "dbp": "82", "glucose_random": "6.1"},
    )  # fmt: skip
    return end_visit(
        by=cast.li, on=TODAY, now=timezone.now(), visit=visit, began_at=at(9), ended_at=at(11), present=[cast.li.pk],
        visitors=8, head_counts={"sign": 1, "record": 1, "follow_up": 1, "pressure": 5, "glucose": 1},
        handouts={"leaflet": 30}, keys=[one.key for one in found_since(visit, cast.li)],
    )  # fmt: skip


class TestWorks:
    def works(self, cast) -> dict[str, int]:
        assert sums_of(cast.team_a) == counted(cast.team_a)
        return dict(zip(WorkKind.values, sums_of(cast.team_a).works, strict=True))

    def test_each_once_however_many_services_it_counts_as(self, cast, worked):
        assert VisitWork.objects.filter(visit=worked, kind=WorkKind.RECORD).count() == 2
        assert self.works(cast) == {"record": 1, "reading": 2, "agreement": 1, "resident": 1}
        one = sums_of(cast.team_a)
        assert (one.visits, one.visitors, one.on_site) == (1, 8, 2 * HOUR)
        numbers = dict(zip(labels(), one.numbers, strict=False))
        assert (numbers["测血压"], numbers["健康宣传单"], numbers["随访"]) == (5, 30, 1)

    def test_a_corrected_record_stays_and_what_was_voided_is_gone(self, cast, worked):
        now = timezone.now()
        (record,) = ServiceRecord.objects.all()
        newer = correct_record(
            by=cast.li, on=TODAY, now=now, record=record, values={**record.values, "sbp": 132}, note="抄错",
            client_token=uuid.uuid4(), done_on=TODAY, mode="community",
        ).record  # fmt: skip
        assert self.works(cast)["record"] == 1
        void_record(by=cast.li, on=TODAY, now=now, record=newer, note="误登记")
        void_reading(
            by=cast.li, on=TODAY, now=now, reading=Reading.objects.filter(kind="glucose_random").get()
        )
        Agreement.objects.update(state=AgreementState.VOID)
        assert self.works(cast) == {"record": 0, "reading": 1, "agreement": 0, "resident": 1}

    def test_of_another_month_or_of_a_visit_that_was_not_held_nothing_counts(self, cast, worked):
        assert sums_of(cast.team_a, FIRST - 31 * DAY, FIRST - DAY) == VisitSums()
        OutreachVisit.objects.update(state=VisitState.MISSED)
        assert sums_of(cast.team_a) == VisitSums()


class TestPage:
    def test_the_month_chosen_with_its_total(self, noon, cast, sign_in):
        a_visit(cast.team_a, FIRST, kind=VisitKind.ACTIVITY, visitors=1200, handouts={"letter": 7})
        a_visit(cast.team_b, LAST - 29 * DAY, kind=VisitKind.ACTIVITY, visitors=34)
        a_visit(cast.team_a, FIRST - DAY, kind=VisitKind.ACTIVITY, visitors=5)
        browser = sign_in(cast.zhou)
        page = browser.get(URL)
        assert page.context["total"] == total_of(page.context["page"].object_list)
        assert (page.context["first"], page.context["total"].visitors) == (FIRST, 1234)
        text = page.content.decode()
        assert "1,234" in text and all(label in text for label in labels()) and "合计（全部团队）" in text
        assert browser.get(f"{URL}?month=2026-10").context["total"].visitors == 5
        odd = browser.get(f"{URL}?month=2027-01")
        assert odd.context["first"] == FIRST and odd.context["form"].errors["month"]

    def test_only_ones_own_teams(self, noon, cast, sign_in):
        for team, people in ((cast.team_a, 3), (cast.team_b, 40)):
            a_visit(team, FIRST, kind=VisitKind.ACTIVITY, visitors=people)
        for user, team, people in ((cast.wu, cast.team_b, 40), (cast.li, cast.team_a, 3)):
            browser = sign_in(user)
            page = browser.get(URL)
            assert [(one.team, one.sums.visitors) for one in page.context["page"]] == [(team, people)]
            assert page.context["total"].visitors == people
            names = {row[1] for row in sheet_of(browser.get(f"{URL}?export=1"))[3:-1]}
            assert names == {team.name}
        assert sign_in(cast.sun).get(URL).status_code == 403
        assert sign_in(cast.xu).get(URL).status_code == 403

    def test_a_bounded_number_of_queries(self, noon, cast, sign_in, django_assert_max_num_queries):
        chance = random.Random(2)
        for n in range(8):
            some_visits(TeamFactory(institution=cast.institution_a, name=f"团队{n}"), chance, 2)
        browser = sign_in(cast.zhou)
        with django_assert_max_num_queries(15):
            browser.get(URL)


class TestSheet:
    def test_what_the_page_shows_with_the_total_last(self, noon, cast, sign_in):
        Team.objects.filter(pk=cast.team_a.pk).update(name="=cmd()")
        a_visit(
            cast.team_a,
            FIRST,
            kind=VisitKind.ACTIVITY,
            visitors=9,
            head_counts={"sign": 4},
            handouts={"card": 6},
        )
        a_visit(cast.team_b, FIRST, kind=VisitKind.ACTIVITY, visitors=1, handouts={"card": 1})
        answer = sign_in(cast.zhou).get(f"{URL}?month=2026-11&export=1")
        title, made, head, *rows = sheet_of(answer)
        assert title[0] == "外出服务统计" and "周科长" in made[0] and "2026年11月" in made[0]
        assert (
            len(head) == 5 + len(labels())
            and head[5] == "建立健康档案（人次）"
            and head[-1] == "健康宣传单（份）"
        )
        found = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
        assert found["'=cmd()"]["签约（人次）"] == 4 and found["'=cmd()"]["家庭医生联系卡（份）"] == 6
        last = dict(zip(head, rows[-1], strict=True))
        assert rows[-1][0] == "合计"
        assert (last["外出服务（次）"], last["现场时长（小时）"], last["服务人数"]) == (2, 4, 10)
        assert last["家庭医生联系卡（份）"] == 7
        for column in range(2, len(head)):
            assert rows[-1][column] == sum(row[column] for row in rows[:-1])

    def test_it_is_logged(self, noon, cast, sign_in):
        sign_in(cast.zhou).get(f"{URL}?export=1")
        (row,) = ReadLog.objects.filter(page="point-served")
        assert (row.action, row.subject) == (ReadLog.Action.EXPORT, "team")
        assert set(row.subject_ids) == {cast.team_a.pk, cast.team_b.pk}
