"""Working off a comparison with an outside list: lines are settled by a person, or by themselves once put right."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models.functions import Now

from core.refusals import Refusal
from core.text import tidy
from grids.models import Grid
from residents.actions.people import register_resident
from residents.choices import Comparison, ComparisonState
from residents.imports.comparing import look_again
from residents.models import ComparisonLine, Resident, RosterImport
from residents.policy import ResidentsPolicy
from teams.models import User


class CannotSettle(Refusal):
    """The line stays as it is."""


def settle_lines(
    *, roster: RosterImport, lines: Collection[int], state: str, note: str, by: User, on: date
) -> int:
    """Mark lines of a comparison as worked off, as needing nothing, or as open again; how many there were.

    Raises:
        CannotSettle: nothing chosen, or no reason given why nothing is to be done.
    """
    note = tidy(note)[:200]
    if not lines:
        raise CannotSettle("no_lines", "请先勾选要处理的行。")
    if state == ComparisonState.IGNORED and not note:
        raise CannotSettle("note_missing", "标为“无需处理”时请写明原因。", field="note")
    with transaction.atomic():
        chosen = ComparisonLine.objects.filter(roster=roster, pk__in=lines)
        if state == ComparisonState.OPEN:
            return chosen.update(state=state, note="", settled_by=None, settled_at=None)
        return chosen.update(state=state, note=note, settled_by=by, settled_at=Now())


def register_listed(
    *, line: ComparisonLine, grid: Grid, address: str, policy: ResidentsPolicy, by: User, on: date
) -> Resident:
    """Enter a person whom only the outside list knows, with what it says of him; nobody reads or types the number.

    Raises:
        CannotSettle: not such a line, or settled already.
        CannotRegister: as entering anybody.
    """
    with transaction.atomic():
        now = ComparisonLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
        if now.kind != Comparison.MISSING_HERE or now.state != ComparisonState.OPEN:
            raise CannotSettle("line_settled", "这一行已经处理过，请刷新对照结果。")
        resident = register_resident(
            name=now.name,
            id_kind=now.id_kind,
            id_number=now.id_number,
            sex=now.sex,
            born_on=now.born_on,
            phone=now.phone,
            grid=grid,
            address=address,
            policy=policy,
            by=by,
            on=on,
        )
        now.state, now.note, now.resident = ComparisonState.DONE, "已登记", resident
        now.settled_by, now.settled_at = by, Now()
        now.save(update_fields=["state", "note", "resident", "settled_by", "settled_at"])
    return resident


def refresh_lines(*, roster: RosterImport, on: date) -> int:
    """Look again at what is open: what has been put right since is closed, the rest says what still differs.

    Returns:
        How many lines were closed.
    """
    with transaction.atomic():
        closed = look_again(roster)
        agreeing = ComparisonLine.objects.filter(
            roster=roster, kind=Comparison.DIFFERENT, state=ComparisonState.OPEN, differences=[]
        )
        return closed + agreeing.update(state=ComparisonState.DONE, note="已一致", settled_at=Now())
