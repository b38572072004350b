"""Which entries are worth comparing: pairs that share a clue, found by the database over the whole registry.

A clue is what every reason of ``rules.duplicates`` needs at least: name and birth date, phone and birth date, name and
phone, name and household, or a number that stands with both, now or formerly. Pairs go into a temporary table of the
caller's transaction with a fingerprint of what would be compared, so that only pairs with changed facts are scored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, IntegerField, Model, QuerySet

from residents.models import ContactPhone, PastIdentifier, Resident
from residents.rules.duplicates import VERSION, Facts, whole_number
from residents.searchable import number_index

# Length of a sealed 15-digit number: head and nonce (14 bytes), the digits, tag (16).
_SEALED_FIFTEEN = 14 + 15 + 16

_PAIRS = """
    CREATE TEMPORARY TABLE duplicate_clue ON COMMIT DROP AS
    WITH known AS (
        SELECT id, name, born_on, id_index, phone_index, household_id
        FROM residents_resident WHERE life_status <> 'merged'
    ), phones AS (
        SELECT id, name, born_on, phone_index FROM known WHERE phone_index IS NOT NULL
        UNION
        SELECT known.id, name, born_on, further.phone_index
        FROM residents_contactphone further JOIN known ON known.id = further.resident_id
    ), former AS (
        SELECT known.id, past.id_index
        FROM residents_pastidentifier past JOIN known ON known.id = past.resident_id
        UNION
        SELECT known.id, upgraded.id_index
        FROM unnest(%(people)s::bigint[], %(indexes)s::uuid[]) AS upgraded (id, id_index) JOIN known USING (id)
    ), numbers AS (
        SELECT id, id_index FROM former
        UNION
        SELECT id, id_index FROM known WHERE id_index IN (SELECT id_index FROM former)
    ), met AS (
        SELECT array_agg(id) AS ids FROM known WHERE born_on IS NOT NULL
        GROUP BY name, born_on HAVING count(*) BETWEEN 2 AND %(most)s
        UNION ALL
        SELECT array_agg(id) FROM phones WHERE born_on IS NOT NULL
        GROUP BY phone_index, born_on HAVING count(*) BETWEEN 2 AND %(most)s
        UNION ALL
        SELECT array_agg(id) FROM phones GROUP BY phone_index, name HAVING count(*) BETWEEN 2 AND %(most)s
        UNION ALL
        SELECT array_agg(id) FROM known WHERE household_id IS NOT NULL
        GROUP BY household_id, name HAVING count(*) BETWEEN 2 AND %(most)s
        UNION ALL
        SELECT array_agg(id) FROM numbers GROUP BY id_index HAVING count(*) BETWEEN 2 AND %(most)s
    )
    SELECT DISTINCT first_id, second_id
    FROM met, unnest(ids) AS first_id, unnest(ids) AS second_id WHERE first_id < second_id
"""

# Whoever was found to be another person stays that, also after one of the two was merged into a third entry.
_CANDIDATES = """
    CREATE TEMPORARY TABLE duplicate_candidate ON COMMIT DROP AS
    WITH told AS (
        SELECT one.id, concat_ws('|', one.name, one.sex, one.born_on, one.id_index, one.phone_index, one.address,
            one.household_id,
            (SELECT string_agg(past.id_index::text, ',' ORDER BY past.id_index)
             FROM residents_pastidentifier past WHERE past.resident_id = one.id),
            (SELECT string_agg(further.phone_index::text, ',' ORDER BY further.phone_index)
             FROM residents_contactphone further WHERE further.resident_id = one.id)) AS facts
        FROM residents_resident one
        WHERE one.id IN (SELECT first_id FROM duplicate_clue UNION SELECT second_id FROM duplicate_clue)
    ), settled AS (
        SELECT coalesce(one.merged_into_id, one.id) AS a, coalesce(other.merged_into_id, other.id) AS b
        FROM residents_duplicatepair pair
        JOIN residents_resident one ON one.id = pair.first_id
        JOIN residents_resident other ON other.id = pair.second_id
        WHERE pair.state = 'different'
    )
    SELECT first_id, second_id, md5(concat_ws('#', %(version)s, one.facts, other.facts))::uuid AS facts
    FROM duplicate_clue JOIN told one ON one.id = first_id JOIN told other ON other.id = second_id
    WHERE (first_id, second_id) NOT IN (SELECT least(a, b), greatest(a, b) FROM settled)
