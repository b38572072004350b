"""A rule table from plain data (its file, or a stored version), checked as a whole.

Every number stands once, under ``numbers``, with its label, unit, bounds and source; everything else names it as "$name".
Rules and classes say what for. A profile overrides numbers and nothing else.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from care.choices import Program, ScheduleKind, ServiceMode, Urgency
from care.rules.conditions import read_condition
from care.rules.tables import (
    Band,
    Classification,
    ClassRow,
    Number,
    Point,
    Schedule,
    ServiceRule,
    Step,
    Table,
    Verdict,
)

Numbers = Mapping[str, Number]
_PERIODS = ("month", "quarter", "half_year", "year", "contract_year")
_COUNTED = (
    "first_months", "first_days", "opens_days", "step_months", "step_days", "before_days", "after_days", "grace_days",
    "times", "min_days",
)  # fmt: skip


class BadTable(ValueError):
    """The table cannot be used; the sentence says where and why."""


def read_table(raw: Mapping[str, Any]) -> Table:
    """A table that can be used: every name in it exists, windows lie one after another, every visit has a class.

    Raises:
        BadTable: the first thing that is wrong with it.
    """
    try:
        return _table(raw)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadTable(f"规则表缺少内容或写法有误：{error}。") from error
    except ValueError as error:
        raise error if isinstance(error, BadTable) else BadTable(f"{error}。") from error


def with_numbers(raw: Mapping[str, Any], changed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The same table with other numbers, and without its profiles.

    Args:
        changed: name -> what is different about it: ``value``, and ``source`` and ``note`` where they are others.
    """
    strange = sorted(set(changed) - set(raw["numbers"]))
    if strange:
        raise BadTable(f"规则表没有这些数值：{'、'.join(strange)}。")
    kept = {key: value for key, value in raw.items() if key != "profiles"}
    kept["numbers"] = {name: {**one, **changed.get(name, {})} for name, one in raw["numbers"].items()}
    return kept


def with_policy(raw: Mapping[str, Any], policy: object) -> dict[str, Any]:
    """The table with the numbers that the contracts' policy holds."""
    named = {name: one["policy"] for name, one in raw["numbers"].items() if one.get("policy")}
    return with_numbers(raw, {name: {"value": getattr(policy, field)} for name, field in named.items()})


