"""A coverage table as people read it: rounded percentages, sorted, page or spreadsheet. No database."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from assessment.choices import Level, Order
from assessment.policy import AssessmentPolicy
from assessment.queries import Coverage, KindLine, Line, Populations
from assessment.rules import Tally, missing_for, two_places
from core.sheets import Column

_KEYS: dict[str, Callable[[Line], Fraction | int | None]] = {
    Order.RESIDENTS: lambda line: line.now.residents,
    Order.SIGNED: lambda line: line.now.signed,
    Order.RATE: lambda line: line.rate,
    Order.CHANGE: lambda line: line.gained,
    Order.KEY: lambda line: line.key_rate,
    Order.NEAR: lambda line: line.near_rate,
    Order.FAMILY: lambda line: line.family_share,
}


def in_order(lines: Sequence[Line], order: str) -> list[Line]:
    """Sorted by a column, "-" in front for the highest first; rows without a figure come last either way."""
    if not order:
        return list(lines)
    key = _KEYS[order.removeprefix("-")]
    with_figure = [line for line in lines if key(line) is not None]
    without = [line for line in lines if key(line) is None]
    return sorted(with_figure, key=key, reverse=order.startswith("-")) + without  # type: ignore[arg-type]


@dataclass(frozen=True)
class Row:
    """A line as shown; None where there is nobody to count."""

    line: Line
    percent: Decimal | None
    change: Decimal | None
    key_percent: Decimal | None
    near_percent: Decimal | None
    family_percent: Decimal | None

    @property
    def change_text(self) -> str:
        """+1.20, -0.35 or 0.00: percentage points with their sign."""
        if self.change is None:
            return ""
        return "0.00" if self.change == 0 else f"{self.change:+}".replace("-", "−")


def row(line: Line) -> Row:
    change = None if line.gained is None else two_places(line.gained)
    return Row(
        line,
        _percent(line.rate),
        change,
        _percent(line.key_rate),
        _percent(line.near_rate),
        _percent(line.family_share),
    )


def _percent(rate: Fraction | None) -> Decimal | None:
    return None if rate is None else two_places(rate * 100)


@dataclass(frozen=True)
class Heading:
    """A column's title that sorts: the order it asks for when clicked, and how the table is sorted by it now."""

    label: str
    order: str
    sorted: str  # "ascending", "descending" or ""


def headings(order: str, compare_days: int) -> list[Heading]:
    """The first click shows the highest first, the second the lowest."""
    labels = dict(Order.choices) | {Order.CHANGE: f"较{compare_days}天前（百分点）"}
    found = []
    for code, label in labels.items():
        is_down, is_up = order == f"-{code}", order == code
        direction = "descending" if is_down else "ascending" if is_up else ""
        found.append(Heading(str(label), str(code) if is_down else f"-{code}", direction))
    return found


def sheet(
    level: Level, found: Coverage, lines: Iterable[Line], compare_days: int
) -> tuple[list[Column], list[list]]:
    """Columns and rows of the download: what the page shows, with the total below."""
    columns = [
        Column(str(level.label), 28),
        Column("所属机构" if level == Level.TEAM else "所属", 24),
        Column("常住居民", kind="number"),
        Column("已签约", kind="number"),
        Column("签约率", kind="percent"),
        Column(f"{compare_days}天前签约率", kind="percent"),
        Column("变化（百分点）", kind="number"),
        Column("重点人群", kind="number"),
        Column("重点人群已签约", kind="number"),
        Column("重点人群签约率", kind="percent"),
        Column("60-64岁", kind="number"),
        Column("60-64岁已签约", kind="number"),
        Column("60-64岁签约率", kind="percent"),
        Column("重点人群家庭签约", kind="number"),
        Column("家庭签约占比", kind="percent"),
    ]
    return columns, [_cells(line) for line in (*lines, found.total)]


def _cells(line: Line) -> list:
    shown, now = row(line), line.now
    return [
        line.name,
        line.within,
        now.residents,
        now.signed,
        _number(line.rate),
        _number(line.rate_before),
        None if shown.change is None else float(shown.change),
        now.key_residents,
        now.key_signed,
        _number(line.key_rate),
        now.near_residents,
        now.near_signed,
        _number(line.near_rate),
        now.key_family,
        _number(line.family_share),
    ]


def _number(rate: Fraction | None) -> float | None:
    return None if rate is None else float(rate)


@dataclass(frozen=True)
class Goal:
    """A rate beside its target; ``missing`` persons are needed to reach it, 0 where it is reached or none is set."""

    label: str
    percent: Decimal | None
    target: Decimal
    missing: int

    @property
    def is_reached(self) -> bool:
        return bool(self.target) and self.percent is not None and not self.missing


def goals(now: Tally, policy: AssessmentPolicy) -> list[Goal]:
    """Coverage, coverage of the key populations, and the family share among their signed (S0-1, S0-3)."""
    parts = (
        ("签约率", now.rate, policy.target_coverage, now.signed, now.residents),
        ("重点人群签约率", now.key_rate, policy.target_key_coverage, now.key_signed, now.key_residents),
        (
            "重点人群家庭签约占比",
            now.family_share,
            policy.target_family_share,
            now.key_family,
            now.key_signed,
        ),
    )
    return [
        Goal(label, _percent(rate), target, missing_for(target, part, whole))
        for label, rate, target, part, whole in parts
    ]


@dataclass(frozen=True)
class KindRow:
    """A line of the table of populations as shown."""

    line: KindLine
    percent: Decimal | None
    family_percent: Decimal | None


def kind_row(line: KindLine) -> KindRow:
    return KindRow(line, _percent(line.rate), _percent(line.family_share))


def kind_sheet(found: Populations) -> tuple[list[Column], list[list]]:
    """Columns and rows of the download of populations, the total below."""
    columns = [
        Column("重点人群", 24),
        Column("人数", kind="number"),
        Column("已签约", kind="number"),
        Column("签约率", kind="percent"),
        Column("其中家庭签约", kind="number"),
        Column("家庭签约占比", kind="percent"),
    ]
    return columns, [_kind_cells(one) for one in (*found.lines, found.total)]


def _kind_cells(line: KindLine) -> list:
    figures = [line.residents, line.signed, _number(line.rate), line.family, _number(line.family_share)]
    return [line.name, *figures]
