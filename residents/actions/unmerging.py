"""Taking a merge apart again: both entries and everything that was moved stand as before, to the byte.

What was added to the kept entry since then stays with it. Where something was built on the merge so that nobody can tell
whose it is, the undoing is refused and says how much of what stands in the way.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from core.events import announce
from core.history import credited_to
from core.refusals import Refusal
from core.rows import read_rows, write_row
from residents.actions.locking import hold
from residents.actions.merging_moves import households_of, said_by
from residents.actions.records import record
from residents.choices import LifeStatus
from residents.models import Household, Resident, ResidentEvent, ResidentMerge
from teams.models import User

LATER_STAYS = frozenset(("confirmed_on",))  # a newer value is the kept entry's own, and stays with it


class CannotUndoMerge(Refusal):
    """The merge may not be taken apart."""


@dataclass(frozen=True)
class _Account:
    """What the merge did, as it was noted then."""

    kept: dict[str, Any]
    dropped: dict[str, Any]
    changes: list[dict[str, Any]]
    added: dict[str, list[int]]
    moved: dict[str, list[int]]


def undo_merge(*, merge: ResidentMerge, by: User, at: datetime) -> ResidentMerge:
    """Make two entries of one again.

    Raises:
        CannotUndoMerge: undone already, the kept entry was itself merged, or something was built on the merge.
    """
    with transaction.atomic(), credited_to(by):
        now = _locked(merge)
        account = _Account(**json.loads(now.snapshot), moved=now.moved)
        built = _built_on(now, account)
        if built:
            said = "、".join(f"{words} {count} 处" for words, count in built.items())
            raise CannotUndoMerge(
                "built_on", f"合并后又改动了：{said}，分不清属于谁，不能自动撤销。请逐项核对后处理。"
            )
        try:
            with transaction.atomic():
                _take_back(now, account)
        except IntegrityError as error:
            raise CannotUndoMerge("in_the_way", f"不能撤销：{said_by(error, Resident)}") from error
        except ProtectedError as error:
            raise CannotUndoMerge("built_on", "合并时保留下来的内容已被使用，不能自动撤销。") from error
        now.undone_by, now.undone_at = by, at
        now.save(update_fields=["undone_by", "undone_at"])
        record(now.kept, ResidentEvent.Kind.UNMERGED, f"与编号 {now.dropped_id} 的登记分开", by)
        record(now.dropped, ResidentEvent.Kind.UNMERGED, f"从编号 {now.kept_id} 的登记中分开", by)
        announce("resident.unmerged", ids=[now.kept_id, now.dropped_id])
        announce("household.changed", ids=households_of(account.kept, account.dropped))
    return now


def _locked(merge: ResidentMerge) -> ResidentMerge:
    """The merge with both entries, households first, as every verb of the registry locks them."""
    account = json.loads(merge.snapshot)
    homes = [one["id"] for one in account["changes"] if one["model"] == Household._meta.label]
    homes += [row["household_id"] for row in (account["kept"], account["dropped"]) if row["household_id"]]
    held = hold(
        CannotUndoMerge,
        people=(merge.kept, merge.dropped),
        households=Household.objects.filter(pk__in=homes),
    )
    now = ResidentMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    if now.undone_at is not None:
        raise CannotUndoMerge("undone_already", "这次合并已经撤销过了。")
    if held.people[now.kept_id].life_status == LifeStatus.MERGED:
        raise CannotUndoMerge("merged_on", "保留的登记后来又并入了另一人，请先撤销后一次合并。")
    return now


def _built_on(merge: ResidentMerge, account: _Account) -> dict[str, int]:
    """Verbose name -> how many rows are no longer as the merge left them."""
    built: Counter[str] = Counter()
    for change in account.changes:
        model = apps.get_model(change["model"])
        row = read_rows(model, [change["id"]]).get(change["id"])
        if row is None or any(
            row[key] != value for key, value in change["after"].items() if key not in LATER_STAYS
        ):
            built[str(model._meta.verbose_name)] += 1
    for model, field, ids in _moved(account):
        there = model._base_manager.filter(pk__in=ids, **{field: merge.kept_id}).count()
        built[str(model._meta.verbose_name)] += len(ids) - there
    for label, ids in account.added.items():
        model = apps.get_model(label)
        there = model._base_manager.filter(pk__in=ids, resident=merge.kept_id).count()
        built[str(model._meta.verbose_name)] += len(ids) - there
    home = account.dropped["household_id"]
    if home and Household.objects.filter(pk=home, merged_into__isnull=False).exists():
        built["家庭（原家庭已并户）"] += 1
    return {words: count for words, count in built.items() if count}


def _moved(account: _Account) -> list[tuple[type[models.Model], str, list[int]]]:
    found = []
    for label, ids in account.moved.items():
        model, field = label.rsplit(".", 1)
        found.append((apps.get_model(model), field, ids))
    return found


def _take_back(merge: ResidentMerge, account: _Account) -> None:
    """The steps of the merge backwards: a number is free before its old owner gets it again, and what came over has gone
    back before the kept entry's own row of the kind runs again."""
    for label, ids in account.added.items():
        apps.get_model(label)._base_manager.filter(pk__in=ids).delete()
    for model, field, ids in _moved(account):
        model._base_manager.filter(pk__in=ids).update(**{f"{field}_id": merge.dropped_id})
    for change in reversed(account.changes):
        model, before = apps.get_model(change["model"]), change["before"]
        row = read_rows(model, [change["id"]])[change["id"]]
        later = {key for key in LATER_STAYS & set(before) if row[key] != change["after"][key]}
        write_row(model, change["id"], {key: value for key, value in before.items() if key not in later})
