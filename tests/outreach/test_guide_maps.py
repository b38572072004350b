"""Distribution guide maps: what stands behind which door, for whom, masked and logged; and never HIV."""

import datetime as dt
from io import BytesIO

import pytest
from django.urls import reverse

from contracts.printing import pdf
from core.models import ReadLog
from outreach.queries.guide_people import LISTS
from residents.actions import add_guardian
from residents.choices import LifeStatus, Population, Relation
from residents.models import Resident
from tests.factories.contracts import sign_agreement
from tests.factories.grids import BuildingFactory, DwellingFactory, MicroGridFactory
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory
from tests.factories.risk import elder_tier, ensure_schemes

K = Population


@pytest.fixture(autouse=True)
def _noon(noon):
    """The day of the map."""


@pytest.fixture
def page(cast, sign_in):
    """page("guide-grid", 7, by=...) -> the page, by default as 王护士 of team A sees it."""

    def show(name, pk=None, by=None, **query):
        return sign_in(by or cast.wang).get(reverse(name, args=[pk] if pk else []), query)

    return show


def behind(dwelling, *kinds, **person) -> Resident:
    """A household with one person behind a door."""
    grid = dwelling.building.grid
    household = HouseholdFactory(grid=grid, dwelling=dwelling)
    who = ResidentFactory(grid=grid, household=household, relation=Relation.HEAD, **person)
    for kind in kinds:
        PopulationFlagFactory(resident=who, kind=kind)
    return who


@pytest.fixture
def building(district):
    return BuildingFactory(grid=district.grid_a, name="8号楼", units=2, floors=3)


@pytest.fixture
def door(building):
    return DwellingFactory(building=building, unit=1, floor=2, room="201")


def marks(answer) -> dict[str, tuple[str, int, int]]:
    """Room -> (letters, households, people)."""
    doors = [
        one
        for unit in answer.context["sheet"].units
        for floor in unit.floors
        for cell in floor.cells
        for one in cell
    ]
    return {
        one.room: (
            "".join(sign.letter * number for sign, number in (*one.tiers, *one.symbols)),
            one.households,
            one.people,
        )
        for one in doors
    }


def test_signs_of_all_households_stand_on_their_door(cast, building, door, page, noon):
    ensure_schemes()
    old = behind(door, K.ELDERLY_65, K.ELDERLY_80, K.HYPERTENSION)
    elder_tier(old, "red", cast.li, noon)
    behind(door, K.HYPERTENSION, K.DISABLED)
    DwellingFactory(building=building, unit=1, floor=1, room="101")
    assert marks(page("guide-building", building.pk)) == {"201": ("红高压压残", 2, 2), "101": ("", 0, 0)}


def test_smi_only_for_those_named_and_hiv_for_nobody(cast, building, door, page):
    behind(door, K.SMI, K.HIV, K.DIABETES_T2)
    for who, letters in ((cast.wang, "糖精"), (cast.qian, "糖")):
        shown = page("guide-building", building.pk, by=who)
        assert marks(shown)["201"][0] == letters
        assert ("严重精神障碍" in shown.content.decode()) is (who == cast.wang)
        for name, pk in (
            ("guide-grid", building.grid_id),
            ("guide-door", door.pk),
            ("guide-grid-people", building.grid_id),
        ):
            words = page(name, pk, by=who).content.decode()
            assert "艾滋" not in words
            assert ("严重精神障碍" in words) is (who == cast.wang and name != "guide-grid-people")


def test_a_list_marks_nobody_with_a_restricted_kind(building, door, page):
    who = behind(door, K.SMI, K.HIV, K.ELDERLY_65)
    shown = page("guide-grid-people", building.grid_id, who="elderly")
    assert ["".join(sign.letter for sign in one.symbols) for one in shown.context["people"]] == ["老"]
    assert "精神障碍" not in shown.content.decode()
    (home,) = page("guide-door", door.pk).context["homes"]
    assert "".join(sign.letter for sign in home.people[0].symbols) == "老精"
    assert "严重精神障碍" in page("guide-contact", who.pk).content.decode()


def test_paper_has_no_restricted_kinds_no_names_and_no_phones(cast, building, door, page):
    who = behind(door, K.SMI, K.HIV, K.DIABETES_T2, name="欧阳建国", phone="13900000123")
    for name, pk in (("guide-building-print", building.pk), ("guide-grid-print", building.grid_id)):
        words = page(name, pk).content.decode()
        assert "内部资料" in words
        assert "打印人：王护士" in words
        assert "2026-11-22 12:00" in words
        assert "糖" in words
        for secret in ("精神障碍", "艾滋", "欧阳", "欧**国", "0123", who.id_number):
            assert secret not in words
    row = ReadLog.objects.latest("pk")
    assert (row.action, row.page, row.subject_ids) == (ReadLog.Action.EXPORT, "guide-grid-print", [who.pk])


