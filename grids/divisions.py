"""Reading a division file: bytes in, divisions or refusals with row, column, cause and remedy out. No database.

A file has one row for each district, township and village: ``code,name,parent_code,level``. Files shipped with the system
lie in ``grids/data/divisions`` and are named by their district code.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.refusals import Refusal
from core.text import clean
from grids.rules import CODE_LENGTH, LEVEL_OF_LENGTH, area_code_finding

SHIPPED = Path(__file__).parent / "data" / "divisions"
SHIPPED_NAMES = {
    "371002": "威海市环翠区",
    "500112": "重庆市渝北区",
    "430202": "株洲市荷塘区",
    "411671": "周口临港开发区",
}
MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 20_000
MAX_NAME = 60
SHOWN_FAULTS = 10

COLUMNS = {
    "code": "code", "代码": "code", "区划代码": "code",
    "name": "name", "名称": "name", "区划名称": "name",
    "parent_code": "parent_code", "上级代码": "parent_code", "上级区划代码": "parent_code",
    "level": "level", "级别": "level",
}  # fmt: skip
LABELS = {"code": "区划代码", "name": "名称", "parent_code": "上级代码", "level": "级别"}
LEVELS = {
    "district": 1,
    "区县": 1,
    "township": 2,
    "镇街": 2,
    "乡镇街道": 2,
    "village": 3,
    "村居": 3,
    "村(居)": 3,
}


@dataclass(frozen=True)
class Division:
    """One row: 6, 9 or 12 digits by ``level`` (1 district, 2 township, 3 village); a district has no parent."""

    row: int
    code: str
    name: str
    parent_code: str
    level: int


class BadDivisions(Refusal):
    """The file cannot be loaded; nothing was. ``faults`` holds one sentence for each row that is wrong."""

    def __init__(self, code: str, sentence: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(code, sentence, field="file")
        self.faults = faults


def shipped(code: str) -> bytes:
    """The file of a district that comes with the system."""
    if code not in SHIPPED_NAMES:
        raise BadDivisions(
            "unknown_file", f"系统没有自带 {code} 的区划文件，自带的有：{'、'.join(SHIPPED_NAMES)}。"
        )
    return (SHIPPED / f"{code}.csv").read_bytes()


def parse(data: bytes) -> list[Division]:
    """The divisions of a file, in its order.

    Raises:
        BadDivisions: no text, no such columns, no rows, too large, or rows that are wrong (all of them are named).
    """
    rows = _rows(decode(data))
    header = next(rows, (0, []))
    places = _columns(header)
    divisions: list[Division] = []
    faults: list[str] = []
    for number, cells in rows:
        if len(divisions) + len(faults) >= MAX_ROWS:
            raise BadDivisions("too_many_rows", f"文件超过 {MAX_ROWS} 行，请按区县拆成几个文件分别载入。")
        read = _division(number, cells, places)
        faults.append(read) if isinstance(read, str) else divisions.append(read)
    if not divisions and not faults:
        raise BadDivisions("no_rows", "文件只有表头，没有区划数据。请填好区划后再载入。")
    faults += _clashes(divisions)
    if faults:
        raise _refused(faults)
    return divisions


def decode(data: bytes) -> str:
    """UTF-8, with or without mark, or GB18030: what spreadsheet programs here write."""
    if len(data) > MAX_BYTES:
        raise BadDivisions(
            "too_large", f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请确认选对了文件，或按区县拆分。"
        )
    if not data.strip():
        raise BadDivisions("empty", "文件是空的。请选择含有“区划代码、名称、上级代码、级别”四列的 CSV 文件。")
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise BadDivisions(
            "workbook", "这是 Excel 工作簿。请用 Excel 打开，另存为“CSV（逗号分隔）”后再载入。"
        )
    if b"\0" not in data:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise BadDivisions("not_text", "这不是 CSV 文本文件。请另存为“CSV（逗号分隔）”后再载入。")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with their line number as a spreadsheet shows it."""
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise BadDivisions(
            "not_csv", "文件不是规范的 CSV（可能有未配对的引号）。请用表格软件重新另存为 CSV。"
        ) from error


