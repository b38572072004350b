"""A resident objects to what was signed in his name; somebody who did not sign it looks into it (P2)."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from contracts.actions.reviewing import raise_flag
from contracts.choices import EventKind, RequestState, ReviewKind
from contracts.models import Agreement, AgreementEvent, Dispute
from contracts.queries.disputes import may_answer
from core.refusals import Refusal
from core.text import tidy
from teams.models import User

MOST_LETTERS = 400
OUTCOMES = (RequestState.ACCEPTED, RequestState.REFUSED)


class CannotDispute(Refusal):
    """Nothing was written."""


def raise_dispute(*, on: date, agreement: Agreement, complaint: str, text: str) -> Dispute:
    """From the page behind the resident's link; the bureau sees it among the signings to review.

    Args:
        complaint: what it is about in a few words, chosen from a list. text: his own words, may be empty.

    Raises:
        CannotDispute: ``open_already`` while an earlier one waits for its answer; ``too_long``.
    """
    words = tidy(text)
    if len(words) > MOST_LETTERS:
        raise CannotDispute("too_long", f"说明请不超过 {MOST_LETTERS} 个字。", field="text")
    with transaction.atomic():
        made = _written(agreement, f"{complaint}。{words}" if words else f"{complaint}。")
        raise_flag(agreement=agreement, kind=ReviewKind.DISPUTED, key=f"dispute:{made.pk}", on=on)
        AgreementEvent.objects.create(
            agreement=agreement, kind=EventKind.DISPUTED, on=on, by=None, note=complaint
        )
    return made


def _written(agreement: Agreement, text: str) -> Dispute:
    try:
        with transaction.atomic():
            return Dispute.objects.create(agreement=agreement, text=text)
    except IntegrityError as met:
        raise CannotDispute(
            "open_already", "已经收到您的异议，正在核实；有结果会写在本页。", field="text"
        ) from met


def answer_dispute(
    *, by: User, on: date, now: datetime, dispute: Dispute, outcome: str, answer: str
) -> Dispute:
    """Tell the resident what became of it; he reads it on his page.

    Raises:
        CannotDispute: ``answered`` before, ``own_signing``, ``not_yours``, ``no_answer``.
    """
    words = tidy(answer)[:500]
    if not words:
        raise CannotDispute("no_answer", "请写明核实的结果，居民会在自己的页面看到。", field="answer")
    with transaction.atomic():
        rows = Dispute.objects.select_for_update(of=("self",)).select_related("agreement__team__institution")
        held = rows.get(pk=dispute.pk)
        if held.state != RequestState.OPEN:
            raise CannotDispute("answered", "这条异议已经答复过了。")
        if by.pk in (held.agreement.doctor_id, held.agreement.created_by_id):
            raise CannotDispute("own_signing", "您是这份协议的签约医生或录入人，请由他人核实并答复。")
        if not may_answer(by, held.agreement, on=on):
            raise CannotDispute("not_yours", "异议由本团队团队长、机构家医管家或区卫健局答复。")
        held.state, held.answer, held.answered_by, held.answered_at = RequestState(outcome), words, by, now
        held.save(update_fields=["state", "answer", "answered_by", "answered_at"])
        AgreementEvent.objects.create(
            agreement=held.agreement, kind=EventKind.REVIEWED, on=on, by=by, note="答复居民异议"
        )
    return held
