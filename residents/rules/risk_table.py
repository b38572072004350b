"""Reading a decision table from data, and writing it back as the text that the bureau edits."""

import re
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from residents.choices import RiskColor
from residents.rules.faults import Fault
from residents.rules.risk import Band, Input, Option, RiskTable, Row

MOST_TEXT = 40_000  # characters
MOST_INPUTS, MOST_OPTIONS, MOST_ROWS, MOST_POINTS = 10, 8, 60, 100
MOST_COMBINATIONS = 50_000
MOST_SAID = 150
_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")


class _Wrong(Exception):
    """A table cannot be used; the sentence says where and why."""


def read_text(text: str) -> RiskTable | Fault:
    """A table from its TOML text, or the first thing that is wrong with it."""
    if len(text) > MOST_TEXT:
        return _fault(f"判定表超过 {MOST_TEXT} 个字")
    try:
        data = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        return _fault(f"第 {place[1]} 行写法有误" if place else "写法有误，可能没有写完")
    return read_table(data)


def read_table(data: Mapping[str, Any]) -> RiskTable | Fault:
    """A table from plain data. A table that is returned has a color for every combination of answers."""
    try:
        inputs = _inputs(data)
        rows = tuple(
            _row(one, at, {i.code: i for i in inputs})
            for at, one in enumerate(_list(data, "row", MOST_ROWS), 1)
        )
        return RiskTable(_text(data, "title", "表头", 60), inputs, rows, _bands(data, inputs))
    except _Wrong as wrong:
        return _fault(str(wrong))


def _fault(cause: str) -> Fault:
    return Fault("risk_table", cause, "请改正后再提交")


def _inputs(data: Mapping[str, Any]) -> tuple[Input, ...]:
    found = tuple(_input(one, at) for at, one in enumerate(_list(data, "input", MOST_INPUTS), 1))
    if not found:
        raise _Wrong("至少要有一项输入（[[input]]）")
    _refuse_twice([one.code for one in found], "输入项")
    if sum(one.is_age for one in found) > 1:
        raise _Wrong("年龄只能有一项")
    combinations = 1
    for one in found:
        combinations *= len(one.options)
    if combinations > MOST_COMBINATIONS:
        raise _Wrong(f"输入项的组合超过 {MOST_COMBINATIONS} 种")
    return found


def _input(data: Any, at: int) -> Input:
    where = f"第 {at} 项输入"
    options = tuple(
        _option(one, f"{where}的第 {n} 个选项")
        for n, one in enumerate(_list(data, "option", MOST_OPTIONS), 1)
    )
    if len(options) < 2:
        raise _Wrong(f"{where}至少要有两个选项")
    _refuse_twice([one.code for one in options], f"{where}的选项")
    is_age = data.get("is_age", False)
    if not isinstance(is_age, bool):
        raise _Wrong(f"{where}的 is_age 应为 true 或 false")
    if is_age:
        _check_ages(options, where)
    elif any(one.through is not None or one.through_female is not None for one in options):
        raise _Wrong(f"{where}不是年龄，选项不能有 through")
    help_text = _text(data, "help", where, 100) if "help" in data else ""
    return Input(_code(data, where), _text(data, "label", where, 30), options, is_age, help_text)


def _check_ages(options: tuple[Option, ...], where: str) -> None:
    """Bounds rise, the last band is open: every age has exactly one band, for men and for women."""
    if options[-1].through is not None or any(one.through is None for one in options[:-1]):
        raise _Wrong(f"{where}：除最后一个年龄段外都要写 through（该段最大周岁），最后一段不写")
    for name in ("through", "through_female"):
        bounds: list[Any] = [
            getattr(one, name) if getattr(one, name) is not None else one.through for one in options[:-1]
        ]
        if any(later <= earlier for earlier, later in pairwise(bounds)):
            raise _Wrong(f"{where}：年龄段应从小到大，不能重叠")


def _option(data: Any, where: str) -> Option:
    return Option(
        _code(data, where),
        _text(data, "label", where, 30),
        _number(data, "points", where),
        _number(data, "through", where, None),
        _number(data, "through_female", where, None),
    )


def _row(data: Any, at: int, inputs: Mapping[str, Input]) -> Row:
    where = f"第 {at} 条判定"
    when = data.get("when") if isinstance(data, Mapping) else None
    if not isinstance(when, Mapping) or not when:
        raise _Wrong(f"{where}没有条件（when）")
    found: dict[str, tuple[str, ...]] = {}
    for code, allowed in when.items():
        one = inputs.get(code)
        if one is None:
            raise _Wrong(f"{where}用了不存在的输入项“{code[:20]}”")
        listed = allowed if isinstance(allowed, list) else [allowed]
        unknown = [name for name in listed if not isinstance(name, str) or one.option(name) is None]
        if unknown or not listed:
            raise _Wrong(f"{where}：“{one.label}”没有选项“{str(unknown[0])[:20] if unknown else ''}”")
        found[code] = tuple(listed)
    return Row(_color(data, where), found, _text(data, "said", where, MOST_SAID))


