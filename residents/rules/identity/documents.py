"""Documents other than the identity card, and what was given beside a number."""

import re
from dataclasses import dataclass
from datetime import date

from residents.choices import IdKind, Sex
from residents.rules.faults import Fault
from residents.rules.identity.numbers import Identity, normal_number, read_identity

NUMBERED = (IdKind.ID_CARD, IdKind.RESIDENCE_PERMIT, IdKind.HOUSEHOLD_BOOK)
_MOTHER = re.compile(r"(\d{17}[\dX]|\d{15})(?:[#+/第]|胎|孩|之)?([1-9])(?:孩|胎|号)?", re.ASCII)


@dataclass(frozen=True)
class Shape:
    """How a kind of document is numbered.

    Attributes:
        pattern: of the normal form; what the group ``who`` catches is kept, the rest changes with every renewal.
        said: the same in words.
    """

    pattern: re.Pattern[str]
    said: str


def _shape(pattern: str, said: str) -> Shape:
    return Shape(re.compile(pattern, re.ASCII), said)


# Renewal counts and letters of the issuing office follow the number that a person keeps for life.
SHAPES: dict[str, Shape] = {
    IdKind.HK_MACAU_PERMIT: _shape(
        r"(?P<who>[HM]\d{8})(\d{2})?", "字母 H 或 M 加 8 位数字（可另有 2 位换证次数）"
    ),
    IdKind.TAIWAN_PERMIT: _shape(
        r"(?P<who>\d{8})(\d{2}([(]?[A-Z][)]?)?)?", "8 位数字（旧证 10 位，后两位是换证次数）"
    ),
    IdKind.PASSPORT: _shape(r"(?P<who>(?=.*\d)[A-Z0-9]{5,15})", "5 至 15 位字母和数字，至少有一位数字"),
    IdKind.OFFICER: _shape(
        r"((?P<unit>[\u4e00-\u9fff]{1,3}?)字?第?)?(?P<who>(?=.*\d)[A-Z0-9]{4,10})号?",
        "如“军字第1234567号”，号码 4 至 10 位",
    ),
    IdKind.FOREIGN_PERMANENT: _shape(
        r"(?P<who>[A-Z]{3}\d{12})", "新证 18 位数字（9 开头），旧证 3 位国家字母加 12 位数字"
    ),
    IdKind.BIRTH_CERTIFICATE: _shape(r"(?P<who>[A-Z]\d{9})", "1 位字母加 9 位数字"),
}
_ANY_DOCUMENT = _shape(r"(?P<who>[A-Z0-9]{4,30})", "4 至 30 位字母和数字")


def read_document(kind: str, text: object, *, on: date) -> Identity | Fault:
    """Read a document number of a stated kind. The renewal count of a permit is dropped: the person stays the same.

    A household book carries the same number as the card of its person. Where the kind is free in form, a good
    identity number is refused: it would hide the person from everybody who looks for the card.
    """
    if kind in NUMBERED:
        return _of_kind(kind, read_identity(text, on=on))
    if kind == IdKind.MOTHERS_NUMBER:
        return _mothers(text, on)
    number = normal_number(text)
    if kind == IdKind.FOREIGN_PERMANENT and not number[:3].isalpha():
        return _of_kind(kind, read_identity(text, on=on))
    found = SHAPES.get(kind, _ANY_DOCUMENT).pattern.fullmatch(number)
    if not found:
        said = SHAPES.get(kind, _ANY_DOCUMENT).said
        return Fault("id_document", f"{IdKind(kind).label}号码应为{said}", "请对照证件核对")
    if kind in (IdKind.OTHER, IdKind.TEMPORARY) and len(number) == 18:
        card = read_identity(number, on=on)
        if isinstance(card, Identity):
            return _other_kind(card)
    unit = found.groupdict().get("unit")
    return Identity(f"{unit}字第{found['who']}号" if unit else found["who"], kind, None, Sex.UNKNOWN)


def _of_kind(kind: str, found: Identity | Fault) -> Identity | Fault:
    if isinstance(found, Fault) or found.kind == kind or kind == IdKind.HOUSEHOLD_BOOK:
        return found
    return _other_kind(found)


def _other_kind(found: Identity) -> Fault:
    return Fault("id_kind", f"这个号码是{IdKind(found.kind).label}", "请改选证件类型")


def _mothers(text: object, on: date) -> Identity | Fault:
    """A newborn under his mother's number and his place among her children: 371002196001010003#1."""
    found = _MOTHER.fullmatch(normal_number(text))
    if not found:
        return Fault(
            "id_mother_form",
            "应为母亲的 18 位身份证号加 # 和第几孩",
            "请写成“母亲身份证号#1”，双胞胎分别写 #1、#2",
        )
    mother = read_identity(found[1], on=on)
    if isinstance(mother, Fault):
        return Fault(mother.code, f"母亲的{mother.cause}", mother.remedy)
    if mother.sex != Sex.FEMALE:
        return Fault("id_mother_sex", "这个号码的性别是男，不是母亲的号码", "请对照母亲的证件核对")
    return Identity(f"{mother.number}#{found[2]}", IdKind.MOTHERS_NUMBER, None, Sex.UNKNOWN)


def mother_of(number: str) -> str:
    """The mother's own number in the number of a newborn; "" for every other document."""
    return number.partition("#")[0] if "#" in number else ""


def disagreement(identity: Identity, *, sex: int = Sex.UNKNOWN, born_on: date | None = None) -> Fault | None:
    """What was given beside the number must not contradict it; nothing is overwritten in silence."""
    if identity.born_on and born_on and born_on != identity.born_on:
        return Fault(
            "birth_disagrees",
            f"出生日期 {born_on} 与身份证号中的 {identity.born_on} 不一致",
            "请核对后改正其中一项",
        )
    stated = sex in (Sex.MALE, Sex.FEMALE)
    if stated and identity.sex in (Sex.MALE, Sex.FEMALE) and sex != identity.sex:
        return Fault(
            "sex_disagrees",
            f"性别“{Sex(sex).label}”与身份证号中的“{Sex(identity.sex).label}”不一致",
            "请核对后改正其中一项",
        )
    return None
