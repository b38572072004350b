"""An outside list against the registry: who falls into which class."""

import datetime as dt

import pytest

from residents.actions import correct_number, flag_population
from residents.choices import (
    Comparison,
    ComparisonState,
    Evidence,
    IdKind,
    ImportState,
    LifeStatus,
    Population,
)
from residents.models import ComparisonLine, Resident
from tests.factories.residents import ResidentFactory
from tests.residents.comparisons.lists import HEADER, compared, lines, listed
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import NUMBER
from tests.residents.imports.sheets import number

C = Comparison
ALL = ("phone", "address", "village", "kinds")


def counts(roster) -> tuple[int, int, int, int]:
    found = roster.result
    return found["missing_here"], found["missing_there"], found["different"], found["same"]


class TestClasses:
    def test_each_person_falls_into_one_of_four(self, cast, district, person, neighbor):
        other = ResidentFactory(name="孙小梅", phone="13812340001", grid=district.grid_a)
        absent = ResidentFactory(name="钱立业", grid=district.grid_a)
        stranger = ["林桂芳", NUMBER, "13700001111", person.grid.village.name, "3号楼", ""]
        roster = compared(
            cast.li,
            listed(person),
            listed(other, 电话="13999998888"),
            stranger,
            listed(neighbor),
            compared=("phone",),
        )
        assert roster.state == ImportState.APPLIED
        assert counts(roster) == (1, 1, 1, 1)
        assert roster.result["elsewhere"] == 1  # nothing more is told of who lives out of reach
        assert [one.name for one in lines(roster, C.MISSING_HERE)] == ["林桂芳"]
        assert [one.resident_id for one in lines(roster, C.MISSING_THERE)] == [absent.pk]
        (different,) = lines(roster, C.DIFFERENT)
        assert (different.resident_id, different.differences) == (other.pk, ["联系电话"])

    def test_what_the_list_says_is_sealed(self, cast, district, person):
        roster = compared(cast.li, ["林桂芳", NUMBER, "13700001111", "", "", ""])
        (line,) = lines(roster, C.MISSING_HERE)
        assert (line.id_number, line.phone) == (NUMBER, "13700001111")
        stored = ComparisonLine.objects.raw(
            "SELECT id, id_number::text AS number, phone::text AS said FROM residents_comparisonline"
        )[0]
        assert NUMBER.encode().hex() not in stored.number
        assert b"13700001111".hex() not in stored.said

    def test_nothing_of_the_registry_changes(self, cast, district, person):
        before = list(Resident.objects.order_by("pk").values())
        compared(cast.li, listed(person, 电话="13900000002", 住址="别处"), compared=ALL)
        assert list(Resident.objects.order_by("pk").values()) == before

    def test_a_list_without_villages_will_do_and_says_what_it_could_not_look_for(self, cast, person):
        roster = compared(cast.zhou, ["王建国", person.id_number], header=("姓名", "身份证号码"))
        assert counts(roster) == (0, 0, 0, 1)
        assert "没有查找" in roster.report

    def test_whoever_answers_for_one_village_need_not_name_it(self, cast, district, person):
        absent = ResidentFactory(name="钱立业", grid=district.grid_a)
        roster = compared(cast.li, ["王建国", person.id_number], header=("姓名", "身份证号码"))
        assert [one.resident_id for one in lines(roster, C.MISSING_THERE)] == [absent.pk]
        assert "全部算作" in roster.report

    def test_a_row_without_a_usable_number_is_told_apart(self, cast, person):
        roster = compared(cast.li, listed(person), ["林桂芳", "371099196001012345", "", "", "", ""])
        assert roster.result["unreadable"] == 1
        assert "校验码不符" in roster.report
        assert counts(roster)[0] == 0

    def test_the_same_person_twice_counts_once(self, cast, person):
        roster = compared(cast.li, listed(person), listed(person))
        assert (roster.result["repeated"], counts(roster)) == (1, (0, 0, 0, 1))