def _bands(data: Mapping[str, Any], inputs: tuple[Input, ...]) -> tuple[Band, ...]:
    bands = tuple(
        Band(_number(one, "through", f"第 {at} 个得分段", None), _color(one, f"第 {at} 个得分段"))
        for at, one in enumerate(_list(data, "score", MOST_OPTIONS), 1)
    )
    if not bands:
        raise _Wrong("没有得分段（[[score]]）：没有条款符合时无法分级")
    bounds = [one.through for one in bands[:-1]]
    closed = [one for one in bounds if one is not None]
    if len(closed) != len(bounds) or any(b <= a for a, b in pairwise(closed)):
        raise _Wrong("得分段应从低到高写明 through（该段最高分）")
    highest = sum(max(option.points for option in one.options) for one in inputs)
    last = bands[-1].through
    if last is not None and (last < highest or (closed and last <= closed[-1])):
        raise _Wrong(f"最高可能得 {highest} 分，最后一个得分段没有包括")
    return bands


def _list(data: Any, name: str, most: int) -> list[Any]:
    found = data.get(name, []) if isinstance(data, Mapping) else []
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise _Wrong(f"“{name}”应写成 [[{name}]]")
    if len(found) > most:
        raise _Wrong(f"“{name}”超过 {most} 个")
    return found


def _text(data: Mapping[str, Any], name: str, where: str, most: int) -> str:
    found = data.get(name)
    if not isinstance(found, str) or not found.strip():
        raise _Wrong(f"{where}缺少 {name}（文字）")
    if len(found.strip()) > most:
        raise _Wrong(f"{where}的 {name} 超过 {most} 个字")
    return found.strip()


def _code(data: Mapping[str, Any], where: str) -> str:
    found = data.get("code")
    if not isinstance(found, str) or not _CODE.fullmatch(found):
        raise _Wrong(f"{where}的 code 应为小写英文字母开头，只含字母、数字和下划线")
    return found


_NEEDED = object()


def _number(data: Mapping[str, Any], name: str, where: str, default: Any = _NEEDED) -> Any:
    found = data.get(name, default)
    if found is _NEEDED or isinstance(found, bool) or not (found is default or isinstance(found, int)):
        raise _Wrong(f"{where}的 {name} 应为整数")
    if isinstance(found, int) and not 0 <= found <= 200:
        raise _Wrong(f"{where}的 {name} 应在 0 至 200 之间")
    return found


def _color(data: Mapping[str, Any], where: str) -> RiskColor:
    found = data.get("color")
    if found not in RiskColor.values:
        raise _Wrong(f"{where}的 color 应为 green、yellow 或 red")
    return RiskColor(found)


def _refuse_twice(codes: list[str], where: str) -> None:
    twice = {one for one in codes if codes.count(one) > 1}
    if twice:
        raise _Wrong(f"{where}的 code 重复：{'、'.join(sorted(twice))}")


def as_data(table: RiskTable) -> dict[str, Any]:
    """What is stored; ``read_table`` reads it back to the same table."""
    return {
        "title": table.title,
        "input": [_plain(one) for one in table.inputs],
        "row": [
            {"color": one.color.value, "when": {k: list(v) for k, v in one.when.items()}, "said": one.said}
            for one in table.rows
        ],
        "score": [_without_none({"through": one.through, "color": one.color.value}) for one in table.bands],
    }


def _plain(one: Input) -> dict[str, Any]:
    start: dict[str, Any] = {"code": one.code, "label": one.label}
    if one.is_age:
        start["is_age"] = True
    if one.help:
        start["help"] = one.help
    options = [
        _without_none(
            {
                "code": option.code, "label": option.label, "points": option.points, "through": option.through,
                "through_female": option.through_female,
            }
        )
        for option in one.options
    ]  # fmt: skip
    return start | {"option": options}


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def as_text(table: RiskTable) -> str:
    """The TOML text that the bureau edits; ``read_text`` reads it back to the same table."""
    data = as_data(table)
    lines = [f"title = {_quoted(data['title'])}"]
    for one in data["input"]:
        lines += ["", "[[input]]", *(f"{key} = {_value(one[key])}" for key in one if key != "option")]
        lines.append("option = [")
        lines += [f"  {_inline(option)}," for option in one["option"]]
        lines.append("]")
    for one in data["row"]:
        lines += ["", "[[row]]", f"color = {_quoted(one['color'])}", f"when = {_inline(one['when'])}"]
        lines.append(f"said = {_quoted(one['said'])}")
    for one in data["score"]:
        lines += ["", "[[score]]", *(f"{key} = {_value(value)}" for key, value in one.items())]
    return "\n".join(lines) + "\n"


def _inline(data: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in data.items()) + " }"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", escaped) + '"'
