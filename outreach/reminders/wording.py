"""Words of a digest: numbers only. No name, no diagnosis, nothing of a restricted programme but how many. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from outreach.reminders.sources import Source

HEAD = "【家庭医生签约服务】"
TAIL = "请登录系统查看。"


@dataclass(frozen=True)
class Line:
    """One line of a digest, in words.

    Attributes:
        url: the page where the work is done.
        titles: of single things, such as a service point; shown inside the system only.
    """

    label: str
    words: str
    count: int
    urgent: int
    url: str
    titles: tuple[str, ...] = ()


def lines_of(stored: Iterable[Mapping[str, Any]], sources: Iterable[Source]) -> list[Line]:
    """The stored lines in the order of the sources; of a source that is there no more nothing is said."""
    kept = {(one["source"], one["stage"]): one for one in stored}
    found = []
    for source in sources:
        for stage in source.stages:
            one = kept.get((source.name, stage.code))
            if one and one["count"]:
                words = stage.words.format(count=one["count"])
                titles = tuple(one.get("titles") or ())
                url = source.address(stage.code)
                found.append(Line(source.label, words, one["count"], one["urgent"], url, titles))
    return found


def restricted_in(stored: Iterable[Mapping[str, Any]]) -> int:
    """How many further things there are that only named roles may know."""
    return sum(one["restricted"] for one in stored)


def has_alarm(stored: Iterable[Mapping[str, Any]], sources: Iterable[Source]) -> bool:
    """Whether somebody may be in danger, so that it is told at any hour."""
    alarms = {(source.name, one.code) for source in sources for one in source.stages if one.is_alarm}
    return any((one["source"], one["stage"]) in alarms and one["urgent"] for one in stored)


def summary(lines: Iterable[Line], *, urgent: int, restricted: int) -> str:
    """到期待办 12 项，超期 5 项，其中紧急 2 项"""
    parts = [one.words for one in lines]
    if restricted:
        parts.append(f"另有 {restricted} 项")
    if urgent:
        parts.append(f"其中紧急 {urgent} 项")
    return "，".join(parts)


def outside_text(said: str, *, is_urgent: bool = False) -> str:
    """What leaves the system."""
    return f"{HEAD}{'有新的紧急事项。' if is_urgent else ''}{said}。{TAIL}"