def _columns(header: tuple[int, list[str]]) -> dict[str, int]:
    number, cells = header
    places: dict[str, int] = {}
    for at, cell in enumerate(cells):
        field = COLUMNS.get(clean(cell).strip("*").lower(), "")
        if field in places:
            raise BadDivisions("column_twice", f"第 {number} 行表头有两个“{LABELS[field]}”列，请只保留一个。")
        if field:
            places[field] = at
    missing = [label for field, label in LABELS.items() if field not in places]
    if missing:
        raise BadDivisions(
            "bad_header",
            f"第 {number} 行应为表头，缺少“{'、'.join(missing)}”列。首行请写：code,name,parent_code,level。",
        )
    return places


def _division(number: int, cells: list[str], places: dict[str, int]) -> Division | str:
    """The row, or the sentence that says what is wrong with it."""
    raw = {field: cells[at] if at < len(cells) else "" for field, at in places.items()}
    value = {field: clean(cell) for field, cell in raw.items()}
    code, parent = value["code"], value["parent_code"]
    name = " ".join(raw["name"].split())  # brackets in a name stay as they are written
    if "E+" in code.upper() or "." in code:
        return _fault(
            number, "code", f"“{code}”已被表格软件改成小数或科学计数", "请把该列设为文本格式，重填完整代码"
        )
    if not (code.isascii() and code.isdigit() and len(code) in LEVEL_OF_LENGTH):
        return _fault(number, "code", f"“{code}”不是 6、9 或 12 位数字", "请核对统计用区划代码")
    level = LEVELS.get(value["level"].lower())
    if level is None:
        return _fault(
            number,
            "level",
            f"“{value['level']}”无法识别",
            "请填 district、township 或 village（区县、镇街、村居）",
        )
    if LEVEL_OF_LENGTH[len(code)] != level:
        return _fault(
            number,
            "level",
            f"{len(code)} 位代码与级别“{value['level']}”不符",
            f"此级别应为 {CODE_LENGTH[level]} 位",
        )
    if not name or len(name) > MAX_NAME:
        return _fault(number, "name", "未填写" if not name else f"超过 {MAX_NAME} 字", "请填写区划名称")
    if level == 1:
        return Division(number, code, name, "", level)
    if len(parent) != CODE_LENGTH[level - 1] or area_code_finding(code, level, parent):
        return _fault(
            number, "parent_code", f"“{parent}”不是 {code} 的上级", f"应为 {code[: CODE_LENGTH[level - 1]]}"
        )
    return Division(number, code, name, parent, level)


def _clashes(divisions: list[Division]) -> list[str]:
    """Codes that stand in the file twice."""
    first: dict[str, int] = {}
    faults = []
    for one in divisions:
        if one.code in first:
            faults.append(
                _fault(one.row, "code", f"{one.code} 与第 {first[one.code]} 行重复", "请只保留一行")
            )
        first.setdefault(one.code, one.row)
    return faults


def unknown_parents(divisions: list[Division], known: set[str]) -> None:
    """Every parent stands in the file or is registered already (``known`` codes).

    Raises:
        BadDivisions: naming each row whose parent is neither.
    """
    codes = known | {one.code for one in divisions}
    faults = [
        _fault(
            one.row, "parent_code", f"找不到上级 {one.parent_code}", "请在文件里补上该上级，或先载入上级区划"
        )
        for one in divisions
        if one.parent_code and one.parent_code not in codes
    ]
    if faults:
        raise _refused(faults)


def _fault(row: int, column: str, cause: str, remedy: str) -> str:
    return f"第 {row} 行“{LABELS[column]}”：{cause}。{remedy}。"


def _refused(faults: list[str]) -> BadDivisions:
    shown = "".join(faults[:SHOWN_FAULTS])
    more = f"……另有 {len(faults) - SHOWN_FAULTS} 处。" if len(faults) > SHOWN_FAULTS else ""
    return BadDivisions(
        "bad_rows", f"文件有 {len(faults)} 处错误，未载入任何内容。{shown}{more}", tuple(faults)
    )


def only_within(divisions: list[Division], areas: tuple[str, ...]) -> None:
    """Every row lies in one of the areas (code prefixes) that the person looks after.

    Raises:
        BadDivisions: naming the first row that does not.
    """
    outside = next((one for one in divisions if not one.code.startswith(areas)), None)
    if outside:
        raise BadDivisions(
            "out_of_scope",
            f"第 {outside.row} 行“区划代码”：{outside.code} 不在您的管辖区划（{'、'.join(areas)}）内。"
            "请核对文件，或由管辖该区划的人员载入。",
        )
