"""One line of a roster -> a draft with its faults. Pure: nothing is looked up."""

import re
from collections.abc import Iterator
from datetime import date

from core.sheets import unquoted
from core.text import clean, clean_name, tidy
from residents.choices import Population, Relation, Sex
from residents.imports.columns import Column, Layout
from residents.imports.plan import Draft
from residents.rules.days import read_date
from residents.rules.faults import Fault
from residents.rules.household import read_relation, sex_doubt
from residents.rules.identity import disagreement, read_identity
from residents.rules.phones import read_phones
from residents.rules.population import AGE_KINDS, read_kinds
from residents.rules.sexes import read_sex

_NULLS = frozenset(("无", "暂无", "没有", "不详", "不明", "未知", "0", "空", "none", "null", "n/a", "#n/a"))
_STROKES = re.compile(r"[-—–_/\\.。·*]+")
_TOTALS = re.compile(r"^(合计|小计|总计|共计|合\s*计)")
_SIGNATURES = re.compile(
    r"^(填表|制表|审核|负责人|复核|填报|经办|单位[(（:：]|盖章|说明[:：]|备注[:：]|注[:：]|日期[:：])"
)
_ERROR_VALUE = re.compile(r"^#(REF|VALUE|NAME|DIV/0|NULL|NUM|N/A)[!?]?", re.IGNORECASE)
_SIX_DIGITS = re.compile(r"\d{6}")
C = Column

_PROSE = frozenset((C.ADDRESS, C.REMARK))
# Longest texts that the columns of the registry hold.
LENGTHS = {C.NAME: 60, C.ADDRESS: 200, C.REMARK: 200, C.HEAD: 60, C.HOUSEHOLD: 40}


