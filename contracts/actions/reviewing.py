"""Finding signings that are worth a second look, and saying what became of it (P2)."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.db import transaction

from contracts.choices import EventKind, ReviewKind, ReviewState
from contracts.models import Agreement, AgreementEvent, ReviewFlag
from contracts.policy import policy_on
from contracts.queries.signals import Signal, signals_of_registry, signals_of_signing, spans_to_search
from contracts.rules.review import object_to_outcome
from core.bulk import take_time
from core.refusals import Refusal
from core.sql import one_of, run
from core.text import tidy
from teams.models import User

_NEW = """
    FROM ({found}) AS found WHERE NOT EXISTS (SELECT FROM contracts_reviewflag known
        WHERE known.agreement_id = found.agreement_id AND known.kind = %(kind)s AND known.key = found.key)
"""
_COUNT = "SELECT count(*)" + _NEW
_KEEP = (
    """
    INSERT INTO contracts_reviewflag (agreement_id, kind, key, facts, found_on, state, note)
    SELECT found.agreement_id, %(kind)s, found.key, found.facts, %(found_on)s, 'open', ''"""
    + _NEW
    + "ON CONFLICT DO NOTHING"
)


class CannotReview(Refusal):
    """The flag stays as it is."""


def find_review_flags(*, on: date, dry_run: bool = False) -> dict[ReviewKind, int]:
    """Flag what is new since the last search; how many of each kind.

    A flag is raised once, whatever became of it; a second run finds nothing.
    """
    with transaction.atomic():
        take_time()
        signals = signals_of_registry(on, policy_on(on))
        for first, last in spans_to_search(on):
            signals += signals_of_signing(first, last, policy_on(last))
        found: Counter[ReviewKind] = Counter()
        for one in signals:
            found[one.kind] += _new(one) if dry_run else _kept(one, on)
    return {kind: found[kind] for kind in ReviewKind if found[kind]}


def _new(signal: Signal) -> int:
    return int(one_of(_COUNT.format(found=signal.sql), signal.params | {"kind": signal.kind})[0])


def _kept(signal: Signal, on: date) -> int:
    return run(_KEEP.format(found=signal.sql), signal.params | {"kind": signal.kind, "found_on": on})


def raise_flag(
    *, agreement: Agreement, kind: ReviewKind, key: str, on: date, facts: dict[str, Any] | None = None
) -> bool:
    """Flag one agreement by a fact that is known already, such as a dispute; False if that is flagged."""
    _, is_new = ReviewFlag.objects.get_or_create(
        agreement=agreement, kind=kind, key=key, defaults={"found_on": on, "facts": facts or {}}
    )
    return is_new


def record_review(
    *, by: User, on: date, now: datetime, flag: ReviewFlag, outcome: ReviewState, note: str
) -> ReviewFlag:
    """What somebody found out; the agreement's story tells that it was checked, not what was written.

    Raises:
        CannotReview: settled already, or no word on how it was checked.
    """
    note = tidy(note)
    with transaction.atomic():
        held = ReviewFlag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
        is_open = held.state == ReviewState.OPEN
        objection = object_to_outcome(note, is_open=is_open, found=held.get_state_display())
        if objection:
            raise CannotReview(objection.code, objection.sentence, field=objection.field)
        held.state, held.note, held.reviewed_by, held.reviewed_at = outcome, note[:200], by, now
        held.save(update_fields=["state", "note", "reviewed_by", "reviewed_at"])
        told = f"{ReviewKind(held.kind).label}：{outcome.label}"
        AgreementEvent.objects.create(
            agreement_id=held.agreement_id, kind=EventKind.REVIEWED, on=on, by=by, note=told
        )
    return held