class TestDifferences:
    def words(self, cast, person, *, asked=ALL, **other) -> list[str]:
        roster = compared(cast.li, listed(person, **other), compared=asked)
        return [word for one in lines(roster, C.DIFFERENT) for word in one.differences]

    @pytest.mark.parametrize(
        ("other", "word"),
        [
            ({"姓名": "王建业"}, "姓名"),
            ({"电话": "13900000002"}, "联系电话"),
            ({"住址": "别处 1 号"}, "住址"),
            ({"人群分类": "高血压"}, "人群类型"),
        ],
    )
    def test_each_fact(self, cast, person, other, word):
        assert self.words(cast, person, **other) == [word]

    @pytest.mark.parametrize("title", ["电话", "住址", "社区", "人群分类"])
    def test_an_empty_cell_says_nothing(self, cast, person, title):
        assert self.words(cast, person, **{title: ""}) == []

    def test_only_what_was_asked_for(self, cast, person):
        assert self.words(cast, person, asked=(), 电话="13900000002", 住址="别处") == []

    def test_another_village(self, cast, district, person):
        other = district.grid_b.village.name
        assert self.words(cast, person, 社区=other) == []  # out of li's reach: not to be understood here
        assert self.words(cast, person, asked=("village",)) == []

    def test_who_is_listed_but_died_here(self, cast, person):
        Resident.objects.filter(pk=person.pk).update(life_status=LifeStatus.DECEASED, life_status_on=TODAY)
        assert self.words(cast, person) == ["状态"]

    def test_a_former_number_finds_the_person(self, cast, person):
        old = person.id_number
        correct_number(
            resident=person, id_kind=IdKind.ID_CARD, id_number=number(7), reason="户籍更正", policy=POLICY,
            by=cast.li, on=TODAY,
        )  # fmt: skip
        person.refresh_from_db()
        roster = compared(cast.li, listed(person, 身份证号=old))
        assert counts(roster) == (0, 0, 1, 0)
        assert lines(roster, C.DIFFERENT)[0].differences == ["证件号码"]

    def test_a_known_kind_is_no_difference_and_a_restricted_one_is_never_told(self, cast, person):
        flag_population(
            resident=person,
            kind=Population.HYPERTENSION,
            evidence=Evidence.ROSTER,
            starts_on=TODAY,
            policy=POLICY,
            by=cast.li,
            on=TODAY,
        )
        assert self.words(cast, person, 人群分类="高血压、重精") == []


class TestMissingThere:
    @pytest.fixture
    def absent(self, district):
        return ResidentFactory(name="钱立业", born_on=dt.date(1950, 2, 2), grid=district.grid_a)

    def found(self, cast, person, **asked) -> list[int]:
        roster = compared(cast.li, listed(person, 社区=""), **asked)
        return [one.resident_id for one in lines(roster, C.MISSING_THERE)]

    def test_in_the_villages_that_the_list_names(self, cast, person, absent):
        assert self.found(cast, person, area="listed") == []
        roster = compared(cast.li, listed(person))
        assert [one.resident_id for one in lines(roster, C.MISSING_THERE)] == [absent.pk]

    def test_in_a_village_that_was_chosen(self, cast, person, absent):
        code = person.grid.code[:12]
        assert self.found(cast, person, area=code) == [absent.pk]
        assert self.found(cast, person, area="000000000000") == []

    def test_everywhere_means_within_reach(self, cast, person, absent, neighbor):
        assert self.found(cast, person, area="everywhere") == [absent.pk]
        assert self.found(cast, person, area="nowhere") == []

    def test_only_of_the_kind_that_the_list_is_about(self, cast, person, absent):
        assert self.found(cast, person, area="everywhere", kind="hypertension") == []
        flag_population(
            resident=absent,
            kind=Population.HYPERTENSION,
            evidence=Evidence.ROSTER,
            starts_on=TODAY,
            policy=POLICY,
            by=cast.li,
            on=TODAY,
        )
        assert self.found(cast, person, area="everywhere", kind="hypertension") == [absent.pk]

    @pytest.mark.parametrize("status", [LifeStatus.DECEASED, LifeStatus.MOVED_OUT, LifeStatus.LOST])
    def test_who_is_gone_is_not_expected(self, cast, person, absent, status):
        Resident.objects.filter(pk=absent.pk).update(life_status=status, life_status_on=TODAY)
        assert self.found(cast, person, area="everywhere") == []


def test_the_number_of_statements_does_not_depend_on_the_rows(
    cast, district, person, django_assert_max_num_queries
):
    people = ResidentFactory.create_batch(12, grid=district.grid_a)
    rows = [listed(one) for one in people]
    with django_assert_max_num_queries(75):
        compared(cast.li, *rows[:2], compared=ALL)
    with django_assert_max_num_queries(75):
        compared(cast.li, *rows, *(["林桂芳", number(at), "", "", "", ""] for at in range(30)), compared=ALL)


def test_header_only_lists_are_refused(cast):
    roster = compared(cast.li, header=HEADER)
    assert roster.state == ImportState.FAILED
    assert "没有数据" in roster.failure


def test_open_is_how_every_line_begins(cast, person):
    roster = compared(cast.li, ["林桂芳", NUMBER, "", "", "", ""])
    assert {one.state for one in ComparisonLine.objects.filter(roster=roster)} == {ComparisonState.OPEN}
