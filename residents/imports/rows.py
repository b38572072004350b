"""One line of a list -> a draft with its faults: the full rules. Pure: nothing is looked up."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from core.sheets import unquoted
from core.text import clean, clean_name, tidy
from residents.choices import LifeStatus, Population, Relation
from residents.imports.columns import Column
from residents.imports.draft import Draft
from residents.imports.identifying import read_person
from residents.imports.layouts import Layout
from residents.rules.addresses import Door, plain_number, split_address
from residents.rules.contacts import read_contacts
from residents.rules.faults import Fault
from residents.rules.household import read_relation, sex_doubt
from residents.rules.population import AGE_KINDS, read_kinds
from residents.rules.words import read_leaving, read_registration, read_yes

NULLS = frozenset(
    ("无", "暂无", "没有", "不详", "不明", "未知", "未填", "未提供", "0", "空",
     "none", "null", "n/a", "#n/a", "nan", "nil")
)  # fmt: skip
_STROKES = re.compile(r"[-—–_/\\.。·*]+")
_TOTALS = re.compile(r"^(合计|小计|总计|共计|合\s*计|小\s*计|总\s*计|本页合计|累计)")
_SIGNATURES = re.compile(
    r"^(填表|制表|审核|负责人|复核|填报|经办|单位[(（:：]|盖章|说明[:：]|备注[:：]|注[:：]|日期[:：]|联系人[:：]|签字|签名|报送|填写说明)"
)
_EXAMPLE = re.compile(r"^[(（【\[]?(示例|样例|例[:：])|[(（【\[](示例|样例|例)[)）】\]]$")
_ERROR_VALUE = re.compile(r"^#(REF|VALUE|NAME|DIV/0|NULL|NUM|N/A|SPILL|CALC)[!?]?", re.IGNORECASE)
_SIX_DIGITS = re.compile(r"\d{6}")
_ASIDE = re.compile(r"^(.+?)[(（\[【](.*?)[)）\]】]$")
_NAME_LETTERS = re.compile(
    r"[A-Za-zÀ-ɏ\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\ue000-\uf8ff·.'\-]+"
)
_HAN_DOT = re.compile(r"(?<=[\u3400-\u9fff])\.(?=[\u3400-\u9fff])")
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
C = Column


def _person(text: str) -> str:
    """A name; a plain dot between Chinese characters is the dot of a minority name."""
    return _HAN_DOT.sub("·", clean_name(text))


_CLEANERS = {C.ADDRESS: tidy, C.REMARK: tidy, C.NAME: _person, C.HEAD: _person}
_WORDY = frozenset((C.ID_KIND, C.SEX, C.STATUS, C.REGISTRATION))  # here 无 and 0 are answers
# Longest texts that the columns of the registry hold.
LENGTHS = {C.NAME: 60, C.ADDRESS: 200, C.REMARK: 200, C.HEAD: 60, C.HOUSEHOLD: 40}
_EMPTY = dict.fromkeys(C, "")
BLANK, FRAME, EXAMPLE = "blank", "frame", "example"


def no_person(cells: Sequence[str], layout: Layout) -> str:
    """Why a row holds nobody (blank; a total, signature or header again; our example), or "" when it may hold one."""
    first = next((text for text in map(clean, cells) if text), "")
    if not first:
        return BLANK
    at = layout.positions[C.NAME]
    name = clean(cells[at])
    if name and layout.header_row and name == clean(layout.titles[at]):
        return FRAME
    if _EXAMPLE.search(name) or _EXAMPLE.match(clean(cells[0])):
        return EXAMPLE
    number = layout.positions.get(C.NUMBER)
    if number is None or not _SIX_DIGITS.search(cells[number]):
        if _TOTALS.match(first) or _SIGNATURES.match(first) or _TOTALS.match(name):
            return FRAME
        used = {*layout.positions.values(), *(index for index, _ in layout.ticks)}
        if not any(clean(cells[index]) for index in used):
            return BLANK  # a serial number or a formula was copied down beyond the people
    return ""


def text_of(column: Column, written: str) -> str:
    """The cleaned text of one cell; marks for "nothing" are ""."""
    if not written:
        return ""
    bare = unquoted(written.strip())
    text = _CLEANERS.get(column, clean)(bare)
    if column not in _WORDY and (text.lower() in NULLS or _STROKES.fullmatch(text)):
        return ""
    return text


def texts_of(cells: Sequence[str], layout: Layout) -> dict[Column, str]:
    """The cleaned text of every column; what holds for the whole sheet stands where a cell is empty."""
    texts = _EMPTY | layout.constants
    for column, at in layout.positions.items():
        texts[column] = text_of(column, cells[at]) or texts[column]
    for column, at in layout.more:
        if more := text_of(column, cells[at]):
            texts[column] = f"{texts[column]}、{more}" if texts[column] else more
    return texts


def read_row(sheet: int, number: int, cells: Sequence[str], layout: Layout, *, on: date) -> Draft:
    """Read what stands in one row; ``cells`` is at least as wide as the layout."""
    text = texts_of(cells, layout)
    draft = Draft(sheet, number)
    for column, value in text.items():
        if value and (fault := unusable(column, value)):
            draft.refuse(column, fault)
    draft.relation = _relation(draft, text[C.RELATION])
    draft.remark = text[C.REMARK]
    _read_name(draft, text[C.NAME])
    read_person(draft, text, on=on)
    _read_phone(draft, text[C.PHONE])
    _read_kinds(draft, text[C.KINDS])
    _read_ticks(draft, cells, layout)
    _read_leaving(draft, text, layout)
    _read_registration(draft, text[C.REGISTRATION])
    draft.head_name, draft.household = _without_aside(text[C.HEAD]), text[C.HOUSEHOLD]
    draft.township, draft.village, draft.grid = text[C.TOWNSHIP], text[C.VILLAGE], text[C.GRID]
    draft.address, draft.door = door_of(text)
    _finish_relation(draft)
    if not draft.village and not draft.grid:
        draft.refuse(C.VILLAGE, Fault("village_missing", "没有填写村居", "请填村居名称或 12 位代码"))
    return draft


def unusable(column: Column, text: str) -> Fault | None:
    """A formula's error, or more than the registry holds."""
    if text.startswith("#") and _ERROR_VALUE.match(text):
        return Fault("cell_error", f"单元格是公式错误 {text[:10]}", "请改成文字或数值")
    if len(text) > (most := LENGTHS.get(column, 500)):
        return Fault("cell_too_long", f"超过 {most} 个字", "请缩短")
    return None


