"""Population kinds: the words rosters use for them, and the kinds that follow from age alone (docs/domain.md 2)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

from core.dates import add_years
from core.text import clean
from residents.choices import Population

K = Population
YEAR_END = "YEAR_END"


class Ages(Protocol):
    """The ages of ``ResidentsPolicy`` in full years."""

    @property
    def child_age_below(self) -> int: ...
    @property
    def near_elderly_age(self) -> int: ...
    @property
    def elderly_age(self) -> int: ...
    @property
    def aged_age(self) -> int: ...
    @property
    def elderly_age_basis(self) -> str: ...


@dataclass(frozen=True)
class Band:
    """Who belongs to an age kind on a day: born after ``born_after`` and not after ``born_until`` (None: no bound).

    Attributes:
        enters_at: the age in full years with which one belongs to it; 0 is the day of birth.
        leaves_at: the age with which one no longer does; None where it holds for life.
        by_year: both are reached on 1 January of the year of the birthday, not on the birthday.
    """

    kind: Population
    born_after: date | None
    born_until: date | None
    enters_at: int
    leaves_at: int | None
    by_year: bool

    def holds(self, born_on: date) -> bool:
        return (self.born_after is None or born_on > self.born_after) and (
            self.born_until is None or born_on <= self.born_until
        )


AGE_KINDS = (K.CHILD_0_6, K.ELDERLY_60_64, K.ELDERLY_65, K.ELDERLY_80)


def latest_birth(age: int, on: date) -> date:
    """The last birthday with which somebody is ``age`` on that day; born on 29 February one ages on 1 March."""
    is_leap_day = on.month == 2 and on.day == 29
    return (
        date(on.year - age, 2, 28)
        if is_leap_day and add_years(on, -age).day != 29
        else on.replace(year=on.year - age)
    )


def age_bands(on: date, ages: Ages) -> tuple[Band, ...]:
    """The age kinds as ranges of birthdays, the same for one person and for SQL over all of them.

    With the basis YEAR_END everybody who reaches an age within the calendar year counts from 1 January; children are
    always counted by the day.
    """
    by_year = ages.elderly_age_basis == YEAR_END
    day = date(on.year, 12, 31) if by_year else on
    child, near, elder, aged = ages.child_age_below, ages.near_elderly_age, ages.elderly_age, ages.aged_age
    elder_birth = latest_birth(elder, day)
    return (
        Band(K.CHILD_0_6, latest_birth(child, on), on, 0, child, False),
        Band(K.ELDERLY_60_64, elder_birth, latest_birth(near, day), near, elder, by_year),
        Band(K.ELDERLY_65, None, elder_birth, elder, None, by_year),
        Band(K.ELDERLY_80, None, latest_birth(aged, day), aged, None, by_year),
    )


def kinds_by_age(born_on: date, bands: tuple[Band, ...]) -> tuple[Population, ...]:
    return tuple(band.kind for band in bands if band.holds(born_on))


def first_day(kind: Population, born_on: date, ages: Ages) -> date:
    """The day on which somebody entered an age kind."""
    if kind == K.CHILD_0_6:
        return born_on
    age = {
        K.ELDERLY_60_64: ages.near_elderly_age,
        K.ELDERLY_65: ages.elderly_age,
        K.ELDERLY_80: ages.aged_age,
    }[kind]
    return date(born_on.year + age, 1, 1) if ages.elderly_age_basis == YEAR_END else add_years(born_on, age)


def last_day(kind: Population, born_on: date, ages: Ages) -> date | None:
    """The last day in an age kind; None where it holds for life."""
    if kind == K.CHILD_0_6:
        return add_years(born_on, ages.child_age_below) - timedelta(days=1)
    if kind == K.ELDERLY_60_64:
        return first_day(K.ELDERLY_65, born_on, ages) - timedelta(days=1)
    return None


_WORDS: dict[str, Population] = {
    **dict.fromkeys(
        ("儿童", "06岁儿童", "0-6岁儿童", "0-6岁", "0-6儿童", "婴幼儿", "新生儿", "06儿童"), K.CHILD_0_6
    ),
    **dict.fromkeys(("孕产妇", "孕妇", "产妇", "孕", "产后"), K.PERINATAL),
    **dict.fromkeys(
        ("老年人", "老人", "65岁及以上老年人", "65岁以上老年人", "65岁以上老人", "65岁以上", "65岁及以上"),
        K.ELDERLY_65,
    ),
    **dict.fromkeys(("60-64岁老年人", "60-64岁", "60-64岁老人"), K.ELDERLY_60_64),
    **dict.fromkeys(
        ("高龄老年人", "高龄老人", "高龄", "80岁以上", "80岁以上老年人", "80岁以上老人"), K.ELDERLY_80
    ),
    **dict.fromkeys(
        ("失能老年人", "失能老人", "失能", "半失能", "半失能老人", "失能半失能老年人", "失能半失能"),
        K.DISABLED_ELDER,
    ),
    **dict.fromkeys(
        ("失智老年人", "失智老人", "失智", "老年痴呆", "痴呆", "阿尔茨海默病", "认知症"), K.DEMENTIA
    ),
    **dict.fromkeys(("高血压", "高血压病", "高血压患者", "原发性高血压", "htn", "血压高"), K.HYPERTENSION),
    **dict.fromkeys(
        (
            "糖尿病",
            "2型糖尿病",
            "糖尿病2型",
            "ii型糖尿病",
            "二型糖尿病",
            "2型糖尿病患者",
            "糖尿病患者",
            "dm",
            "t2dm",
            "血糖高",
        ),
        K.DIABETES_T2,
    ),
    **dict.fromkeys(("慢阻肺", "慢性阻塞性肺疾病", "慢阻肺患者", "copd", "慢性阻塞性肺病"), K.COPD),
    **dict.fromkeys(("高血脂", "血脂异常", "高脂血症", "高血脂患者", "高血脂症"), K.DYSLIPIDEMIA),
    **dict.fromkeys(
        (
            "严重精神障碍",
            "重性精神病",
            "重性精神疾病",
            "重精",
            "精神病",
            "精神障碍",
            "精神分裂症",
            "严重精神障碍患者",
        ),
        K.SMI,
    ),
    **dict.fromkeys(("肺结核", "结核", "结核病", "tb", "肺结核患者"), K.TB),
    **dict.fromkeys(("艾滋病", "艾滋", "hiv", "aids", "艾滋病患者", "hiv感染者"), K.HIV),
    **dict.fromkeys(
        ("残疾人", "残疾", "肢体残疾", "视力残疾", "听力残疾", "言语残疾", "智力残疾", "多重残疾"), K.DISABLED
    ),
    **dict.fromkeys(
        ("脱贫人口", "脱贫", "脱贫户", "建档立卡", "建档立卡户", "建档立卡贫困人口"), K.OUT_OF_POVERTY
    ),
    **dict.fromkeys(("防止返贫监测对象", "返贫监测", "防返贫监测", "监测对象", "监测户"), K.POVERTY_MONITOR),
    **dict.fromkeys(
        (
            "计划生育特殊家庭成员",
            "计划生育特殊家庭",
            "计生特殊家庭",
            "计生特殊家庭成员",
            "失独",
            "失独家庭",
            "计特家庭",
        ),
        K.SPECIAL_FP_FAMILY,
    ),
    **dict.fromkeys(("低保", "低保对象", "低保户", "城乡低保"), K.LOW_INCOME),
    **dict.fromkeys(("特困", "特困人员", "五保", "五保户", "特困供养"), K.EXTREME_POVERTY),
    **dict.fromkeys(("优抚", "优抚对象", "重点优抚对象", "退役军人优抚"), K.PREFERENTIAL),
    **dict.fromkeys(("脑卒中", "中风", "脑梗", "脑梗死", "脑出血", "脑卒中患者"), K.STROKE),
    **dict.fromkeys(("脑卒中高危", "脑卒中高危人群", "卒中高危"), K.STROKE_HIGH_RISK),
    **dict.fromkeys(("冠心病", "冠心病患者", "心梗", "chd"), K.CHD),
    **dict.fromkeys(("肿瘤", "恶性肿瘤", "癌症", "肿瘤患者", "癌"), K.TUMOR),
    **dict.fromkeys(("长期卧床", "卧床", "长期卧床病人", "卧床病人"), K.BEDRIDDEN),
    **dict.fromkeys(("高血压高危", "高血压高危人群"), K.HIGH_RISK_HTN),
}
_NOBODY = frozenset(
    (
        "一般人群",
        "普通人群",
        "健康人群",
        "一般",
        "普通",
        "健康",
        "其他",
        "其他人群",
        "无",
        "否",
        "/",
        "-",
        "0",
    )
)
_STAGE = re.compile(r"(?:[1-4一二三四i]+[级期型])?(?:患者|病人|病)?$")  # 高血压2级, 脑梗患者
_SPLIT = re.compile(r"[、,;/|+ \n]+")


@dataclass(frozen=True)
class Kinds:
    """Population kinds of one cell, and the words nobody knows."""

    kinds: tuple[Population, ...]
    unknown: tuple[str, ...] = ()


@lru_cache(maxsize=4_096)  # a roster repeats a few dozen combinations
def read_kinds(text: str) -> Kinds:
    """Several kinds in one cell: 高血压、糖尿病2型. 一般人群 and empty marks mean none."""
    kinds: dict[Population, None] = {}
    unknown = []
    for part in _SPLIT.split(clean(text).translate(_DASHES)):
        word = re.sub(r"[()（）\s\"']", "", part).lower()
        if not word or word in _NOBODY:
            continue
        kind = _WORDS.get(word) or _LABELS.get(word) or _WORDS.get(_STAGE.sub("", word))
        if kind:
            kinds[kind] = None
        else:
            unknown.append(part[:20])
    return Kinds(tuple(kinds), tuple(unknown))


_DASHES = str.maketrans({"—": "-", "～": "-", "~": "-", "–": "-", "至": "-"})
_LABELS = {re.sub(r"[()（）]", "", one.label.lower().translate(_DASHES)): one for one in Population}
