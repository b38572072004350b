"""What a team and an institution must have."""

import pytest

from teams import rules
from teams.rules import Member

CORE = {"gp": "全科医生", "nurse": "护士", "public_health": "公共卫生医师"}
COMPLETE = [
    Member("gp", is_leader=True),
    Member("nurse"),
    Member("public_health"),
    Member("specialist", is_dispatched=True, home_level=2, tier=2),
    Member("specialist", is_dispatched=True, home_level=3, tier=3),
]


def codes(members, level=1, **numbers):
    found = rules.team_findings(members, level, **({"min_dispatched": 2, "core": CORE} | numbers))
    return [one.code for one in found]


def test_a_complete_team_has_no_finding():
    assert codes(COMPLETE) == []


@pytest.mark.parametrize(
    ("home_level", "is_dispatched", "counts"),
    [(2, True, True), (3, True, True), (1, True, False), (0, True, False), (2, False, False)],
)
def test_dispatched_means_sent_and_from_a_higher_level(home_level, is_dispatched, counts):
    member = Member("specialist", is_dispatched=is_dispatched, home_level=home_level)
    assert rules.is_dispatched_from_above(member, institution_level=1) is counts


def test_an_unrated_institution_is_below_every_rated_one():
    assert rules.is_dispatched_from_above(Member("gp", is_dispatched=True, home_level=1), institution_level=0)


@pytest.mark.parametrize(("count", "is_short"), [(0, True), (1, True), (2, False), (3, False)])
def test_too_few_dispatched(count, is_short):
    finding = rules.dispatched_finding(count, minimum=2)
    assert (finding is not None) is is_short
    if finding:
        assert finding.code == "too_few_dispatched"
        assert f"再派 {2 - count} 名" in finding.sentence


def test_missing_professions_are_named_by_their_chinese_labels():
    finding = rules.core_finding(["nurse"], CORE)
    assert finding.level == "error"
    assert "全科医生、公共卫生医师" in finding.sentence
    assert "护士" not in finding.sentence


def test_a_core_profession_on_a_higher_tier_does_not_fill_the_core_team():
    members = [one for one in COMPLETE if one.profession != "nurse"] + [Member("nurse", tier=2)]
    assert codes(members) == ["missing_core"]


@pytest.mark.parametrize(("leaders", "code"), [(0, "no_leader"), (1, None), (2, "many_leaders")])
def test_exactly_one_leader(leaders, code):
    finding = rules.leader_finding(leaders)
    assert (finding.code if finding else None) == code


@pytest.mark.parametrize(("stewards", "code"), [(0, "no_steward"), (1, None), (2, "many_stewards")])
def test_exactly_one_steward(stewards, code):
    finding = rules.steward_finding(stewards, required=1)
    assert (finding.code if finding else None) == code


def test_an_empty_team_lacks_everything_worst_first():
    assert codes([]) == ["no_leader", "missing_core", "too_few_dispatched"]


def test_the_numbers_come_from_the_caller():
    assert codes(COMPLETE, min_dispatched=3) == ["too_few_dispatched"]
    assert codes(COMPLETE, core=CORE | {"tcm": "中医医师"}) == ["missing_core"]
