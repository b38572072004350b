"""A comparison's worklist: counts by class, and the lines of one class."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from core.dates import age_on
from residents.choices import RESTRICTED, Comparison, ComparisonState, Population, Sex
from residents.models import ComparisonLine, RosterImport
from residents.queries.people import ResidentLine, resident_lines

C = Comparison

# Who does what next with a line of each class.
NEXT_STEPS = {
    C.MISSING_HERE: "核实此人是否在本辖区居住：在的，点“登记”；不在的，标为“无需处理”并写明原因。由责任团队办理。",
    C.MISSING_THERE: "打开居民核实：已离开的，登记迁出、死亡或失访；仍在的，请对方补登，或标为“无需处理”。由责任团队办理。",
    C.DIFFERENT: "打开居民逐项核对，改正错的一边；本系统无误的，标为“无需处理”并写明原因。由责任团队办理。",
}


@dataclass(frozen=True)
class ComparedLine:
    """One row of the worklist, masked.

    Attributes:
        name, sex, age, phone, address: as the outside list says; empty where it does not name the person.
        person: the registry's entry, if there is one within reach.
        settled: who closed it and when, "" while it is open.
    """

    id: int
    spot: str
    name: str
    sex: str
    age: int | None
    phone: str
    address: str
    kinds: tuple[str, ...]
    differences: tuple[str, ...]
    person: ResidentLine | None
    state: str
    is_open: bool
    note: str
    settled: str


def counts_by_class(roster: RosterImport) -> dict[str, tuple[int, int]]:
    """Class -> (open lines, all lines). One query."""
    found: dict[str, tuple[int, int]] = {str(one): (0, 0) for one in C}
    for kind, state, count in (
        ComparisonLine.objects.filter(roster=roster).values_list("kind", "state").annotate(Count("pk"))
    ):
        waiting, total = found[kind]
        found[kind] = (waiting + (count if state == ComparisonState.OPEN else 0), total + count)
    return found


def lines_of(roster: RosterImport, *, kind: str, state: str) -> QuerySet[ComparisonLine]:
    """The lines of one class, in one state or ("") in any; what is sealed and not shown stays sealed."""
    found = ComparisonLine.objects.filter(roster=roster, kind=kind)
    found = found.filter(state=state) if state else found
    return found.select_related("settled_by").defer("id_number")


def compared_lines(lines: Iterable[ComparisonLine], people: QuerySet, *, on: date) -> list[ComparedLine]:
    """Rows for the lines of one page. Two queries.

    Args:
        people: residents whom the reader may see.
    """
    lines = list(lines)
    seen = people.for_lists().filter(pk__in=[one.resident_id for one in lines if one.resident_id])  # type: ignore[attr-defined]
    known = {one.id: one for one in resident_lines(seen, on=on)}
    return [_line(one, known.get(one.resident_id or 0), on) for one in lines]


def _line(one: ComparisonLine, person: ResidentLine | None, on: date) -> ComparedLine:
    is_listed = one.row is not None
    sheet = f"第 {one.sheet + 1} 张表 " if one.sheet else ""
    who = f"{one.settled_by or '自动'}" if one.settled_at else ""
    return ComparedLine(
        id=one.pk,
        spot=f"{sheet}第 {one.row} 行" if is_listed else "",
        name=one.masked_name,
        sex=str(Sex(one.sex).label) if is_listed else "",
        age=age_on(one.born_on, on) if one.born_on else None,
        phone=one.masked_phone,
        address=one.address,
        kinds=tuple(str(kind.label) for kind in Population if kind in one.kinds and kind not in RESTRICTED),
        differences=tuple(one.differences),
        person=person,
        state=str(one.get_state_display()),
        is_open=one.state == ComparisonState.OPEN,
        note=one.note,
        settled=f"{who} {one.settled_at:%Y-%m-%d}" if one.settled_at else "",
    )
