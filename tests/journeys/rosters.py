"""A village's roster as it really arrives: a title row, headers with a star, numbers in mixed spelling, a total line."""

import datetime as dt
from pathlib import Path

from openpyxl import Workbook

from residents.choices import Sex
from tests.factories.residents import id_number

VILLAGE = "东北村居委会"
HEADERS = [
    "序号",
    "户号",
    "姓名*",
    "身份证号\n（必填）",
    "与户主关系",
    "联系电话",
    "村（居）",
    "详细地址",
    "重点人群",
]


def write_roster(folder: Path) -> Path:
    """Eight good rows in three households and one with a wrong check digit."""
    number = id_number(dt.date(1951, 3, 8), 41)
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    people = [
        (
            "1",
            "丛树森",
            id_number(dt.date(1948, 5, 2), 11),
            "户主",
            "19900370011",
            "3号楼2单元501",
            "高血压、老年人",
        ),
        (
            "1",
            "毕秀兰",
            id_number(dt.date(1950, 9, 17), 12, Sex.FEMALE),
            "妻子",
            "",
            "3号楼2单元501",
            "2型糖尿病",
        ),
        ("1", "丛建国", id_number(dt.date(1975, 1, 30), 13), "长子", "19900370013", "3号楼2单元501", ""),
        (
            "2",
            "宫玉梅",
            _lower_x(dt.date(1962, 7, 1), Sex.FEMALE),
            "户主",
            "19900370021",
            "5号楼1单元302",
            "",
        ),
        (
            "2",
            "戚  伟",
            id_number(dt.date(1990, 12, 12), 22),
            "儿子",
            "１９９００３７００２２",
            "5号楼1单元302",
            "",
        ),
        ("3", "邹建国", id_number(dt.date(1983, 4, 4), 31), "户主", "19900370031", "平房12号", ""),
        (
            "3",
            "于晓敏",
            id_number(dt.date(1985, 6, 6), 32, Sex.FEMALE),
            "老婆",
            "19900370032",
            "平房12号",
            "孕产妇",
        ),
        ("3", "邹雨桐", id_number(dt.date(2022, 8, 8), 33, Sex.FEMALE), "女儿", "", "平房12号", "0-6岁儿童"),
        ("4", "刘大海", wrong, "户主", "19900370041", "平房15号", ""),
    ]
    book = Workbook()
    sheet = book.active
    sheet.append([f"环翠楼街道{VILLAGE}居民花名册"])
    sheet.merge_cells("A1:I1")
    sheet.append(HEADERS)
    for n, (household, name, card, relation, phone, address, kinds) in enumerate(people, 1):
        sheet.append([n, household, name, card, relation, phone, VILLAGE, address, kinds])
    sheet.append(["合计", "", f"{len(people)}人"])
    path = folder / "东北村花名册.xlsx"
    book.save(path)
    return path


def _lower_x(born_on: dt.date, sex: int) -> str:
    """A number whose check digit is X, written the way people write it."""
    for serial in range(400):
        card = id_number(born_on, serial, sex)
        if card.endswith("X"):
            return card.lower()
    raise AssertionError("no number with check digit X")
