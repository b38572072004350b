"""Spreadsheets out of the roster import: the error rows in the layout they came in, and the template to fill."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from core.sheets import XLSX, Column, quoted, xlsx_response
from residents.choices import RESTRICTED, Population
from residents.imports.columns import REASON, REQUIRED, ROW
from residents.imports.columns import Column as C
from residents.imports.reach import Reach

TEMPLATE_ROWS = 2_000  # rows for which the template has text cells and drop-downs


def error_sheet(report: dict[str, Any], *, made_by: str, made_at: datetime) -> HttpResponse:
    """The refused rows with a reason column; filled in again, the file goes back the same way it came."""
    kept = [at for at, title in enumerate(report["titles"]) if title not in (REASON, ROW)]
    heads = [C.HEAD.value] if report["lacks_head"] else []
    titles = [*(report["titles"][at] for at in kept), *heads, REASON, ROW]
    columns = [Column(title or " ", 60 if title == REASON else 18) for title in titles]
    return xlsx_response(
        "花名册错误行", columns, _error_rows(report, kept, bool(heads)), made_by=made_by, made_at=made_at,
        note="改正后可直接上传本文件，只会导入这些行",
    )  # fmt: skip


def _error_rows(report: dict[str, Any], kept: list[int], with_head: bool) -> Iterator[list[str]]:
    for row in report["error_rows"]:
        cells = [row["cells"][at] if at < len(row["cells"]) else "" for at in kept]
        yield [*cells, *([row["head"]] if with_head else []), row["reason"], str(row["row"])]


_GUIDE = (
    (
        "怎样填写",
        "从“花名册”表第 3 行起，一行填一位居民；带红色 * 的列必填，列的顺序可以变动，多余的列不会导入。",
    ),
    (C.NAME, "证件上的姓名。"),
    (C.NUMBER, "18 位身份证号，本列已设为文本格式，请勿改成数字，否则末三位会丢失。港澳台居民填居住证号码。"),
    (C.SEX, "可不填，按身份证号认定；填写时须与身份证号一致。"),
    (C.BORN_ON, "可不填，按身份证号认定；填写时如 1956-03-08。"),
    (C.PHONE, "11 位手机号或带区号的座机号。"),
    (C.RELATION, "户主、妻子、长子、女儿、孙子、父亲等。每户先写户主，再写成员。"),
    (C.HEAD, "成员所属户主的姓名；户主排在成员前面时可不填。"),
    (C.HOUSEHOLD, "同一户填相同的编号；有系统家庭编号的填系统编号。"),
    (C.VILLAGE, "规范名称或 12 位区划代码。"),
    (C.GRID, "网格名称、编码或序号；村居只有一个网格时可不填。"),
    (C.ADDRESS, "楼号、单元、门牌号。"),
    (C.KINDS, "可填多项，用顿号隔开，如：高血压、糖尿病。老年人、儿童按出生日期自动认定，不用填。"),
    (C.REMARK, "不超过 200 字。"),
    ("再次导入", "同一证件号码不会重复登记；空白单元格不会清除原有内容；表里没有的居民不会被删除。"),
)
_WIDTHS = {C.NUMBER: 22, C.ADDRESS: 30, C.VILLAGE: 24, C.KINDS: 24, C.REMARK: 24}
_SHOWN_RELATIONS = (
    "户主",
    "妻子",
    "丈夫",
    "长子",
    "次子",
    "长女",
    "次女",
    "儿媳",
    "女婿",
    "孙子",
    "孙女",
    "父亲",
    "母亲",
    "其他亲属",
    "非亲属",
)


def template_response(reach: Reach) -> HttpResponse:
    """An empty roster with red-starred headers, text cells, drop-downs of one's own villages, and how to fill it."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    _write_form(book)
    _write_guide(book)
    _write_choices(book, reach)
    book.close()
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, "居民花名册模板.xlsx")
    return response


def _write_form(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("花名册")
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF4", "align": "center"})
    star, black = book.add_format({"bold": True, "font_color": "#C00000"}), book.add_format({"bold": True})
    text = book.add_format({"num_format": "@"})
    sheet.write_string(0, 0, "居民花名册", book.add_format({"bold": True, "font_size": 14}))
    for at, column in enumerate(C):
        sheet.set_column(at, at, _WIDTHS.get(column, 14), text)
        if column in REQUIRED:
            sheet.write_rich_string(1, at, star, "*", black, column.value, head)
        else:
            sheet.write_string(1, at, column.value, head)
    sheet.freeze_panes(2, 0)
    for column, source in ((C.SEX, "A"), (C.RELATION, "B"), (C.VILLAGE, "C")):
        at = list(C).index(column)
        rule = {"validate": "list", "source": f"=选项!${source}$1:${source}$500", "error_type": "warning"}
        sheet.data_validation(2, at, TEMPLATE_ROWS, at, rule)


def _write_guide(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("填写说明")
    wrap, bold = (
        book.add_format({"text_wrap": True, "valign": "top"}),
        book.add_format({"bold": True, "valign": "top"}),
    )
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    known = "、".join(str(one.label) for one in Population if one not in RESTRICTED)
    for row, (what, how) in enumerate((*_GUIDE, ("人群类型可填", known))):
        sheet.write_string(row, 0, str(what), bold)
        sheet.write_string(row, 1, how, wrap)


def _write_choices(book: xlsxwriter.Workbook, reach: Reach) -> None:
    sheet = book.add_worksheet("选项")
    sheet.hide()
    villages = [
        one.name if len(reach.by_name[one.name]) == 1 else one.code for one in reach.villages.values()
    ]
    for at, words in enumerate((("男", "女"), _SHOWN_RELATIONS, villages[:500])):
        for row, word in enumerate(words):
            sheet.write_string(row, at, quoted(word))