@pytest.mark.skipif(not pdf.is_available(), reason="no Pango")
def test_the_sheet_is_a3_across_with_its_mark_and_its_own_fonts(building, door, page):
    import pypdfium2

    behind(door, K.DIABETES_T2)
    for name, pk in (("guide-building-print", building.pk), ("guide-grid-print", building.grid_id)):
        document = pypdfium2.PdfDocument(BytesIO(page(name, pk, format="pdf").content))
        width, height = (round(one / 72 * 25.4) for one in document[0].get_size())
        assert (len(document), width, height) == (1, 420, 297)
        words = document[0].get_textpage().get_text_bounded()
        assert words.count("不得外传") == 2, "on the sheet and at the foot of every page"
        assert "糖" in words


def test_names_and_phones_are_masked(building, door, page, cast, noon):
    child = behind(door, K.CHILD_0_6, name="欧阳小明", phone="", born_on=dt.date(2022, 5, 1))
    add_guardian(
        resident=child,
        relation="母亲",
        name="刘桂兰",
        phone="13900000456",
        by=cast.li,
        on=dt.date(2026, 1, 1),
    )
    sign_agreement(behind(door, name="王大力"), cast.team_a, cast.li, on=noon)
    for name, pk, query in (
        ("guide-door", door.pk, {}),
        ("guide-grid-people", building.grid_id, {"who": "children"}),
        ("guide-contact", child.pk, {}),
    ):
        words = page(name, pk, **query).content.decode()
        for shown in ("欧**明", "刘*兰", "母亲", "139****0456"):
            assert shown in words, (name, shown)
        for secret in ("欧阳小明", "刘桂兰", "13900000456", child.id_number):
            assert secret not in words
    homes = page("guide-door", door.pk).context["homes"]
    assert [[one.is_signed for one in home.people] for home in homes] == [[False], [True]]


def test_the_contact_step_shows_own_and_guardians_phone_once_and_logs_it(building, door, sign_in, cast):
    who = behind(door, K.DEMENTIA, phone="13900000123")
    add_guardian(
        resident=who, relation="儿子", name="刘强", phone="13900000456", by=cast.li, on=dt.date(2026, 1, 1)
    )
    address = reverse("guide-contact", args=[who.pk])
    shown = sign_in(cast.wang).post(address, {"reason": "visit"})
    assert shown.context["phones"] == [("本人", "13900000123"), ("监护人 刘*（儿子）", "13900000456")]
    assert shown["Cache-Control"] == "no-store"
    row = ReadLog.objects.latest("pk")
    assert (row.action, row.page, row.subject_ids) == (ReadLog.Action.REVEAL, "guide-contact", [who.pk])
    assert row.reason == "导引图联系（含监护人电话）：上门或电话随访"
    again = sign_in(cast.wang).get(address)
    assert "13900000123" not in again.content.decode()


@pytest.mark.parametrize("reason", ["", "curious"])
def test_without_a_reason_no_number(building, door, sign_in, cast, reason):
    who = behind(door, phone="13900000123")
    shown = sign_in(cast.wang).post(reverse("guide-contact", args=[who.pk]), {"reason": reason})
    assert "13900000123" not in shown.content.decode()
    assert not ReadLog.objects.filter(action=ReadLog.Action.REVEAL).exists()


def test_the_daily_bound_holds_here_too(building, door, sign_in, cast, settings):
    who = behind(door, phone="13900000123")
    address = reverse("guide-contact", args=[who.pk])
    ReadLog.objects.bulk_create(
        ReadLog(
            user_id=cast.wang.pk,
            user_name="wang",
            action=ReadLog.Action.REVEAL,
            subject="resident",
            subject_ids=[1],
            page="x",
        )
        for _ in range(50)
    )
    shown = sign_in(cast.wang).post(address, {"reason": "visit"})
    assert "上限" in shown.content.decode()
    assert "13900000123" not in shown.content.decode()


def test_a_child_is_reached_through_the_others_of_his_household(building, door, page, cast):
    child = behind(door, K.CHILD_0_6, phone="", born_on=dt.date(2022, 5, 1))
    mother = ResidentFactory(
        grid=child.grid, household=child.household, relation=Relation.MOTHER, phone="13900000789"
    )
    shown = page("guide-contact", child.pk)
    assert [one.id for one in shown.context["others"]] == [mother.pk]
    assert ReadLog.objects.latest("pk").subject_ids == sorted([child.pk, mother.pk])


def test_another_teams_place_is_not_there(cast, district, page):
    building = BuildingFactory(grid=district.grid_b)
    dwelling = DwellingFactory(building=building)
    who = behind(dwelling)
    for name, pk in (
        ("guide-grid", district.grid_b.pk), ("guide-village", district.village_b.pk),
        ("guide-grid-people", district.grid_b.pk), ("guide-village-people", district.village_b.pk),
        ("guide-grid-unplaced", district.grid_b.pk), ("guide-grid-analysis", district.grid_b.pk),
        ("guide-village-analysis", district.village_b.pk), ("guide-grid-print", district.grid_b.pk),
        ("guide-village-print", district.village_b.pk), ("guide-building", building.pk),
        ("guide-building-print", building.pk), ("guide-door", dwelling.pk), ("guide-contact", who.pk),
    ):  # fmt: skip
        assert page(name, pk).status_code == 404, name
        assert page(name, pk, by=cast.zhao).status_code == 200, name
        assert page(name, pk, by=cast.zhou).status_code == 403, "the bureau has no guide map"
    assert [one.grid for one in page("guide-map").context["lines"]] == [district.grid_a]


