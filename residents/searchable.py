"""The searchable forms of a resident: the one place where they are computed, for actions, imports and bulk loads alike.

Whoever writes a name, an identity number or a phone writes these columns with it; the searches in ``querysets`` use the
same functions for what was typed.
"""

import uuid
from typing import Any

from core.crypto import blind_index, blind_tail
from core.text import bigrams, initials
from residents.rules.phones import tail_of

INITIALS_LENGTH = 30


def number_index(number: str) -> uuid.UUID:
    """The blind index of an identity number in its normal form."""
    return blind_index(number, purpose="resident.id_number")


def number_tail(tail: str) -> int:
    """The blind form of the last four characters of an identity number."""
    return blind_tail(tail[-4:], purpose="resident.id_tail")


def phone_index(phone: str) -> uuid.UUID:
    return blind_index(phone, purpose="resident.phone")


def phone_tail(tail: str) -> int:
    """The blind form of the last four digits of a phone, without an extension."""
    return blind_tail(tail, purpose="resident.phone_tail")


def searchable_columns(name: str, id_number: str, phone: str) -> dict[str, Any]:
    """Columns of ``Resident`` derived from name, number and phone, each in its normal form ("" for none).

    Returns:
        name_grams, initials, id_index, id_tail, phone_index, phone_tail; indexes are None where there is nothing.
    """
    return {
        "name_grams": bigrams(name),
        "initials": initials(name)[:INITIALS_LENGTH],
        "id_index": number_index(id_number) if id_number else None,
        "id_tail": number_tail(id_number) if id_number else None,
        "phone_index": phone_index(phone) if phone else None,
        "phone_tail": phone_tail(tail_of(phone)) if phone else None,
    }
