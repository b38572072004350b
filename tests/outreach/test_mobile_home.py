"""The grid worker's first page: tiles, what is due, practice, and what it never shows."""

import datetime as dt
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from grids.choices import PostingRole
from outreach.choices import ReportKind
from outreach.models import GridReport, VisitCheckIn
from outreach.queries.workplaces import workplace_of
from residents.choices import Population
from teams.choices import Role
from tests.factories.grids import GridFactory, MicroGridFactory, PostingFactory
from tests.factories.reports import posting_of, report_from
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.teams import RoleAssignmentFactory, UserFactory
from tests.outreach.visiting import planned, point_in

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
TILES = ("person", "change", "need", "symptom", "urgent")


def posted(role: PostingRole, district, **facts):
    """Somebody with an account who works grid A or its village."""
    is_steward = role == PostingRole.COMMUNITY_STEWARD
    place = {"village": district.village_a, "grid": None} if is_steward else {"grid": district.grid_a}
    code = district.village_a.code if is_steward else district.grid_a.code
    user = UserFactory(**facts)
    held = RoleAssignmentFactory(user=user, role=Role(role.value), area_code=code)
    PostingFactory(role=role, name=user.name, user=user, role_assignment=held, origin="", **place)
    return user


@pytest.fixture
def leader(district):
    return posted(PostingRole.GRID_LEADER, district, name="石网格长")


@pytest.fixture
def home(sign_in):
    def page(user) -> str:
        return sign_in(user).get(reverse("grid-home")).content.decode()

    return page


def test_five_tiles_lead_to_the_five_kinds_of_report(noon, cast, home):
    page = home(cast.sun)
    assert page.count('<a class="g-tile') == 5
    assert all(f'href="{reverse(f"grid-report-{one}")}"' in page for one in TILES)
    assert 'href="tel:110"' in page
    assert 'href="tel:120"' in page


def test_a_leader_is_led_to_his_people(noon, cast, leader, home):
    assert reverse("grid-team") in home(leader)
    assert reverse("grid-team") not in home(cast.sun)


def test_an_urgent_report_waits_for_the_leader_on_top(noon, cast, leader, home):
    assert "等您确认" not in home(leader)
    report_from(cast.sun, ReportKind.URGENT, now=NOW)
    assert "1 件紧急上报等您确认" in home(leader)
    assert "等您确认" not in home(cast.sun)


def test_practice_waits_for_nobody(noon, cast, leader, home):
    report_from(cast.sun, ReportKind.URGENT, now=NOW, is_training=True)
    assert "等您确认" not in home(leader)
    assert "条办理中" not in home(cast.sun)


def test_the_week_asks_for_word_until_there_is_one(noon, cast, home):
    assert "本周还没有上报" in home(cast.sun)
    report_from(cast.sun, now=NOW)
    page = home(cast.sun)
    assert "本周还没有上报" not in page
    assert "1 条办理中" in page


def test_no_resident_and_no_health_data_on_the_page(noon, cast, district, leader, home):
    resident = ResidentFactory(grid=district.grid_a, name="欧阳建国")
    PopulationFlagFactory(resident=resident, kind=Population.HYPERTENSION)
    page = home(leader)
    assert "欧阳" not in page
    assert "高血压" not in page


def test_the_number_of_queries_is_bounded(noon, cast, leader, sign_in, django_assert_max_num_queries):
    for who in (cast.sun, leader):
        client = sign_in(who)
        client.get(reverse("grid-home"))
        with django_assert_max_num_queries(24):
            client.get(reverse("grid-home"))


# --- practice ---


def test_the_practice_switch_marks_what_is_sent_afterwards(noon, cast, sign_in):
    client = sign_in(cast.sun)
    assert "练习模式" not in client.get(reverse("grid-home")).content.decode()
    client.post(reverse("grid-practice"), {"on": "1"})
    assert "练习模式" in client.get(reverse("grid-home")).content.decode()
    form = client.get(reverse("grid-report-need")).context["form"]
    assert form["is_training"].value() is True
    client.post(reverse("grid-practice"), {"on": "0"})
    assert client.get(reverse("grid-report-need")).context["form"]["is_training"].value() is False
    assert not GridReport.objects.exists()


def test_practice_is_over_at_midnight(cast, sign_in):
    late = dt.datetime(2026, 11, 22, 15, 55, tzinfo=dt.UTC)  # 23:55 in Shanghai
    with time_machine.travel(late, tick=False) as clock:
        client = sign_in(cast.sun)
        client.post(reverse("grid-practice"), {"on": "1"})
        assert "练习发送" in client.get(reverse("grid-report-urgent")).content.decode()
        clock.shift(dt.timedelta(minutes=10))
        assert "练习" not in client.get(reverse("grid-mine")).content.decode()
        page = client.get(reverse("grid-report-urgent"))
        assert page.context["form"]["is_training"].value() is False
        assert "练习" not in page.content.decode()


def test_what_is_always_real_is_closed_meanwhile(noon, cast, district, sign_in):
    visit = planned(cast.li, cast.team_a, point=point_in(district.grid_a))
    client, here = sign_in(cast.sun), reverse("grid-check-in", args=[visit.pk])
    client.post(reverse("grid-practice"), {"on": "1"})
    for page in ("grid-visits", "grid-leave"):
        assert "请先按上面的“结束练习”" in client.get(reverse(page)).content.decode()
    assert "结束练习" in client.post(here, {"client_token": uuid4()}).content.decode()
    assert not VisitCheckIn.objects.exists()
    kept = {"X-Outbox": "1", "X-Outbox-Owner": str(cast.sun.pk)}
    assert client.post(here, {"client_token": uuid4()}, headers=kept).json()["state"] == "saved"
    assert VisitCheckIn.objects.count() == 1
    client.post(reverse("grid-practice"), {"on": "0"})
    assert "练习" not in client.get(reverse("grid-leave")).content.decode()


def test_the_switch_is_not_a_link(noon, cast, sign_in):
    assert sign_in(cast.sun).get(reverse("grid-practice")).status_code == 405


# --- where he works ---


def test_his_grids_and_the_choices_of_his_village(noon, cast, district):
    other = GridFactory(village=district.village_a, code="37100200100199", name="第九网格")
    micro = MicroGridFactory(parent=district.grid_a)
    place = workplace_of(cast.sun, on=noon)
    assert place.own == (district.grid_a.pk, micro.pk)
    assert list(place.choices()) == [district.grid_a, micro, other]
    assert not place.leads()
    assert place.posting_for(micro) == posting_of(cast.sun)
    assert place.posting_for(other) == posting_of(cast.sun)
    assert place.posting_for(district.grid_b) is None


def test_a_steward_works_every_grid_of_the_village(noon, district):
    steward = posted(PostingRole.COMMUNITY_STEWARD, district, name="韩管家")
    second = GridFactory(village=district.village_a, code="37100200100199")
    place = workplace_of(steward, on=noon)
    assert set(place.own) == {district.grid_a.pk, second.pk}
    assert place.leads()


def test_a_closed_grid_is_no_choice(noon, cast, district):
    GridFactory(village=district.village_a, code="37100200100199", closed_on=noon)
    assert list(workplace_of(cast.sun, on=noon).choices()) == [district.grid_a]


def test_without_a_post_there_is_no_place(noon, cast):
    place = workplace_of(cast.li, on=noon)
    assert (place.postings, place.own, list(place.choices())) == ((), (), [])
