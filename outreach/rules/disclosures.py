"""How an issue goes from draft to public, who takes which step, and what an edit makes of an item (S0-23). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from core.policy import Finding
from outreach.choices import DisclosureState, DisclosureStep, DisclosureTopic, ItemState
from outreach.disclosures.content import Content, ContentItem
from outreach.disclosures.plain import MAX_LINES, MAX_TEXT

S = DisclosureState


@dataclass(frozen=True)
class Transition:
    """A step: from which state it starts, where it leads, and the name of the permission that it asks for."""

    start: DisclosureState
    end: DisclosureState
    permission: str


# The whole way of an issue. What is published stays: a correction is a note.
TRANSITIONS: Mapping[DisclosureStep, Transition] = {
    DisclosureStep.REDRAFTED: Transition(S.DRAFT, S.DRAFT, "DISCLOSURE_EDIT"),
    DisclosureStep.EDITED: Transition(S.DRAFT, S.DRAFT, "DISCLOSURE_EDIT"),
    DisclosureStep.CONFIRMED: Transition(S.DRAFT, S.CONFIRMED, "DISCLOSURE_CONFIRM"),
    DisclosureStep.RETURNED: Transition(S.CONFIRMED, S.DRAFT, "DISCLOSURE_APPROVE"),
    DisclosureStep.PUBLISHED: Transition(S.CONFIRMED, S.PUBLISHED, "DISCLOSURE_APPROVE"),
}
NOTE_PERMISSION = "DISCLOSURE_APPROVE"  # a correction is public at once: whoever publishes answers for it

_NOT_FROM = {
    S.DRAFT: "这期十公开还没有经团队长确认，请先确认。",
    S.CONFIRMED: "这期十公开已经确认，正等待机构审核。要修改，请先由机构退回。",
    S.PUBLISHED: "这期十公开已经发布，内容不再改动。有错请在下方发布更正说明。",
}


def step_finding(step: DisclosureStep, state: DisclosureState) -> Finding | None:
    """Why a step cannot be taken now; None where it can."""
    if TRANSITIONS[step].start == state:
        return None
    return Finding(f"is_{DisclosureState(state).value}", _NOT_FROM[state], "error")


def steps_from(state: DisclosureState) -> tuple[DisclosureStep, ...]:
    return tuple(step for step, one in TRANSITIONS.items() if one.start == state)


def gaps_finding(content: Content, *, least: int) -> Finding | None:
    """Whether everything stands there that must: all items, none of them left open.

    Args:
        least: items that an issue has (``disclosure_items``).
    """
    if content.gaps:
        names = "、".join(f"第{one.number}项“{one.title}”" for one in content.gaps)
        return Finding("has_gaps", f"{names}还没有填写：请补充内容，或选“本月无此项”。", "error")
    if len(content.items) < min(least, len(DisclosureTopic)):
        return Finding(
            "too_few_items", f"只有 {len(content.items)} 项内容，应有 {least} 项，请重新取数。", "error"
        )
    return None


@dataclass(frozen=True)
class Entry:
    """What somebody typed for an item; ``text`` is clean already (``plain``)."""

    state: ItemState
    text: str


def settled(entry: Entry, before: Entry) -> Entry:
    """What an entry means: text written into a gap fills it; everything else is as the person said."""
    if entry.state == ItemState.GAP and entry.text and entry.text != before.text:
        return Entry(ItemState.FILLED, entry.text)
    return entry


def entry_finding(number: int, entry: Entry) -> Finding | None:
    """Why an item cannot be kept like this."""
    title = f"第{number}项"
    if entry.state == ItemState.FILLED and not entry.text:
        return Finding("text_missing", f"{title}没有内容：请填写，或选“本月无此项”。", "error")
    if entry.state == ItemState.NOTHING and entry.text:
        return Finding(
            "nothing_with_text", f"{title}选了“本月无此项”，但还有内容：请清空内容，或改选“已填写”。", "error"
        )
    if len(entry.text) > MAX_TEXT:
        return Finding("text_long", f"{title}有 {len(entry.text)} 字，最多 {MAX_TEXT} 字，请精简。", "error")
    if entry.text.count("\n") >= MAX_LINES:
        return Finding("text_lines", f"{title}最多 {MAX_LINES} 行，请合并几行。", "error")
    return None


def changed(entries: Mapping[int, Entry], seen: Content) -> dict[int, Entry]:
    """Of what was sent, the items that differ from what the person had before him."""
    before = {one.number: Entry(one.state, one.text) for one in seen.items}
    found = {}
    for number, entry in entries.items():
        if number in before:
            meant = settled(entry, before[number])
            if meant != before[number]:
                found[number] = meant
    return found


def clashes(numbers: Iterable[int], seen: Content, now: Content) -> list[int]:
    """Items that somebody else has changed since this person opened the form."""
    then, today = _texts(seen), _texts(now)
    return [number for number in numbers if then.get(number) != today.get(number)]


def _texts(content: Content) -> dict[int, tuple[ItemState, str]]:
    return {one.number: (one.state, one.text) for one in content.items}


def is_draftable(month: date, on: date, draft_day: int) -> bool:
    """Whether the issue of a month is to be there by a day: from the draft day on, and not for months gone by."""
    return month == on.replace(day=1) and on.day >= draft_day


@dataclass(frozen=True)
class Row:
    """A line of two versions side by side; "" where one has no such line.

    Attributes:
        mark: "same", "changed", "removed" or "added".
    """

    mark: str
    left: str
    right: str


@dataclass(frozen=True)
class ItemRows:
    """An item in two versions."""

    number: int
    title: str
    rows: tuple[Row, ...]

    @property
    def is_same(self) -> bool:
        return all(one.mark == "same" for one in self.rows)


def compared(left: Content, right: Content) -> tuple[ItemRows, ...]:
    """Two versions, item by item and line by line."""
    before = {one.number: one for one in left.items}
    after = {one.number: one for one in right.items}
    return tuple(
        ItemRows(
            number=number,
            title=(after.get(number) or before[number]).title,
            rows=line_rows(_lines(before.get(number)), _lines(after.get(number))),
        )
        for number in sorted(before.keys() | after.keys())
    )


def _lines(item: ContentItem | None) -> list[str]:
    if item is None:
        return []
    if item.state == ItemState.GAP:
        return [f"［待补充］{item.gap}".rstrip(), *item.text.splitlines()]
    return item.shown.splitlines()


def line_rows(left: list[str], right: list[str]) -> tuple[Row, ...]:
    """Lines side by side; replaced lines stand beside each other."""
    rows: list[Row] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for at in range(max(b - a, d - c)):
            one = left[a + at] if a + at < b else None
            other = right[c + at] if c + at < d else None
            mark = "same" if tag == "equal" else "changed" if one is not None and other is not None else ""
            rows.append(Row(mark or ("removed" if other is None else "added"), one or "", other or ""))
    return tuple(rows)
