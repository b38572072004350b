"""Loading divisions, replacing codes, opening and closing grids."""

import datetime as dt

import pytest

from core.refusals import Refusal
from grids import actions, divisions
from grids.choices import AreaLevel, GridLevel
from grids.models import Area, AreaCodeChange, Grid
from grids.queries.divisions import compare_divisions
from tests.factories.grids import AreaFactory, GridFactory, MicroGridFactory, PostingFactory

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


def refused(action, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        action(**kwargs)
    return caught.value


@pytest.fixture
def huancui():
    return divisions.parse(divisions.shipped("371002"))


class TestLoadDivisions:
    def load(self, rows, **changes):
        return actions.load_divisions(
            **{"divisions": rows, "valid_from": TODAY, "by": None, "on": TODAY} | changes
        ).changes  # fmt: skip

    def test_the_whole_district_and_a_second_run_changes_nothing(self, db, huancui):
        first = self.load(huancui)
        second = self.load(huancui)
        assert (len(first.new), len(first.changed), first.unchanged) == (228, 0, 0)
        assert (len(second.new), len(second.changed), second.unchanged, second.missing) == (0, 0, 228, ())
        assert Area.objects.filter(level=AreaLevel.VILLAGE, parent__parent__code="371002").count() == 218

    def test_it_costs_the_same_however_many_rows(self, db, huancui, django_assert_max_num_queries):
        with django_assert_max_num_queries(
            16
        ):  # two to compare; for each level parents and insert; savepoints
            self.load(huancui)

    def test_names_are_corrected_and_what_the_file_does_not_name_is_reported_not_deleted(
        self, district, huancui
    ):
        gone = AreaFactory(code="371002001999", name="撤并村")
        changes = self.load(huancui)
        district.village_a.refresh_from_db()
        gone.refresh_from_db()
        named = {one.code: one.name for one in huancui}
        assert district.village_a.name == named[district.village_a.code]
        assert list(changes.missing) == [gone]
        assert gone.valid_to is None

    def test_dates_of_areas_that_are_known_stay(self, district, huancui):
        self.load(huancui)
        district.village_a.refresh_from_db()
        assert district.village_a.valid_from == dt.date(2019, 1, 1)
        assert Area.objects.get(code="371002003").valid_from == TODAY

    def test_nothing_is_half_saved_when_a_parent_is_unknown(self, db, huancui):
        rows = [one for one in huancui if one.code != "371002003"]
        refusal = refused(self.load, rows=rows)
        assert "找不到上级 371002003" in refusal.sentence
        assert not Area.objects.exists()

    def test_a_replaced_code_finds_its_area_and_is_not_made_again(self, cast, district, huancui):
        self.load(huancui)
        actions.change_area_code(
            area=district.village_a, new_code="371002001900", changed_on=TODAY, by=cast.zhou, on=TODAY
        )
        changes = self.load(huancui)
        assert [(row.code, now) for row, now in changes.replaced] == [("371002001001", "371002001900")]
        assert changes.missing == ()
        assert not Area.objects.filter(code="371002001001").exists()

    def test_a_new_village_below_a_replaced_township_is_refused(self, cast, district):
        actions.change_area_code(
            area=district.township_a, new_code="371002900", changed_on=TODAY, by=cast.zhou, on=TODAY
        )
        text = "code,name,parent_code,level\n371002001777,新村,371002001,village\n"
        with pytest.raises(divisions.BadDivisions, match="371002001 已更换为 371002900"):
            compare_divisions(divisions.parse(text.encode()))

    def test_with_a_grid_for_each_village(self, db, huancui):
        loaded = actions.load_divisions(
            divisions=huancui, valid_from=TODAY, by=None, on=TODAY, with_grids=True
        )
        assert loaded.grids_added == Grid.objects.count() == 218


class TestChangeAreaCode:
    def change(self, cast, area, new_code):
        return actions.change_area_code(
            area=area, new_code=new_code, changed_on=TODAY, by=cast.zhou, on=TODAY
        )

    def test_everything_below_takes_the_new_prefix(self, cast, district):
        micro = MicroGridFactory(parent=district.grid_a)
        self.change(cast, district.township_a, "371002900")

        for row in (district.township_a, district.village_a, district.grid_a, micro, cast.institution_a):
            row.refresh_from_db()
        assert district.township_a.code == "371002900"
        assert district.village_a.code == "371002900001"
        assert district.grid_a.code == "37100290000101"
        assert micro.code == "3710029000010101"
        assert cast.institution_a.area_code == "371002900"
        assert cast.he.role_assignments.get().area_code == "371002900"
        assert cast.sun.role_assignments.get().area_code == "37100290000101"

    def test_nothing_else_moves(self, cast, district):
        self.change(cast, district.township_a, "371002900")
        for row in (district.area, district.village_b, district.grid_b, cast.institution_b):
            before = row.code if hasattr(row, "village_id") or isinstance(row, Area) else row.area_code
            row.refresh_from_db()
            assert before == (
                row.code if hasattr(row, "village_id") or isinstance(row, Area) else row.area_code
            )

    def test_every_area_keeps_its_former_code(self, cast, district):
        self.change(cast, district.township_a, "371002900")
        kept = AreaCodeChange.objects.values_list("old_code", "new_code", "changed_by__name").order_by(
            "old_code"
        )
        assert list(kept) == [
            ("371002001", "371002900", "周科长"),
            ("371002001001", "371002900001", "周科长"),
        ]

    def test_a_village_moves_to_the_township_its_new_code_begins_with(self, cast, district):
        moved = self.change(cast, district.village_a, "371002002050")
        district.grid_a.refresh_from_db()
        assert moved.parent == district.township_b
        assert district.grid_a.code == "37100200205001"

    @pytest.mark.parametrize(
        ("new_code", "code"),
        [
            ("371002001", "same_code"),
            ("371002002", "code_taken"),
            ("37100290", "bad_code"),
            ("371002x01", "bad_code"),
            ("371003001", "no_parent"),
        ],
    )
    def test_refused(self, cast, district, new_code, code):
        refusal = refused(self.change, cast=cast, area=district.township_a, new_code=new_code)
        assert (refusal.code, refusal.field) == (code, "new_code")
        assert not AreaCodeChange.objects.exists()

    def test_the_cost_does_not_grow_with_what_lies_below(self, cast, district, django_assert_max_num_queries):
        for number in range(30, 40):
            GridFactory(village=AreaFactory(code=f"371002001{number:03d}"))
        with django_assert_max_num_queries(14):
            self.change(cast, district.township_a, "371002900")


class TestGrids:
    def add(self, cast, village, **changes):
        return actions.add_grid(
            **{"village": village, "opened_on": TODAY, "by": cast.zhou, "on": TODAY} | changes
        )

    def test_the_next_number_of_the_village(self, cast, district):
        grid = self.add(cast, district.village_a)
        assert (grid.code, grid.level, grid.name) == ("37100200100102", GridLevel.GRID, "东北村社区第2网格")

    def test_a_micro_grid(self, cast, district):
        grid = self.add(cast, district.village_a, parent=district.grid_a, name="甲区")
        assert (grid.code, grid.level, grid.name) == ("3710020010010101", GridLevel.MICRO, "甲区")

    def test_the_number_of_a_closed_grid_is_not_given_again(self, cast, district):
        closed = self.add(cast, district.village_a)
        actions.close_grid(grid=closed, closed_on=TODAY + DAY, by=cast.zhou, on=TODAY)
        assert self.add(cast, district.village_a).code.endswith("03")

    def test_refused_places(self, cast, district):
        micro = MicroGridFactory(parent=district.grid_a)
        ended = AreaFactory(code="371002001050", valid_to=TODAY - DAY)
        cases = [
            (district.township_a, None, "not_a_village"),
            (district.village_b, district.grid_a, "parent_elsewhere"),
            (district.village_a, micro, "parent_is_micro"),
            (ended, None, "village_closed"),
        ]
        for village, parent, code in cases:
            assert refused(self.add, cast=cast, village=village, parent=parent).code == code

    def test_ninety_nine_is_the_end(self, cast, district):
        GridFactory(village=district.village_a, code="37100200100199")
        assert refused(self.add, cast=cast, village=district.village_a).code == "numbers_used_up"

    def test_default_grids_go_to_villages_that_never_had_one(
        self, cast, district, django_assert_max_num_queries
    ):
        bare = [AreaFactory(code=f"371002001{number:03d}") for number in (60, 61, 62)]
        AreaFactory(code="371002001063", valid_to=TODAY - DAY)
        with django_assert_max_num_queries(7):
            made = actions.add_default_grids(
                villages=Area.objects.all(), opened_on=TODAY, by=cast.zhou, on=TODAY
            )
        assert made == 3
        assert sorted(Grid.objects.filter(village__in=bare).values_list("code", flat=True)) == [
            f"371002001{number:03d}01" for number in (60, 61, 62)
        ]
        assert (
            actions.add_default_grids(villages=Area.objects.all(), opened_on=TODAY, by=cast.zhou, on=TODAY)
            == 0
        )

    def test_closing_waits_for_team_people_and_micro_grids(self, cast, district):
        grid = GridFactory(village=district.village_a)

        def close():
            return refused(actions.close_grid, grid=grid, closed_on=TODAY, by=cast.zhou, on=TODAY)

        posting = PostingFactory(grid=grid)
        assert "仍在该网格任职" in close().sentence
        actions.end_posting(posting=posting, ends_on=TODAY - DAY, by=cast.zhou, on=TODAY)
        actions.assign_team(
            grids=Grid.objects.filter(pk=grid.pk),
            team=cast.team_a,
            starts_on=TODAY - 9 * DAY,
            by=cast.qian,
            on=TODAY,
        )
        assert "仍负责该网格" in close().sentence
        row = grid.responsibilities.get()
        actions.end_responsibility(responsibility=row, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        micro = MicroGridFactory(parent=grid)
        assert "仍在使用" in close().sentence
        actions.close_grid(grid=micro, closed_on=TODAY, by=cast.zhou, on=TODAY)
        assert actions.close_grid(grid=grid, closed_on=TODAY, by=cast.zhou, on=TODAY).closed_on == TODAY
        assert (
            refused(actions.close_grid, grid=grid, closed_on=TODAY, by=cast.zhou, on=TODAY).code == "closed"
        )

    def test_not_closed_before_it_opened(self, cast, district):
        grid = GridFactory(village=district.village_a, opened_on=TODAY)
        refusal = refused(actions.close_grid, grid=grid, closed_on=TODAY, by=cast.zhou, on=TODAY)
        assert refusal.code == "before_opening"
