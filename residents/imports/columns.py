"""Which column is which (docs/domain.md 7.2): synonyms, the header row below the titles, and what is missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.text import clean
from residents.imports.reading import CannotReadRoster, Sheet

REASON, ROW = "错误原因", "原行号"  # what our error sheet adds
HEADER_WITHIN = 30  # rows from the top in which the header must stand


class Column(StrEnum):
    """Columns of a roster; the Chinese is the header of our template."""

    NAME = "姓名"
    NUMBER = "身份证号"
    SEX = "性别"
    BORN_ON = "出生日期"
    PHONE = "联系电话"
    RELATION = "与户主关系"
    HEAD = "户主姓名"
    HOUSEHOLD = "户号"
    VILLAGE = "村居"
    GRID = "网格"
    ADDRESS = "详细地址"
    KINDS = "人群类型"
    REMARK = "备注"


REQUIRED = (Column.NAME, Column.NUMBER, Column.VILLAGE)

SYNONYMS: dict[Column, str] = {
    Column.NAME: "姓名 居民姓名 成员姓名 家庭成员姓名 人员姓名 名字",
    Column.NUMBER: "身份证号 身份证号码 身份证 证件号码 证件号 公民身份号码 公民身份证号码 居民身份证号 idcard 身份证件号码",
    Column.SEX: "性别",
    Column.BORN_ON: "出生日期 出生年月日 出生年月 生日 出生时间",
    Column.PHONE: "联系电话 电话 电话号码 手机 手机号 手机号码 本人电话 联系方式 联系号码",
    Column.RELATION: "与户主关系 户主关系 关系 与户主的关系 家庭关系 成员关系",
    Column.HEAD: "户主姓名 户主 所属户主 户主名",
    Column.HOUSEHOLD: "户号 家庭编号 户编号 家庭户号 户口编号 家庭号 户口簿号",
    Column.VILLAGE: "村居 村(居) 社区 所属社区 居委会 村居名称 村居代码 村(社区) 村社区 社区名称 所属村居 村委会 村(居)委会 村名",
    Column.GRID: "网格 所属网格 网格名称 网格编号 网格编码 网格号",
    Column.ADDRESS: "详细地址 住址 家庭住址 现住址 居住地址 地址 家庭地址 现居住地 现居住地址 居住地",
    Column.KINDS: "人群类型 人群分类 重点人群 服务对象类别 人群 重点人群类型 人群标识 居民类型",
    Column.REMARK: "备注 说明",
}
_KNOWN = {word: column for column, words in SYNONYMS.items() for word in words.split()}
_SUFFIX = re.compile(r"[(\[【].*?[)\]】]$")


@dataclass(frozen=True)
class Layout:
    """Where the columns stand in one sheet.

    Attributes:
        sheet: name of the sheet, "" for CSV.
        header_row: index of the header in ``rows``.
        positions: column -> index in a row.
        titles: the header as written, to give rows back in the same layout.
        unused: titles that mean nothing to us.
    """

    sheet: str
    header_row: int
    positions: dict[Column, int]
    titles: list[str]
    unused: list[str]


def column_of(title: str) -> Column | None:
    """A header as written: line breaks, blanks, asterisks, colons and a bracketed hint do not matter."""
    bare = re.sub(r"[\s*:：、·]", "", clean(title)).lower()
    return _KNOWN.get(bare) or _KNOWN.get(_SUFFIX.sub("", bare))


def find_layout(sheets: Sequence[Sheet]) -> tuple[Sheet, Layout, list[str]]:
    """The first sheet with a complete header, its layout, and the names of further such sheets, which are not read.

    Raises:
        CannotReadRoster: no sheet has all required columns; says which are missing.
    """
    if not sheets:
        raise CannotReadRoster("file_empty", "文件里没有内容。请选择填写好的花名册。", field="file")
    best = [(sheet, _best_row(sheet)) for sheet in sheets]
    complete = [(sheet, layout) for sheet, layout in best if layout and not _missing(layout)]
    if not complete:
        found = max(
            (layout for _, layout in best if layout), key=lambda one: len(one.positions), default=None
        )
        raise _refusal(found)
    sheet, layout = complete[0]
    return sheet, layout, [one.name for one, _ in complete[1:]]


def _missing(layout: Layout) -> list[str]:
    return [one.value for one in REQUIRED if one not in layout.positions]


def _refusal(layout: Layout | None) -> CannotReadRoster:
    if layout is None or len(layout.positions) < 2:
        sentence = "没有找到表头。请在表格前几行写明“姓名”“身份证号”“村居”等列名，或下载模板填写。"
        return CannotReadRoster("header_not_found", sentence, field="file")
    missing = "、".join(f"“{one}”" for one in _missing(layout))
    sentence = f"第 {layout.header_row + 1} 行表头缺少{missing}列。请补上该列，或下载模板对照列名。"
    return CannotReadRoster("columns_missing", sentence, field="file")


def _best_row(sheet: Sheet) -> Layout | None:
    layouts = [_layout(sheet, at, row) for at, row in enumerate(sheet.rows[:HEADER_WITHIN])]
    return max((one for one in layouts if one.positions), key=lambda one: len(one.positions), default=None)


def _layout(sheet: Sheet, at: int, row: list[str]) -> Layout:
    positions: dict[Column, int] = {}
    unused = []
    for index, title in enumerate(row):
        column = column_of(title)
        if column is not None and column not in positions:
            positions[column] = index
        elif clean(title):
            unused.append(clean(title)[:20])
    return Layout(sheet.name, at, positions, [one.replace("\n", "") for one in row], unused)
