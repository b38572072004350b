"""Signs of the guide maps, where doors stand, and the tables of the analysis; all without a database."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.rules.going_out import Place, going_out
from outreach.rules.grid_analysis import Codes, PlaceSums, age_groups, drawn, exact
from outreach.rules.guide import SYMBOLS, TIERS, Door, laid_out, legend, symbols_for, tier_symbol
from residents.choices import Population, RiskColor

K = Population


@dataclass(frozen=True)
class Ages:
    child_age_below: int = 7
    minor_age: int = 18
    near_elderly_age: int = 60
    elderly_age: int = 65
    aged_age: int = 80


CODES = Codes({"hypertension": "高血压患者"}, {"red": "高风险"}, {"elder": "独居老年人"})


def letters(kinds, **may) -> str:
    return "".join(
        one.letter for one in symbols_for([one.value for one in kinds], **({"with_restricted": False} | may))
    )


def test_every_kind_but_hiv_has_its_own_letter():
    assert {one.code for one in SYMBOLS} == set(Population.values) - {"hiv"}
    assert len({one.letter for one in (*SYMBOLS, *TIERS)}) == len(SYMBOLS) + len(TIERS)
    assert {one.code for one in TIERS} == set(RiskColor.values)
    assert tier_symbol("red").letter == "红"
    assert tier_symbol("") is None


@pytest.mark.parametrize("may", [True, False])
def test_hiv_is_shown_to_nobody_and_severe_mental_illness_to_those_named(may):
    assert letters([K.HIV, K.SMI], with_restricted=may) == ("精" if may else "")
    assert ("smi" in {one.code for one in legend(with_restricted=may)}) is may


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        ([K.ELDERLY_65, K.ELDERLY_80], "高"),
        ([K.ELDERLY_65], "老"),
        ([K.ELDERLY_60_64, K.HYPERTENSION, K.HIGH_RISK_HTN], "近压"),
        ([K.STROKE_HIGH_RISK], "危"),
        ([K.STROKE, K.STROKE_HIGH_RISK, K.DISABLED, K.LOW_INCOME], "卒残低"),
        ([], ""),
    ],
)
def test_of_two_kinds_that_say_the_same_the_closer_one_stands(kinds, shown):
    assert letters(kinds) == shown


def doors(*places) -> list[Door]:
    return [Door(at, unit, floor, room) for at, (unit, floor, room) in enumerate(places)]


def drawn_rooms(unit) -> list[tuple]:
    return [
        (floor.number, ["/".join(one.room for one in cell) for cell in floor.cells]) for floor in unit.floors
    ]


def test_rooms_above_each_other_share_a_column():
    (unit,) = laid_out(doors((1, 1, "101"), (1, 3, "302"), (1, 3, "301")), floors=3)
    assert unit.columns == ("01", "02")
    assert drawn_rooms(unit) == [(3, ["301", "302"]), (2, ["", ""]), (1, ["101", ""])]


def test_units_basements_and_ten_after_nine():
    first, second = laid_out(doors((2, -1, "-101"), (1, 10, "1010"), (1, 10, "1009")), floors=1)
    assert (first.number, second.number) == (1, 2)
    assert drawn_rooms(first)[0] == (10, ["1009", "1010"])
    assert [floor.number for floor in second.floors] == [1, -1]


def test_two_doors_at_one_place_and_a_building_without_doors():
    (unit,) = laid_out(doors((1, 2, "201"), (1, 2, "01")), floors=2)
    assert drawn_rooms(unit)[0] == (2, ["201/01"])
    assert laid_out([], floors=6) == ()


def test_a_mistyped_number_of_floors_does_not_fill_the_page():
    (unit,) = laid_out(doors((1, 1, "101")), floors=30_000)
    assert len(unit.floors) == 60


def people(
    *ages: tuple[int | None, int], signed: int = 0, ill: int = 0, red: int = 0, alone: int = 0
) -> PlaceSums:
    return PlaceSums(Counter(ages), Counter(hypertension=ill), Counter(red=red), Counter(elder=alone), signed)


def test_groups_follow_the_ages_of_the_policy():
    assert [label for _, _, label in age_groups(Ages())] == [
        "0-6岁", "7-17岁", "18-44岁", "45-59岁", "60-64岁", "65-79岁", "80岁及以上",
    ]  # fmt: skip


def test_exact_tables_count_everybody_once():
    tables = exact(
        people((6, 1), (7, 2), (64, 1), (65, 2), (85, 2), (None, 1), (30, 0), signed=2, ill=1), Ages(), CODES
    )
    assert tables.people == 7
    assert tables.incomplete.number == 2
    assert {row.label: row.total for row in tables.groups if row.total} == {
        "0-6岁": 1, "7-17岁": 1, "60-64岁": 1, "65-79岁": 1, "80岁及以上": 1,
    }  # fmt: skip
    assert [one.number for one in tables.by_sex] == [2, 3]
    assert sum(row.total for row in tables.bands) == 5
    assert (tables.signed.number, round(tables.signed.share, 1)) == (2, 28.6)
    bars = drawn(tables.bands)
    assert bars[0].row.label == "85+"
    assert (bars[0].male_width, bars[0].female_width) == (0, 150)


def test_an_empty_place_is_empty_and_not_hidden():
    tables = exact(PlaceSums(), Ages(), CODES)
    assert (tables.people, tables.signed.share) == (0, None)
    out = going_out(
        [Place("g", (), PlaceSums()), Place("village", ("g",), PlaceSums())], Ages(), CODES, below=5
    )
    assert out["g"].people == 0


def village(*grids: PlaceSums) -> list[Place]:
    places = [Place(f"g{at}", (), sums) for at, sums in enumerate(grids)]
    return [*places, Place("village", tuple(one.key for one in places), PlaceSums())]


def many(number: int, **more) -> PlaceSums:
    return people(*(((20 + at % 60), 1 + at % 2) for at in range(number)), **more)


def test_small_cells_and_their_neighbors_are_hidden_and_large_ones_shown():
    out = going_out(
        village(many(60, ill=20, signed=58), many(80, ill=3, signed=40), many(90, ill=30, signed=50)),
        Ages(),
        CODES,
        below=5,
    )
    (ill,) = out["g1"].kinds
    assert ill.number is None
    assert ill.share is None
    assert out["village"].kinds[0].number == 53
    assert [out[f"g{at}"].kinds[0].number for at in (0, 2)].count(None) == 1, (
        "else the village less the others tells it"
    )
    assert out["g0"].signed.number is None, "two have not signed"
    assert out["village"].people == 230


def test_a_part_of_a_place_is_not_the_rest_of_it():
    """60 in a grid, 58 of them in its micro-grid: the sheet of both would tell of two people."""
    places = [
        Place("m", (), many(58)),
        Place("g", ("m",), many(2)),
        Place("h", (), many(70)),
        Place("village", ("g", "h"), PlaceSums()),
    ]
    out = going_out(places, Ages(), CODES, below=5)
    assert None in (out["m"].people, out["g"].people)


def numbers(tables) -> list[int | None]:
    rows = [number for row in tables.groups for number in (row.male, row.female, row.total)]
    lines = (*tables.by_sex, *tables.kinds, *tables.tiers, *tables.alone, tables.signed)
    return [tables.people, *rows, *(one.number for one in lines)]


sums_of_people = st.builds(
    lambda ages, ill, red, alone, signed: people(*ages, ill=min(ill, len(ages)), red=min(red, len(ages)),
                                                 alone=min(alone, len(ages)), signed=min(signed, len(ages))),
    st.lists(st.tuples(st.sampled_from([3, 12, 30, 50, 62, 70, 85, None]), st.sampled_from([1, 2])), max_size=60),
    *[st.integers(0, 60)] * 4,
)  # fmt: skip


@settings(max_examples=25)
@given(st.lists(sums_of_people, min_size=1, max_size=4), st.integers(2, 8))
def test_no_shown_number_is_small_and_no_grid_can_be_subtracted(grids, below):
    places = village(*grids)
    out = going_out(places, Ages(), CODES, below=below)
    shown = [key for key, tables in out.items() if tables.people != 0]
    for key in shown:
        assert all(number is None or number >= below for number in numbers(out[key]))
    lived_in = [one.key for one in places[:-1] if one.own.people]
    if not lived_in:
        return
    for whole, *parts in zip(*(numbers(out[key]) for key in ("village", *lived_in)), strict=True):
        assert [whole, *parts].count(None) != 1, "the only hidden one would follow from the others"
