"""What a check finds, as plain values: a verdict on every row, and the plan that applying carries out."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from residents.imports.columns import Column
from residents.rules.faults import Fault
from residents.rules.identity import Identity

ERROR, WARNING = "error", "warning"
NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "error"


@dataclass(frozen=True)
class RowFault:
    """A fault at a place: which column, and whether the row can be imported all the same."""

    level: str
    column: str
    fault: Fault


@dataclass
class Draft:
    """One row as read, before anything is looked up. ``None`` and "" mean that the cell says nothing."""

    row: int
    cells: list[str]
    name: str = ""
    identity: Identity | None = None
    phone: str = ""
    relation: str = ""
    relation_is_guess: bool = False
    head_name: str = ""
    household: str = ""
    village: str = ""
    grid: str = ""
    address: str = ""
    kinds: tuple[str, ...] = ()
    remark: str = ""
    faults: list[RowFault] = field(default_factory=list)
    grid_id: int | None = None
    grid_name: str = ""
    place: str = ""
    village_code: str = ""
    family: int | None = None

    def refuse(self, column: Column, fault: Fault) -> None:
        self.faults.append(RowFault(ERROR, column.value, fault))

    def warn(self, column: Column, fault: Fault) -> None:
        self.faults.append(RowFault(WARNING, column.value, fault))

    @property
    def is_refused(self) -> bool:
        return any(one.level == ERROR for one in self.faults)


@dataclass
class Family:
    """Rows of one household. ``household_id`` is None while it is to be founded."""

    village_code: str
    key: str
    rows: list[Draft] = field(default_factory=list)
    head: Draft | None = None
    household_id: int | None = None
    number: str = ""


@dataclass(frozen=True)
class Change:
    """One field of one resident: what the preview shows, and what is written."""

    label: str
    before: str
    after: str


@dataclass
class Verdict:
    """What will happen to one row.

    Attributes:
        values: columns to write (for a new resident all of them, for a known one only the changed).
        kinds: population kinds to add.
    """

    draft: Draft
    outcome: str
    resident_id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    kinds: tuple[str, ...] = ()


@dataclass
class Plan:
    """Everything the check found, and everything that applying writes."""

    on: date
    titles: list[str]
    positions: dict[Column, int]
    notes: list[str]
    verdicts: list[Verdict]
    families: list[Family]

    def of(self, outcome: str) -> list[Verdict]:
        return [one for one in self.verdicts if one.outcome == outcome]

    @property
    def founded(self) -> list[Family]:
        """Households that do not exist yet and get at least one member."""
        needed = {one.draft.family for one in self.of(NEW)} | {
            one.values.get("family") for one in self.of(CHANGED)
        }
        return [one for at, one in enumerate(self.families) if one.household_id is None and at in needed]