def _read_name(draft: Draft, text: str) -> None:
    aside = _ASIDE.fullmatch(text)
    draft.name = aside[1] if aside else text
    if not draft.name:
        draft.refuse(C.NAME, Fault("name_missing", "没有填写姓名", "请补填姓名"))
    elif any(one.isdigit() for one in draft.name):
        draft.refuse(C.NAME, Fault("name_digits", "姓名中有数字", "请核对是否填错了列"))
    elif not _NAME_LETTERS.fullmatch(draft.name):
        draft.refuse(
            C.NAME, Fault("name_characters", "姓名中有文字以外的符号或没能显示的字", "请对照证件改正")
        )
    elif _PRIVATE.search(draft.name):
        fault = Fault(
            "name_private", "姓名中有自造字，换一台电脑可能显示不出", "已按原样导入，请尽量改用国家标准字"
        )
        draft.warn(C.NAME, fault)
    if aside and draft.name:
        _read_aside(draft, aside[2])


def _read_aside(draft: Draft, said: str) -> None:
    """What stands in brackets behind a name: a former name, or that he is dead, or the head."""
    if read_leaving(said):
        _refuse_left(draft, C.NAME, read_leaving(said))
    elif said in ("户主", "本人"):
        draft.relation = draft.relation or Relation.HEAD.value
    elif said:
        draft.warn(C.NAME, Fault("former_name", f"姓名后括号内的“{said[:12]}”未导入", "曾用名请写在备注中"))


def _without_aside(name: str) -> str:
    found = _ASIDE.fullmatch(name)
    return found[1] if found else name


def _read_phone(draft: Draft, text: str) -> None:
    """A doubtful phone does not stop a person from being entered; it is left out and said."""
    if not text:
        return
    found = read_contacts(text)
    draft.phone, draft.others = found.own, found.others
    for fault in found.faults:
        draft.warn(C.PHONE, Fault(fault.code, fault.cause, f"该号码未导入，{fault.remedy}"))


