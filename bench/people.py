"""Made-up people by the million: households with a head and members, as a roster would list them. Always the same ones.

Numbers are of county 371099, which does not exist; about one row in a hundred has a fault that real rosters have.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

HEADER = (
    "序号", "姓名", "身份证号", "性别", "出生日期", "联系电话", "与户主关系", "户主姓名", "户号", "村居", "网格",
        "详细地址", "人群类型",
    "备注",
)  # fmt: skip
FIRST_DAY, LAST_DAY = date(1936, 1, 1), date(2025, 12, 31)
DAYS = (LAST_DAY - FIRST_DAY).days
PER_DAY = 999  # sequences of a county and day; 32 million people before one comes twice

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂国建华文玉红春梅海东晓林志辉鹏飞宇浩然子涵欣怡雨泽轩梓一诺佳俊豪思雅琪"
    "凤云福德永成庆忠义贵祥瑞安康健宁波山川石松柏竹青莲荷菊桃杏雪冰月星辰光亮明旭阳"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_KINDS = ("高血压", "糖尿病", "高血压、糖尿病2型", "残疾人", "低保", "冠心病", "脑卒中", "慢阻肺")
_STREETS = ("和平路", "海滨北路", "文化西路", "新威路", "公园路", "世昌大道", "青岛中路", "古寨东路")
_FAULTS = ("check", "short", "truncated", "village", "phone", "sex", "blank_name")


@dataclass(frozen=True)
class Spot:
    """A grid of a village, by the names that the list uses."""

    village: str
    grid: str


def check_digit(body: str) -> str:
    return "10X98765432"[sum(w * int(one) for w, one in zip(_WEIGHTS, body, strict=True)) % 11]


def write_people(
    path: Path, count: int, spots: list[Spot], *, first: int = 0, seed: int = 1, faults: float = 0.01
) -> None:
    """Write a CSV of ``count`` people (UTF-8), household by household.

    Args:
        spots: grids, filled one after the other.
        first: serial of the first person; other serials are other people.
        faults: share of rows with something wrong.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        _write(file, count, spots, first, random.Random(seed), faults)


def _write(
    file: TextIO, count: int, spots: list[Spot], first: int, chance: random.Random, faults: float
) -> None:
    file.write(",".join(HEADER) + "\r\n")
    done = house = 0
    while done < count:
        size = min(chance.choice((1, 2, 2, 3, 3, 4, 5)), count - done)
        spot = spots[done * len(spots) // count]
        for row in _household(first + done, done, size, house, spot, chance, faults):
            file.write(",".join(row) + "\r\n")
        done += size
        house += 1


def _household(
    serial: int, at: int, size: int, house: int, spot: Spot, chance: random.Random, faults: float
) -> Iterator[list[str]]:
    address = f"{_STREETS[house % 8]}{house // 8 % 200 + 1}号{house % 30 + 1}号楼{house % 4 + 1}单元{house % 12 + 1:02d}01"
    surname = _SURNAMES[chance.randrange(len(_SURNAMES))]
    head = surname + _given(chance)
    relations = ("户主", "配偶", "长子", "长女", "母亲")
    for member in range(size):
        relation = relations[member]
        name = (
            head
            if member == 0
            else (_SURNAMES[chance.randrange(len(_SURNAMES))] if member % 2 else surname) + _given(chance)
        )
        is_male = {"户主": True, "长子": True}.get(relation, False)
        number = number_of(serial + member, is_male=is_male)
        row = [
            str(at + member + 1), name, number, "男" if is_male else "女",
                f"{number[6:10]}-{number[10:12]}-{number[12:14]}",
            f"199{(serial + member) * 7919 % 100_000_000:08d}" if member < 2 else "", relation, head, "", spot.village,
            spot.grid, address, _KINDS[chance.randrange(8)] if chance.random() < 0.25 else "", "",
        ]  # fmt: skip
        if chance.random() < faults:
            _spoil(row, _FAULTS[chance.randrange(len(_FAULTS))])
        yield row


def number_of(serial: int, *, is_male: bool) -> str:
    """The number of one made-up person: distinct for every serial below 16 million and sex."""
    day = FIRST_DAY + timedelta(days=serial * 7_919 % DAYS)
    sequence = serial // DAYS % 499 * 2 + (1 if is_male else 2)
    body = f"371099{day:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


def _given(chance: random.Random) -> str:
    one = _GIVEN[chance.randrange(len(_GIVEN))]
    return one if chance.random() < 0.15 else one + _GIVEN[chance.randrange(len(_GIVEN))]


def _spoil(row: list[str], fault: str) -> None:
    number = row[2]
    if fault == "check":
        row[2] = number[:17] + ("1" if number[17] != "1" else "2")
    elif fault == "short":
        row[2] = number[:17]
    elif fault == "truncated":
        row[2] = number[:15] + "000" if check_digit(number[:15] + "00") != "0" else number[:15]
    elif fault == "village":
        row[9] = "查无此村"
    elif fault == "phone":
        row[5] = "1380000"
    elif fault == "sex":
        row[3] = "男" if row[3] == "女" else "女"
    else:
        row[1] = ""
