"""A draft -> one line of COPY text for the staging table, its number and phones sealed (columns: staging.COLUMNS)."""

import json
import re
from collections.abc import Sequence
from typing import Any

from core.crypto import Sealer
from core.initials import quick_initials
from core.text import bigrams, initials
from residents.imports.draft import Draft
from residents.rules.phones import tail_of
from residents.searchable import INITIALS_LENGTH

NULL = "\\N"
ID, ID_TAIL = "resident.id_number", "resident.id_tail"
PHONE, PHONE_TAIL = "resident.phone", "resident.phone_tail"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})
_HAN = re.compile(r"[\u4e00-\u9fa5]+").fullmatch
_QUOTES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def escaped(text: str) -> str:
    """Text as COPY reads it."""
    return text if not text or text.isalnum() else text.translate(_ESCAPES)


def array(values: Sequence[str]) -> str:
    """A text[] as COPY reads it; plain letters need no quotes."""
    if not values:
        return "{}"
    parts = (one if one.isalpha() else f'"{one.translate(_QUOTES)}"' for one in values)
    return "{" + ",".join(parts).translate(_ESCAPES) + "}"


class _Tails(dict[str, int]):
    """The blind forms of last digits: some ten thousand different ones, each computed once."""

    def __init__(self, sealer: Sealer, purpose: str) -> None:
        super().__init__()
        self._sealer, self._purpose = sealer, purpose

    def __missing__(self, tail: str) -> int:
        found = self[tail] = self._sealer.blind_tail(tail, purpose=self._purpose)
        return found


class Sealing:
    """Numbers and phones in their sealed and searchable forms, as COPY text."""

    def __init__(self, sealer: Sealer) -> None:
        self._number, self._phone = sealer.pairs(ID), sealer.pairs(PHONE)
        self._number_tails = _Tails(sealer, ID_TAIL)
        self._phone_tails = _Tails(sealer, PHONE_TAIL)

    def number(self, number: str) -> str:
        """Three columns: sealed, index, tail."""
        sealed, index = self._number(number)
        return f"\\\\x{sealed}\t{index}\t{self._number_tails[number[-4:]]}"

    def phone(self, phone: str) -> str:
        """Three columns: sealed, index, tail."""
        sealed, index = self._phone(phone)
        return f"\\\\x{sealed}\t{index}\t{self._phone_tails[tail_of(phone)]}"

    def others(self, others: Sequence[tuple[str, str]]) -> str:
        """Further phones as JSON."""
        return escaped(json.dumps([self._other(*one) for one in others], ensure_ascii=False))

    def _other(self, phone: str, owner: str) -> dict[str, Any]:
        sealed, index = self._phone(phone)
        return {"phone": sealed, "index": index, "tail": self._phone_tails[tail_of(phone)], "owner": owner}


def name_columns(name: str) -> str:
    """Three columns: name, pairs of letters, initials."""
    pairs = bigrams(name)
    if _HAN(name):  # nothing to escape in it
        return f"{name}\t{{{','.join(pairs)}}}\t{quick_initials(name, pairs)[:INITIALS_LENGTH]}"
    return f"{escaped(name)}\t{array(pairs)}\t{escaped(initials(name)[:INITIALS_LENGTH])}"


def line_of(draft: Draft, sealing: Sealing) -> str:
    """The whole line, with its end."""
    faults = [
        {
            "column": one.column, "level": one.level, "code": one.fault.code, "cause": one.fault.cause,
            "remedy": one.fault.remedy,
        }
        for one in draft.faults
    ]  # fmt: skip
    return (
        f"{draft.sheet}\t{draft.row}\t{'t' if draft.is_refused else 'f'}\t{name_columns(draft.name)}\t{draft.sex}"
        f"\t{draft.born_on or NULL}\t{draft.id_kind}"
        f"\t{sealing.number(draft.number) if draft.number else NOTHING}"
        f"\t{sealing.phone(draft.phone) if draft.phone else NOTHING}"
        f"\t{sealing.others(draft.others) if draft.others else NULL}"
        f"\t{draft.relation}\t{'t' if draft.relation_is_guess else 'f'}\t{escaped(draft.head_name)}"
        f"\t{escaped(draft.household)}\t{draft.village_code}\t{NULL if draft.grid_id is None else draft.grid_id}"
        f"\t{escaped(draft.address)}"
        f"\t{draft.registration}\t{array(draft.kinds)}\t{escaped(draft.remark)}"
        f"\t{escaped(json.dumps(faults, ensure_ascii=False)) if faults else NULL}"
        f"\t{escaped(draft.door.building)}\t{escaped(draft.door.unit)}\t{escaped(draft.door.room)}\n"
    )


NOTHING = f"{NULL}\t{NULL}\t{NULL}"
