"""Merging two entries of one person: always by somebody who looked at both, with everything kept to undo it.

The dropped entry stays as an empty shell that points at the kept one. What hung on it is given to the kept entry by a walk
over every foreign key to a resident, of this room and of those above; a constraint that forbids it forbids the merge.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from core.events import announce
from core.history import credited_to
from core.refusals import Refusal
from core.rows import Row, read_rows
from core.text import tidy
from residents.actions.ages import align_age_flags
from residents.actions.locking import hold
from residents.actions.merging_moves import (
    Carried,
    carry_over,
    households_of,
    keep_number,
    keep_phone,
    said_by,
)
from residents.actions.records import record
from residents.choices import DuplicateState, LifeStatus
from residents.models import DuplicatePair, Household, PopulationFlag, Resident, ResidentEvent, ResidentMerge
from residents.policy import ResidentsPolicy
from residents.rules.merging import DROPPED, Part, left_households, merged_row, waits_in
from residents.rules.population import AGE_KINDS
from teams.models import User


class CannotMergeResidents(Refusal):
    """These two entries may not be merged like this."""


@dataclass
class _Merge:
    """Two entries under work.

    Attributes:
        kept, dropped: their rows as they were.
        take: parts taken from the dropped entry.
        obstacles: what forbids the merge, a sentence each.
        carried: what moves, and which rows are changed or added besides.
    """

    kept: Row
    dropped: Row
    take: Collection[Part]
    by: User
    on: date
    obstacles: list[str] = field(default_factory=list)
    carried: Carried = field(default_factory=Carried)


@dataclass(frozen=True)
class Preview:
    """What a merge would do, and what forbids it.

    Attributes:
        moving: verbose name of a model -> how many of its rows the kept entry would get.
        obstacles: sentences; with any of them the merge is refused.
    """

    moving: dict[str, int]
    obstacles: list[str]


class _OnlyLooking(Exception):
    """Takes back what a preview tried."""


def preview_merge(
    *,
    kept: Resident,
    dropped: Resident,
    take: Collection[Part],
    policy: ResidentsPolicy,
    by: User,
    at: datetime,
    on: date,
) -> Preview:
    """Try the merge and take it back: whatever would forbid it, of whatever room, is told before anybody decides.

    Raises:
        CannotMergeResidents: one of them has been merged already.
    """
    merge: _Merge | None = None
    try:
        with transaction.atomic():
            merge = _begun(kept, dropped, take, by, on)
            _carry_out(merge, policy, at)
            raise _OnlyLooking
    except _OnlyLooking:
        pass
    return Preview(merge.carried.counts() if merge else {}, merge.obstacles if merge else [])


def merge_residents(
    *,
    kept: Resident,
    dropped: Resident,
    take: Collection[Part],
    reason: str,
    policy: ResidentsPolicy,
    by: User,
    at: datetime,
    on: date,
) -> ResidentMerge:
    """Make two entries one. Number and phone that are not taken stay with the kept one, as former number and further phone.

    Args:
        take: what is taken from the dropped entry; everything else stays as the kept one has it.

    Raises:
        CannotMergeResidents: no reason, merged already, or something stands in the way, named in the sentence.
    """
    reason = tidy(reason)
    if not reason:
        raise CannotMergeResidents(
            "reason_missing", "请写明合并理由，如“电话核实，确为同一人”。", field="reason"
        )
    with transaction.atomic(), credited_to(by):
        merge = _begun(kept, dropped, take, by, on)
        _carry_out(merge, policy, at)
        if merge.obstacles:
            raise CannotMergeResidents("in_the_way", "".join(merge.obstacles))
        return _recorded(merge, reason)


def _begun(kept: Resident, dropped: Resident, take: Collection[Part], by: User, on: date) -> _Merge:
    """Lock both with their households, and read them as they are."""
    if kept.pk == dropped.pk:
        raise CannotMergeResidents("same_entry", "不能把居民合并到自己。")
    ids = [kept.pk, dropped.pk]
    hold(CannotMergeResidents, people=(kept, dropped))
    rows = read_rows(Resident, ids)
    for row in rows.values():
        if row["life_status"] == LifeStatus.MERGED:
            raise CannotMergeResidents("merged_already", "其中一人刚刚已被合并，请返回清单刷新后再看。")
    return _Merge(rows[kept.pk], rows[dropped.pk], frozenset(take), by, on)


def _carry_out(merge: _Merge, policy: ResidentsPolicy, at: datetime) -> None:
    """Everything but the records of it; what cannot be done becomes an obstacle."""
    kept, dropped = merge.kept["id"], merge.dropped["id"]
    _leave_households(merge)
    carry_over(kept, dropped, merge.carried, merge.obstacles)
    shell = DROPPED | {"merged_into_id": kept, "life_status_on": merge.on.isoformat()}
    merge.carried.change(Resident, merge.dropped, shell)
    try:
        with transaction.atomic():
            wanted = merged_row(merge.kept, merge.dropped, merge.take)
            merge.carried.change(Resident, merge.kept, wanted)
    except IntegrityError as error:
        merge.obstacles.append(said_by(error, Resident))
        return
    now = Resident.objects.get(pk=kept)
    _keep_what_was_not_taken(merge, now)
    if str(now.born_on) != str(merge.kept["born_on"]):
        _align_ages(merge, now, policy)
    _settle_pair(merge, at)


def _leave_households(merge: _Merge) -> None:
    """A head does not leave others behind; a household that has nobody and waits for nobody is closed."""
    ids = [merge.kept["id"], merge.dropped["id"]]
    waiting = waits_in(merge.kept, merge.dropped, merge.take)
    for home, was_head in left_households(merge.kept, merge.dropped, merge.take).items():
        row = read_rows(Household, [home])[home]
        members = Resident.objects.filter(household=home).exclude(pk__in=ids)
        statuses = set(members.values_list("life_status", flat=True))
        if was_head and LifeStatus.PRESENT in statuses:
            merge.obstacles.append(
                f"其中一人是家庭 {row['number']} 的户主，户内还有其他成员：请先为这一户变更户主，"
                "或选择让此人仍在这一户在册。"
            )
        wanted: dict[str, Any] = {}
        is_empty = home != waiting and not statuses & {LifeStatus.PRESENT, LifeStatus.LOST}
        if is_empty and row["closed_on"] is None:
            wanted["closed_on"] = merge.on.isoformat()
        if row["steward_id"] in ids:
            wanted["steward_id"] = None
        merge.carried.change(Household, row, wanted)


def _keep_what_was_not_taken(merge: _Merge, now: Resident) -> None:
    """The other number is a former one from now on, the other phone a further one."""
    other = merge.kept if Part.IDENTITY in merge.take else merge.dropped
    if other["id_index"]:
        keep_number(now, other, merge.carried, by=merge.by, on=merge.on)
    for row in (merge.kept, merge.dropped):
        if row["phone_index"] and row["phone_index"] != str(now.phone_index):
            keep_phone(now, row, merge.carried, by=merge.by)


def _align_ages(merge: _Merge, now: Resident, policy: ResidentsPolicy) -> None:
    """Another birth date: age flags follow it, and what that changed is kept for undoing."""
    flags = PopulationFlag.objects.filter(resident=now, kind__in=AGE_KINDS)
    before = read_rows(PopulationFlag, list(flags.values_list("pk", flat=True)))
    align_age_flags(now, policy=policy, on=merge.on)
    after = read_rows(PopulationFlag, list(flags.values_list("pk", flat=True)))
    for pk, row in after.items():
        if pk not in before:
            merge.carried.add(PopulationFlag, pk)
        else:
            merge.carried.note_change(PopulationFlag, before[pk], row)


def _settle_pair(merge: _Merge, at: datetime) -> None:
    first, second = sorted((merge.kept["id"], merge.dropped["id"]))
    pair = DuplicatePair.objects.select_for_update(of=("self",)).filter(first=first, second=second).first()
    if pair is None:
        return
    wanted = {
        "state": DuplicateState.MERGED.value,
        "decided_by_id": merge.by.pk,
        "decided_at": at.isoformat(),
    }
    merge.carried.change(DuplicatePair, read_rows(DuplicatePair, [pair.pk])[pair.pk], wanted)


def _recorded(merge: _Merge, reason: str) -> ResidentMerge:
    kept, dropped = Resident.objects.in_bulk([merge.kept["id"], merge.dropped["id"]]).values()
    if kept.pk != merge.kept["id"]:
        kept, dropped = dropped, kept
    snapshot = {
        "kept": merge.kept,
        "dropped": merge.dropped,
        "changes": merge.carried.changes,
        "added": merge.carried.added,
    }
    done = ResidentMerge.objects.create(
        kept=kept,
        dropped=dropped,
        reason=reason[:200],
        snapshot=json.dumps(snapshot, ensure_ascii=False),
        moved=merge.carried.moved,
        merged_by=merge.by,
    )
    record(kept, ResidentEvent.Kind.MERGED, f"并入编号 {dropped.pk} 的重复登记：{reason}", merge.by)
    record(dropped, ResidentEvent.Kind.MERGED, f"已并入编号 {kept.pk} 的登记：{reason}", merge.by)
    _announce(merge, kept)
    return done


def _announce(merge: _Merge, kept: Resident) -> None:
    """That two became one, what it means for their households, and that the person is gone if the merge says so."""
    announce("resident.merged", ids=[merge.kept["id"], merge.dropped["id"]])
    announce("household.changed", ids=households_of(merge.kept, merge.dropped))
    if kept.life_status in (LifeStatus.DECEASED, LifeStatus.MOVED_OUT):
        announce("resident.departed", ids=[kept.pk])
