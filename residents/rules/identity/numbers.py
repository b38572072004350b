"""Citizen identity numbers and what is built like them: 18 digits with a check, or 15 of the first issue.

Only the check digit comes from a library.
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from stdnum.cn.ric import calc_check_digit

from core.dates import age_on
from core.text import clean
from residents.choices import IdKind, Sex
from residents.rules.faults import Fault
from residents.rules.identity.regions import (
    PERMIT_REGIONS,
    PROVINCES,
    is_foreigner,
    is_known_county,
    is_region,
)

MAX_AGE = 120
CENTENARIANS = frozenset(("996", "997", "998", "999"))  # sequences of 15-digit numbers for births before 1900

_EIGHTEEN = re.compile(r"\d{17}[\dX]", re.ASCII)
_FIFTEEN = re.compile(r"\d{15}", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d*)?E\+?\d{1,2}", re.ASCII)
_AS_A_NUMBER = re.compile(r"\d{15}000|\d{18}\.0+", re.ASCII)
_SCHOOL = re.compile(r"[GL](\d{17}[\dX])", re.ASCII)
_NOTHING = frozenset(
    ("", "无", "暂无", "没有", "不详", "未知", "未办", "未办理", "/", "0", "NULL", "NONE", "N/A")
)
_LOOKALIKES = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "B": "8", "S": "5", "Z": "2"})
_UNWRITTEN = re.compile(r"^=|[\s'\"`’‘“”\-–—]")  # ="371..." keeps a number a text in CSV
_CROSSES = str.maketrans({"×": "X", "Х": "X", "Χ": "X", "✕": "X", "✖": "X", "╳": "X", "乂": "X", "㐅": "X"})
# multiplication signs, Cyrillic, Greek, and the Chinese characters that are drawn as a cross

TRUNCATED = Fault(
    "id_truncated",
    "号码被 Excel 当作数字截断，末三位已经丢失",
    "请把该列设为“文本”格式后重新录入完整号码，不能用补零代替",
)
MAYBE_TRUNCATED = Fault(
    "id_maybe_truncated",
    "号码末三位是 000，虽然校验码相符，仍可能被 Excel 截断",
    "请对照证件核对末三位",
)
UNKNOWN_COUNTY = Fault(
    "id_county", "号码前六位不在县级区划代码中", "可能是已撤销的旧代码，请对照证件核对，无误可以保留"
)
WRONG_REGION = Fault(
    "id_region", "号码前两位不是有效的省份代码", "请对照证件核对；学籍号等临时编号不能代替身份证号"
)
TEMPORARY = Fault(
    "id_temporary",
    "这是 999 开头的临时编号，不是身份证号",
    "请改填身份证号；确实还没有证件的，证件类型选“临时编号”，领到证件后更正",
)
SCHOOL = Fault(
    "id_school", "这是 G 或 L 开头的学籍号，不是身份证号", "请对照户口簿填写 18 位身份证号，不要照抄学籍号"
)
MASKED = Fault("id_masked", "号码中有 * 号，是隐去部分数字的号码", "请用未隐去的名单，或对照证件填写完整号码")


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
    folded = _UNWRITTEN.sub("", clean(text)).upper()
    return folded[:-1] + folded[-1:].translate(_CROSSES)


def upgraded(number: str) -> str:
    """15 digits -> 18: the century goes in, the check digit comes on. Nothing is checked."""
    body = f"{number[:6]}19{number[6:]}"
    return body + calc_check_digit(body + "0")


def read_identity(text: object, *, on: date) -> Identity | Fault:
    """Read an 18- or 15-digit number as of the day ``on``.

    The order is fixed, so that one number always gets the same answer: shape, date, region, check digit. Look-alike
    letters are only suggested, never corrected. A number that a spreadsheet kept as a number has lost its last digits.
    """
    number = normal_number(text)
    if _EIGHTEEN.fullmatch(number):
        return _checked(number, on)
    if _FIFTEEN.fullmatch(number):
        return _of_the_first_issue(number, on)
    return _refused(clean(text).upper().replace(" ", ""), number, on)


def _refused(written: str, number: str, on: date) -> Fault:
    """Why a text that is not 18 or 15 digits long cannot be used: the reason that helps most comes first."""
    if _SCIENTIFIC.fullmatch(written) or _AS_A_NUMBER.fullmatch(written.replace(",", "")):
        return TRUNCATED
    if written in _NOTHING or not number:
        return Fault("id_missing", "没有填写证件号码", "请补填 18 位身份证号")
    if "*" in number:
        return MASKED
    if number.startswith("999") and number.isdecimal():
        return TEMPORARY
    if _SCHOOL.fullmatch(number):
        return SCHOOL
    if len(number) not in (15, 18):
        return Fault("id_length", f"号码有 {len(number)} 位，应为 18 位", "请对照证件核对是否漏填或多填")
    return _wrong_characters(number, on)


def _checked(number: str, on: date) -> Identity | Fault:
    is_consistent = number[-1] == calc_check_digit(number)
    if number.startswith("999"):
        return TEMPORARY
    if number.endswith("000") and not is_consistent:
        return TRUNCATED
    born_on = _date_in(number)
    if born_on is None:
        return Fault("id_date", "号码第 7 至 14 位不是有效的出生日期", "请对照证件核对")
    fault = _unlikely_date(born_on, on)
    if fault:
        return fault
    if not is_region(number):
        return WRONG_REGION
    if not is_consistent:
        return Fault("id_check_digit", "号码末位校验码不符", "可能有一位填错，请对照证件逐位核对")
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return Identity(number, _kind_of(number), born_on, sex, _doubts(number))


def _doubts(number: str) -> tuple[Fault, ...]:
    if number[-3:] != "000" and is_known_county(number[:6]):
        return ()
    truncated = (MAYBE_TRUNCATED,) if number.endswith("000") else ()
    return truncated if is_known_county(number[:6]) else (*truncated, UNKNOWN_COUNTY)


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


def _kind_of(number: str) -> str:
    if number[:2] in PERMIT_REGIONS:
        return IdKind.RESIDENCE_PERMIT
    return IdKind.FOREIGN_PERMANENT if is_foreigner(number) else IdKind.ID_CARD


def _of_the_first_issue(number: str, on: date) -> Identity | Fault:
    """A 15-digit number: always somebody born in the 1900s, or a sequence that says earlier."""
    if number.startswith("999"):
        return TEMPORARY
    if number[:2] not in PROVINCES:
        return WRONG_REGION
    if number[12:] in CENTENARIANS:
        return Fault("id_date_too_old", "15 位号码的顺序码表示 1900 年以前出生", "请对照证件核对")
    found = _checked(upgraded(number), on)
    if isinstance(found, Fault):
        return found
    note = Fault("id_upgraded", "15 位旧号码已升为 18 位", "请在下次见面时对照现用证件核实")
    kept = tuple(
        one for one in found.warnings if one is not MAYBE_TRUNCATED
    )  # 15 digits survive a spreadsheet
    return replace(found, warnings=(note, *kept))


def _wrong_characters(number: str, on: date) -> Fault:
    """Letters between the digits; what the writer may have meant is said only when it would be a good number."""
    guess = number[:-1].translate(_LOOKALIKES) + (
        number[-1] if number[-1] == "X" else number[-1].translate(_LOOKALIKES)
    )
    wrong = "、".join(
        sorted({one for one in number[:-1] if not _is_digit(one)} | ({number[-1]} - set("0123456789X")))
    )
    if guess != number and isinstance(read_identity(guess, on=on), Identity):
        return Fault(
            "id_lookalike", f"号码中有字母 {wrong}，可能是把数字 0、1 等误写成字母", "请对照证件改成数字"
        )
    return Fault("id_characters", f"号码中有不该出现的字符 {wrong}", "只能是数字，末位可为 X，请对照证件核对")


def _is_digit(one: str) -> bool:
    return one in "0123456789"
