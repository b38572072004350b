"""What somebody of the community health team is evaluated by, and for which half-year (S2-22, S2-23, CAD-13). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

_ONE_HALF = 6  # months


@dataclass(frozen=True)
class Item:
    """One thing that is judged: its code as stored, what is asked, and the points for doing it fully."""

    code: str
    label: str
    help: str
    points: int
    source: str


# Kind of evaluation -> what counts. Hundred points each; a change needs no migration, old sheets keep their codes.
SHEETS: dict[str, tuple[Item, ...]] = {
    "leader": (
        Item("coordination", "协调配合", "协助家庭医生进网格，走访、巡诊有人对接", 30, "S2-23"),
        Item("resources", "整合资源", "发动楼长、物业、志愿者等参与", 15, "S2-23"),
        Item("supervision", "督促哨兵", "了解哨兵工作，及时评价，长期无上报的有提醒", 25, "S2-23"),
        Item("personnel", "人员变动", "网格人员变动及时上报", 15, "S2-23"),
        Item("publicity", "宣传告知", "服务点、服务时间和内容宣传到位", 15, "S2-32"),
    ),
    "sentinel": (
        Item("clues", "发现上报", "新增人员、人员变动发现及时，情况属实", 30, "S2-26"),
        Item("needs", "需求传递", "居民的健康需求及时上报并回访", 20, "S2-29"),
        Item("help", "协助服务", "协助随访、体检和代办，到场协助活动", 25, "S2-30"),
        Item("weekly", "每周报告", "没有情况也按周报平安", 15, "S2-25"),
        Item("publicity", "宣传告知", "向居民讲清服务点、服务时间和内容", 10, "S2-32"),
    ),
}


@dataclass(frozen=True, order=True)
class HalfYear:
    """The first (1) or second (2) half of a year."""

    year: int
    half: int

    @property
    def first_on(self) -> date:
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def last_on(self) -> date:
        return date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)

    @property
    def before(self) -> "HalfYear":
        return HalfYear(self.year, 1) if self.half == 2 else HalfYear(self.year - 1, 2)

    def __str__(self) -> str:
        return f"{self.year}年{'上' if self.half == 1 else '下'}半年"


def half_of(day: date) -> HalfYear:
    """The half-year of a day."""
    return HalfYear(day.year, 1 if day.month <= _ONE_HALF else 2)


def halves_open(day: date) -> tuple[HalfYear, HalfYear]:
    """Which half-years may be evaluated on a day: the running one, and the one before it, still to be made up for."""
    running = half_of(day)
    return running, running.before


def was_in_post(starts_on: date, ends_on: date | None, half: HalfYear) -> bool:
    """Whether a posting held on at least one day of the half-year."""
    return starts_on <= half.last_on and (ends_on is None or ends_on >= half.first_on)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sheet: the item, and what to do."""

    code: str
    field: str
    sentence: str


def fault_of(kind: str, scores: Mapping[str, int]) -> Fault | None:
    """The first item that is missing, out of its bounds, or not of this sheet; None when the sheet is whole."""
    for item in SHEETS[kind]:
        given = scores.get(item.code)
        if given is None:
            return Fault("score_missing", item.code, f"请给“{item.label}”打分。")
        if not 0 <= given <= item.points:
            return Fault("score_out_of_bounds", item.code, f"“{item.label}”请打 0 至 {item.points} 分。")
    if set(scores) - {item.code for item in SHEETS[kind]}:
        return Fault("score_unknown", "", "评分表已更新，请刷新页面后重新打分。")
    return None


def total_of(scores: Mapping[str, int]) -> int:
    return sum(scores.values())