def data_rows(rows: list[list[str]], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Row number as Excel shows it, and cells; blank, total, signature and repeated header rows are left out."""
    width = len(layout.titles)
    for at, row in enumerate(rows[layout.header_row + 1 :], start=layout.header_row + 2):
        cells = [*row, *([""] * (width - len(row)))]
        first = next((text for text in map(clean, cells) if text), "")
        if first and not _is_frame(first, cells, layout):
            yield at, cells


def _is_frame(first: str, cells: list[str], layout: Layout) -> bool:
    """Not a person: a total, a signature, or the header again."""
    name = layout.positions[C.NAME]
    if cells[name] and clean(cells[name]) == clean(layout.titles[name]):
        return True
    has_number = _SIX_DIGITS.search(cells[layout.positions[C.NUMBER]])
    return not has_number and bool(_TOTALS.match(first) or _SIGNATURES.match(first))


def texts_of(cells: list[str], positions: dict[Column, int]) -> dict[Column, str]:
    """The cleaned text of every column; marks for "nothing" and missing columns are ""."""
    texts = dict.fromkeys(C, "")
    for column, at in positions.items():
        text = (tidy if column in _PROSE else clean)(unquoted(cells[at].strip()))
        texts[column] = "" if text.lower() in _NULLS or _STROKES.fullmatch(text) else text
    return texts


def read_row(number: int, cells: list[str], layout: Layout, *, on: date) -> Draft:
    """Read what stands in one row."""
    text = texts_of(cells, layout.positions)
    draft = Draft(row=number, cells=cells)
    for column, value in text.items():
        _refuse_unusable(draft, column, value)
    _read_name(draft, text[C.NAME])
    _read_identity(draft, text[C.NUMBER], on)
    _compare(draft, text[C.SEX], text[C.BORN_ON], on)
    _read_phone(draft, text[C.PHONE])
    _read_kinds(draft, text[C.KINDS])
    draft.head_name, draft.household = clean_name(text[C.HEAD]), text[C.HOUSEHOLD]
    draft.village, draft.grid = text[C.VILLAGE], text[C.GRID]
    draft.address, draft.remark = text[C.ADDRESS], text[C.REMARK]
    _read_relation(draft, text[C.RELATION])
    if not draft.village:
        draft.refuse(C.VILLAGE, Fault("village_missing", "没有填写村居", "请填村居名称或 12 位代码"))
    return draft


def _refuse_unusable(draft: Draft, column: Column, text: str) -> None:
    if text.startswith("#") and _ERROR_VALUE.match(text):
        draft.refuse(column, Fault("cell_error", f"单元格是公式错误 {text[:10]}", "请改成文字或数值"))
    elif len(text) > LENGTHS.get(column, 500):
        draft.refuse(column, Fault("cell_too_long", f"超过 {LENGTHS.get(column, 500)} 个字", "请缩短"))


def _read_name(draft: Draft, text: str) -> None:
    draft.name = clean_name(text)
    if not draft.name:
        draft.refuse(C.NAME, Fault("name_missing", "没有填写姓名", "请补填姓名"))
    elif any(one.isdigit() for one in draft.name):
        draft.refuse(C.NAME, Fault("name_digits", "姓名中有数字", "请核对是否填错了列"))


def _read_identity(draft: Draft, text: str, on: date) -> None:
    found = read_identity(text, on=on)
    if isinstance(found, Fault):
        if found.code == "id_missing":
            remedy = "请补填；确无证件的（如新生儿），请在“登记居民”页面选择“暂无证件”单独登记"
            found = Fault(found.code, found.cause, remedy)
        draft.refuse(C.NUMBER, found)
        return
    draft.identity = found
    for warning in found.warnings:
        draft.warn(C.NUMBER, warning)


def _compare(draft: Draft, sex_text: str, born_text: str, on: date) -> None:
    """Sex and birth date come from the number; what the sheet says must agree with it."""
    sex = read_sex(sex_text)
    if isinstance(sex, Fault):
        draft.refuse(C.SEX, sex)
        sex = Sex.UNKNOWN
    born_on: date | None = None
    if born_text:
        read = read_date(born_text, on=on)
        if isinstance(read, Fault):
            draft.refuse(C.BORN_ON, read)
        else:
            born_on = read
    if draft.identity:
        for column, fault in (
            (C.SEX, disagreement(draft.identity, sex=sex)),
            (C.BORN_ON, disagreement(draft.identity, born_on=born_on)),
        ):
            if fault:
                draft.refuse(column, fault)


def _read_phone(draft: Draft, text: str) -> None:
    """A doubtful phone does not stop a person from being entered; it is left out and said."""
    phones = read_phones(text)
    draft.phone = phones.first
    for fault in phones.faults:
        draft.warn(C.PHONE, Fault(fault.code, fault.cause, f"该号码未导入，{fault.remedy}"))
    if len(phones.numbers) > 1:
        cause = f"一格有 {len(phones.numbers)} 个号码，只取了尾号 {phones.first[-4:]} 的一个"
        draft.warn(C.PHONE, Fault("phone_several", cause, "其余号码可登记到家庭成员或监护人名下"))


def _read_relation(draft: Draft, text: str) -> None:
    if text:
        found = read_relation(text)
        if isinstance(found, Fault):
            draft.refuse(C.RELATION, found)
            return
        draft.relation = found.value
    elif draft.head_name:
        draft.relation = (
            Relation.HEAD.value if draft.head_name == draft.name else Relation.OTHER_RELATIVE.value
        )
        if draft.relation != Relation.HEAD:
            draft.relation_is_guess = True
            draft.warn(
                C.RELATION, Fault("relation_missing", "没有填与户主关系", "暂记为其他亲属，请核实后修改")
            )
    if draft.relation and draft.identity:
        doubt = sex_doubt(draft.relation, draft.identity.sex)
        if doubt:
            draft.warn(C.RELATION, doubt)


def _read_kinds(draft: Draft, text: str) -> None:
    found = read_kinds(text)
    for word in found.unknown:
        draft.warn(
            C.KINDS,
            Fault("kind_unknown", f"不认识的人群类型“{word}”", "该类型未导入，请在居民页面选择人群标识"),
        )
    if Population.HIV in found.kinds:
        draft.warn(C.KINDS, Fault("kind_closed", "受法律保护的人群不通过花名册登记", "该类型未导入"))
    # Age kinds follow from the birth date and are set from there, whatever the sheet says.
    draft.kinds = tuple(one.value for one in found.kinds if one not in AGE_KINDS and one != Population.HIV)
