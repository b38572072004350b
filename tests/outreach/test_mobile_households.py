"""My households without health data, and calling somebody through a step that is logged."""

import datetime as dt

import pytest
from django.urls import reverse

from core.models import ReadLog
from outreach.queries.households import DUE, SIZE, UNSIGNED
from residents.choices import LifeStatus, Population, Relation
from tests.factories.contracts import sign_agreement
from tests.factories.grids import BuildingFactory, DwellingFactory, MicroGridFactory
from tests.factories.plans import rule
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory


@pytest.fixture
def page(cast, sign_in):
    """page(only="due") -> the list as 孙网格员 sees it."""

    def show(who=None, **query):
        return sign_in(who or cast.sun).get(reverse("grid-households"), query)

    return show


def door(grid, building: str = "3号楼", unit: int = 1, room: str = "101", **person):
    """A household behind a door with one person in it."""
    found = grid.buildings.filter(name=building).first() or BuildingFactory(grid=grid, name=building)
    dwelling = DwellingFactory(building=found, unit=unit, floor=int(room[:-2]), room=room)
    household = HouseholdFactory(grid=grid, dwelling=dwelling)
    return ResidentFactory(grid=grid, household=household, relation=Relation.HEAD, **person)


def places(answer) -> list[str]:
    return [one.place for one in answer.context["doors"].doors]


def test_doors_come_in_the_order_in_which_one_walks(noon, district, page):
    for building, unit, room in (
        ("10号楼", 1, "101"),
        ("2号楼", 2, "101"),
        ("2号楼", 1, "1001"),
        ("2号楼", 1, "201"),
    ):
        door(district.grid_a, building, unit, room)
    assert places(page()) == ["2号楼1单元201", "2号楼1单元1001", "2号楼2单元101", "10号楼1单元101"]


def test_names_and_phones_are_masked_and_no_illness_is_shown(noon, district, page):
    who = door(district.grid_a, name="欧阳建国", phone="13900000123")
    for kind in (Population.HYPERTENSION, Population.SMI, Population.HIV):
        PopulationFlagFactory(resident=who, kind=kind)
    words = page().content.decode()
    assert "欧**国" in words
    assert "139****0123" in words
    for secret in ("欧阳建国", "13900000123", who.id_number, "高血压", "精神", "艾滋"):
        assert secret not in words


def test_only_his_grids(noon, district, page):
    door(district.grid_b, name="外人甲乙")
    micro = MicroGridFactory(parent=district.grid_a)
    inside = door(micro, "7号楼")
    shown = page().context["doors"]
    assert shown.shown == [inside.pk]


def test_signed_and_unsigned(noon, cast, district, page):
    signed, other = door(district.grid_a, room="101"), door(district.grid_a, room="201")
    sign_agreement(signed, cast.team_a, cast.li, on=noon)
    doors = page().context["doors"].doors
    assert [[one.is_signed for one in at.people] for at in doors] == [[True], [False]]
    assert page(only=UNSIGNED).context["doors"].shown == [other.pk]


def test_due_is_a_yes_or_no_and_leaves_restricted_services_out(noon, cast, district, page):
    late, secret, later = (door(district.grid_a, room=f"{one}01") for one in (1, 2, 3))
    day = dt.timedelta(days=1)
    due_task(rule("plain"), late, cast.team_a, noon)
    due_task(rule("secret", is_restricted=True), secret, cast.team_a, noon)
    due_task(rule("later"), later, cast.team_a, noon + day)
    people = [one for at in page().context["doors"].doors for one in at.people]
    assert [one.is_due for one in people] == [True, False, False]
    assert page(only=DUE).context["doors"].shown == [late.pk]


def due_task(of, resident, team, due_on):
    from care.models import Task

    day = dt.timedelta(days=1)
    return Task.objects.create(
        resident=resident, rule=of, sequence=1, team=team, opens_on=due_on - day, due_on=due_on,
        closes_on=due_on + day, expires_on=due_on + 5 * day, anchor_on=due_on - day,
    )  # fmt: skip


def test_found_by_building_door_and_name(noon, district, page):
    first = door(district.grid_a, "3号楼", name="刘桂兰")
    second = door(district.grid_a, "5号楼", name="王大力")
    assert page(q="刘桂兰").context["doors"].shown == [first.pk]
    assert page(q="5号楼").context["doors"].shown == [second.pk]
    building = second.household.dwelling.building_id
    assert page(building=building).context["doors"].shown == [second.pk]
    assert "没有找到" in page(q="没有的人").content.decode()


@pytest.mark.parametrize(
    "query", [{"page": "x"}, {"only": "hiv"}, {"building": "0"}, {"page": "-1"}, {"q": "\x00"}]
)
def test_a_query_without_sense_shows_the_list(noon, district, page, query):
    who = door(district.grid_a)
    shown = page(**query)
    assert shown.status_code == 200
    assert shown.context["doors"].shown == [who.pk]


