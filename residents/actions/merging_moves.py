"""What goes over to the kept entry of a merge, and the exact account of it by which it comes back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction

from core.rows import Link, Row, links_to, read_rows, write_row
from residents.models import ContactPhone, Guardian, PastIdentifier, PopulationFlag, Resident, RiskTier
from teams.models import User

ONE_DAY = timedelta(days=1)

# Accounts of what was done to an entry stay with that entry. Append-only tables stay by themselves.
LEFT = frozenset(
    (
        "residents.ComparisonLine.resident",
        "residents.DuplicatePair.first",
        "residents.DuplicatePair.second",
        "residents.ResidentMerge.dropped",
        "residents.ResidentMerge.kept",
        "residents.RosterLine.resident",
    )
)


@dataclass
class Carried:
    """The account of a merge, in JSON values.

    Attributes:
        moved: "app.Model.field" -> ids of the rows that now point at the kept entry.
        changes: {"model", "id", "before", "after"}: columns of rows that were given other values.
        added: "app.Model" -> ids of rows that were written.
    """

    moved: dict[str, list[int]] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    added: dict[str, list[int]] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)

    def change(self, model: type[models.Model], row: Row, wanted: Mapping[str, Any]) -> None:
        """Give columns of a row other values and note both."""
        if wanted:
            write_row(model, row["id"], wanted)
            self.note_change(model, row, read_rows(model, [row["id"]])[row["id"]])

    def note_change(self, model: type[models.Model], before: Row, now: Row) -> None:
        """Note what is different in a row, as the database holds it now."""
        columns = [key for key in now if now[key] != before[key] and key != "updated_at"]
        if columns:
            self.changes.append(
                {
                    "model": model._meta.label,
                    "id": now["id"],
                    "before": {key: before[key] for key in columns},
                    "after": {key: now[key] for key in columns},
                }
            )

    def add(self, model: type[models.Model], pk: int) -> None:
        self.added.setdefault(model._meta.label, []).append(pk)

    def move(self, link: Link, ids: list[int]) -> None:
        self.moved[link.label] = ids
        told = _told(link.model, ids)
        if told:
            self.words[link.words] = self.words.get(link.words, 0) + told

    def counts(self) -> dict[str, int]:
        return dict(self.words)


def _told(model: type[models.Model], ids: list[int]) -> int:
    """How many of these may be told of: that there is a restricted flag is itself for named roles only."""
    if model is PopulationFlag:
        return PopulationFlag.objects.listable().filter(pk__in=ids).count()
    return len(ids)


def households_of(kept: Row, dropped: Row) -> set[int]:
    """Households whose members a merge of these rows, or its undoing, changes."""
    return {row["household_id"] for row in (kept, dropped) if row["household_id"] is not None}


def carry_over(kept: int, dropped: int, carried: Carried, obstacles: list[str]) -> None:
    """Give the kept entry what hangs on the dropped one, table by table; a table that refuses becomes an obstacle."""
    stay = {
        PopulationFlag: _weaker_flags(kept, dropped, carried),
        RiskTier: _same_day_tiers(kept, dropped, carried),
        ContactPhone: _same_phones(kept, dropped),
        Guardian: _same_guardians(kept, dropped),
    }
    for link in links_to(Resident):
        if link.label in LEFT:
            continue
        hanging = link.model._base_manager.filter(**{link.field: dropped}).exclude(
            pk__in=stay.get(link.model, ()) if link.field == "resident" else ()
        )
        ids = list(hanging.select_for_update().order_by("pk").values_list("pk", flat=True))
        if not ids:
            continue
        try:
            with transaction.atomic():
                link.model._base_manager.filter(pk__in=ids).update(**{f"{link.field}_id": kept})
        except IntegrityError as error:
            obstacles.append(said_by(error, link.model))
        else:
            carried.move(link, ids)


def _weaker_flags(kept: int, dropped: int, carried: Carried) -> list[int]:
    """Of two running flags of one kind the stronger counts: its values go into the kept entry's row, and the dropped
    entry's row stays where it is."""
    mine, theirs = _running(PopulationFlag, kept), _running(PopulationFlag, dropped)
    for kind, row in theirs.items():
        own = mine.get(kind)
        if own is not None and row["evidence"] > own["evidence"]:
            wanted = {key: row[key] for key in row if key not in ("id", "resident_id", "kind")}
            carried.change(
                PopulationFlag, own, wanted | {"starts_on": min(own["starts_on"], row["starts_on"])}
            )
    return [row["id"] for kind, row in theirs.items() if kind in mine]


