"""The roster to fill in: red-starred headers, text cells for long numbers, drop-downs, an example, and how to fill it."""

from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from core.sheets import XLSX, quoted
from residents.choices import RESTRICTED, Population
from residents.imports.columns import REQUIRED
from residents.imports.columns import Column as C
from residents.imports.reach import Reach

TEMPLATE_ROWS = 2_000  # rows for which the template has text cells and drop-downs
FIRST_ROW = 3  # of the people, as Excel counts; the example stands there
CHOICES_MOST = 500  # in one drop-down

TEMPLATE = (
    C.NAME, C.NUMBER, C.ID_KIND, C.SEX, C.BORN_ON, C.PHONE, C.RELATION, C.HEAD, C.HOUSEHOLD, C.VILLAGE, C.GRID, C.ADDRESS,
    C.REGISTRATION, C.KINDS, C.REMARK,
)  # fmt: skip
_GUIDE = (
    (
        "怎样填写",
        "从“花名册”表第 4 行起，一行填一位居民（第 3 行是示例，不删也不会导入）；带红色 * 的列必填，列的顺序可以变动，"
        "多余的列不会导入。",
    ),
    (C.NAME, "证件上的姓名。"),
    (C.NUMBER, "18 位身份证号，本列已设为文本格式，请勿改成数字，否则末三位会丢失。其他证件填证件上的号码，并写明证件类型。"),
    (C.ID_KIND, "身份证可不填。护照、通行证、居住证、军官证等请写明；新生儿填“暂无证件”或“出生医学证明”，并填写出生日期和性别。"),
    (C.SEX, "有身份证号的可不填；填写时须与身份证号一致。"),
    (C.BORN_ON, "有身份证号的可不填；填写时如 1956-03-08，须与身份证号一致。"),
    (C.PHONE, "11 位手机号或带区号的座机号，可填多个，用顿号隔开；不是本人的写明是谁的，如：女儿13812345678。"),
    (C.RELATION, "户主、妻子、长子、女儿、孙子、父亲等。每户先写户主，再写成员。"),
    (C.HEAD, "成员所属户主的姓名；户主排在成员前面时可不填。"),
    (C.HOUSEHOLD, "同一户填相同的编号；有系统家庭编号的填系统编号。"),
    (C.VILLAGE, "规范名称或 12 位区划代码。"),
    (C.GRID, "网格名称、编码或序号；村居只有一个网格时可不填。"),
    (C.ADDRESS, "路名门牌，以及楼号、单元、房号，如：和平路1号3号楼2单元501。"),
    (C.REGISTRATION, "户籍或非户籍。"),
    (
        C.KINDS,
        "可填多项，用顿号隔开，如：高血压、糖尿病；也可以每种人群单独一列打√（单元格颜色读不出来）。"
        "老年人、儿童按出生日期自动认定，不用填。",
    ),
    (C.REMARK, "不超过 200 字。"),
    ("合并单元格", "户号、住址、村居等列可以合并单元格，各行都按合并的内容导入；姓名和证件号码不能合并。"),
    ("再次导入", "同一证件号码不会重复登记；空白单元格不会清除原有内容；表里没有的居民不会被删除。"),
)  # fmt: skip
_EXAMPLE = {
    C.NAME: "示例：张三", C.NUMBER: "110105194912310021", C.SEX: "女", C.PHONE: "13712345678", C.RELATION: "户主",
    C.ADDRESS: "和平路1号3号楼2单元501", C.KINDS: "高血压、糖尿病",
}  # fmt: skip
_WIDTHS = {C.NUMBER: 22, C.ADDRESS: 30, C.VILLAGE: 24, C.KINDS: 24, C.REMARK: 24}
_SHOWN_RELATIONS = (
    "户主", "妻子", "丈夫", "长子", "次子", "长女", "次女", "儿媳", "女婿", "孙子", "孙女", "父亲", "母亲", "其他亲属", "非亲属",
)  # fmt: skip
_SHOWN_ID_KINDS = (
    "居民身份证", "居民户口簿", "护照", "军官证", "港澳居民来往内地通行证", "台湾居民来往大陆通行证", "港澳台居民居住证",
    "外国人永久居留身份证", "出生医学证明", "暂无证件",
)  # fmt: skip
_LISTS = (
    C.SEX,
    C.RELATION,
    C.ID_KIND,
    C.REGISTRATION,
    C.VILLAGE,
)  # in the order of the columns of the hidden sheet


def template_response(reach: Reach) -> HttpResponse:
    """An empty roster with drop-downs of one's own villages, as a download."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    _write_form(book)
    _write_guide(book)
    _write_choices(book, reach)
    book.close()
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, "居民花名册模板.xlsx")
    return response


def _write_form(book: Any) -> None:
    sheet = book.add_worksheet("花名册")
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF4", "align": "center"})
    star, black = book.add_format({"bold": True, "font_color": "#C00000"}), book.add_format({"bold": True})
    text = book.add_format({"num_format": "@"})
    gray = book.add_format({"num_format": "@", "italic": True, "font_color": "#808080"})
    sheet.write_string(0, 0, "居民花名册", book.add_format({"bold": True, "font_size": 14}))
    for at, column in enumerate(TEMPLATE):
        sheet.set_column(at, at, _WIDTHS.get(column, 14), text)
        if column in REQUIRED:
            sheet.write_rich_string(1, at, star, "*", black, column.value, head)
        else:
            sheet.write_string(1, at, column.value, head)
        sheet.write_string(FIRST_ROW - 1, at, _EXAMPLE.get(column, ""), gray)
    sheet.freeze_panes(2, 0)
    for column in _LISTS:
        letter, at = "ABCDE"[_LISTS.index(column)], TEMPLATE.index(column)
        source = f"=选项!${letter}$1:${letter}${CHOICES_MOST}"
        sheet.data_validation(
            FIRST_ROW - 1,
            at,
            TEMPLATE_ROWS,
            at,
            {"validate": "list", "source": source, "error_type": "warning"},
        )


def _write_guide(book: Any) -> None:
    sheet = book.add_worksheet("填写说明")
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    known = "、".join(str(one.label) for one in Population if one not in RESTRICTED)
    for row, (what, how) in enumerate((*_GUIDE, ("人群类型可填", known))):
        sheet.write_string(row, 0, str(what), bold)
        sheet.write_string(row, 1, how, wrap)


def _write_choices(book: Any, reach: Reach) -> None:
    """What the drop-downs offer; a village whose name is not alone is offered by its code."""
    sheet = book.add_worksheet("选项")
    sheet.hide()
    villages = [
        one.name if len(reach.by_name[one.name]) == 1 else one.code for one in reach.villages.values()
    ]
    lists = {
        C.SEX: ("男", "女"), C.RELATION: _SHOWN_RELATIONS, C.ID_KIND: _SHOWN_ID_KINDS, C.REGISTRATION: ("户籍", "非户籍"),
        C.VILLAGE: villages[:CHOICES_MOST],
    }  # fmt: skip
    for at, column in enumerate(_LISTS):
        for row, word in enumerate(lists[column]):
            sheet.write_string(row, at, quoted(word))
