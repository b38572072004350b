import pytest

from residents.rules.addresses import Door, plain_number, split_address


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("3号楼2单元501", ("3", "2", "501")), ("和平路1号3号楼2单元501室", ("3", "2", "501")),
            ("幸福小区 3#楼2单元501", ("3", "2", "501")),
        ("3-2-501", ("3", "2", "501")), ("幸福小区3－2－501", ("3", "2", "501")), ("阳光花园12-501", ("12", "", "501")),
        ("幸福小区3栋", ("3", "", "")), ("3幢501", ("3", "", "501")), ("B座1203", ("B", "", "1203")),
            ("三号楼二单元", ("3", "2", "")),
        ("十二号楼1单元东户", ("12", "1", "东")), ("03号楼02单元0501", ("3", "2", "501")),
            ("和平路1号1单元101", ("1", "1", "101")),
        ("2单元301室（租）", ("", "2", "301")), ("3号楼2单元5楼501", ("3", "2", "501")),
    ],
)  # fmt: skip
def test_doors_as_people_write_them(text, door):
    assert split_address(text) == Door(*door)


@pytest.mark.parametrize(
    "text",
    ["", "和平路12号", "东北村村北", "青岛中路", "2026-11-22", "13712345671", "和平路1-3号", "教学楼旁"],
)
def test_what_is_no_door(text):
    assert not split_address(text)


@pytest.mark.parametrize(
    ("text", "number"), [("三", "3"), ("十", "10"), ("十二", "12"), ("二十", "20"), ("二三", "23"), ("03", "3"), ("0", "0"),
        ("b座", "B"), ("3号楼", "3"), ("", "")]
)  # fmt: skip
def test_numbers_of_doors(text, number):
    assert plain_number(text) == number
