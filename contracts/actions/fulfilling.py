"""What was done of what was promised: told by records of work, withdrawn when the record was wrong (P1)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from contracts.choices import AgreementState, ProofKind
from contracts.models import Agreement, Enrollment, Fulfillment
from contracts.queries.promised import HAND_KEYS, promised_pairs
from contracts.rules import Objection, fulfillment
from core.events import announce
from core.refusals import Refusal
from core.sql import rows_of
from core.text import tidy
from teams.models import User


class CannotFulfill(Refusal):
    """Nothing was counted: not promised, or not within the term."""


@dataclass(frozen=True)
class Done:
    """One service that was given.

    Attributes:
        agreement, enrollment, item: their ids; enrollment None for what the household as a whole was promised.
        key: names the record that proves it ("follow_up:12"), so that it counts once however often it is told.
    """

    agreement: int
    enrollment: int | None
    item: int
    done_on: date
    proof: ProofKind
    key: str
    note: str = ""


_WRITE = """
    INSERT INTO contracts_fulfillment
        (agreement_id, enrollment_id, item_id, done_on, proof, key, note, recorded_by_id, recorded_at,
        withdrawn_note)
    SELECT one.agreement, one.enrollment, one.item, one.done_on, one.proof, one.key, one.note, %(by)s, now(), ''
    FROM unnest(%(agreement)s::bigint[], %(enrollment)s::bigint[], %(item)s::bigint[], %(done_on)s::date[],
        %(proof)s::text[], %(key)s::text[], %(note)s::text[])
        AS one (agreement, enrollment, item, done_on, proof, key, note)
    ON CONFLICT DO NOTHING
    RETURNING id, key, enrollment_id
"""
BY_HAND = HAND_KEYS[0]  # signing is told by the signature itself
TOLD = "fulfillment.counted"


def fulfill(*, by: User | None, on: date, facts: Sequence[Done]) -> int:
    """Count services as done, many at once; how many were new. What was told before changes nothing.

    Four queries, however many facts. Either all of them count or none. What was written down by hand, or given to a
    household as a whole, is announced: whoever plans services learns of it.

    Args:
        by: who recorded the service; None for a job.

    Raises:
        CannotFulfill: ``not_promised``, ``not_in_term``, ``not_yet`` or ``agreement_void``.
    """
    if not facts:
        return 0
    with transaction.atomic():
        _refuse(facts, on=on)
        columns = {
            name: [getattr(one, name) for one in facts]
            for name in ("agreement", "enrollment", "item", "done_on", "key")
        }
        words = {"proof": [str(one.proof) for one in facts], "note": [tidy(one.note)[:200] for one in facts]}
        new = rows_of(_WRITE, {"by": by.pk if by else None, **columns, **words})
        announce(TOLD, ids=[pk for pk, key, person in new if person is None or key.startswith(BY_HAND)])
        return len(new)


def _refuse(facts: Sequence[Done], *, on: date) -> None:
    """The first objection to any of the facts. Three queries."""
    ids = {one.agreement for one in facts}
    agreements = Agreement.objects.only("state", "signed_on", "starts_on", "ends_on").in_bulk(ids)
    enrolled = Enrollment.objects.filter(agreement__in=ids)
    people = {one.pk: one for one in enrolled.only("agreement", "state", "starts_on", "ends_on")}
    promised, last_days = promised_pairs(ids), _last_days(people.values())
    for one in facts:
        if (one.agreement, one.enrollment, one.item) not in promised:
            raise _refusal(fulfillment.NOT_PROMISED)
        agreement = agreements[one.agreement]
        whose = people[one.enrollment] if one.enrollment else agreement
        objection = fulfillment.object_to_done(
            state=whose.state,
            signed_on=agreement.signed_on,
            starts_on=whose.starts_on,
            last_day=whose.ends_on if one.enrollment else last_days.get(agreement.pk, agreement.ends_on),
            done_on=one.done_on,
            on=on,
        )
        if objection:
            raise _refusal(objection)


def _last_days(people: Iterable[Enrollment]) -> dict[int, date]:
    """Agreement -> the last day on which anybody in it is in force; the agreement keeps the day that is printed."""
    days: dict[int, date] = {}
    for one in people:
        if one.state != AgreementState.VOID:
            days[one.agreement_id] = max(one.ends_on, days.get(one.agreement_id, one.ends_on))
    return days


def _refusal(objection: Objection) -> CannotFulfill:
    return CannotFulfill(objection.code, objection.sentence, field=objection.field)


def withdraw(
    *, by: User | None, now: datetime, keys: Collection[str] = (), rows: Collection[int] = (), note: str = ""
) -> int:
    """Count no more what was told before; how many rows that were. The rows stay; a second time changes nothing.

    Args:
        keys: of the records that proved it, wherever they counted. rows: or ids of single rows.
        note: why.
    """
    told = Fulfillment.objects.standing().filter(Q(key__in=list(keys)) | Q(pk__in=list(rows)))
    with transaction.atomic():
        by_hand = told.filter(key__startswith=BY_HAND).values_list("pk", flat=True) if rows else ()
        announce(TOLD, ids=list(by_hand))
        return int(told.update(withdrawn_at=now, withdrawn_by=by, withdrawn_note=tidy(note)[:200]))
