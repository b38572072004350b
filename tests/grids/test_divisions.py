"""Division files: what is read, and what is refused with row, column, cause and remedy."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids import divisions
from grids.divisions import BadDivisions

HEADER = "code,name,parent_code,level\n"
DISTRICT = "371002,环翠区,37,district\n"
TOWNSHIP = "371002001,环翠楼街道,371002,township\n"
VILLAGE = "371002001001,东北村社区,371002001,village\n"
WHOLE = HEADER + DISTRICT + TOWNSHIP + VILLAGE


def refused(data: bytes | str) -> BadDivisions:
    with pytest.raises(BadDivisions) as caught:
        divisions.parse(data.encode() if isinstance(data, str) else data)
    return caught.value


def in_file(code: str) -> dict[str, int]:
    """Rows by level, counted straight from the file."""
    levels = [row["level"] for row in csv.DictReader(io.StringIO(divisions.shipped(code).decode()))]
    return {name: levels.count(name) for name in set(levels)}


@pytest.mark.parametrize("code", list(divisions.SHIPPED_NAMES))
def test_every_shipped_file_is_read_whole(code):
    rows = divisions.parse(divisions.shipped(code))
    by_level = {name: sum(one.level == level for one in rows) for name, level in divisions.LEVELS.items()}
    assert {name: by_level[name] for name in ("district", "township", "village")} == in_file(code)


def test_huancui_has_9_townships_and_218_villages():
    assert in_file("371002") == {"district": 1, "township": 9, "village": 218}


def test_a_row_in_full():
    *_, village = divisions.parse(WHOLE.encode())
    assert (village.row, village.code, village.name, village.parent_code, village.level) == (
        4, "371002001001", "东北村社区", "371002001", 3,
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_that_spreadsheets_write(encoding):
    assert [one.name for one in divisions.parse(WHOLE.encode(encoding))] == [
        "环翠区",
        "环翠楼街道",
        "东北村社区",
    ]


def test_chinese_headers_and_levels_and_stray_blanks():
    text = "名称,*区划代码,级别,上级代码,备注\n 环翠区 ,３７１００２,区县,37,x\n\n鲸园街道,371002002,镇街,371002,\n,,,,\n"
    rows = divisions.parse(text.encode())
    assert [(one.code, one.name, one.level) for one in rows] == [
        ("371002", "环翠区", 1),
        ("371002002", "鲸园街道", 2),
    ]


def test_brackets_in_a_name_stay_as_written():
    rows = divisions.parse(f"{HEADER}371002,环翠区（试）,37,district\n".encode())
    assert rows[0].name == "环翠区（试）"


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty"),
            (b"  \r\n ", "empty"),
            (b"PK\x03\x04rest of a workbook", "workbook"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"),
            (b"\x89PNG\r\n\x1a\n\0\0", "not_text"),
            (b"\xff\xff\xff", "not_text"),
            (HEADER, "no_rows"),
            ("a,b,c\n1,2,3\n", "bad_header"),
            ("371002,环翠区,37,district\n", "bad_header"),
            ("code,区划代码,name,parent_code,level\n", "column_twice"),
            (HEADER + '371002,"环翠区,37,district\n', "not_csv"),
            (b"x" * (divisions.MAX_BYTES + 1), "too_large"),
            (HEADER + "1,,,\n" * (divisions.MAX_ROWS + 1), "too_many_rows"),
        ],
    )
    def test_files_that_cannot_be_read(self, data, code):
        refusal = refused(data)
        assert refusal.code == code
        assert refusal.field == "file"

    def test_a_missing_column_is_named_with_the_remedy(self):
        assert "缺少“上级代码、级别”列" in refused("code,name\n371002,环翠区\n").sentence

    @pytest.mark.parametrize(
        ("row", "column", "cause"),
        [
            ("3710020010,某村,371002001,village\n", "区划代码", "不是 6、9 或 12 位数字"),
            ("3.71002E+11,某村,371002001,village\n", "区划代码", "科学计数"),
            ("37100200100A,某村,371002001,village\n", "区划代码", "不是 6、9 或 12 位数字"),
            ("371002001002,,371002001,village\n", "名称", "未填写"),
            ("371002001002," + "长" * 61 + ",371002001,village\n", "名称", "超过 60 字"),
            ("371002001002,某村,371002001,hamlet\n", "级别", "“hamlet”无法识别"),
            ("371002001002,某村,371002001,township\n", "级别", "12 位代码与级别"),
            ("371002001002,某村,371002002,village\n", "上级代码", "应为 371002001"),
            ("371002001002,某村,,village\n", "上级代码", "应为 371002001"),
            ("371002001002\n", "级别", "无法识别"),
            ("371002001001,重复,371002001,village\n", "区划代码", "与第 4 行重复"),
        ],
    )
    def test_a_bad_row_is_named_with_row_column_cause_and_remedy(self, row, column, cause):
        refusal = refused(WHOLE + row)
        assert f"第 5 行“{column}”" in refusal.sentence
        assert cause in refusal.sentence
        assert "未载入任何内容" in refusal.sentence

    def test_all_bad_rows_are_counted_and_the_first_ten_shown(self):
        refusal = refused(HEADER + "12,x,1,village\n" * 15)
        assert len(refusal.faults) == 15
        assert "文件有 15 处错误" in refusal.sentence
        assert "另有 5 处" in refusal.sentence

    def test_an_unknown_parent(self):
        rows = divisions.parse((HEADER + TOWNSHIP).encode())
        with pytest.raises(BadDivisions, match="第 2 行“上级代码”：找不到上级 371002"):
            divisions.unknown_parents(rows, known=set())
        divisions.unknown_parents(rows, known={"371002"})

    def test_a_file_of_another_district(self):
        rows = divisions.parse(WHOLE.encode())
        with pytest.raises(BadDivisions, match="不在您的管辖区划（500112）内"):
            divisions.only_within(rows, ("500112",))
        divisions.only_within(rows, ("500112", "371002"))

    def test_a_file_that_is_not_shipped(self):
        with pytest.raises(BadDivisions, match="110101"):
            divisions.shipped("110101")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(data):
    try:
        divisions.parse(data)
    except BadDivisions as refusal:
        assert refusal.sentence.endswith(("。", "……"))
