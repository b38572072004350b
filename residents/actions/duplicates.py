"""Searching the registry for entries that may be one person, and saying that two are not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from core.bulk import take_time
from core.refusals import Refusal
from core.text import tidy
from residents.choices import DuplicateState
from residents.models import DuplicatePair
from residents.policy import ResidentsPolicy
from residents.queries.candidates import Candidate, facts_of, gather_candidates, unscored
from residents.rules.duplicates import compare
from teams.models import User

BATCH = 2_000  # pairs whose facts are in memory at once

# A pair that somebody has decided in the meantime stays as decided.
_KEEP = """
    INSERT INTO residents_duplicatepair (first_id, second_id, score, reasons, facts, state, found_on, note)
    SELECT first_id, second_id, score, reasons::jsonb, facts, 'open', %(on)s, ''
    FROM unnest(%(first)s::bigint[], %(second)s::bigint[], %(score)s::int[], %(reasons)s::text[], %(facts)s::uuid[])
        AS scored (first_id, second_id, score, reasons, facts)
    ON CONFLICT (first_id, second_id) DO UPDATE
        SET score = EXCLUDED.score, reasons = EXCLUDED.reasons, facts = EXCLUDED.facts
        WHERE residents_duplicatepair.state = 'open'
    RETURNING (xmax = 0)
"""

_GONE = """
    SELECT pair.id FROM residents_duplicatepair pair LEFT JOIN duplicate_candidate USING (first_id, second_id)
    WHERE pair.state = 'open' AND duplicate_candidate.first_id IS NULL
    UNION
    SELECT pair.id FROM residents_duplicatepair pair
    JOIN unnest(%(first)s::bigint[], %(second)s::bigint[]) AS unlike (first_id, second_id) USING (first_id, second_id)
    WHERE pair.state = 'open'
"""


class CannotDecide(Refusal):
    """The pair may not be decided like this."""


@dataclass(frozen=True)
class Found:
    """What one search did.

    Attributes:
        candidates: pairs that share a clue.
        compared: of these, new ones and those whose facts have changed.
        added, changed, removed: open pairs of the review queue.
    """

    candidates: int
    compared: int
    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class _Scored:
    candidate: Candidate
    score: int
    reasons: str


def find_duplicates(*, policy: ResidentsPolicy, on: date, dry_run: bool = False) -> Found:
    """Bring the review queue up to date with the registry. A second run compares and changes nothing."""
    with transaction.atomic():
        take_time()
        candidates = gather_candidates(block_most=policy.duplicate_block_most)
        pending = unscored()
        likely: list[_Scored] = []
        unlike: list[Candidate] = []
        for scored in _scores(pending):
            if scored.score >= policy.duplicate_min_score:
                likely.append(scored)
            else:
                unlike.append(scored.candidate)
        gone = _gone(unlike)
        if dry_run:
            known = _open_among([one.candidate for one in likely])
            return Found(candidates, len(pending), len(likely) - known, known, len(gone))
        DuplicatePair.objects.filter(pk__in=gone, state=DuplicateState.OPEN).delete()
        written = _keep(likely, on)
    return Found(candidates, len(pending), sum(written), len(written) - sum(written), len(gone))


def _scores(pending: list[Candidate]) -> Iterator[_Scored]:
    for start in range(0, len(pending), BATCH):
        some = pending[start : start + BATCH]
        facts = facts_of({one.first for one in some} | {one.second for one in some})
        for one in some:
            verdict = compare(facts[one.first], facts[one.second])
            yield _Scored(one, verdict.score, json.dumps(verdict.reasons))


def _gone(unlike: list[Candidate]) -> list[int]:
    with connection.cursor() as cursor:
        pairs = {"first": [one.first for one in unlike], "second": [one.second for one in unlike]}
        cursor.execute(_GONE, pairs)
        return [row[0] for row in cursor.fetchall()]


def _open_among(likely: list[Candidate]) -> int:
    """How many of these stand in the queue already."""
    standing = DuplicatePair.objects.filter(state=DuplicateState.OPEN).values_list("first_id", "second_id")
    return len({(one.first, one.second) for one in likely} & set(standing))


def _keep(likely: list[_Scored], on: date) -> list[bool]:
    """Write pairs; for each that was written, whether it is new."""
    values: dict[str, list[int] | list[str] | date] = {
        "first": [one.candidate.first for one in likely],
        "second": [one.candidate.second for one in likely],
        "score": [one.score for one in likely],
        "reasons": [one.reasons for one in likely],
        "facts": [str(one.candidate.facts) for one in likely],
        "on": on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        return [row[0] for row in cursor.fetchall()]


def tell_apart(*, pair: DuplicatePair, note: str, by: User, at: datetime) -> DuplicatePair:
    """Two entries are two persons; the pair never comes back.

    Raises:
        CannotDecide: decided already, or no word why.
    """
    note = tidy(note)
    if not note:
        raise CannotDecide("note_missing", "请写明怎样核实的，如“电话核实，两人同名”。", field="note")
    with transaction.atomic():
        now = DuplicatePair.objects.select_for_update(of=("self",)).get(pk=pair.pk)
        if now.state != DuplicateState.OPEN:
            raise CannotDecide("decided", f"这一对已由他人核实为“{now.get_state_display()}”，请返回清单。")
        now.state, now.note, now.decided_by, now.decided_at = DuplicateState.DIFFERENT, note[:200], by, at
        now.save(update_fields=["state", "note", "decided_by", "decided_at"])
    return now
