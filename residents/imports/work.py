"""The next step of a list: check it, import it, or take the import back; and what is written down of how it went."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.db import transaction

from core.refusals import Refusal
from residents.actions.roster_work import (
    apply_work,
    ask_for_columns,
    begin_work,
    fail_work,
    keep_report,
    kept_text,
    seal_refused_rows,
)
from residents.actions.undoing import undo_roster
from residents.choices import ImportPurpose, ImportState
from residents.imports import pipeline
from residents.imports.comparing import Asked, compare
from residents.imports.guarding import CannotReadRoster
from residents.imports.pipeline import Order, Report, Terms
from residents.imports.proposing import NeedsMapping
from residents.imports.source import Source
from residents.models import HeaderMemory, RosterImport
from residents.policy import ResidentsPolicy
from teams.access import Permission, may, scope_of
from teams.models import Institution

Progress = Callable[[str, int, int | None], None]


def work_on(roster_id: UUID, *, policy: ResidentsPolicy, on: date, progress: Progress) -> None:
    """One step. Whoever calls this is the only one at work on the list.

    Raises:
        DatabaseError, MemoryError: nothing was changed; the step may be tried again.
    """
    roster = begin_work(roster_id=roster_id)
    if roster is None:
        return
    try:
        if roster.state == ImportState.UNDOING:
            undo_roster(roster=roster, policy=policy, by=roster.undone_by, on=on, progress=progress)
        elif roster.purpose == ImportPurpose.COMPARE:
            _compare(roster, order_of(roster, policy=policy, on=on), progress)
        elif roster.state == ImportState.APPLYING:
            _apply(roster, order_of(roster, policy=policy, on=on), progress)
        else:
            _keep(roster, pipeline.check(order_of(roster, policy=policy, on=on), progress))
    except NeedsMapping as unsure:
        ask_for_columns(roster_id=roster_id, proposal=unsure.proposal.as_json())
    except Refusal as refused:
        is_useless = isinstance(refused, CannotReadRoster)
        fail_work(
            roster_id=roster_id, code=refused.code, sentence=refused.sentence, keeps_file=not is_useless
        )


def order_of(roster: RosterImport, *, policy: ResidentsPolicy, on: date) -> Order:
    """Within the reach of who uploaded it, as it is today."""
    user = roster.uploaded_by
    terms = Terms(
        scope=scope_of(user),
        policy=policy,
        may_restricted=may(user, Permission.RESIDENT_RESTRICTED),
        institution=roster.institution,
    )
    return Order(
        source=Source.of_roster(roster),
        file_name=roster.file_name,
        terms=terms,
        mapping=roster.mapping,
        memory=memory_of(roster.institution_id),
        on=on,
    )


def memory_of(institution_id: int | None) -> dict[str, str]:
    """Headers that somebody of the institution has explained."""
    told = (
        HeaderMemory.objects.filter(institution=institution_id)
        if institution_id
        else HeaderMemory.objects.none()
    )
    return dict(told.values_list("title", "column"))


def _keep(roster: RosterImport, report: Report, **more: Any) -> None:
    keep_report(roster_id=roster.pk, counts=report.counts, page=report.page | more, refused=report.refused)


def _apply(roster: RosterImport, order: Order, progress: Progress) -> None:
    digest = json.loads(roster.report)["digest"]

    def write() -> dict[str, Any]:
        pipeline.apply(order, roster=roster, by=roster.uploaded_by, expected_digest=digest, progress=progress)
        return roster.result

    try:
        apply_work(roster=roster, write=write)
    except pipeline.Stale as stale:
        _keep(roster, stale.report, is_renewed=True)


def _compare(roster: RosterImport, order: Order, progress: Progress) -> None:
    """An outside list: its worklist is written at once, nothing waits for a confirmation."""

    def write() -> dict[str, Any]:
        asked = Asked.of_json(roster.asked)
        counts, page = compare(order, roster=roster, asked=asked, progress=progress)
        RosterImport.objects.filter(pk=roster.pk).update(report=json.dumps(page, ensure_ascii=False))
        return counts

    apply_work(roster=roster, write=write, state=ImportState.CHECKING)


def import_at_once(order: Order, *, institution: Institution | None) -> Report:
    """For an operator: checked and imported in one go, and kept as an import that can be looked up and undone.

    Raises:
        Refusal: nothing was imported.
    """
    with transaction.atomic():
        roster = RosterImport.objects.create(
            file_name=order.file_name[-200:],
            file_bytes=order.source.size,
            file_digest=order.source.digest,
            institution=institution,
            state=ImportState.APPLYING,
        )
        report = pipeline.apply(order, roster=roster, by=None, expected_digest=None).report
        kept = seal_refused_rows(roster_id=roster.pk, rows=report.refused)
        roster.parts.bulk_create(kept.parts)
        roster.state, roster.result = ImportState.APPLIED, report.counts
        roster.report = kept_text(report.page, kept)
        roster.save(update_fields=["state", "result", "report"])
        RosterImport.objects.filter(pk=roster.pk).update(applied_at=TransactionNow())
    return report
