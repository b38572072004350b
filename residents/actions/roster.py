"""A roster's two steps: upload and check, then confirm and apply whole; or cancel."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from core.bulk import take_time
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.households import CannotFoundHousehold
from residents.choices import ImportState
from residents.imports.applying import Applied, apply_plan
from residents.imports.checking import Terms, check_roster
from residents.imports.plan import Plan
from residents.imports.reading import Sheet, read_sheets
from residents.imports.report import counts_of, report_of
from residents.models import Resident, RosterImport
from residents.policy import ResidentsPolicy
from teams.access import Permission, may, scope_of
from teams.models import User


class CannotImport(Refusal):
    """The checked roster is not applied; nothing was changed."""


def terms_of(user: User, policy: ResidentsPolicy) -> Terms:
    """Where this person may enter people, and what."""
    return Terms(scope_of(user), policy, may(user, Permission.RESIDENT_RESTRICTED))


def stage_roster(*, file_name: str, data: bytes, policy: ResidentsPolicy, by: User, on: date) -> RosterImport:
    """Check an uploaded file and keep it, sealed, until it is confirmed or cancelled. Nothing is imported yet.

    Raises:
        CannotReadRoster: the file as a whole cannot be used.
    """
    sheets = read_sheets(data, max_bytes=policy.roster_max_bytes, max_rows=policy.roster_max_rows)
    plan = check_roster(sheets, terms_of(by, policy), on=on)
    return RosterImport.objects.create(
        file_name=tidy(file_name)[-200:],
        uploaded_by=by,
        rows=_dumps([[one.name, one.rows] for one in sheets]),
        report=_dumps(report_of(plan)),
        result=counts_of(plan),
    )


def confirm_roster(*, roster: RosterImport, policy: ResidentsPolicy, by: User, on: date) -> Applied:
    """Apply all rows without errors, in one transaction, exactly as the preview showed.

    Raises:
        CannotImport: decided already, or the registry has changed since the preview (which is then renewed).
    """
    with transaction.atomic(), credited_to(by):
        take_time()
        now = _locked(roster)
        sheets = [Sheet(name, rows) for name, rows in json.loads(now.rows)]
        plan = check_roster(sheets, terms_of(by, policy), on=on, lock=True)
        report = report_of(plan)
        is_stale = report["digest"] != json.loads(now.report)["digest"]
        if not is_stale:
            applied = apply_checked(plan, policy=policy, by=by)
            now.state, now.rows, now.applied_at = ImportState.APPLIED, "", Now()
        now.report, now.result = _dumps(report), counts_of(plan)
        now.save(update_fields=["state", "rows", "report", "result", "applied_at"])
    if is_stale:
        raise CannotImport(
            "roster_stale", "预览之后，名册或您的管辖范围有变化，预览已经更新。请重新核对后再确认。"
        )
    return applied


def apply_checked(plan: Plan, *, policy: ResidentsPolicy, by: User | None) -> Applied:
    """Write a plan; all of it or nothing.

    Raises:
        CannotImport: somebody registered one of the people in this very moment, or household numbers are used up.
    """
    try:
        with refuse_on(Resident, CannotImport, resident_number_unique="", one_head_per_household=""):
            return apply_plan(plan, policy=policy, by=by)
    except CannotImport as clash:
        sentence = "导入的同时有人登记了名册中的居民，本次没有导入任何一行。请返回预览重新确认。"
        raise CannotImport("roster_clash", sentence) from clash
    except CannotFoundHousehold as full:
        raise CannotImport(full.code, f"本次没有导入任何一行：{full.sentence}") from full


def cancel_roster(*, roster: RosterImport, by: User, on: date) -> RosterImport:
    """Drop a checked roster; its rows are erased.

    Raises:
        CannotImport: decided already.
    """
    with transaction.atomic():
        now = _locked(roster)
        now.state, now.rows, now.report = ImportState.CANCELLED, "", ""
        now.save(update_fields=["state", "rows", "report"])
    return now


def clear_old_rosters(*, policy: ResidentsPolicy, on: date, dry_run: bool = False) -> int:
    """Erase what is left of uploads after the days they are kept; those never decided count as cancelled.

    Returns:
        How many still held anything.
    """
    first_kept = timezone.make_aware(datetime.combine(on - timedelta(days=policy.roster_keep_days), time.min))
    old = RosterImport.objects.filter(uploaded_at__lt=first_kept).exclude(rows=b"", report=b"")
    if dry_run:
        return old.count()
    with transaction.atomic():
        held = list(old.select_for_update().values_list("pk", flat=True))
        undecided = RosterImport.objects.filter(pk__in=held, state=ImportState.CHECKED)
        undecided.update(state=ImportState.CANCELLED)
        RosterImport.objects.filter(pk__in=held).update(rows="", report="")
    return len(held)


def _locked(roster: RosterImport) -> RosterImport:
    now = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster.pk)
    if now.state != ImportState.CHECKED:
        raise CannotImport(
            "roster_decided", f"这份花名册{now.get_state_display()}，不能再次处理。请重新上传。"
        )
    return now


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
