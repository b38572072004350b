"""Who a row is: the document and its number, sex and birth date beside it, and newborns who have no number yet."""

import re
from datetime import date

from core.dates import age_on
from residents.choices import PROVISIONAL_KINDS, IdKind, Sex
from residents.imports.columns import Column
from residents.imports.draft import Draft
from residents.rules.days import read_date
from residents.rules.faults import Fault
from residents.rules.identity import Identity, disagreement, read_document, read_identity
from residents.rules.sexes import read_sex
from residents.rules.words import read_id_kind

_NEWBORN = re.compile(
    r"新生儿|未上户|未落户|未报户口|暂无证件|出生证|出生医学证明|刚出生|初生|未办身份证|未办证"
)
_AGE = re.compile(r"(\d{1,3})(?:周?岁)?")
AGE_TOLERANCE = 2  # years: an old list, or ages counted the traditional way
C = Column


def read_person(draft: Draft, text: dict[Column, str], *, on: date) -> None:
    """Fill in document, sex and birth date; what contradicts itself is refused, never overwritten in silence."""
    stated_sex, stated_day = _sex(draft, text[C.SEX]), _day(draft, text[C.BORN_ON], on)
    draft.sex, draft.born_on = stated_sex, stated_day
    kind = read_id_kind(text[C.ID_KIND])
    if isinstance(kind, Fault):
        draft.refuse(C.ID_KIND, kind)
        kind = None
    if _is_without_number(draft, text, kind):
        _read_newborn(draft, text, kind)
        return
    found = _identity(text[C.NUMBER], kind, on)
    if isinstance(found, Fault):
        draft.refuse(C.NUMBER, found)
        return
    draft.number, draft.id_kind = found.number, found.kind
    draft.sex, draft.born_on = found.sex or stated_sex, found.born_on or stated_day
    for warning in found.warnings:
        draft.warn(C.NUMBER, warning)
    for column, fault in (
        (C.SEX, disagreement(found, sex=stated_sex)),
        (C.BORN_ON, disagreement(found, born_on=stated_day)),
    ):
        if fault:
            draft.refuse(column, fault)
    _compare_age(draft, text[C.AGE], on)


def _identity(text: str, kind: IdKind | None, on: date) -> Identity | Fault:
    if kind is not None and text:
        return read_document(kind, text, on=on)
    found = read_identity(text, on=on)
    if isinstance(found, Fault) and found.code == "id_missing":
        remedy = "请补填；确无证件的新生儿，请在“证件类型”填“暂无证件”，并填写出生日期和性别"
        return Fault(found.code, found.cause, remedy)
    if isinstance(found, Fault) and found.code == "id_length":
        return Fault(found.code, found.cause, f"{found.remedy}；不是身份证的，请加“证件类型”一列写明")
    return found


def _is_without_number(draft: Draft, text: dict[Column, str], kind: IdKind | None) -> bool:
    """No number, and the row makes it plain that there is none yet."""
    number = text[C.NUMBER]
    if number and not _NEWBORN.search(number):
        return kind is IdKind.NONE and not re.search(r"\d", number)
    return kind in PROVISIONAL_KINDS or any(
        _NEWBORN.search(one) for one in (number, text[C.REMARK], text[C.RELATION], text[C.KINDS])
    )


def _read_newborn(draft: Draft, text: dict[Column, str], kind: IdKind | None) -> None:
    """Name, birth date and sex must stand for the number until it comes."""
    draft.id_kind = IdKind.NONE
    if draft.born_on is None and not any(one.column == C.BORN_ON for one in draft.faults):
        draft.refuse(
            C.BORN_ON, Fault("newborn_day", "没有证件号码，也没有出生日期", "请补填出生日期，如 2026-03-08")
        )
    if draft.sex not in (Sex.MALE, Sex.FEMALE) and not any(one.column == C.SEX for one in draft.faults):
        draft.refuse(C.SEX, Fault("newborn_sex", "没有证件号码，也没有性别", "请补填性别"))
    if kind is None or kind is IdKind.BIRTH_CERTIFICATE:
        fault = Fault("newborn", "没有证件号码，按“暂无证件”登记", "领到证件后请在居民页面补录号码")
        draft.warn(C.NUMBER, fault)


def _sex(draft: Draft, text: str) -> int:
    found = read_sex(text)
    if isinstance(found, Fault):
        draft.refuse(C.SEX, found)
        return Sex.UNKNOWN
    return found


def _day(draft: Draft, text: str, on: date) -> date | None:
    """A birth date; a form that cannot be read stops the row only where nothing else says it."""
    if not text:
        return None
    found = read_date(text, on=on)
    if isinstance(found, Fault):
        draft.refuse(C.BORN_ON, found)
        return None
    if found > on:
        draft.refuse(C.BORN_ON, Fault("date_future", f"出生日期 {found} 还没有到", "请核对年、月、日"))
        return None
    return found


def _compare_age(draft: Draft, text: str, on: date) -> None:
    """An age never makes a birth date; beside one it only raises a doubt."""
    found = _AGE.fullmatch(text)
    if not found:
        return
    if draft.born_on is None:
        fault = Fault("age_only", "只有年龄，没有出生日期", "年龄不能代替出生日期，请补填出生日期")
        draft.warn(C.AGE, fault)
    elif abs(age_on(draft.born_on, on) - int(found[1])) > AGE_TOLERANCE:
        said = f"年龄 {found[1]} 与证件上的出生日期 {draft.born_on} 相差较大"
        draft.warn(C.AGE, Fault("age_differs", said, "已按证件登记，请核对是不是同一个人"))
