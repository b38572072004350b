"""Refusals to sign: written down with a reason, asked again, converted by a later signing (4.6, P16)."""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from contracts.choices import AgreementState, RefusalReason
from contracts.models import Agreement, Refusal
from contracts.queries.people import promises_of
from contracts.queries.signing import works_for
from contracts.rules import moves
from core import refusals
from core.history import credited_to
from core.text import tidy
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import Team, User


class CannotRecordRefusal(refusals.Refusal):
    """Nothing was written down."""


def record_refusal(
    *, by: User, on: date, resident: Resident, team: Team, reason: str, refused_on: date, ask_again_on: date,
    note: str = "",
) -> Refusal:  # fmt: skip
    """A resident does not want to sign now; he is asked again on a day.

    Earlier refusals of his stay, but only the newest is asked about again.

    Raises:
        CannotRecordRefusal: signed or absent, not one's own team, days out of order, or 其他 without words.
    """
    told = moves.RefusedToSign(RefusalReason(reason), refused_on, ask_again_on, tidy(note))
    with transaction.atomic(), credited_to(by):
        person = Resident.objects.select_for_update(of=("self",)).get(pk=resident.pk)
        objection = moves.object_to_refusal(
            told,
            on=on,
            life_status=LifeStatus(person.life_status),
            is_running=any(one.ends_on >= on for one in promises_of(person)),
            is_in_team=works_for(by, team, on=on),
        )
        if objection:
            raise CannotRecordRefusal(objection.code, objection.sentence, field=objection.field)
        person.refusals.filter(ask_again_on__isnull=False).update(ask_again_on=None)
        return Refusal.objects.create(
            resident=person,
            team=team,
            reason=told.reason,
            note=told.note,
            refused_on=told.refused_on,
            ask_again_on=told.ask_again_on,
            recorded_by=by,
        )


def convert_refusals(*, residents: Collection[int], agreement: Agreement) -> int:
    """Who refused has signed after all; how many refusals that settles. Called by the signing, in its transaction.

    A refusal whose later agreement was made void is settled anew.
    """
    standing = Refusal.objects.filter(resident__in=residents).exclude(
        converted_by__isnull=False, converted_by__state__in=_STANDS
    )
    return standing.update(converted_by=agreement)


# Whatever became of it later, the resident did sign.
_STANDS = [one for one in AgreementState if one != AgreementState.VOID]
