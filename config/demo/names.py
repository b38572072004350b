"""Names as they are heard on the street: common surnames by rough frequency, given names by sex and generation.

Surname weights are rounded from general knowledge of their frequency in China, with the ones common around Weihai
(丛, 于, 毕, 戚, 邹, 宋, 姜) raised. No list of real persons was used; any likeness is chance.
"""

from random import Random

from config.demo.chance import Weighted

SURNAMES = Weighted(
    [
        ("王", 74), ("张", 70), ("李", 68), ("刘", 60), ("于", 42), ("孙", 34), ("丛", 24), ("陈", 24), ("杨", 22),
        ("赵", 20), ("徐", 18), ("宋", 17), ("姜", 16), ("周", 14), ("吴", 14), ("邹", 13), ("毕", 12), ("马", 12),
        ("朱", 11), ("林", 10), ("高", 10), ("郭", 10), ("胡", 9), ("曲", 9), ("戚", 8), ("黄", 8), ("董", 8),
        ("谭", 7), ("鞠", 7), ("邵", 7), ("许", 7), ("梁", 6), ("韩", 6), ("冯", 6), ("田", 6), ("曹", 5), ("隋", 5),
        ("苗", 5), ("侯", 5), ("夏", 5), ("袁", 4), ("吕", 4), ("迟", 4), ("初", 4), ("车", 3), ("单", 3), ("曾", 3),
        ("任", 3), ("范", 3), ("石", 3), ("贾", 3), ("闫", 2), ("解", 2), ("仇", 1), ("翟", 1), ("欧阳", 1),
    ]
)  # fmt: skip

# First year of birth -> characters: first and second of men's names, first and second of women's.
GENERATIONS = (
    (
        1990,
        (
            "浩宇轩子俊泽梓明嘉一博思逸文天奕皓晨睿家",
            "然轩辰宇涵泽博豪杰霖航瑞阳昊熙凯宸铭",
            "梓诗雨欣子思若佳语可一心紫雅依梦晨嘉艺沐",
            "涵萱怡彤琪瑶悦蕊妍桐宁菲雯玥汐琳瑜诺",
        ),
    ),
    (
        1972,
        (
            "伟磊军勇涛海晓志建永文立新世鹏振宏春洪大",
            "明强东波杰刚峰涛辉军斌亮鹏超飞龙平林伟光",
            "丽晓海春红艳秀玉文爱美雪小燕淑莉静云冬慧",
            "丽娜静敏燕艳娟霞红梅玲英华萍芳波云洁琴君",
        ),
    ),
    (
        0,
        (
            "建国志永德玉文庆福振世洪树学永明春长忠殿",
            "国华民军林山海生平明德胜义仁章善才贵田江",
            "桂秀玉淑凤素春翠爱月美金兰瑞惠云英彩喜世",
            "英兰珍芳香花梅荣云琴华凤莲娥芝霞贞美玲卿",
        ),
    ),
)  # fmt: skip


def given_name(chance: Random, is_man: bool, born: int) -> str:
    """One or two characters fitting sex and year of birth; single ones were in fashion from the seventies on."""
    lists = next(lists for first, lists in GENERATIONS if born >= first)
    first, second = lists[:2] if is_man else lists[2:]
    if 1972 <= born < 2005 and chance.random() < 0.25:
        return chance.choice(second)
    head, tail = chance.choice(first), chance.choice(second)
    return tail if head == tail else head + tail


def full_name(chance: Random, is_man: bool, born: int, surname: str = "") -> str:
    return (surname or SURNAMES.draw(chance)) + given_name(chance, is_man, born)
