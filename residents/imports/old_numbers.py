"""15-digit numbers that were completed by rule: what was written is kept as a former number, until the card is seen."""

from datetime import date

from django.db import connection

from core.bulk import copy_in
from core.crypto import unseal
from residents.models import PastIdentifier
from residents.rules.quality import UPGRADED
from residents.searchable import number_index
from teams.models import User

CHUNK = 5_000


def keep_old_numbers(by: User | None, on: date) -> None:
    """For the people entered. Somebody has to answer for a former number: an operator's list leaves none."""
    if by is None:
        return
    names = ("resident_id", "id_kind", "id_number", "id_index", "replaced_on", "reason", "replaced_by_id")
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT p.id, s.id_kind, s.id_number FROM roster_new p JOIN roster_row s USING (n)"
            " JOIN roster_fault f ON f.n = p.n AND f.code = 'id_upgraded' ORDER BY p.n"
        )
        while rows := cursor.fetchmany(CHUNK):
            olds = [(pk, kind, _old_form(sealed)) for pk, kind, sealed in rows]
            copy_in(
                PastIdentifier,
                names,
                ((pk, kind, old, number_index(old), on, UPGRADED, by.pk) for pk, kind, old in olds),
            )


def _old_form(sealed: bytes | memoryview) -> str:
    """Without the century and the check digit, which the rule had added."""
    number = unseal(sealed, purpose="resident.id_number")
    return number[:6] + number[8:17]
