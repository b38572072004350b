"""Telephone numbers (docs/domain.md 6.6): one normal form, several in one cell, placeholders told apart."""

import re
from dataclasses import dataclass

from core.text import clean
from residents.rules.faults import Fault

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0\d{2,3})-?(\d{7,8})(?:-(\d{1,6}))?")
_COUNTRY = re.compile(r"^(?:\+86|0086|86(?=1[3-9]\d{9}$))[- ]?")
_SEPARATORS = re.compile(r"[/、,;|\n]|或|和")
_DASHES = str.maketrans({"—": "-", "–": "-", "－": "-", "‐": "-", "―": "-"})
_KNOWN_PLACEHOLDERS = frozenset(("13800138000", "13800000000", "13888888888", "12345678901", "13912345678"))


@dataclass(frozen=True)
class Phones:
    """What was found in one cell: usable numbers in the order given, mobiles first."""

    numbers: tuple[str, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def first(self) -> str:
        return self.numbers[0] if self.numbers else ""


def normal_phone(text: object) -> str:
    """A mobile as 11 digits, a landline as 0631-5231234(-801); "" when it is neither."""
    folded = re.sub(r"\s", "", clean(text).translate(_DASHES))
    folded = _COUNTRY.sub("", folded).strip("'\"-")
    mobile = folded.replace("-", "")
    if _MOBILE.fullmatch(mobile):
        return mobile
    landline = _LANDLINE.fullmatch(folded.replace("(", "").replace(")", "-"))
    if not landline:
        return ""
    return "-".join(part for part in landline.groups() if part)


def tail_of(phone: str) -> str:
    """The last four digits by which people ask for a number; an extension is not part of it."""
    parts = phone.split("-")
    main = parts[1] if len(parts) > 1 else phone
    return main[-4:]


def is_placeholder(phone: str) -> bool:
    """Typed to fill the field: 13800000000, 19999999999."""
    digits = phone.replace("-", "")
    rest = digits[3:]
    return digits in _KNOWN_PLACEHOLDERS or (rest != "" and rest == rest[0] * len(rest))


def read_phones(text: object) -> Phones:
    """All usable numbers of a cell. Faults tell what was left out; an empty cell has neither."""
    whole = clean(text)
    parts = [one.strip() for one in _SEPARATORS.split(whole) if one.strip()]
    if len(parts) == 1 and not normal_phone(parts[0]):
        parts = whole.split()
    read = [(one, normal_phone(one)) for one in parts]
    usable = [phone for _, phone in read if phone and not is_placeholder(phone)]
    numbers = tuple(dict.fromkeys(sorted(usable, key=lambda one: not one.startswith("1"))))
    faults = []
    if any(not phone for _, phone in read):
        faults.append(Fault("phone_form", "电话不是有效的手机号或带区号的座机号", "请核实后补录"))
    if any(phone and is_placeholder(phone) for _, phone in read):
        faults.append(Fault("phone_placeholder", "电话像是为了填满格子而写的号码", "请核实后补录"))
    return Phones(numbers, tuple(faults))
