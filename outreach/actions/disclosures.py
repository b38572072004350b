"""The monthly ten disclosures: edited, confirmed by the leader, approved and published by the institution (S0-23).

Each step keeps a version of the whole text; whoever edits or confirms says which version he had before him, so that
nobody overwrites or signs what he has not seen. What is published stays as it is: a correction is a note.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core.history import credited_to
from core.policy import Finding
from core.refusals import Refusal
from outreach.choices import DisclosureState, DisclosureStep, ItemState
from outreach.disclosures.base import Month, Unit
from outreach.disclosures.content import Content, digest_of
from outreach.disclosures.drafting import (
    gap_of,
    kept_draft,
    refresh_figures,
    teams_in,
    told,
    write_into,
)
from outreach.disclosures.plain import plain, plain_line
from outreach.models import DisclosureItem, DisclosureNote, DisclosureVersion, MonthlyDisclosure
from outreach.policy import OutreachPolicy
from outreach.rules.disclosures import (
    TRANSITIONS,
    Entry,
    changed,
    clashes,
    entry_finding,
    gaps_finding,
    step_finding,
)
from teams.models import User

_NOTE_LENGTH, _REASON_LENGTH = 500, 300
_TYPED = {"reason": "退回的原因", "correction": "更正的内容"}
_EMPTIED = "内容已清空，请补充，或选“本月无此项”。"


class CannotDisclose(Refusal):
    """The issue does not allow this step, or not like this."""


def edit_items(
    *, by: User, now: datetime, disclosure: MonthlyDisclosure, seen: int, entries: Mapping[int, Entry]
) -> list[int]:
    """Write items anew; the numbers of those that changed. Items that were left alone do not disturb anybody.

    Args:
        seen: number of the version that the form was filled from.
        entries: number -> state and text, as typed.

    Raises:
        CannotDisclose: not in draft; text missing, too long or contradicted; somebody else changed the same item.
    """
    entries = {number: Entry(one.state, plain(one.text)) for number, one in entries.items()}
    with transaction.atomic(), credited_to(by):
        disclosure, items = _locked(disclosure, DisclosureStep.EDITED)
        was, stands = _version(disclosure, seen), Content.of_issue(disclosure, items)
        wanted = changed(entries, was)
        for number, entry in wanted.items():
            _refuse(entry_finding(number, entry), field=f"text_{number}")
        meanwhile = clashes(wanted, was, stands)
        if meanwhile:
            names = "、".join(f"第{number}项" for number in meanwhile)
            raise CannotDisclose(
                "edited_meanwhile", f"{names}刚刚被同事改过。请另开一页看看最新内容，再决定是否覆盖。"
            )
        if wanted:
            _write([one for one in items if one.number in wanted], wanted, by, now)
            _keep(disclosure, items, DisclosureStep.EDITED, by, now)
    return sorted(wanted)


def _write(items: list[DisclosureItem], wanted: Mapping[int, Entry], by: User, now: datetime) -> None:
    for item in items:
        entry = wanted[item.number]
        item.state, item.text = entry.state, entry.text
        if entry.state == ItemState.GAP:
            item.gap = item.gap or _EMPTIED
        item.edited_by, item.edited_at = by, now
        item.save(update_fields=["state", "text", "gap", "edited_by", "edited_at"])


def redraft(
    *, by: User, now: datetime, disclosure: MonthlyDisclosure, numbers: Collection[int] = ()
) -> list[int]:
    """Ask the sources again; the numbers of items whose text was replaced.

    Args:
        numbers: items that are written anew even if somebody has edited them; without any, all that nobody has
            touched, and of the others the figures alone.

    Raises:
        CannotDisclose: not in draft.
    """
    with transaction.atomic(), credited_to(by):
        disclosure, items = _locked(disclosure, DisclosureStep.REDRAFTED)
        chosen = [one for one in items if not numbers or one.number in numbers]
        unit = _unit(disclosure)
        said = told([unit], Month(disclosure.month), now, numbers=[one.number for one in chosen])[unit]
        replaced = []
        for item in chosen:
            drafted = said[item.number]
            if numbers or item.edited_at is None:
                before = (item.state, item.text)
                write_into(item, drafted, now)
                if before != (item.state, item.text):
                    replaced.append(item.number)
            else:
                refresh_figures(item, drafted, now)
                item.drafted = kept_draft(drafted)
                item.gap = gap_of(drafted, item.text) if item.state == ItemState.GAP else item.gap
        DisclosureItem.objects.bulk_update(
            chosen, ["state", "text", "drafted", "facts", "gap", "as_of", "edited_by", "edited_at"]
        )
        _keep(disclosure, items, DisclosureStep.REDRAFTED, by, now)
    return replaced


def _unit(disclosure: MonthlyDisclosure) -> Unit:
    if disclosure.team_id:
        return Unit(disclosure.institution_id, disclosure.team_id, (disclosure.team_id,))
    found = teams_in(Month(disclosure.month), institution=disclosure.institution_id)
    return Unit(disclosure.institution_id, None, tuple(team for team, _ in found))


def confirm(
    *, by: User, now: datetime, policy: OutreachPolicy, disclosure: MonthlyDisclosure, seen: int
) -> MonthlyDisclosure:
    """The leader stands for what is written: every item filled, or declared that there is none.

    Raises:
        CannotDisclose: not in draft; items are open; changed since he opened it.
    """
    with transaction.atomic(), credited_to(by):
        disclosure, items = _locked(disclosure, DisclosureStep.CONFIRMED)
        _refuse(
            gaps_finding(Content.of_issue(disclosure, items), least=policy.disclosure_items)
            or _changed_since(disclosure, seen)
        )
        return _step(disclosure, items, DisclosureStep.CONFIRMED, by, now, confirmed_by=by, confirmed_at=now)


def send_back(*, by: User, now: datetime, disclosure: MonthlyDisclosure, reason: str) -> MonthlyDisclosure:
    """Back to the team, with what is to be changed.

    Raises:
        CannotDisclose: not waiting for approval; no reason, or too long a one.
    """
    reason = plain_line(reason)
    _refuse_length(reason, _REASON_LENGTH, "reason")
    with transaction.atomic(), credited_to(by):
        disclosure, items = _locked(disclosure, DisclosureStep.RETURNED)
        return _step(
            disclosure,
            items,
            DisclosureStep.RETURNED,
            by,
            now,
            note=reason,
            confirmed_by=None,
            confirmed_at=None,
        )


def publish(*, by: User, now: datetime, disclosure: MonthlyDisclosure, seen: int) -> MonthlyDisclosure:
    """Approved: from now on residents read exactly this. Content and digest are kept and never change.

    Raises:
        CannotDisclose: not confirmed; changed since; confirmed by the same person.
    """
    with transaction.atomic(), credited_to(by):
        disclosure, items = _locked(disclosure, DisclosureStep.PUBLISHED)
        _refuse(_changed_since(disclosure, seen))
        if disclosure.confirmed_by_id == by.pk:
            raise CannotDisclose(
                "own_confirmation", "您已作为团队长确认，请机构家医管家或区卫健局的另一位同事审核发布。"
            )
        content = Content.of_issue(disclosure, items)
        return _step(
            disclosure, items, DisclosureStep.PUBLISHED, by, now, published_by=by, published_at=now,
            digest=digest_of(content),
        )  # fmt: skip


def add_note(
    *, by: User, now: datetime, disclosure: MonthlyDisclosure, number: int | None, text: str
) -> DisclosureNote:
    """A correction, shown below what was published from now on. It cannot be taken back, only followed by another.

    Raises:
        CannotDisclose: not published yet; no text, or too long a one.
    """
    text = plain_line(text)
    _refuse_length(text, _NOTE_LENGTH, "correction")
    with transaction.atomic(), credited_to(by):
        row = MonthlyDisclosure.objects.select_for_update().get(pk=disclosure.pk)
        if row.state != DisclosureState.PUBLISHED:
            raise CannotDisclose("not_published", "还没有发布，不需要更正说明，直接修改内容即可。")
        return DisclosureNote.objects.create(disclosure=row, number=number, text=text, by=by, at=now)


def _refuse_length(text: str, most: int, field: str) -> None:
    what = _TYPED[field]
    if not text:
        raise CannotDisclose("words_missing", f"请写明{what}。", field=field)
    if len(text) > most:
        raise CannotDisclose("words_long", f"{what}最多 {most} 字，请精简。", field=field)


def _refuse(finding: Finding | None, *, field: str = "") -> None:
    if finding:
        raise CannotDisclose(finding.code, finding.sentence, field=field)


def _locked(
    disclosure: MonthlyDisclosure, step: DisclosureStep
) -> tuple[MonthlyDisclosure, list[DisclosureItem]]:
    """The issue and its items as they stand, held until the end; one step at a time."""
    row = (
        MonthlyDisclosure.objects.select_for_update(of=("self",))
        .select_related("institution", "team")
        .get(pk=disclosure.pk)
    )
    _refuse(step_finding(step, DisclosureState(row.state)))
    return row, list(row.items.order_by("number"))


def _version(disclosure: MonthlyDisclosure, number: int) -> Content:
    found = disclosure.versions.filter(number=number).first()
    if found is None:
        raise CannotDisclose("version_unknown", "这页打开太久了，请重新打开后再填。")
    return Content.from_json(found.content)


def _changed_since(disclosure: MonthlyDisclosure, seen: int) -> Finding | None:
    last = disclosure.versions.order_by("-number").values_list("number", flat=True).first()
    if last == seen:
        return None
    return Finding("changed_meanwhile", "您打开这页以后内容又有改动，请看过最新内容再办理。", "error")


def _step(
    disclosure: MonthlyDisclosure, items: list[DisclosureItem], step: DisclosureStep, by: User, now: datetime,
    *, note: str = "", **fields: Any,
) -> MonthlyDisclosure:  # fmt: skip
    disclosure.state = TRANSITIONS[step].end
    for name, value in fields.items():
        setattr(disclosure, name, value)
    disclosure.save(update_fields=["state", *fields])
    _keep(disclosure, items, step, by, now, note=note)
    return disclosure


def _keep(
    disclosure: MonthlyDisclosure, items: list[DisclosureItem], step: DisclosureStep, by: User, now: datetime,
    *, note: str = "",
) -> DisclosureVersion:  # fmt: skip
    last = disclosure.versions.order_by("-number").values_list("number", flat=True).first() or 0
    content = Content.of_issue(disclosure, items).as_json()
    return DisclosureVersion.objects.create(
        disclosure=disclosure, number=last + 1, step=step, by=by, at=now, note=note, content=content,
        digest=digest_of(content),
    )  # fmt: skip
