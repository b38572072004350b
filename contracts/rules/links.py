"""The resident's own page: who may open it, after how many wrong answers not, and what it shows."""

from collections.abc import Collection
from datetime import date
from hmac import compare_digest

from contracts.choices import PackageKind
from core.text import clean

TAIL = 4
# A village shares one address of a mobile network, so an address may err as often as so many papers.
ADDRESS_TIMES = 4
DAY_MINUTES = 24 * 60


def answers_of(*, id_number: str, phones: Collection[str], born_on: date | None) -> list[str]:
    """What opens the page: the last four characters of the identity number or of a phone that is registered.

    The day of birth (19500101) only for who has neither: relatives and neighbors know it. Empty: nothing opens it.
    """
    known = [one for one in (id_number, *phones) if len(one) >= TAIL]
    if known:
        return [one[-TAIL:].upper() for one in known]
    return [f"{born_on:%Y%m%d}"] if born_on else []


def is_right(typed: str, answers: Collection[str]) -> bool:
    """Compared with all of them in constant time, so that the time tells nothing."""
    given = "".join(one for one in clean(typed).upper() if one.isalnum()).encode()
    matches = [compare_digest(given, one.encode()) for one in answers]
    return any(matches)


def lock_minutes(tries: int, *, most: int, minutes: int) -> int:
    """How long the link stays closed after so many wrong answers in a row; 0: not yet.

    Each further round doubles the time, up to a day: ten thousand endings would take years.
    """
    if tries < most or tries % most:
        return 0
    rounds = min(tries // most, 12)
    return max(minutes, min(minutes * 2 ** (rounds - 1), DAY_MINUTES))


def shown_to_signatory(kind: PackageKind, *, is_restricted: bool, is_own: bool, is_ward: bool) -> bool:
    """What the page of a household agreement may tell its representative, who opened it as himself.

    His own promises all: they are his. Of other adults only what everybody is promised: a package for a population or
    a disease tells a diagnosis, and sharing a roof is no consent to that (PIPL 29). A ward's packages too, because
    who represents the household agreed to them in the ward's place; never one that tells a restricted diagnosis.
    """
    if is_own:
        return True
    return not is_restricted and (is_ward or kind == PackageKind.BASIC_FREE)
