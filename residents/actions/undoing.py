"""Taking a whole import back, while nothing has been built on it: who was entered goes, what was changed stands as before.

Set-based, in one transaction. What the rows replaced was kept sealed with each line; it is opened here and given back.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import islice

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from core.bulk import take_time
from core.history import credited_to
from core.refusals import Refusal
from core.sql import fill, made, run, vanish
from residents.actions.undoing_obstacles import obstacles_of
from residents.choices import Evidence, ImportPurpose, ImportState, LineOutcome
from residents.models import RosterImport, RosterLine
from residents.policy import ResidentsPolicy
from teams.models import User

Progress = Callable[[str, int, int | None], None]
CHUNK = 5_000


class CannotUndo(Refusal):
    """The import stays as it is."""


def _silent(phase: str, done: int, total: int | None) -> None:
    """For callers who do not ask how far it is."""


def undo_roster(
    *,
    roster: RosterImport,
    policy: ResidentsPolicy,
    by: User | None,
    on: date,
    progress: Progress = _silent,
) -> RosterImport:
    """Take an import back. The list may be uploaded and applied again afterwards.

    A worker's deed: a large import takes minutes. People ask for it with ``rosters.ask_undo``.

    Raises:
        CannotUndo: not applied, too long ago, or something was built on it; says what, and how much.
    """
    with transaction.atomic(), credited_to(by):
        take_time()
        now = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster.pk)
        refuse_untimely(now, policy, on)
        _read_lines(now, progress)
        _hold()
        progress("检查导入之后的改动", 0, None)
        standing = obstacles_of(now)
        if standing:
            told = "；".join(f"{words} {count} 处" for words, count in standing.items())
            raise CannotUndo(
                "built_on", f"不能整批撤销，导入之后已有：{told}。请逐一更正有误的居民，或先处理完这些内容。"
            )
        progress("改回原来的内容", 0, None)
        _restore()
        progress("移除新增的居民和家庭", 0, None)
        _remove(now)
        now.state, now.undone_at, now.undone_by = ImportState.UNDONE, Now(), by
        now.attempts, now.failure = 0, ""
        now.save(update_fields=["state", "undone_at", "undone_by", "attempts", "failure"])
        vanish("undo_")
    return now


def refuse_untimely(now: RosterImport, policy: ResidentsPolicy, on: date) -> None:
    """Whether there is an import to be taken back at all.

    Raises:
        CannotUndo: there is none, or it is too long ago.
    """
    is_applied = now.state in (ImportState.APPLIED, ImportState.UNDOING) and now.applied_at is not None
    if not is_applied or now.purpose != ImportPurpose.ROSTER:
        raise CannotUndo("not_applied", f"这份花名册{now.get_state_display()}，没有可以撤销的导入。")
    first = timezone.make_aware(datetime.combine(on - timedelta(days=policy.roster_undo_days), time.min))
    if now.applied_at is not None and now.applied_at < first:
        raise CannotUndo(
            "too_late", f"导入已超过 {policy.roster_undo_days} 天，不能整批撤销。请在居民页面逐一更正。"
        )


def _read_lines(now: RosterImport, progress: Progress) -> None:
    """undo_new: who was entered; undo_home: what was founded; undo_change: who was changed, and his former values."""
    vanish("undo_")
    lines = "SELECT resident_id AS id FROM residents_rosterline WHERE roster_id = %s AND outcome = %s"
    made("undo_new", lines, [now.pk, LineOutcome.NEW])
    made(
        "undo_home",
        "SELECT household_id AS id FROM residents_rosterline WHERE roster_id = %s AND household_id IS NOT NULL",
        [now.pk],
    )
    run("CREATE TEMP TABLE undo_change (id bigint, was jsonb) ON COMMIT DROP")
    changed = RosterLine.objects.filter(roster=now, outcome=LineOutcome.CHANGED).order_by("pk")
    done, total = 0, changed.count()
    lines_of_changed = changed.values_list("resident_id", "before").iterator(CHUNK)
    while some := list(islice(lines_of_changed, CHUNK)):  # reading and COPY take turns on the connection
        fill("undo_change", ((pk, json.loads(before)) for pk, before in some))
        done += len(some)
        progress("读取导入前的内容", done, total)
    run("ANALYZE undo_change")
    made(
        "undo_raised",
        "SELECT (f->>0)::bigint AS id, (f->>1)::smallint AS evidence, (f->>2)::bigint AS recorded_by_id, f->>3 AS source"
        " FROM undo_change c, jsonb_array_elements(c.was->'raised') f",
    )
    made(
        "undo_flag",
        f"""
        SELECT p.id FROM undo_change c CROSS JOIN LATERAL jsonb_array_elements_text(c.was->'kinds') w(kind)
        JOIN residents_populationflag p ON p.resident_id = c.id AND p.kind = w.kind
        WHERE p.recorded_at = %s AND p.evidence = {Evidence.ROSTER}
        """,
        [now.applied_at],
    )
    made(
        "undo_phone",
        """
        SELECT p.id FROM undo_change c CROSS JOIN LATERAL jsonb_array_elements_text(c.was->'phones') w(phone_index)
        JOIN residents_contactphone p ON p.resident_id = c.id AND p.phone_index = w.phone_index::uuid
        """,
    )


def _hold() -> None:
    """Households first, then residents, each by id, as every verb of the registry locks."""
    run("SELECT FROM residents_household WHERE id IN (SELECT id FROM undo_home) ORDER BY id FOR UPDATE")
    run(
        "SELECT FROM residents_resident WHERE id IN (SELECT id FROM undo_new UNION ALL SELECT id FROM undo_change)"
        " ORDER BY id FOR UPDATE"
    )


def _restore() -> None:
    """Give changed people back what they had, to the byte: sealed phones come back as they were sealed."""
    run(
        """
        UPDATE residents_resident r SET
            phone = CASE WHEN was ? 'phone' THEN decode(was->>'phone', 'hex') ELSE phone END,
            phone_index = CASE WHEN was ? 'phone' THEN (was->>'phone_index')::uuid ELSE phone_index END,
            phone_tail = CASE WHEN was ? 'phone' THEN (was->>'phone_tail')::bigint ELSE phone_tail END,
            address = COALESCE(was->>'address', address), remark = COALESCE(was->>'remark', remark),
            registration = COALESCE(was->>'registration', registration), relation = COALESCE(was->>'relation', relation),
            grid_id = COALESCE((was->>'grid_id')::bigint, grid_id),
            household_id = CASE WHEN (was->>'joins')::boolean THEN NULL ELSE household_id END,
            updated_at = (was->>'updated_at')::timestamptz
        FROM undo_change c WHERE r.id = c.id
        """
    )
    run(
        "UPDATE residents_populationflag f SET evidence = w.evidence, recorded_by_id = w.recorded_by_id,"
        " source = w.source FROM undo_raised w WHERE f.id = w.id"
    )
    run("DELETE FROM residents_populationflag WHERE id IN (SELECT id FROM undo_flag)")
    run("DELETE FROM residents_contactphone WHERE id IN (SELECT id FROM undo_phone)")


def _remove(now: RosterImport) -> None:
    """Who was entered, with everything that was entered with him, and the households that were founded."""
    for table, column in (
        ("residents_duplicatepair", "first_id"),
        ("residents_duplicatepair", "second_id"),
        ("residents_populationflag", "resident_id"),
        ("residents_contactphone", "resident_id"),
        ("residents_pastidentifier", "resident_id"),
        ("residents_resident", "id"),
    ):
        run(f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM undo_new)")
    run("DELETE FROM residents_household WHERE id IN (SELECT id FROM undo_home)")
    # Lines of people who are gone tell nobody's story; those of changed people stay, without the values given back.
    RosterLine.objects.filter(roster=now, outcome=LineOutcome.NEW).delete()
    RosterLine.objects.filter(roster=now).update(before="", household_id=None)
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
