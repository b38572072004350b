"""Whether two entries may be one person: reasons with their weights, a score, and what a person should look at.

Nothing here decides. Identity numbers are compared whole and in clear; no sentence shows a digit of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from pypinyin import lazy_pinyin
from stdnum.cn.ric import calc_check_digit

from residents.choices import Sex

VERSION = 1  # part of the fingerprint of a pair: raised with the table below, every pair is scored again


class Reason(StrEnum):
    """Why two entries may be one person; the value is stored."""

    SAME_NUMBER = "same_number"
    FORMER_NUMBER = "former_number"
    NAME_BIRTH_PHONE = "name_birth_phone"
    NEAR_NUMBER = "near_number"
    NAME_BIRTH_HOME = "name_birth_home"
    ALIKE_BIRTH_PHONE = "alike_birth_phone"
    NAME_BIRTH_NO_NUMBER = "name_birth_no_number"
    TWINS_CROSSED = "twins_crossed"
    TWINS_ALIKE = "twins_alike"


@dataclass(frozen=True)
class Told:
    """One line of the table.

    Attributes:
        weight: points of 100 when it is the strongest reason of a pair.
        label: for filters and counts.
        sentence: for the reader, with its closing mark.
    """

    weight: int
    label: str
    sentence: str


TABLE: dict[Reason, Told] = {
    Reason.SAME_NUMBER: Told(100, "证件号码相同", "两人证件号码相同（15 位旧号码与 18 位号码视为同号）。"),
    Reason.FORMER_NUMBER: Told(95, "曾用号码相同", "一人的曾用号码就是另一人的号码或曾用号码。"),
    Reason.NAME_BIRTH_PHONE: Told(85, "姓名、生日、电话相同", "姓名、出生日期和电话都相同。"),
    Reason.NEAR_NUMBER: Told(
        80, "姓名相同、号码相近", "姓名相同，两个号码只差一位或相邻两位颠倒，可能是填错。"
    ),
    Reason.NAME_BIRTH_HOME: Told(75, "姓名、生日、住处相同", "姓名、出生日期相同，并且同户或住址相同。"),
    Reason.ALIKE_BIRTH_PHONE: Told(
        70, "姓名相近、生日、电话相同", "姓名读音相同或只差一字，出生日期和电话相同。"
    ),
    Reason.TWINS_CROSSED: Told(
        70, "号码可能填串", "同日出生、同姓、同住，名字不同而号码交叉：可能是双胞胎的号码填串。"
    ),
    Reason.NAME_BIRTH_NO_NUMBER: Told(
        60, "姓名、生日相同，缺号码", "姓名、出生日期相同，其中一人没有证件号码。"
    ),
    Reason.TWINS_ALIKE: Told(
        60, "可能是双胞胎", "同日出生、同姓、同住，名字相近而各有号码：可能是双胞胎，请核对姓名和号码。"
    ),
}
FURTHER_REASON = 5  # points for each reason besides the strongest
NUMBERS_DIFFER = 30  # points off: each carries another number, and the two are not alike
SEXES_DIFFER = 30  # points off


class Advice(StrEnum):
    """What the reader should do; the Chinese is printed."""

    MERGE = "核对后合并"
    UNTANGLE = "号码可能填串，请先更正号码，不要合并"


@dataclass(frozen=True)
class Facts:
    """What is compared of one entry.

    Attributes:
        number: in its normal form, "" for none.
        former: former numbers.
        phones: blind indexes or plain numbers, all of one kind for both entries.
    """

    name: str
    sex: int = Sex.UNKNOWN
    born_on: date | None = None
    number: str = ""
    former: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    address: str = ""
    household: int | None = None


@dataclass(frozen=True)
class Verdict:
    """How likely two entries are one person (0 to 100), why, and what to do about it."""

    score: int
    reasons: tuple[Reason, ...]

    @property
    def advice(self) -> Advice:
        return advice_for(self.reasons)


def advice_for(reasons: tuple[str, ...] | list[str]) -> Advice:
    is_tangled = {Reason.TWINS_CROSSED, Reason.TWINS_ALIKE} & set(reasons)
    return Advice.UNTANGLE if is_tangled else Advice.MERGE


def compare(one: Facts, other: Facts) -> Verdict:
    """Score two entries; the order in which they are given does not matter."""
    reasons = tuple(sorted(_reasons(one, other), key=lambda reason: (-TABLE[reason].weight, reason)))
    if not reasons:
        return Verdict(0, ())
    score = TABLE[reasons[0]].weight + FURTHER_REASON * (len(reasons) - 1)
    if _numbers_differ(one, other) and not {Reason.TWINS_CROSSED, Reason.TWINS_ALIKE} & set(reasons):
        score -= NUMBERS_DIFFER
    if {one.sex, other.sex} == {Sex.MALE, Sex.FEMALE}:
        score -= SEXES_DIFFER
    return Verdict(max(0, min(100, score)), reasons)


def _reasons(one: Facts, other: Facts) -> Iterator[Reason]:
    same_birth = one.born_on is not None and one.born_on == other.born_on
    same_name, same_phone, same_home = (
        one.name == other.name,
        _share_phone(one, other),
        _share_home(one, other),
    )
    if _crossed(one, other) and same_birth and same_home and _are_siblings(one, other):
        yield Reason.TWINS_CROSSED
    elif one.number and whole_number(one.number) == whole_number(other.number):
        yield Reason.SAME_NUMBER
    elif _crossed(one, other):
        yield Reason.FORMER_NUMBER
    lives_with = one.household is not None and one.household == other.household
    if same_name and is_near(one.number, other.number) and (same_birth or same_phone or lives_with):
        yield Reason.NEAR_NUMBER
    if not same_birth:
        return
    if same_name:
        if same_phone:
            yield Reason.NAME_BIRTH_PHONE
        if same_home:
            yield Reason.NAME_BIRTH_HOME
        if not (one.number and other.number):
            yield Reason.NAME_BIRTH_NO_NUMBER
    elif same_phone and are_alike(one.name, other.name):
        have_own = bool(one.number and other.number) and not _crossed(one, other)
        is_twin = have_own and same_home and _are_siblings(one, other)
        yield Reason.TWINS_ALIKE if is_twin else Reason.ALIKE_BIRTH_PHONE


def _share_phone(one: Facts, other: Facts) -> bool:
    return bool(one.phones & other.phones)


def _share_home(one: Facts, other: Facts) -> bool:
    if one.household is not None and one.household == other.household:
        return True
    return bool(one.address) and plain_address(one.address) == plain_address(other.address)


def _crossed(one: Facts, other: Facts) -> bool:
    """A number of the one stands, now or formerly, with the other; two equal present numbers are another reason."""
    return bool(_all_numbers(one) & _all_numbers(other))


def _all_numbers(one: Facts) -> set[str]:
    return {whole_number(number) for number in (one.number, *one.former) if number}


def _are_siblings(one: Facts, other: Facts) -> bool:
    return one.name != other.name and one.name[:1] == other.name[:1]


def _numbers_differ(one: Facts, other: Facts) -> bool:
    if not (one.number and other.number):
        return False
    return not (_all_numbers(one) & _all_numbers(other)) and not is_near(one.number, other.number)


def plain_address(address: str) -> str:
    """和平路 1号-1单元 -> 和平路1号1单元: blanks and dashes do not make another home."""
    return "".join(one for one in address if one.isalnum())


def whole_number(number: str) -> str:
    """A 15-digit number with its century and check digit; any other as it is."""
    if len(number) != 15 or not (number.isascii() and number.isdigit()):
        return number
    body = f"{number[:6]}19{number[6:]}"
    return body + calc_check_digit(body + "0")


def is_near(one: str, other: str) -> bool:
    """Two different numbers that differ in one place or in two neighboring ones exchanged.

    The check digit of an 18-digit number is left out: it follows from the rest, so a slip changes it too.
    """
    first, second = _body(whole_number(one)), _body(whole_number(other))
    if not first or len(first) != len(second):
        return False
    at = [place for place, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1]]
    if len(at) == 1:
        return True
    return (
        len(at) == 2
        and at[1] == at[0] + 1
        and first[at[0]] == second[at[1]]
        and first[at[1]] == second[at[0]]
    )


def _body(number: str) -> str:
    return number[:17] if len(number) == 18 and number[:17].isdigit() else number


def number_comparison(one: str, other: str) -> str:
    """How two numbers stand to each other, without a digit."""
    if not one and not other:
        return "两人都没有证件号码"
    if not (one and other):
        return "只有一人登记了证件号码"
    if one == other:
        return "两个号码相同"
    if whole_number(one) == whole_number(other):
        return "两个号码相同（一个是 15 位旧号码）"
    if is_near(one, other):
        first, second = _body(whole_number(one)), _body(whole_number(other))
        apart = sum(a != b for a, b in zip(first, second, strict=True))
        return "两个号码只差一位" if apart == 1 else "两个号码只有相邻两位颠倒"
    return "两个号码不同"


@lru_cache(maxsize=65_536)
def sound_of(name: str) -> str:
    """Toneless pinyin, by which homophones meet: 张晨 and 章辰 -> zhangchen."""
    return "".join(lazy_pinyin(name.replace("·", ""), errors="default")).lower()


def are_alike(one: str, other: str) -> bool:
    """Two different names that sound the same, or of which from three characters on only one differs."""
    if one == other or not one or not other:
        return False
    if sound_of(one) == sound_of(other):
        return True
    return (
        len(one) == len(other) and len(one) > 2 and sum(a != b for a, b in zip(one, other, strict=True)) == 1
    )
