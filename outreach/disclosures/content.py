"""What an issue says, apart from the database: every output is rendered from this, and its digest is what is frozen.

Pure. ``Content.from_json(version.content)`` of what was published; ``Content.of_issue(...)`` of what stands there now.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any, Literal

from outreach.choices import DisclosureTopic, ItemState
from outreach.disclosures.plain import POINT

FORMAT = 1


@dataclass(frozen=True)
class Block:
    """Lines that belong together: of a paragraph, or the points of a list (without their mark)."""

    kind: Literal["paragraph", "list"]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A figure behind an item.

    Attributes:
        value: None where it is not known, or too small to be told.
        as_of: moment at which it was counted.
        page: internal page with what is behind it: for staff, never for the public.
    """

    label: str
    value: int | None
    unit: str
    as_of: datetime
    page: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            "as_of": self.as_of.isoformat(timespec="seconds"),
            "page": self.page,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Figure":
        value = data.get("value")
        return cls(
            label=str(data.get("label", "")),
            value=None if value is None else int(value),
            unit=str(data.get("unit", "")),
            as_of=datetime.fromisoformat(data["as_of"]),
            page=str(data.get("page", "")),
        )


@dataclass(frozen=True)
class ContentItem:
    """One of the ten.

    Attributes:
        text: plain lines; one that begins with "- " is a point of a list.
        gap: what is missing and who can fill it, while the issue is being written.
        as_of: moment at which its source was asked.
    """

    number: int
    title: str
    state: ItemState
    text: str
    as_of: datetime
    facts: tuple[Figure, ...] = ()
    gap: str = ""

    @property
    def is_nothing(self) -> bool:
        """Declared: there is none this month. Outputs say so; nothing is left out silently."""
        return self.state == ItemState.NOTHING

    @property
    def shown(self) -> str:
        """The text, or what stands for it."""
        if self.state == ItemState.FILLED:
            return self.text
        return str(ItemState(self.state).label)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return blocks_of(self.shown)

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "state": str(self.state),
            "text": self.text,
            "as_of": self.as_of.isoformat(timespec="seconds"),
            "facts": [one.as_json() for one in self.facts],
            "gap": self.gap,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ContentItem":
        number = int(data["number"])
        return cls(
            number=number,
            title=str(data.get("title") or DisclosureTopic(number).label),
            state=ItemState(data["state"]),
            text=str(data.get("text", "")),
            as_of=datetime.fromisoformat(data["as_of"]),
            facts=tuple(Figure.from_json(one) for one in data.get("facts", ())),
            gap=str(data.get("gap", "")),
        )


@dataclass(frozen=True)
class Content:
    """An issue: who tells his residents what, for which month.

    Attributes:
        month: its first day.
        team: "" if the institution publishes once for all its teams.
        phone: to call with questions.
    """

    month: date
    institution: str
    team: str
    phone: str
    items: tuple[ContentItem, ...] = field(default=())

    @property
    def publisher(self) -> str:
        """幸福路社区卫生服务中心 第一团队"""
        return f"{self.institution} {self.team}".strip()

    @property
    def month_words(self) -> str:
        """2026年11月"""
        return f"{self.month.year}年{self.month.month}月"

    @property
    def gaps(self) -> tuple[ContentItem, ...]:
        return tuple(one for one in self.items if one.state == ItemState.GAP)

    @property
    def as_of(self) -> datetime | None:
        """The moment of the latest figures."""
        return max((one.as_of for one in self.items), default=None)

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "month": self.month.isoformat(),
            "institution": self.institution,
            "team": self.team,
            "phone": self.phone,
            "items": [one.as_json() for one in self.items],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Content":
        return cls(
            month=date.fromisoformat(data["month"]),
            institution=str(data.get("institution", "")),
            team=str(data.get("team", "")),
            phone=str(data.get("phone", "")),
            items=tuple(ContentItem.from_json(one) for one in data.get("items", ())),
        )

    @classmethod
    def of_issue(cls, disclosure: Any, items: Iterable[Any]) -> "Content":
        """A ``MonthlyDisclosure`` (its institution and team read) and its ``DisclosureItem`` rows, as they stand now."""
        team = disclosure.team
        return cls(
            month=disclosure.month,
            institution=disclosure.institution.name,
            team=team.name if team else "",
            phone=(team.phone if team else "") or disclosure.institution.phone,
            items=tuple(_item_of(one) for one in sorted(items, key=lambda one: one.number)),
        )


def _item_of(row: Any) -> ContentItem:
    return ContentItem(
        number=row.number,
        title=str(DisclosureTopic(row.number).label),
        state=ItemState(row.state),
        text=row.text,
        as_of=row.as_of,
        facts=tuple(Figure.from_json(one) for one in row.facts),
        gap=row.gap if row.state == ItemState.GAP else "",
    )


def blocks_of(text: str) -> tuple[Block, ...]:
    """Paragraphs and lists; every line of a paragraph keeps its own line."""
    found: list[Block] = []
    for part in text.split("\n\n"):
        lines = [one for one in part.split("\n") if one.strip()]
        for is_list, group in groupby(lines, key=lambda one: one.startswith(POINT)):
            if is_list:
                found.append(Block("list", tuple(one.removeprefix(POINT) for one in group)))
            else:
                found.append(Block("paragraph", tuple(group)))
    return tuple(found)


def digest_of(content: Content | Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the canonical JSON: keys sorted, no blanks, UTF-8. Of stored content exactly as it is stored."""
    data = content.as_json() if isinstance(content, Content) else content
    written = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()
