"""What somebody typed into the search box (name, initials, last digits of the ID, phone)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.text import clean, clean_name
from residents.rules.identity import normal_number, upgraded
from residents.rules.phones import normal_phone


class By(StrEnum):
    """The Chinese is printed above the results."""

    NOTHING = ""
    NAME = "姓名"
    SURNAME = "姓氏"
    INITIALS = "拼音首字母"
    NUMBER = "证件号码"
    PHONE = "电话号码"
    TAIL = "证件号码或电话末四位"
    LONG_TAIL = "证件号码或电话末几位"
    HOUSEHOLD = "家庭编号"
    UNCLEAR = "无法识别"


HINT = "请输入姓名（两个字起）、姓氏、拼音首字母、完整身份证号、身份证号末 4 至 6 位、完整手机号、手机号末 4 位或家庭编号。"


@dataclass(frozen=True)
class Lookup:
    by: By
    value: str = ""


_PATTERNS = (
    (re.compile(r"\d{12}F\d{5}"), By.HOUSEHOLD),
    (re.compile(r"\d{3}[\dX]"), By.TAIL),
    (re.compile(r"\d{4,5}[\dX]"), By.LONG_TAIL),
    (re.compile(r"\d{17}[\dX](#[1-9])?|\d{8}|999\d{4,16}"), By.NUMBER),
    (re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]{6,30}|[\u4e00-\u9fff]{1,3}字第[A-Z0-9]{4,10}号"), By.NUMBER),
)
_RENEWED = re.compile(r"([HM]\d{8})\d{2}|(?!999)(\d{8})\d{2}[(]?[A-Z]?[)]?")  # the count changes
_LETTERS = re.compile(r"[A-Za-z]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]")


def read_lookup(text: object) -> Lookup:
    """Decide how to search; the value is in the form in which it is stored."""
    typed = clean(text)
    if not typed:
        return Lookup(By.NOTHING)
    number = normal_number(typed)
    if re.fullmatch(r"\d{15}", number):
        return Lookup(By.NUMBER, upgraded(number))
    renewed = _RENEWED.fullmatch(number)
    if renewed and not normal_phone(typed):
        return Lookup(By.NUMBER, renewed[1] or renewed[2])
    for pattern, by in _PATTERNS:
        if pattern.fullmatch(number):
            return Lookup(by, number)
    phone = normal_phone(typed)
    if phone:
        return Lookup(By.PHONE, phone)
    name = clean_name(typed)
    if _LETTERS.fullmatch(name):
        return Lookup(By.INITIALS, name.lower())
    if _HAN.search(name):
        return Lookup(By.SURNAME if len(name) == 1 else By.NAME, name)
    return Lookup(By.UNCLEAR, "")