def _relation(draft: Draft, text: str) -> str:
    if not text:
        return ""
    found = read_relation(text)
    if isinstance(found, Fault):
        draft.refuse(C.RELATION, found)
        return ""
    return found.value


def _finish_relation(draft: Draft) -> None:
    """A member of a named head without a relation word counts as some relative, and the reader is told."""
    if not draft.relation and draft.head_name and not any(one.column == C.RELATION for one in draft.faults):
        if draft.head_name == draft.name:
            draft.relation = Relation.HEAD.value
        else:
            draft.relation, draft.relation_is_guess = Relation.OTHER_RELATIVE.value, True
            fault = Fault("relation_missing", "没有填与户主关系", "暂记为其他亲属，请核实后修改")
            draft.warn(C.RELATION, fault)
    if draft.relation and draft.sex and (doubt := sex_doubt(draft.relation, draft.sex)):
        draft.warn(C.RELATION, doubt)


def _read_kinds(draft: Draft, text: str) -> None:
    found = read_kinds(text)
    for word in found.unknown:
        fault = Fault("kind_unknown", f"不认识的人群类型“{word}”", "该类型未导入，请在居民页面选择人群标识")
        draft.warn(C.KINDS, fault)
    _add_kinds(draft, C.KINDS, found.kinds)


def _read_ticks(draft: Draft, cells: Sequence[str], layout: Layout) -> None:
    """Columns of one kind: a tick or a yes means it; the name of a kind (肢体残疾) means that kind."""
    for at, kind in layout.ticks:
        text = clean(unquoted(cells[at].strip()))
        answer = read_yes(text)
        if answer is None:
            found = read_kinds(text)
            if found.kinds:
                _add_kinds(draft, layout.titles[at], found.kinds)
            else:
                cause = f"“{layout.titles[at][:20]}”一列填的“{text[:10]}”看不出是或否"
                draft.warn(layout.titles[at], Fault("tick_unknown", cause, "该项未导入，请填“是”或留空"))
        elif answer:
            _add_kinds(draft, layout.titles[at], (kind,))


def _add_kinds(draft: Draft, column: str, kinds: Sequence[Population]) -> None:
    """Age kinds follow from the birth date and are set from there, whatever the sheet says."""
    if Population.HIV in kinds:
        draft.warn(column, Fault("kind_closed", "受法律保护的人群不通过花名册登记", "该类型未导入"))
    stated = (one.value for one in kinds if one not in AGE_KINDS and one != Population.HIV)
    draft.kinds = tuple(dict.fromkeys((*draft.kinds, *stated)))


def _read_leaving(draft: Draft, text: dict[Column, str], layout: Layout) -> None:
    """Dead or moved people still stand in old lists: they are not entered as living here."""
    at = layout.positions.get(C.STATUS)
    found = read_leaving(text[C.STATUS], clean(layout.titles[at])) if at is not None else None
    if found:
        _refuse_left(draft, C.STATUS, found)
    elif found := read_leaving(text[C.REMARK]):
        _refuse_left(draft, C.REMARK, found)


def _refuse_left(draft: Draft, column: Column, status: LifeStatus | None) -> None:
    said = "已死亡" if status == LifeStatus.DECEASED else "已迁出"
    remedy = "本行不导入；已在册的请在居民页面办理，仍在本地居住的请改正后再导入"
    draft.refuse(column, Fault("person_left", f"表中注明{said}", remedy))


def _read_registration(draft: Draft, text: str) -> None:
    found = read_registration(text)
    if isinstance(found, Fault):
        draft.warn(C.REGISTRATION, found)
    elif found:
        draft.registration = found.value


def door_of(text: Mapping[Column, str]) -> tuple[str, Door]:
    """The address as written, and its door; columns for building, unit and room go before what the address says."""
    address = text[C.ADDRESS]
    written = split_address(address) if address else Door()
    if not (text[C.BUILDING] or text[C.UNIT] or text[C.ROOM]):
        return address, written
    stated = Door(*(plain_number(text[one]) for one in (C.BUILDING, C.UNIT, C.ROOM)))
    if not written:
        parts = (stated.building, "号楼"), (stated.unit, "单元"), (stated.room, "室")
        address += "".join(f"{value}{word}" for value, word in parts if value)
    pairs = ((stated.building, written.building), (stated.unit, written.unit), (stated.room, written.room))
    return address, Door(*(mine or other for mine, other in pairs))
