"""Citizen identity numbers (GB 11643) and the other documents of docs/domain.md 6.1 and 6.2.

Only the check digit comes from a library. A library that also asks whether the county existed in the year of birth
refuses most people of a young county, so the region is checked by its first two digits alone.
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from stdnum.cn.ric import calc_check_digit

from core.dates import age_on
from core.text import clean
from residents.choices import IdKind, Sex
from residents.rules.faults import Fault

MAX_AGE = 120
PROVINCES = frozenset(
    str(one)
    for region in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71,),
    )
    for one in region
)
RESIDENCE_PERMITS = frozenset(("81", "82", "83"))  # people of Hong Kong, Macau and Taiwan
FOREIGNERS = frozenset(("91", "92", "93", "94", "95", "96"))  # 9 + the first digit of the issuing province
CENTENARIANS = frozenset(("996", "997", "998", "999"))  # sequences of 15-digit numbers for births before 1900

_EIGHTEEN = re.compile(r"\d{17}[\dX]")
_FIFTEEN = re.compile(r"\d{15}")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d{1,2}")
_LOOKALIKES = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "B": "8", "S": "5", "Z": "2"})
_CROSSES = str.maketrans(
    {"×": "X", "Х": "X", "Χ": "X", "✕": "X", "╳": "X"}
)  # multiplication sign, Cyrillic, Greek

TRUNCATED = Fault(
    "id_truncated",
    "号码被 Excel 当作数字截断，末三位已经丢失",
    "请把该列设为“文本”格式后重新录入完整号码，不能用补零代替",
)


@dataclass(frozen=True)
class Identity:
    """A number that can be used, in its normal form, and what it says about the person.

    Attributes:
        number: upper case; a 15-digit number already carries its century and check digit.
        kind: ``IdKind`` code; a number of a foreign or Hong Kong resident is told by its region.
        born_on: None for documents that do not say it.
        warnings: nothing that stops, but what the reader should know.
    """

    number: str
    kind: str
    born_on: date | None
    sex: int
    warnings: tuple[Fault, ...] = ()


def normal_number(text: object) -> str:
    """Half-width, upper case, without blanks, quotes and hyphens; any cross at the end is an X."""
    folded = re.sub(r"[\s'\"`’‘“”\-]", "", clean(text)).upper()
    return folded[:-1] + folded[-1:].translate(_CROSSES)


def read_identity(text: object, *, on: date) -> Identity | Fault:
    """Read an 18- or 15-digit number as of the day ``on``.

    The order is fixed, so that one number always gets the same answer: shape, date, region, check digit. Look-alike
    letters are only suggested, never corrected.
    """
    folded = clean(text).upper().replace(" ", "")
    if _SCIENTIFIC.fullmatch(folded):
        return TRUNCATED
    number = normal_number(text)
    if not number:
        return Fault("id_missing", "没有填写证件号码", "请补填 18 位身份证号")
    if _FIFTEEN.fullmatch(number):
        return _upgraded(number, on)
    if len(number) not in (15, 18):
        return Fault("id_length", f"号码有 {len(number)} 位，应为 18 位", "请对照证件核对是否漏填或多填")
    if not _EIGHTEEN.fullmatch(number):
        return _wrong_characters(number, on)
    return _checked(number, on)


def _checked(number: str, on: date) -> Identity | Fault:
    is_consistent = number[-1] == calc_check_digit(number)
    if number.endswith("000") and not is_consistent:
        return TRUNCATED
    born_on = _date_in(number)
    if born_on is None:
        return Fault("id_date", "号码第 7 至 14 位不是有效的出生日期", "请对照证件核对")
    fault = _unlikely_date(born_on, on) or _wrong_region(number)
    if fault:
        return fault
    if not is_consistent:
        return Fault("id_check_digit", "号码末位校验码不符", "可能有一位填错，请对照证件逐位核对")
    return Identity(number, _kind_of(number), born_on, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def _date_in(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _unlikely_date(born_on: date, on: date) -> Fault | None:
    if born_on > on:
        return Fault("id_date_future", f"号码中的出生日期 {born_on} 还没有到", "请对照证件核对")
    if age_on(born_on, on) > MAX_AGE:
        return Fault("id_date_too_old", f"按号码计算年龄超过 {MAX_AGE} 岁", "请对照证件核对")
    return None


def _wrong_region(number: str) -> Fault | None:
    if number[:2] in PROVINCES | RESIDENCE_PERMITS | FOREIGNERS:
        return None
    return Fault(
        "id_region", "号码前两位不是有效的省份代码", "请对照证件核对；学籍号等临时编号不能代替身份证号"
    )


def _kind_of(number: str) -> str:
    if number[:2] in RESIDENCE_PERMITS:
        return IdKind.RESIDENCE_PERMIT
    return IdKind.FOREIGN_PERMANENT if number[:2] in FOREIGNERS else IdKind.ID_CARD


def _upgraded(number: str, on: date) -> Identity | Fault:
    """A 15-digit number becomes 18: the century goes in, the check digit comes on."""
    if number[12:] in CENTENARIANS:
        return Fault("id_date_too_old", "15 位号码的顺序码表示 1900 年以前出生", "请对照证件核对")
    body = f"{number[:6]}19{number[6:]}"
    found = _checked(body + calc_check_digit(body + "0"), on)
    if isinstance(found, Fault):
        return found
    note = Fault("id_upgraded", "15 位旧号码已升为 18 位", "请在下次见面时对照现用证件核实")
    return replace(found, warnings=(note,))


def _wrong_characters(number: str, on: date) -> Fault:
    """Letters between the digits; what the writer may have meant is said only when it would be a good number."""
    guess = number[:-1].translate(_LOOKALIKES) + (
        number[-1] if number[-1] == "X" else number[-1].translate(_LOOKALIKES)
    )
    wrong = "、".join(
        sorted({one for one in number[:-1] if not one.isdigit()} | ({number[-1]} - set("0123456789X")))
    )
    if guess != number and isinstance(read_identity(guess, on=on), Identity):
        return Fault(
            "id_lookalike", f"号码中有字母 {wrong}，可能是把数字 0、1 等误写成字母", "请对照证件改成数字"
        )
    return Fault("id_characters", f"号码中有不该出现的字符 {wrong}", "只能是数字，末位可为 X，请对照证件核对")


_DOCUMENTS: dict[str, tuple[str, str]] = {
    IdKind.HK_MACAU_PERMIT: (r"[HM]\d{8}(\d{2})?", "字母 H 或 M 加 8 位数字（可另有 2 位换证次数）"),
    IdKind.TAIWAN_PERMIT: (r"\d{8}(\d{2})?", "8 位数字"),
    IdKind.PASSPORT: (r"[A-Z0-9]{5,15}", "5 至 15 位字母和数字"),
}
_ANY_DOCUMENT = (r"[A-Z0-9]{4,30}", "4 至 30 位字母和数字")
NUMBERED = (IdKind.ID_CARD, IdKind.RESIDENCE_PERMIT, IdKind.FOREIGN_PERMANENT, IdKind.HOUSEHOLD_BOOK)


def read_document(kind: str, text: object, *, on: date) -> Identity | Fault:
    """Read a document number of a stated kind. The renewal count of a permit is dropped: the person stays the same.

    A household book carries the same number as the card of its person.
    """
    if kind in NUMBERED:
        found = read_identity(text, on=on)
        if isinstance(found, Fault) or found.kind == kind or kind == IdKind.HOUSEHOLD_BOOK:
            return found
        return Fault("id_kind", f"这个号码是{IdKind(found.kind).label}", "请改选证件类型")
    number = normal_number(text)
    pattern, said = _DOCUMENTS.get(kind, _ANY_DOCUMENT)
    if not re.fullmatch(pattern, number):
        return Fault("id_document", f"{IdKind(kind).label}号码应为{said}", "请对照证件核对")
    if kind == IdKind.HK_MACAU_PERMIT:
        number = number[:9]
    return Identity(number, kind, None, Sex.UNKNOWN)


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
