"""Working a comparison off: by hand, by registering, by looking again."""

import pytest

from residents.actions import update_resident
from residents.actions.comparing import CannotSettle, refresh_lines, register_listed, settle_lines
from residents.actions.people import CannotRegister
from residents.choices import Comparison, ComparisonState, LifeStatus
from residents.models import Resident
from tests.factories.residents import ResidentFactory
from tests.residents.comparisons.lists import compared, lines, listed
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import NUMBER, register
from tests.residents.test_actions_merging import merge

C, S = Comparison, ComparisonState
STRANGER = ["林桂芳", NUMBER, "13700001111", "", "3号楼", ""]


def settled(roster, line, state, note="", by=None):
    count = settle_lines(roster=roster, lines=[line.pk], state=state, note=note, by=by, on=TODAY)
    line.refresh_from_db()
    return count


class TestByHand:
    def test_done_ignored_and_open_again(self, cast, person):
        roster = compared(cast.li, STRANGER)
        (line,) = lines(roster, C.MISSING_HERE)
        assert settled(roster, line, S.DONE, by=cast.li) == 1
        assert (line.state, line.settled_by) == (S.DONE, cast.li)
        settled(roster, line, S.IGNORED, "住在外地", by=cast.li)
        assert (line.state, line.note) == (S.IGNORED, "住在外地")
        settled(roster, line, S.OPEN, by=cast.li)
        assert (line.state, line.note, line.settled_by, line.settled_at) == (S.OPEN, "", None, None)

    def test_needing_nothing_wants_a_reason(self, cast, person):
        roster = compared(cast.li, STRANGER)
        with pytest.raises(CannotSettle) as refused:
            settled(roster, lines(roster, C.MISSING_HERE)[0], S.IGNORED, " ", by=cast.li)
        assert (refused.value.code, refused.value.field) == ("note_missing", "note")

    def test_nothing_ticked(self, cast, person):
        with pytest.raises(CannotSettle, match="勾选"):
            settle_lines(
                roster=compared(cast.li, STRANGER), lines=[], state=S.DONE, note="", by=cast.li, on=TODAY
            )

    def test_lines_of_another_comparison_are_not_touched(self, cast, person):
        one, other = compared(cast.li, STRANGER), compared(cast.li, STRANGER)
        (line,) = lines(other, C.MISSING_HERE)
        assert settled(one, line, S.DONE, by=cast.li) == 0
        assert line.state == S.OPEN


class TestRegistering:
    def test_the_number_is_taken_over_unseen(self, cast, district, person):
        roster = compared(cast.li, STRANGER)
        (line,) = lines(roster, C.MISSING_HERE)
        made = register_listed(
            line=line, grid=district.grid_a, address="3号楼", policy=POLICY, by=cast.li, on=TODAY
        )
        assert (made.name, made.id_number, made.phone, made.grid) == (
            "林桂芳",
            NUMBER,
            "13700001111",
            district.grid_a,
        )
        line.refresh_from_db()
        assert (line.state, line.resident) == (S.DONE, made)
        with pytest.raises(CannotSettle, match="已经处理"):
            register_listed(line=line, grid=district.grid_a, address="", policy=POLICY, by=cast.li, on=TODAY)

    def test_somebody_was_quicker(self, cast, district, person):
        (line,) = lines(compared(cast.li, STRANGER), C.MISSING_HERE)
        register(cast, district)
        with pytest.raises(CannotRegister) as refused:
            register_listed(line=line, grid=district.grid_a, address="", policy=POLICY, by=cast.li, on=TODAY)
        assert refused.value.code == "number_taken"
        line.refresh_from_db()
        assert line.state == S.OPEN


class TestLookingAgain:
    def test_what_was_put_right_closes_by_itself(self, cast, district, person):
        gone = ResidentFactory(name="钱立业", grid=district.grid_a)
        roster = compared(
            cast.li, STRANGER, listed(person, 电话="13900000002", 姓名="王建业"), compared=("phone",)
        )
        assert refresh_lines(roster=roster, on=TODAY) == 0
        register(cast, district)
        Resident.objects.filter(pk=gone.pk).update(life_status=LifeStatus.MOVED_OUT, life_status_on=TODAY)
        facts = {
            "grid": person.grid, "address": person.address, "registration": person.registration, "remark": "",
            "relation": person.relation,
        }  # fmt: skip
        update_resident(resident=person, name="王建业", phone=None, by=cast.li, on=TODAY, **facts)
        assert refresh_lines(roster=roster, on=TODAY) == 2
        (different,) = lines(roster, C.DIFFERENT)
        assert (different.state, different.differences) == (S.OPEN, ["联系电话"])  # one of two is right now
        update_resident(resident=person, name="王建业", phone="13900000002", by=cast.li, on=TODAY, **facts)
        assert refresh_lines(roster=roster, on=TODAY) == 1
        assert {one.state for kind in C for one in lines(roster, kind)} == {S.DONE}

    def test_a_line_about_an_entry_that_was_merged_is_about_the_kept_one(self, cast, district, person):
        double = ResidentFactory(name="王建国", grid=district.grid_a)
        roster = compared(cast.li, listed(double, 电话="13900000002"), compared=("phone",))
        merge(person, double, by=cast.li)
        refresh_lines(roster=roster, on=TODAY)
        (line,) = lines(roster, C.DIFFERENT)
        assert (line.resident, line.state) == (person, S.OPEN)
        assert line.differences == ["证件号码", "联系电话"]

    def test_what_a_person_has_settled_stays(self, cast, district, person):
        roster = compared(cast.li, STRANGER)
        (line,) = lines(roster, C.MISSING_HERE)
        settled(roster, line, S.IGNORED, "住在外地", by=cast.li)
        register(cast, district)
        assert refresh_lines(roster=roster, on=TODAY) == 0
        line.refresh_from_db()
        assert (line.state, line.note) == (S.IGNORED, "住在外地")