"""

_UNSCORED = """
    SELECT candidate.first_id, candidate.second_id, candidate.facts
    FROM duplicate_candidate candidate LEFT JOIN residents_duplicatepair pair USING (first_id, second_id)
    WHERE pair.id IS NULL OR (pair.state = 'open' AND pair.facts IS DISTINCT FROM candidate.facts)
    ORDER BY first_id, second_id
"""


@dataclass(frozen=True)
class Candidate:
    """Two ids in ascending order, and the fingerprint of what is compared."""

    first: int
    second: int
    facts: UUID


def gather_candidates(*, block_most: int) -> int:
    """Fill ``duplicate_candidate`` for the rest of the transaction; the number of pairs that share a clue.

    Args:
        block_most: a clue that more persons share tells nothing (a birth date typed to fill the field) and is left out.
    """
    people, indexes = _upgraded_numbers()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS duplicate_clue, duplicate_candidate")
        cursor.execute(_PAIRS, {"people": people, "indexes": indexes, "most": block_most})
        cursor.execute("ANALYZE duplicate_clue")
        cursor.execute(_CANDIDATES, {"version": str(VERSION)})
        cursor.execute("ANALYZE duplicate_candidate")
        cursor.execute("SELECT count(*) FROM duplicate_candidate")
        return cursor.fetchone()[0]


def unscored() -> list[Candidate]:
    """The gathered pairs that are new, or open with facts that have changed."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSCORED)
        return [Candidate(*row) for row in cursor.fetchall()]


def _upgraded_numbers() -> tuple[list[int], list[str]]:
    """Old numbers of 15 digits meet their 18-digit form: ids of their persons, and the index of that form."""
    people, indexes = [], []
    for found in (_fifteen(Resident, "pk"), _fifteen(PastIdentifier, "resident_id")):
        for person, number in found:
            whole = whole_number(number)
            if whole != number:
                people.append(person)
                indexes.append(str(number_index(whole)))
    return people, indexes


def _fifteen(model: type[Model], person: str) -> Iterator[tuple[int, str]]:
    length = Func(F("id_number"), function="octet_length", output_field=IntegerField())
    rows: QuerySet = model._default_manager.annotate(length=length).filter(length=_SEALED_FIFTEEN)
    yield from rows.values_list(person, "id_number")


def facts_of(ids: set[int]) -> dict[int, Facts]:
    """What is compared of some residents, numbers unsealed. Three queries."""
    former: dict[int, set[str]] = {}
    for person, number in PastIdentifier.objects.filter(resident__in=ids).values_list(
        "resident_id", "id_number"
    ):
        former.setdefault(person, set()).add(number)
    phones: dict[int, set[str]] = {}
    further = ContactPhone.objects.filter(resident__in=ids)
    for person, index in further.values_list("resident_id", "phone_index"):
        phones.setdefault(person, set()).add(str(index))
    known = Resident.objects.filter(pk__in=ids).values_list(
        "pk", "name", "sex", "born_on", "id_number", "phone_index", "address", "household_id"
    )
    return {
        pk: Facts(
            name, sex, born_on, number, frozenset(former.get(pk, ())),
            frozenset(phones.get(pk, set()) | ({str(phone)} if phone else set())), address, household,
        )
        for pk, name, sex, born_on, number, phone, address, household in known
    }  # fmt: skip
