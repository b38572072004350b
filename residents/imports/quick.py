"""The short way of an ordinary row: what most cells say is looked up as a whole, and only numbers are computed.

Nothing is decided here. Every table is filled by the full rules (``rows``), and a row with anything unusual in it, be it
a warning, is handed to them. A property test holds both ways against each other.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter, mul
from typing import Any, Generic, TypeVar

from core.dates import age_on
from core.text import clean
from residents.choices import IdKind, Relation, Sex
from residents.imports.columns import Column
from residents.imports.draft import Draft
from residents.imports.identifying import AGE_TOLERANCE
from residents.imports.layouts import Layout
from residents.imports.lines import NOTHING, NULL, Sealing, array, escaped, name_columns
from residents.imports.placing import Placer
from residents.imports.rows import LENGTHS, NULLS, door_of, no_person, read_row, text_of, unusable
from residents.rules.days import read_date
from residents.rules.faults import Fault
from residents.rules.identity import MAX_AGE, Identity, read_identity
from residents.rules.phones import is_placeholder

C = Column
K = TypeVar("K")
V = TypeVar("V")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fa5]{2,4}").fullmatch  # nothing in it to fold
_MOBILE = re.compile(r"1[3-9][0-9]{9}").fullmatch
_DIGITS = frozenset("0123456789")
_LEADS = frozenset("示样例")  # a row that may be our example
_SAMPLE_NAME = "王建国"
_SAMPLE_NUMBERS = {Sex.MALE: "37109919900101001", Sex.FEMALE: "37109919900101002"}


class Table(dict[K, V], Generic[K, V]):
    """Answers by key, made once each; emptied when it has grown too large. None means: ask the full rules."""

    def __init__(self, make: Callable[[K], V], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: K) -> V:
        if len(self) >= self._most:
            self.clear()
        found = self[key] = self._make(key)
        return found


@dataclass(frozen=True, slots=True)
class Day:
    """A birth date in a number: its weight in the check digit, and the day."""

    weight: int
    text: str
    year: int
    month_day: int


@dataclass(frozen=True, slots=True)
class Words:
    """What the wordy cells of a row say together, for a person of one sex."""

    relation: str
    registration: str
    kinds: str
    remark: str


def weigh(digits: str, first: int) -> int:
    """The part that some digits add to the sum of GB 11643; ``first`` is the place of the first one."""
    return sum(map(mul, _WEIGHTS[first:], map(int, digits)))


def check_digit(number: str) -> str:
    """The last character of an 18-digit number, by its first 17."""
    return _CHECK[weigh(number[:17], 0) % 11]


class QuickReader:
    """Reads ordinary rows of one layout."""

    def __init__(self, layout: Layout, placer: Placer, sealing: Sealing, *, on: date) -> None:
        self.layout, self.on = layout, on
        self._placer, self._sealing = placer, sealing
        self._year, self._month_day = on.year, on.month * 100 + on.day
        at = layout.positions
        self._name_at, self._number_at = at[C.NAME], at[C.NUMBER]
        self._phone_at, self._born_at, self._age_at = (at.get(one, -1) for one in (C.PHONE, C.BORN_ON, C.AGE))
        self._head_at, self._house_at, self._address_at = (
            at.get(one, -1) for one in (C.HEAD, C.HOUSEHOLD, C.ADDRESS)
        )
        self._no_names = {clean(layout.titles[self._name_at]), *NULLS}
        self._never = [index for _, index in layout.more]
        wordy = (C.ID_KIND, C.SEX, C.RELATION, C.REGISTRATION, C.KINDS, C.STATUS, C.REMARK)
        self._wordy_at = [*(at[one] for one in wordy if one in at), *(index for index, _ in layout.ticks)]
        self._doors_at = [at[one] for one in (C.BUILDING, C.UNIT, C.ROOM) if one in at]
        self._place_at = [at[one] for one in (C.TOWNSHIP, C.VILLAGE, C.GRID) if one in at]
        self._words_of, self._place_of = _getter(self._wordy_at), _getter(self._place_at)
        self._address_of = _getter([*([self._address_at] if self._address_at >= 0 else []), *self._doors_at])
        self._make_tables()

    def _make_tables(self) -> None:
        self._regions: Table[str, int | None] = Table(self._region, 8_192)
        self._days: Table[str, Day | None] = Table(self._day, 65_536)
        self._sequences: Table[str, tuple[int, int] | None] = Table(_sequence, 1_024)
        self._names: Table[str, tuple[str, str] | None] = Table(self._name, 65_536)
        self._born: Table[str, str | None] = Table(self._stated_day, 65_536)
        self._ages: Table[str, int | None] = Table(_age, 1_024)
        self._words: Table[Any, tuple[Words | None, Words | None]] = Table(self._said, 32_768)
        self._places: Table[Any, str | None] = Table(self._placed, 32_768)
        self._addresses: Table[Any, tuple[str, str] | None] = Table(self._addressed, 16_384)

    def line(self, row: int, cells: Sequence[str]) -> str | None:
        """The staged line of an ordinary row, or None for the full rules. ``cells`` is as wide as the layout."""
        number, lead = cells[self._number_at], cells[0]
        if len(number) != 18 or (lead and (lead[0] in _LEADS or not lead[0].isalnum())):
            return None
        region, day, sequence = (
            self._regions[number[:6]],
            self._days[number[6:14]],
            self._sequences[number[14:17]],
        )
        if region is None or day is None or sequence is None:
            return None
        weight, sex = sequence
        if number[17] != _CHECK[(region + day.weight + weight) % 11] or number[15:] == "000":
            return None
        name, said = self._names[cells[self._name_at]], self._words[self._words_of(cells)][sex - 1]
        if name is None or said is None or not self._agrees(cells, day):
            return None
        place, address = self._places[self._place_of(cells)], self._addresses[self._address_of(cells)]
        phone, house = self._phone(cells), self._house(cells)
        if place is None or address is None or phone is None or house is None:
            return None
        head = self._head(cells, said, name[0])
        if head is None:
            return None
        return (
            f"{self.layout.sheet}\t{row}\tf\t{name[1]}\t{sex}\t{day.text}\t01\t{self._sealing.number(number)}\t{phone}"
            f"\t{NULL}\t{head}\t{house}\t{place}\t{address[0]}\t{said.registration}\t{said.kinds}\t{said.remark}"
            f"\t{NULL}\t{address[1]}\n"
        )

    def _agrees(self, cells: Sequence[str], day: Day) -> bool:
        """Birth date and age beside the number say the same, or nothing; further columns are empty."""
        for at in self._never:
            if cells[at]:
                return False
        born = cells[self._born_at] if self._born_at >= 0 else ""
        if born != day.text and born and self._born[born] not in (day.text, ""):
            return False
        if self._age_at >= 0 and (age := cells[self._age_at]):
            years = self._year - day.year - (self._month_day < day.month_day)
            stated = self._ages[age]
            return stated is not None and abs(years - stated) <= AGE_TOLERANCE
        return True

    def _phone(self, cells: Sequence[str]) -> str | None:
        phone = cells[self._phone_at] if self._phone_at >= 0 else ""
        if not phone:
            return NOTHING
        if not _MOBILE(phone) or is_placeholder(phone):
            return None
        return self._sealing.phone(phone)

    def _house(self, cells: Sequence[str]) -> str | None:
        house = cells[self._house_at] if self._house_at >= 0 else ""
        if not house:
            return ""
        is_plain = house.isascii() and house.isalnum() and house[0] in _DIGITS
        return house if is_plain and 1 < len(house) <= LENGTHS[C.HOUSEHOLD] else None

    def _head(self, cells: Sequence[str], said: Words, name: str) -> str | None:
        """Three columns: relation, whether it is a guess, name of the head."""
        head = cells[self._head_at] if self._head_at >= 0 else ""
        if not head:
            return f"{said.relation}\tf\t"
        found = self._names[head]
        if found is None:
            return None
        if said.relation:
            return f"{said.relation}\tf\t{escaped(found[0])}"
        return f"{Relation.HEAD.value}\tf\t{escaped(name)}" if found[0] == name else None

    def _region(self, code: str) -> int | None:
        return weigh(code, 0) if _is_good(f"{code}19900101001", code, on=self.on) else None

    def _day(self, digits: str) -> Day | None:
        if not (digits.isascii() and digits.isdigit()):
            return None
        try:
            day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            return None
        if day > self.on or age_on(day, self.on) > MAX_AGE:
            return None
        return Day(weigh(digits, 6), day.isoformat(), day.year, day.month * 100 + day.day)

    def _name(self, written: str) -> tuple[str, str] | None:
        is_plain = _PLAIN_NAME(written) and not written.startswith("示例")
        if is_plain and written not in self._no_names:
            return written, name_columns(written)
        draft = self._sample({self._name_at: written})
        return (draft.name, name_columns(draft.name)) if draft else None

    def _stated_day(self, written: str) -> str | None:
        text = text_of(C.BORN_ON, written)
        if not text:
            return ""
        found = read_date(text, on=self.on)
        return None if isinstance(found, Fault) or found > self.on else found.isoformat()

    def _said(self, key: Any) -> tuple[Words | None, Words | None]:
        cells = dict(zip(self._wordy_at, _unkeyed(key, self._wordy_at), strict=True))
        return self._said_by(cells, Sex.MALE), self._said_by(cells, Sex.FEMALE)

    def _said_by(self, cells: dict[int, str], sex: int) -> Words | None:
        draft = self._sample(cells, sex)
        if draft is None or draft.id_kind != IdKind.ID_CARD:
            return None
        return Words(draft.relation, draft.registration, array(draft.kinds), escaped(draft.remark))

    def _placed(self, key: Any) -> str | None:
        draft = self._sample(dict(zip(self._place_at, _unkeyed(key, self._place_at), strict=True)))
        if draft is None:
            return None
        self._placer.put(draft)
        return None if draft.faults or not draft.village_code else f"{draft.village_code}\t{draft.grid_id}"

    def _addressed(self, key: Any) -> tuple[str, str] | None:
        at = [*([self._address_at] if self._address_at >= 0 else []), *self._doors_at]
        cells = dict(zip(at, _unkeyed(key, at), strict=True))
        texts = {
            column: text_of(column, cells.get(self.layout.positions.get(column, -1), ""))
            for column in (C.ADDRESS, C.BUILDING, C.UNIT, C.ROOM)
        }
        if any(unusable(column, text) for column, text in texts.items()):
            return None
        address, door = door_of(texts)
        return escaped(address), "\t".join(map(escaped, (door.building, door.unit, door.room)))

    def _sample(self, cells: dict[int, str], sex: int = Sex.MALE) -> Draft | None:
        """What the full rules make of these cells in an otherwise faultless row; None when they find anything."""
        row = [""] * len(self.layout.titles)
        row[self._name_at], row[self._number_at] = _SAMPLE_NAME, _SAMPLES[sex]
        for at, text in cells.items():
            row[at] = text
        if no_person(row, self.layout):
            return None
        draft = read_row(self.layout.sheet, 1, row, self.layout, on=self.on)
        has_place = any(row[at] for at in self._place_at)
        faults = [one for one in draft.faults if has_place or one.fault.code != "village_missing"]
        return None if faults else draft


def _getter(places: list[int]) -> Callable[[Sequence[str]], Any]:
    return itemgetter(*places) if places else lambda cells: ()


def _unkeyed(key: Any, places: list[int]) -> Sequence[str]:
    """What ``_getter`` gave, as a sequence again."""
    return [key] if len(places) == 1 else key


def _is_good(body: str, part: str, *, on: date) -> bool:
    if not (part.isascii() and part.isdigit()):
        return False
    found = read_identity(body + check_digit(body), on=on)
    return isinstance(found, Identity) and found.kind == IdKind.ID_CARD and not found.warnings


def _sequence(digits: str) -> tuple[int, int] | None:
    """Weight, and the sex."""
    if not (digits.isascii() and digits.isdigit()):
        return None
    return weigh(digits, 14), Sex.MALE if int(digits[2]) % 2 else Sex.FEMALE


def _age(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 4 else None


_SAMPLES = {sex: body + check_digit(body) for sex, body in _SAMPLE_NUMBERS.items()}
