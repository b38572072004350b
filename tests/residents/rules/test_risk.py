import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import residents
from residents.choices import RiskColor, Sex
from residents.rules.faults import Fault
from residents.rules.risk import answered, judge, score_of
from residents.rules.risk_table import as_data, as_text, read_table, read_text

DATA = Path(residents.__file__).parent / "data"
TABLES = {
    name: read_table(tomllib.loads((DATA / f"risk_{name}.toml").read_text())["table"])
    for name in ("elder", "cardiovascular")
}
ELDER, HEART = TABLES["elder"], TABLES["cardiovascular"]
G, Y, R = RiskColor.GREEN, RiskColor.YELLOW, RiskColor.RED


def elder(years: int, disease: str, vaccination: str) -> RiskColor:
    given_ = {"disease": disease, "vaccination": vaccination}
    return judge(ELDER, answered(ELDER, given_, years=years, sex=Sex.MALE)).color


# Each published line, and the combinations that only the score decides (docs/domain.md 3.10).
@pytest.mark.parametrize(
    ("years", "disease", "full", "partial", "none"),
    [
        (64, "none", G, G, G),
        (64, "stable", G, Y, Y),  # the score: 0 + 1 + 1, 0 + 1 + 2
        (64, "unstable", Y, R, R),
        (65, "none", G, G, G),
        (65, "stable", G, Y, Y),
        (65, "unstable", R, R, R),
        (80, "none", G, G, G),  # exactly 80 belongs to 65-80
        (80, "stable", G, Y, Y),
        (80, "unstable", R, R, R),
        (81, "none", Y, Y, R),  # the score: 2 + 0 + 1, 2 + 0 + 2
        (81, "stable", Y, R, R),
        (81, "unstable", R, R, R),  # fully vaccinated by the score: 2 + 2 + 0
    ],
)
def test_the_elder_table(years, disease, full, partial, none):
    assert [elder(years, disease, one) for one in ("full", "partial", "none")] == [full, partial, none]


def heart(years=50, sex=Sex.MALE, **changed) -> RiskColor:
    given_ = {
        "event": "none", "pressure": "normal", "diabetes": "no", "lipids": "no", "smoking": "no", "control": "met",
    } | changed  # fmt: skip
    return judge(HEART, answered(HEART, given_, years=years, sex=sex)).color


@pytest.mark.parametrize(
    ("facts", "color"),
    [
        ({}, G),
        ({"pressure": "grade1"}, G),
        ({"pressure": "grade1", "smoking": "yes"}, Y),
        ({"pressure": "grade1", "smoking": "yes", "lipids": "yes"}, Y),
        ({"pressure": "grade1", "smoking": "yes", "lipids": "yes", "years": 56}, R),
        ({"pressure": "grade1", "smoking": "yes", "lipids": "yes", "years": 56, "sex": Sex.FEMALE}, Y),
        ({"pressure": "grade1", "smoking": "yes", "lipids": "yes", "years": 66, "sex": Sex.FEMALE}, R),
        ({"pressure": "grade2"}, Y),
        ({"pressure": "grade3"}, R),
        ({"diabetes": "yes"}, Y),
        ({"diabetes": "yes", "pressure": "grade1"}, R),
        ({"event": "organ"}, Y),
        ({"event": "organ", "pressure": "grade1"}, R),
        ({"event": "disease"}, R),
        ({"pressure": "grade1", "control": "missed"}, Y),
    ],
)
def test_the_cardiovascular_table(facts, color):
    assert heart(**facts) == color


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_combination_gets_exactly_one_color(table):
    """The first matching row decides; two rows of different colors never claim the same combination."""
    for answers in table.combinations():
        matching = {
            row.color
            for row in table.rows
            if all(answers[code] in allowed for code, allowed in row.when.items())
        }
        assert len(matching) <= 1, answers
        verdict = judge(table, answers)
        assert verdict.color in (matching or RiskColor)
        assert (verdict.row is None) == (not matching)
        assert len(verdict.explained) <= 200


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_score_never_falls_when_an_answer_gets_worse(table):
    """Points rise within every input, so the score alone can never call a worse case better."""
    for one in table.inputs:
        assert [option.points for option in one.options] == sorted(option.points for option in one.options)


@given(st.integers(0, 130), st.sampled_from(Sex))
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_age_has_a_band(table, years, sex):
    given_ = {one.code: one.options[0].code for one in table.inputs if not one.is_age}
    assert not isinstance(answered(table, given_, years=years, sex=sex), Fault)


def test_the_explanation_names_the_row_or_the_sum():
    by_row = judge(ELDER, {"age": "over_80", "disease": "stable", "vaccination": "none"})
    assert (by_row.row, by_row.explained) == (8, "符合第 8 条：80 岁以上，有基础疾病，未全程接种")
    by_score = judge(ELDER, {"age": "over_80", "disease": "none", "vaccination": "none"})
    assert by_score.explained == "没有符合的判定条款，按得分：年龄 2 + 基础疾病 0 + 疫苗接种 2 = 4 分"
    assert score_of(ELDER, {"age": "over_80", "disease": "none", "vaccination": "none"}) == 4


def test_missing_answers_are_told():
    assert answered(ELDER, {}, years=70, sex=1).code == "missing_disease"
    assert answered(ELDER, {"disease": "maybe"}, years=70, sex=1).code == "missing_disease"
    assert (
        answered(ELDER, {"disease": "none", "vaccination": "full"}, years=None, sex=1).code == "age_unknown"
    )


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_survives_storing_and_editing(table):
    assert read_table(as_data(table)) == table
    assert read_text(as_text(table)) == table
    assert read_text(as_text(table).replace("\n", "\r\n")) == table  # as a browser sends it


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "老年人红黄绿分级"', "", "表头缺少 title"),
        ('title = "老年人红黄绿分级"', "title = ", "第 1 行"),
        ('color = "green"', 'color = "blue"', "color 应为"),
        ('disease = ["none"]', 'disease = ["nothing"]', "没有选项“nothing”"),
        ('disease = ["none"]', 'illness = ["none"]', "不存在的输入项“illness”"),
        ("points = 2", "points = -2", "0 至 200"),
        ("points = 2", 'points = "2"', "应为整数"),
        ("through = 64", "through = 90", "从小到大"),
        (", through = 64", "", "through"),
        ("through = 6\n", "through = 5\n", "最高可能得 6 分"),
        ("through = 3\n", "through = 1\n", "从低到高"),
        ('code = "vaccination"', 'code = "disease"', "重复"),
        ('code = "vaccination"', 'code = "接种"', "小写英文"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(old, new, said):
    text = as_text(ELDER)
    assert old in text
    found = read_text(text.replace(old, new, 1))
    assert isinstance(found, Fault)
    assert said in found.sentence


def test_a_table_without_score_cannot_promise_a_color():
    text = as_text(ELDER)
    found = read_text(text[: text.index("[[score]]")])
    assert "得分段" in found.sentence


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    assert isinstance(read_text(text), Fault)


NAMES = ["title", "input", "row", "score", "code", "option", "label"]
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
DATA_OF_ANY_KIND = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(DATA_OF_ANY_KIND)
def test_any_data_gets_an_answer(data):
    assert isinstance(read_table(data if isinstance(data, dict) else {"input": data}), Fault)
