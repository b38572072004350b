"""Checks and imports of rosters made on the spot, through the functions that worker and command use."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from core.crypto import unseal
from core.sql import rows_of
from residents.imports import pipeline
from residents.imports.pipeline import Order, Terms
from residents.imports.report import Report
from residents.imports.source import Source
from residents.imports.staging import staging
from residents.models import RosterImport
from teams.access import Scope, scope_of
from tests.residents.conftest import POLICY, TODAY
from tests.residents.imports.sheets import xlsx

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "error"


@dataclass(frozen=True)
class Told:
    """One fault of one row."""

    level: str
    column: str
    code: str
    cause: str
    remedy: str


@dataclass
class Judged:
    """One row as the check judged it."""

    row: int
    name: str
    outcome: str
    resident_id: int | None
    family: int | None
    faults: dict[str, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    kinds: tuple[str, ...] = ()
    changes: list[list[str]] = field(default_factory=list)
    relation: str = ""
    remark: str = ""
    phone: str = ""


@dataclass
class Check:
    """A whole check: rows in their order, the report, households."""

    rows: list[Judged]
    report: Report
    founded: int
    households: dict[int, int | None]

    @property
    def the_fault(self) -> Told:
        """The only one of the last row."""
        (one,) = self.rows[-1].told
        return one

    def household_of(self, at: int) -> int | None:
        """The household of the registry that a row's family is."""
        return self.households[self.rows[at].family]

    @property
    def homes(self) -> list[int | None]:
        """Families counted from 0 in the order in which they appear."""
        order = {family: at for at, family in enumerate(sorted({r.family for r in self.rows if r.family}))}
        return [order.get(one.family) for one in self.rows]


def order_of(
    data: bytes, *, user=None, scope: Scope | None = None, policy=POLICY, may_restricted=True, on=TODAY
) -> Order:
    terms = Terms(scope or scope_of(user), policy, may_restricted)
    return Order(Source.of_bytes(data), "花名册.xlsx", terms, on)


def judged(data: bytes, **options: Any) -> Check:
    """Check a file and look at every row before the staging tables are gone."""
    with transaction.atomic(), staging():
        report = pipeline._judged(order_of(data, **options), pipeline._silent, 0, is_locked=False)
        return Check(_rows(report), report, report.counts["created_households"], _households())


def _rows(report: Report) -> list[Judged]:
    found = {
        n: Judged(
            row,
            name,
            outcome,
            resident,
            family,
            relation=relation,
            remark=remark,
            phone=unseal(phone, purpose="resident.phone") if phone else "",
        )
        for n, row, name, outcome, resident, family, relation, remark, phone in rows_of(
            """
            SELECT s.n, s.row, s.name, CASE WHEN d.n IS NOT NULL THEN 'error' WHEN w.n IS NOT NULL THEN 'new'
                WHEN c.n IS NOT NULL THEN 'changed' ELSE 'same' END, k.resident_id, m.family, s.relation, s.remark, s.phone
            FROM roster_row s LEFT JOIN roster_refused d USING (n) LEFT JOIN roster_new w USING (n)
            LEFT JOIN roster_change c USING (n) LEFT JOIN roster_match k ON k.n = s.n
            LEFT JOIN roster_member m ON m.n = s.n AND NOT m.is_second ORDER BY s.n
            """
        )
    }
    for n, is_error, column, code, cause, remedy in rows_of(
        'SELECT n, is_error, "column", code, cause, remedy FROM roster_fault ORDER BY n'
    ):
        found[n].faults[code] = "error" if is_error else "warning"
        found[n].told.append(Told(found[n].faults[code], column, code, cause, remedy))
    for n, kinds in rows_of("SELECT n, kinds FROM roster_row WHERE kinds <> '{}'"):
        found[n].kinds = tuple(kinds)
    told = {one["row"]: one["changes"] for one in report.page["changed"]}
    for one in found.values():
        one.changes = told.get(one.row, [])
    return list(found.values())


def _households() -> dict[int, int | None]:
    return dict(rows_of("SELECT family, household_id FROM roster_settled"))


def kept_roster(user, name="花名册.xlsx") -> RosterImport:
    return RosterImport.objects.create(file_name=name, uploaded_by=user, state="applying")


def bring_in(user, *rows, data: bytes | None = None, roster: RosterImport | None = None, **options: Any):
    """Import rows (or a file) without a preview, as the command does."""
    order = order_of(data if data is not None else xlsx(*rows), user=user, **options)
    return pipeline.apply(order, roster=roster or kept_roster(user), by=user, expected_digest=None, workers=0)