def test_the_list_of_grids_counts_buildings_people_and_key_people(cast, district, page, building, door):
    micro = MicroGridFactory(parent=district.grid_a)
    behind(door, K.DISABLED, K.TB)
    behind(DwellingFactory(building=BuildingFactory(grid=micro)))
    behind(door, life_status=LifeStatus.MOVED_OUT, life_status_on=dt.date(2026, 1, 1))
    lines = page("guide-map").context["lines"]
    assert [(one.grid, one.is_micro, one.buildings, one.people, one.key_people) for one in lines] == [
        (district.grid_a, False, 2, 2, 1),
        (micro, True, 1, 1, 0),
    ]
    assert page("guide-map", q="没有这里").context["lines"] == []
    assert len(page("guide-map", q="东北村").context["lines"]) == 2


def test_buildings_yards_and_people_without_a_door(cast, district, page, building, door):
    yard = BuildingFactory(grid=district.grid_a, name="12号", kind="house", units=1, floors=1)
    behind(door, K.HYPERTENSION)
    behind(door, K.HYPERTENSION, K.COPD)
    behind(DwellingFactory(building=yard), K.TUMOR)
    loose = ResidentFactory(grid=district.grid_a, address="东村8号")
    alone = ResidentFactory(grid=district.grid_a, household=None, address="西村9号")
    for name, pk in (("guide-grid", district.grid_a.pk), ("guide-village", district.village_a.pk)):
        shown = page(name, pk)
        tiles = {
            one.building.name: (one.people, [(sign.letter, number) for sign, number in one.symbols])
            for one in shown.context["sheet"].tiles
        }
        assert tiles == {"12号": (1, [("瘤", 1)]), "8号楼": (2, [("压", 2), ("肺", 1)])}
        assert [one.building.name for one in shown.context["yards"]] == ["12号"]
        assert shown.context["sheet"].unplaced == 2
    assert len(ReadLog.objects.latest("pk").subject_ids) == 3
    unplaced = page("guide-grid-unplaced", district.grid_a.pk).context["people"]
    assert {one.id for one in unplaced} == {loose.pk, alone.pk}
    assert {one.place for one in unplaced} == {loose.household.address, "西村9号"}


@pytest.mark.parametrize(
    ("who", "kind"),
    [("elderly", K.ELDERLY_65), ("children", K.CHILD_0_6), ("disabled", K.DISABLED_ELDER), ("dementia", K.DEMENTIA),
     ("perinatal", K.PERINATAL), ("chronic", K.COPD), ("certified", K.DISABLED)],
)  # fmt: skip
def test_each_list_has_its_people_with_their_dwelling(building, door, page, who, kind):
    wanted = behind(door, kind)
    behind(door, K.SMI)
    PopulationFlagFactory(resident=behind(door), kind=kind, ends_on=dt.date(2026, 1, 1))
    shown = page("guide-grid-people", building.grid_id, who=who)
    assert [(one.id, one.place) for one in shown.context["people"]] == [(wanted.pk, "8号楼1单元201")]
    assert ReadLog.objects.latest("pk").subject_ids == [wanted.pk]


def test_a_query_without_sense_shows_the_first_list(building, page):
    shown = page("guide-grid-people", building.grid_id, who="hiv", page="x")
    assert shown.status_code == 200
    assert shown.context["who"] == next(iter(LISTS))
    assert page("guide-grid", building.grid_id, page="-3").status_code == 200


def test_browsers_print_nothing_of_the_screen_pages(building, door, page):
    behind(door, K.TB)
    for name, pk in (
        ("guide-building", building.pk),
        ("guide-grid", building.grid_id),
        ("guide-door", door.pk),
    ):
        main = page(name, pk).content.decode().split("<main", 1)[1]
        assert "本页只供在屏幕上查看" in main
        assert 'class="no-print stack"' in main


@pytest.mark.parametrize(
    "name", ["guide-map", "guide-grid", "guide-building", "guide-grid-people", "guide-grid-unplaced"]
)
def test_a_page_costs_the_same_however_many_live_there(
    cast, district, sign_in, building, door, django_assert_max_num_queries, name
):
    def fill(number):
        for at in range(number):
            dwelling = DwellingFactory(building=BuildingFactory(grid=district.grid_a))
            behind(dwelling, K.ELDERLY_65, K.HYPERTENSION)
            behind(
                DwellingFactory(building=building, unit=2, floor=at + 1, room=f"{at + 1}{number:02d}"),
                K.ELDERLY_65,
            )
            ResidentFactory(grid=district.grid_a)

    fill(2)
    client = sign_in(cast.wang)
    pk = {"guide-map": [], "guide-building": [building.pk]}.get(name, [district.grid_a.pk])
    client.get(reverse(name, args=pk))
    with django_assert_max_num_queries(45) as few:
        client.get(reverse(name, args=pk))
    fill(6)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse(name, args=pk))
