"""Reading a profile: TOML in, a checked ``Profile`` out, or one sentence that names the wrong line. Pure.

A profile states only the numbers that its document speaks about, so that loading one never touches, say, the
bureau's password rules. All profiles state the same numbers: changing from one to another leaves nothing behind.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, fields
from decimal import Decimal
from typing import Any

from core.policy import crossed, typed
from core.refusals import Refusal

Shapes = Mapping[str, type]  # room -> its policy dataclass


class CannotReadProfile(Refusal):
    """The file is no profile of this system; nothing was stored."""


@dataclass(frozen=True)
class Setting:
    """One number with where it comes from; ``note`` tells where this system reads more than the document says."""

    room: str
    name: str
    value: Any
    source: str
    label: str
    note: str = ""


@dataclass(frozen=True)
class Profile:
    """The numbers of one document, and the district its demonstration stands in.

    Attributes:
        title: short Chinese title; ``document``: the document's full name and date.
        district: 6-digit code of the demonstration district.
        hospital: name of its level-2 hospital in the demonstration.
        seed: how the requirement ids of this document begin ("S0"); a number from elsewhere says so in its note.
    """

    name: str
    title: str
    document: str
    district: str
    hospital: str
    settings: tuple[Setting, ...]
    seed: str

    def payloads(self) -> dict[str, dict[str, Any]]:
        """room -> {field: value}, as ``PolicySetting`` stores it."""
        found: dict[str, dict[str, Any]] = {}
        for one in self.settings:
            found.setdefault(one.room, {})[one.name] = one.value
        return found

    def basis(self, room: str) -> str:
        """What ``PolicySetting.source`` says: the title and the source ids of the room's numbers."""
        ids = sorted({one.source for one in self.settings if one.room == room})
        return f"{self.title}（{'、'.join(ids)}）"[:200]


def read_profile(name: str, text: str, shapes: Shapes) -> Profile:
    """Read and check a profile.

    Raises:
        CannotReadProfile: broken TOML, a missing heading, an unknown room or field, a value of the wrong type or
            outside its bounds or code list, a number without source or label, or a number that is not of this document
            and has no note.
    """
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise CannotReadProfile("broken", f"参数文件 {name} 不是有效的 TOML：{error}。") from error
    head = {key: _text(raw, key, f"参数文件 {name}") for key in ("title", "document", "seed")}
    district = raw.get("district")
    if not isinstance(district, dict):
        raise CannotReadProfile("missing", f"参数文件 {name} 缺少 [district] 一节。")
    code, hospital = (_text(district, key, f"参数文件 {name} 的 [district]") for key in ("code", "hospital"))
    rooms = {key: value for key, value in raw.items() if key not in (*head, "district")}
    settings = tuple(_settings(rooms, shapes))
    for one in settings:
        if not one.source.startswith(f"{head['seed']}-") and not one.note:
            sentence = f"{one.room}.{one.name} 的依据 {one.source} 不在本文件（{head['seed']}）中，请在 note 里说明。"
            raise CannotReadProfile("not_of_this_document", sentence)
    _check_order(settings, shapes)
    return Profile(name, head["title"], head["document"], code, hospital, settings, head["seed"])


def _check_order(settings: Iterable[Setting], shapes: Shapes) -> None:
    """Lower and upper bounds of the same thing, as the forms check them."""
    stated: dict[str, dict[str, Any]] = {}
    for one in settings:
        stated.setdefault(one.room, {})[one.name] = one.value
    for room, values in stated.items():
        for name, sentence in crossed(shapes[room], typed(shapes[room], values)).items():
            raise CannotReadProfile("crossed", f"{room}.{name} {sentence}")


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    found = table.get(key)
    if not isinstance(found, str) or not found.strip():
        raise CannotReadProfile("missing", f"{where} 缺少 {key}，请填写文字。")
    return found.strip()


def _settings(rooms: Mapping[str, Any], shapes: Shapes) -> Iterator[Setting]:
    for room, table in rooms.items():
        if room not in shapes or not isinstance(table, dict):
            raise CannotReadProfile("unknown_room", f"没有名为 {room} 的模块，可用：{'、'.join(shapes)}。")
        known = {one.name: one for one in fields(shapes[room])}
        for name, row in table.items():
            if name not in known:
                sentence = f"{room}.{name} 不是本系统的参数，可用：{'、'.join(known)}。"
                raise CannotReadProfile("unknown_field", sentence)
            yield _setting(room, name, row, known[name])


def _setting(room: str, name: str, row: Any, shape: Field) -> Setting:
    where = f"{room}.{name}"
    if not isinstance(row, dict) or "value" not in row:
        raise CannotReadProfile("missing", f"{where} 缺少 value。")
    extra = set(row) - {"value", "source", "label", "note"}
    if extra:
        raise CannotReadProfile("unknown_key", f"{where} 有不认识的项目：{'、'.join(sorted(extra))}。")
    value = row["value"]
    _check_type(where, value, shape.default)
    _check_bounds(where, value, shape.metadata)
    _check_codes(where, value, shape.metadata)
    if isinstance(shape.default, Decimal):
        value = str(value)  # JSON knows no decimals
    note = _text(row, "note", where) if "note" in row else ""
    return Setting(room, name, value, _text(row, "source", where), _text(row, "label", where), note)


def _check_type(where: str, value: Any, default: Any) -> None:
    """The default tells the type; TOML lists stand for tuples, and true is not the number 1."""
    if isinstance(default, tuple):
        fits, wanted = isinstance(value, list) and all(isinstance(one, str) for one in value), "文字列表"
    elif isinstance(default, bool):
        fits, wanted = isinstance(value, bool), "true 或 false"
    elif isinstance(default, Decimal):
        fits, wanted = isinstance(value, (int, Decimal)) and not isinstance(value, bool), "数字"
    elif isinstance(default, int):
        fits, wanted = isinstance(value, int) and not isinstance(value, bool), "整数"
    else:
        fits, wanted = isinstance(value, type(default)), "文字"
    if not fits:
        raise CannotReadProfile("wrong_type", f"{where} 应为{wanted}，现为 {value!r}。")


def _check_bounds(where: str, value: Any, facts: Mapping[str, Any]) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return
    least, most = facts["least"], facts["most"]
    if value < least:
        raise CannotReadProfile("out_of_bounds", f"{where} 不能小于 {least}，现为 {value}。")
    if most is not None and value > most:
        raise CannotReadProfile("out_of_bounds", f"{where} 不能大于 {most}，现为 {value}。")


def _check_codes(where: str, value: Any, facts: Mapping[str, Any]) -> None:
    known = [code for code, _ in facts["choices"]]
    if not known:
        return
    stated = value if isinstance(value, list) else [value]
    unknown = [str(one) for one in stated if one not in known]
    if unknown:
        allowed = "、".join(str(one) for one in known)
        raise CannotReadProfile("unknown_code", f"{where} 有未知代码 {'、'.join(unknown)}，可用：{allowed}。")
    if len(set(stated)) != len(stated):
        raise CannotReadProfile("repeated_code", f"{where} 有重复的代码。")