def for_profile(raw: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """The table as one profile has it."""
    return with_numbers(raw, raw.get("profiles", {}).get(profile, {}))


def _table(raw: Mapping[str, Any]) -> Table:
    program = Program(raw["program"])
    order = raw.get("order", list(raw["numbers"]))
    numbers = {name: _number(name, raw["numbers"][name]) for name in order}
    bands = {
        name: tuple(_band(one, numbers) for one in listed) for name, listed in raw.get("bands", {}).items()
    }
    for name, listed in bands.items():
        _check_last(listed[-1].when is None and all(one.when for one in listed[:-1]), f"分段“{name}”")
    off = {one["code"] for one in raw["rules"] if _is_off(one, numbers)}
    rules = tuple(_rule(one, program, numbers) for one in raw["rules"] if one["code"] not in off)
    classes = [_classification(one, numbers, off) for one in raw.get("classes", ())]
    table = Table(
        program=program,
        title=raw["title"],
        source=raw["source"],
        numbers=numbers,
        rules=rules,
        bands=bands,
        classes={one.form: one for one in classes},
        labels=raw.get("labels", {}),
    )
    _check_names(table)
    return table


def _number(name: str, raw: Mapping[str, Any]) -> Number:
    value, least, most = (_plain(raw[key]) for key in ("value", "least", "most"))
    kept = {key: raw.get(key, "") for key in ("note", "policy")}
    one = Number(name, raw["label"], value, raw["unit"], least, most, raw["source"], **kept)
    if not least <= value <= most:
        raise BadTable(f"{one.label}应在 {least} 到 {most} 之间。")
    return one


def _plain(value: Any) -> int | Decimal:
    return value if isinstance(value, int) else Decimal(str(value))


def _of(value: Any, numbers: Numbers) -> int | Decimal:
    """A number itself, or the one that "$name" means."""
    if not isinstance(value, str) or not value.startswith("$"):
        return _plain(value)
    if value[1:] not in numbers:
        raise BadTable(f"没有名为“{value[1:]}”的数值。")
    return numbers[value[1:]].value


def _days(raw: Mapping[str, Any], key: str, numbers: Numbers) -> int:
    return int(_of(raw.get(key, 0), numbers))


def _is_off(raw: Mapping[str, Any], numbers: Numbers) -> bool:
    return "only_if" in raw and not _of(raw["only_if"], numbers)


def _rule(raw: Mapping[str, Any], program: Program, numbers: Numbers) -> ServiceRule:
    if not raw["code"].startswith(f"{program}.") or len(raw["code"]) > 40:
        raise BadTable(f"规则编码“{raw['code']}”应以“{program}.”开头，不超过 40 个字符。")
    schedule = _schedule(raw["schedule"], raw["name"], numbers)
    return ServiceRule(
        code=raw["code"],
        program=program,
        name=raw["name"],
        trigger=":".join(_word(one, numbers) for one in raw["trigger"].split(":")),
        schedule=schedule,
        forms=tuple(raw.get("forms", ())),
        source=raw["source"],
        needs=tuple(read_condition(one, numbers) for one in raw.get("needs", ())),
        modes=tuple(ServiceMode(one) for one in raw.get("modes", ())),
        is_face_to_face=raw.get("is_face_to_face", False),
        yearly_minimum=_days(raw, "yearly_minimum", numbers),
        items=tuple(raw.get("items", ())),
        urgency=Urgency[raw.get("urgency", "routine").upper()],
        until=raw.get("until", ""),
        note=_filled(raw.get("note", ""), numbers),
    )


def _word(text: str, numbers: Numbers) -> str:
    return str(_of(text, numbers)) if text.startswith("$") else text


def _schedule(raw: Mapping[str, Any], name: str, numbers: Numbers) -> Schedule:
    kind = ScheduleKind(raw["kind"])
    points = tuple(_point(one, numbers) for one in raw.get("points", ()))
    counted = {key: _days(raw, key, numbers) for key in _COUNTED if key in raw}
    schedule = Schedule(kind=kind, points=points, period=raw.get("period", ""), **counted)
    if kind == ScheduleKind.INTERVAL:
        shortest = schedule.step_days + 28 * schedule.step_months
        _check(shortest > schedule.before_days, f"“{name}”提前的天数不能达到一个间隔。")
    if kind == ScheduleKind.ONCE:
        earliest = schedule.first_days + 28 * schedule.first_months
        _check(schedule.opens_days <= earliest, f"“{name}”最早的一天不能晚于应办日期。")
    if kind == ScheduleKind.CALENDAR:
        _check(schedule.period in _PERIODS and schedule.times >= 1, f"“{name}”的周期写法有误。")
    if kind == ScheduleKind.POINTS:
        _check(bool(points), f"“{name}”没有时间点。")
        for one, after in pairwise(points):
            _check(
                _last_day(one) < _first_day(after), f"“{name}”中“{one.label}”和“{after.label}”的时间重叠。"
            )
    return schedule


def _point(raw: Mapping[str, Any], numbers: Numbers) -> Point:
    """Written as an age with the days around it, or as days from, due and to."""
    if "to" not in raw:
        counted = {
            key: _days(raw, key, numbers) for key in ("months", "days", "before", "after", "after_months")
        }
        return Point(raw["label"], **counted)
    first, last = _days(raw, "from", numbers), _days(raw, "to", numbers)
    due = _days(raw, "due", numbers) if "due" in raw else first
    _check(first <= due <= last, f"“{raw['label']}”的日期先后有误。")
    return Point(raw["label"], days=due, before=due - first, after=last - due)


def _first_day(point: Point) -> int:
    """Roughly, in days after the anchor; months are at least 28 and at most 31 days, here 30.4 on average."""
    return point.months * 304 // 10 + point.days - point.before


def _last_day(point: Point) -> int:
    return (point.months + point.after_months) * 304 // 10 + point.days + point.after


def _classification(raw: Mapping[str, Any], numbers: Numbers, off: set[str]) -> Classification:
    rows = tuple(_row(one, numbers, off) for one in raw["rows"])
    last = rows[-1]
    _check_last(not (last.any_of or last.all_of or last.after), f"“{raw['form']}”的分类")
    codes = [one.verdict.code for one in rows]
    _check(len(codes) == len(set(codes)), f"“{raw['form']}”的分类编码重复。")
    unknown = {one for row in rows for one in row.after} - set(codes)
    _check(not unknown, f"“{raw['form']}”没有这些分类：{'、'.join(sorted(unknown))}。")
    return Classification(raw["form"], rows)


def _row(raw: Mapping[str, Any], numbers: Numbers, off: set[str]) -> ClassRow:
    interval = raw.get("interval")
    verdict = Verdict(
        code=raw["code"],
        label=raw["label"],
        sentence=_filled(raw["sentence"], numbers),
        urgency=Urgency[raw.get("urgency", "routine").upper()],
        refer=raw.get("refer", False),
        starts=tuple(one for one in raw.get("starts", ()) if one not in off),
        interval=Step(_days(interval, "months", numbers), _days(interval, "days", numbers))
        if interval
        else None,
    )
    return ClassRow(
        verdict,
        any_of=tuple(read_condition(one, numbers) for one in raw.get("any", ())),
        all_of=tuple(read_condition(one, numbers) for one in raw.get("all", ())),
        after=tuple(raw.get("after", ())),
    )


def _band(raw: Mapping[str, Any], numbers: Numbers) -> Band:
    when = read_condition(raw["when"], numbers) if "when" in raw else None
    return Band(_of(raw["value"], numbers), when)


def _filled(text: str, numbers: Numbers) -> str:
    """Sentences name their numbers as {name}, so that they never say another one than the table."""
    return text.format_map({name: one.value for name, one in numbers.items()})


def _check_names(table: Table) -> None:
    codes = [one.code for one in table.rules]
    _check(len(codes) == len(set(codes)), "规则编码重复。")
    started = {code for one in table.classes.values() for row in one.rows for code in row.verdict.starts}
    _check(started <= set(codes), f"没有这些规则：{'、'.join(sorted(started - set(codes)))}。")
    waiting = {one.code for one in table.rules if one.trigger == f"verdict:{table.program}"}
    _check(waiting <= started, f"没有哪一类随访会引起这些规则：{'、'.join(sorted(waiting - started))}。")
    named = {
        value[1:]
        for one in table.classes.values()
        for row in one.rows
        for condition in (*row.any_of, *row.all_of)
        for value in condition.values
        if isinstance(value, str) and value.startswith("@")
    }
    unknown = sorted(one for one in named if one not in table.bands and one not in table.labels)
    _check(not unknown, f"没有名为“{'、'.join(unknown)}”的分段或项目。")


def _check_last(is_open: bool, where: str) -> None:
    _check(is_open, f"{where}：最后一行不写条件，其余各行都要写。")


def _check(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadTable(sentence)


def changed_numbers(before: Table, after: Table) -> Sequence[tuple[Number | None, Number]]:
    """Numbers of ``after`` that are new or have another value, beside what they were."""
    pairs = [(before.numbers.get(name), one) for name, one in after.numbers.items()]
    return [(old, new) for old, new in pairs if old is None or old.value != new.value]