def _same_day_tiers(kept: int, dropped: int, carried: Carried) -> list[int]:
    """Of two running tiers of one kind the earlier ends where the later begins; of the same day the kept entry's holds,
    and the dropped entry's row stays where it is."""
    mine, theirs = _running(RiskTier, kept), _running(RiskTier, dropped)
    staying = []
    for kind, row in theirs.items():
        own = mine.get(kind)
        if own is None:
            continue
        earlier, later = sorted((own, row), key=lambda one: one["starts_on"])
        if earlier["starts_on"] == later["starts_on"]:
            staying.append(row["id"])
        else:
            last = date.fromisoformat(later["starts_on"]) - ONE_DAY
            carried.change(RiskTier, earlier, {"ends_on": last.isoformat()})
    return staying


def _running(model: type[models.Model], resident: int) -> dict[str, Row]:
    found = model._base_manager.filter(resident=resident, ends_on__isnull=True).select_for_update()
    rows = read_rows(model, list(found.order_by("pk").values_list("pk", flat=True)))
    return {row["kind"]: row for row in rows.values()}


def _same_phones(kept: int, dropped: int) -> list[int]:
    mine = ContactPhone.objects.filter(resident=kept).values("phone_index")
    return list(
        ContactPhone.objects.filter(resident=dropped, phone_index__in=mine).values_list("pk", flat=True)
    )


def _same_guardians(kept: int, dropped: int) -> list[int]:
    mine = Guardian.objects.filter(resident=kept, ends_on__isnull=True).values("name")
    same = Guardian.objects.filter(resident=dropped, ends_on__isnull=True, name__in=mine)
    return list(same.values_list("pk", flat=True))


def keep_number(now: Resident, row: Row, carried: Carried, *, by: User, on: date) -> None:
    """The number of a row, as a former one of the kept entry: he is still found by it, and nobody else gets it."""
    known = PastIdentifier.objects.filter(resident=now, id_index=row["id_index"]).exists()
    if known or row["id_index"] == str(now.id_index):
        return
    former = PastIdentifier.objects.create(
        resident=now,
        id_kind=row["id_kind"],
        id_index=row["id_index"],
        replaced_on=on,
        reason="合并重复登记",
        replaced_by=by,
    )
    write_row(PastIdentifier, former.pk, {"id_number": row["id_number"]})
    carried.add(PastIdentifier, former.pk)


def keep_phone(now: Resident, row: Row, carried: Carried, *, by: User) -> None:
    """The phone of a row, as a further one of the kept entry."""
    if ContactPhone.objects.filter(resident=now, phone_index=row["phone_index"]).exists():
        return
    further = ContactPhone.objects.create(
        resident=now, phone_index=row["phone_index"], phone_tail=row["phone_tail"], recorded_by=by
    )
    write_row(ContactPhone, further.pk, {"phone": row["phone"]})
    carried.add(ContactPhone, further.pk)


def said_by(error: IntegrityError, model: type[models.Model]) -> str:
    """What the database refuses, in the words of the constraint."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    said = next((one.violation_error_message for one in _constraints(model) if one.name == name), None)
    words = f"“{model._meta.verbose_name}”有冲突"
    if not said or said == models.BaseConstraint.default_violation_error_message:
        return f"{words}：两人各有一份，合并后不能并存。请先处理其中一份，再合并。"
    return f"{words}：{said}请先处理其中一份，再合并。"


def _constraints(model: type[models.Model]) -> Iterable[models.BaseConstraint]:
    return model._meta.constraints
