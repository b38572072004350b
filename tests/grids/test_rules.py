"""Codes, coverage and pairing."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids import rules
from grids.choices import PAIRED_POST, PostingRole
from grids.rules import Span, Standing

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
VILLAGE = "371002001001"


class TestNextCode:
    @pytest.mark.parametrize(
        ("taken", "code"),
        [
            ([], f"{VILLAGE}01"),
            ([f"{VILLAGE}01"], f"{VILLAGE}02"),
            ([f"{VILLAGE}03"], f"{VILLAGE}04"),
            ([f"{VILLAGE}98"], f"{VILLAGE}99"),
            ([f"{VILLAGE}99"], None),
        ],
    )
    def test_after_the_highest_ever_given(self, taken, code):
        assert rules.next_code(VILLAGE, taken) == code

    def test_a_micro_grid_below_its_grid(self):
        assert rules.next_code(f"{VILLAGE}02", [f"{VILLAGE}0209"]) == f"{VILLAGE}0210"

    @given(st.sets(st.integers(1, 98)))
    def test_never_one_that_was_given(self, numbers):
        taken = [f"{VILLAGE}{one:02d}" for one in numbers]
        code = rules.next_code(VILLAGE, taken)
        assert code not in taken
        assert len(code) == 14


class TestAreaCode:
    @pytest.mark.parametrize(
        ("code", "level", "parent", "fault"),
        [
            ("371002", 1, "", None),
            ("371002001", 2, "371002", None),
            ("371002001001", 3, "371002001", None),
            ("37100200", 2, "371002", "bad_code"),
            ("37100２001", 2, "371002", "bad_code"),
            ("371002 01", 2, "371002", "bad_code"),
            ("371003001", 2, "371002", "not_below_parent"),
        ],
    )
    def test_length_and_parent(self, code, level, parent, fault):
        found = rules.area_code_finding(code, level, parent)
        assert (found.code if found else None) == fault


class TestHandOver:
    """Team 1 asks for a grid from today on."""

    @pytest.mark.parametrize(
        ("spans", "verdict"),
        [
            ([], "assign"),
            ([Span(2, TODAY - 9 * DAY, TODAY - DAY)], "assign"),
            ([Span(2, TODAY - 9 * DAY, TODAY)], "assign"),
            ([Span(2, TODAY - DAY, None)], "assign"),
            ([Span(2, TODAY, None)], "blocked"),
            ([Span(2, TODAY, TODAY)], "blocked"),
            ([Span(2, TODAY + DAY, None)], "blocked"),
            ([Span(2, TODAY - 9 * DAY, TODAY), Span(3, TODAY + DAY, None)], "blocked"),
            ([Span(1, TODAY - 9 * DAY, None)], "keep"),
            ([Span(1, TODAY, None)], "keep"),
            ([Span(1, TODAY - 9 * DAY, TODAY + DAY)], "assign"),
        ],
    )
    def test_verdict(self, spans, verdict):
        assert rules.hand_over(spans, team=1, day=TODAY).verdict == verdict

    def test_the_holder_of_the_day_is_the_one_that_ends(self):
        past, holder = Span(2, TODAY - 9 * DAY, TODAY - 5 * DAY), Span(3, TODAY - 4 * DAY, None)
        assert rules.hand_over([past, holder], team=1, day=TODAY).ended == holder

    @given(
        st.lists(st.tuples(st.integers(1, 3), st.integers(-5, 5), st.integers(0, 4) | st.none()), max_size=4)
    )
    def test_what_is_assigned_never_meets_another_span(self, drawn):
        """Whatever stands before: after the handover the new span is alone from its first day on."""
        spans = []
        free_from = -6
        for team, start, length in sorted(drawn, key=lambda one: one[1]):
            if start <= free_from:
                continue
            end = None if length is None else TODAY + (start + length) * DAY
            spans.append(Span(team, TODAY + start * DAY, end))
            if length is None:
                break
            free_from = start + length
        handover = rules.hand_over(spans, team=1, day=TODAY)
        if handover.verdict == "assign":
            rest = [one for one in spans if one != handover.ended]
            assert all(one.ends_on is not None and one.ends_on < TODAY for one in rest)
            assert handover.ended is None or handover.ended.starts_on < TODAY


class TestPairing:
    labels = dict(PostingRole.choices)

    def finding(self, level, role, **standing):
        return rules.pairing_finding(
            level, role, "李医生", Standing(**standing), partner=PAIRED_POST, labels=self.labels
        )

    @pytest.mark.parametrize(
        ("level", "role", "quality"),
        [
            ("steward", "community_steward", "is_steward"),
            ("leader", "grid_leader", "is_leader_of_place"),
            ("member", "sentinel", "is_member_at_place"),
        ],
    )
    def test_each_level_has_its_two_sides(self, level, role, quality):
        assert self.finding(level, role, **{quality: True}) is None
        assert self.finding(level, role).code == "person_unfit"

    def test_the_wrong_post_is_named_with_the_right_one(self):
        finding = self.finding("leader", "sentinel", is_leader_of_place=True)
        assert finding.code == "role_unfit"
        assert "应为网格长" in finding.sentence
        assert "健康哨兵" in finding.sentence

    def test_a_leader_may_also_stand_on_the_member_level(self):
        assert self.finding("member", "sentinel", is_leader_of_place=True, is_member_at_place=True) is None
