"""Risk tiers by a decision table: rows in order, and a score where no row matches (docs/domain.md 3.9 and 3.10).

A table is data: inputs, rows, score. Every combination of inputs gets exactly one color; ``risk_table`` checks that a
table can promise it before it is stored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from residents.choices import RiskColor, Sex
from residents.rules.faults import Fault


@dataclass(frozen=True)
class Option:
    """One answer to an input, with its points in the score.

    Attributes:
        through: for an age, the last full year that belongs to it; None is everybody older.
        through_female: the same for women, where it differs.
    """

    code: str
    label: str
    points: int
    through: int | None = None
    through_female: int | None = None


@dataclass(frozen=True)
class Input:
    """What is asked. ``is_age``: not asked, but told by the birth date (and sex)."""

    code: str
    label: str
    options: tuple[Option, ...]
    is_age: bool = False
    help: str = ""

    def option(self, code: str) -> Option | None:
        return next((one for one in self.options if one.code == code), None)

    def option_of_age(self, years: int, sex: int) -> Option:
        """The band of an age; the last one has no upper bound."""
        for one in self.options:
            female = one.through_female if one.through_female is not None else one.through
            bound = female if sex == Sex.FEMALE else one.through
            if bound is None or years <= bound:
                return one
        return self.options[-1]


@dataclass(frozen=True)
class Row:
    """A color for all combinations whose answers stand in ``when`` (input -> allowed answers)."""

    color: RiskColor
    when: Mapping[str, tuple[str, ...]]
    said: str


@dataclass(frozen=True)
class Band:
    """Scores up to and including ``through`` get this color; None is every higher score."""

    through: int | None
    color: RiskColor


@dataclass(frozen=True)
class RiskTable:
    title: str
    inputs: tuple[Input, ...]
    rows: tuple[Row, ...]
    bands: tuple[Band, ...]

    def input(self, code: str) -> Input | None:
        return next((one for one in self.inputs if one.code == code), None)

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every way to answer all inputs."""
        codes = [one.code for one in self.inputs]
        for answers in product(*([option.code for option in one.options] for one in self.inputs)):
            yield dict(zip(codes, answers, strict=True))


@dataclass(frozen=True)
class Verdict:
    """A color, and the row or the score that gave it.

    Attributes:
        row: number of the row from 1; None when the score decided.
        explained: Chinese, for the page and the history.
    """

    color: RiskColor
    row: int | None
    score: int
    explained: str


def answered(
    table: RiskTable, answers: Mapping[str, str], *, years: int | None, sex: int
) -> dict[str, str] | Fault:
    """The option of every input, the age banded; or what is missing."""
    found: dict[str, str] = {}
    for one in table.inputs:
        if one.is_age:
            if years is None:
                return Fault("age_unknown", "没有出生日期，不能分级", "请先在登记信息中补填出生日期")
            found[one.code] = one.option_of_age(years, sex).code
        elif one.option(answers.get(one.code, "")) is None:
            return Fault(f"missing_{one.code}", f"没有选择“{one.label}”", "请选择后再评估")
        else:
            found[one.code] = answers[one.code]
    return found


def judge(table: RiskTable, answers: Mapping[str, str]) -> Verdict:
    """The first row that matches decides; else the sum of points.

    Args:
        answers: input -> option for every input, from ``answered``.
    """
    score = score_of(table, answers)
    for number, row in enumerate(table.rows, start=1):
        if all(answers[code] in allowed for code, allowed in row.when.items()):
            return Verdict(row.color, number, score, f"符合第 {number} 条：{row.said}")
    color = next(one.color for one in table.bands if one.through is None or score <= one.through)
    return Verdict(color, None, score, f"没有符合的判定条款，按得分：{_sum(table, answers)} = {score} 分")


def score_of(table: RiskTable, answers: Mapping[str, str]) -> int:
    return sum(option.points for _, option in _chosen(table, answers))


def _sum(table: RiskTable, answers: Mapping[str, str]) -> str:
    return " + ".join(f"{one.label} {option.points}" for one, option in _chosen(table, answers))


def _chosen(table: RiskTable, answers: Mapping[str, str]) -> Iterator[tuple[Input, Option]]:
    for one in table.inputs:
        option = one.option(answers[one.code])
        if option:
            yield one, option


def said_answers(table: RiskTable, answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Input and answer in words, for a page."""
    return [(one.label, option.label) for one, option in _chosen(table, answers)]