def test_who_is_gone_is_not_shown(noon, district, page):
    door(district.grid_a, life_status=LifeStatus.MOVED_OUT, life_status_on=dt.date(2026, 1, 1))
    assert page().context["doors"].doors == []


def test_pages_keep_what_was_asked(noon, cast, district, page, sign_in, django_assert_max_num_queries):
    for number in range(SIZE + 1):
        door(district.grid_a, room=f"{number + 1}01")
    client = sign_in(cast.sun)
    client.get(reverse("grid-households"))
    with django_assert_max_num_queries(16):
        first = client.get(reverse("grid-households"), {"q": "号楼"})
    assert len(first.context["doors"].doors) == SIZE
    assert "page=2" in first.context["next"]
    assert "q=" in first.context["next"]
    second = page(q="号楼", page=2)
    assert len(second.context["doors"].doors) == 1
    assert second.context["next"] == ""


def test_people_without_a_household_are_not_lost(noon, district, page):
    who = ResidentFactory(grid=district.grid_a, household=None, address="老街7号")
    assert page().context["doors"].doors == []
    shown = page(loose="1")
    assert shown.context["doors"].shown == [who.pk]
    assert places(shown) == ["老街7号"]


def test_what_was_shown_is_logged(noon, cast, district, page):
    who = door(district.grid_a)
    page()
    row = ReadLog.objects.get()
    assert (row.user_id, row.subject_ids, row.page) == (cast.sun.pk, [who.pk], "grid-households")


# --- calling ---


def test_a_reason_shows_the_number_and_is_logged(noon, cast, district, sign_in):
    who = door(district.grid_a, name="刘桂兰", phone="13900000123")
    client = sign_in(cast.sun)
    address = reverse("grid-call", args=[who.pk])
    before = client.get(address).content.decode()
    assert "13900000123" not in before
    after = client.post(address, {"reason": "visit"})
    words = after.content.decode()
    assert 'href="tel:13900000123"' in words
    assert who.id_number not in words
    assert "刘桂兰" not in words
    assert "no-store" in after["Cache-Control"]
    row = ReadLog.objects.get(action=ReadLog.Action.REVEAL)
    assert (row.user_id, row.subject_ids, row.page) == (cast.sun.pk, [who.pk], "grid-call")
    assert row.reason == "网格端联系：通知随访、体检"


@pytest.mark.parametrize("reason", ["", "other"])
def test_without_a_reason_there_is_no_number(noon, cast, district, sign_in, reason):
    who = door(district.grid_a, phone="13900000123")
    page = sign_in(cast.sun).post(reverse("grid-call", args=[who.pk]), {"reason": reason}).content.decode()
    assert "13900000123" not in page
    assert not ReadLog.objects.filter(action=ReadLog.Action.REVEAL).exists()


def test_without_a_phone_the_page_says_so(noon, cast, district, sign_in):
    who = door(district.grid_a, phone="")
    page = sign_in(cast.sun).post(reverse("grid-call", args=[who.pk]), {"reason": "sign"}).content.decode()
    assert "没有登记电话" in page


def test_the_daily_bound_holds_here_too(noon, cast, district, sign_in):
    who = door(district.grid_a, phone="13900000123")
    ReadLog.objects.bulk_create(
        ReadLog(
            user_id=cast.sun.pk,
            user_name="sun",
            action=ReadLog.Action.REVEAL,
            subject="resident",
            subject_ids=[1],
        )
        for _ in range(50)
    )
    page = sign_in(cast.sun).post(reverse("grid-call", args=[who.pk]), {"reason": "sign"}).content.decode()
    assert "13900000123" not in page
    assert "上限" in page


def test_nobody_outside_his_grids_can_be_called(noon, cast, district, sign_in):
    foreign = door(district.grid_b)
    gone = door(
        district.grid_a, room="301", life_status=LifeStatus.DECEASED, life_status_on=dt.date(2026, 1, 1)
    )
    client = sign_in(cast.sun)
    for one in (foreign, gone):
        address = reverse("grid-call", args=[one.pk])
        assert client.get(address).status_code == 404
        assert client.post(address, {"reason": "sign"}).status_code == 404
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize("who", ["li", "zhou", "qian", "he", "xu", "shen"])
def test_only_grid_roles_enter(noon, cast, district, who, sign_in):
    resident = door(district.grid_a)
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("grid-households")).status_code == 403
    assert client.get(reverse("grid-call", args=[resident.pk])).status_code == 403
    assert client.post(reverse("grid-call", args=[resident.pk]), {"reason": "sign"}).status_code == 403
