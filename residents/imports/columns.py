"""Which column is which (docs/domain.md 7.2): synonyms, columns that are one population kind, and two-line headers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.text import clean
from residents.choices import Population
from residents.rules.population import read_kinds

REASON, ROW = "错误原因", "原行号"  # what our error sheet adds
TICK = "tick:"  # in a mapping: a column of yes and no for one population kind


class Column(StrEnum):
    """Columns of a roster; the Chinese is the header of our template."""

    NAME = "姓名"
    NUMBER = "身份证号"
    ID_KIND = "证件类型"
    SEX = "性别"
    BORN_ON = "出生日期"
    AGE = "年龄"
    PHONE = "联系电话"
    RELATION = "与户主关系"
    HEAD = "户主姓名"
    HEAD_NUMBER = "户主身份证号"
    HOUSEHOLD = "户号"
    TOWNSHIP = "镇街"
    VILLAGE = "村居"
    GRID = "网格"
    ADDRESS = "详细地址"
    BUILDING = "楼栋"
    UNIT = "单元"
    ROOM = "房号"
    REGISTRATION = "户籍类型"
    KINDS = "人群类型"
    STATUS = "人员状态"
    REMARK = "备注"


REQUIRED = (Column.NAME, Column.NUMBER, Column.VILLAGE)
# Columns whose merged cells hold for the rows below (docs/domain.md 7.1 item 5).
FILLABLE = frozenset(
    (
        Column.HEAD, Column.HEAD_NUMBER, Column.HOUSEHOLD, Column.TOWNSHIP, Column.VILLAGE, Column.GRID, Column.ADDRESS,
        Column.BUILDING, Column.UNIT, Column.ROOM, Column.REGISTRATION,
    )
)  # fmt: skip
JOINED = frozenset((Column.PHONE, Column.KINDS, Column.REMARK))  # several columns of them are read together

SYNONYMS: dict[Column, str] = {
    Column.NAME: "姓名 居民姓名 成员姓名 家庭成员姓名 人员姓名 名字 本人姓名 家庭成员 居民 服务对象 服务对象姓名 对象姓名",
    Column.NUMBER: "身份证号 身份证号码 身份证 证件号码 证件号 公民身份号码 公民身份证号码 居民身份证号 居民身份证号码 idcard "
    "身份证件号码 身份证件号 身份号码 成员身份证号 成员身份证号码 本人身份证号 idno idnumber 证件编号",
    Column.ID_KIND: "证件类型 证件类别 证件种类 身份证件类型 证件名称 身份证件类别",
    Column.SEX: "性别",
    Column.BORN_ON: "出生日期 出生年月日 出生年月 生日 出生时间",
    Column.AGE: "年龄 周岁 实足年龄 年龄(周岁) 年龄(岁)",
    Column.PHONE: "联系电话 电话 电话号码 手机 手机号 手机号码 本人电话 联系方式 联系号码 本人联系电话 联系手机 移动电话",
    Column.RELATION: "与户主关系 户主关系 关系 与户主的关系 家庭关系 成员关系 与户主之关系 和户主关系",
    Column.HEAD: "户主姓名 户主 所属户主 户主名 户主名字",
    Column.HEAD_NUMBER: "户主身份证号 户主身份证 户主身份证号码 户主证件号码 户主证件号",
    Column.HOUSEHOLD: "户号 家庭编号 户编号 家庭户号 户口编号 家庭号 户口簿号 户口本号 家庭档案号 户序号",
    Column.TOWNSHIP: "镇街 街道 乡镇 镇(街) 镇(街道) 乡镇(街道) 乡镇街道 街道(镇) 所属街道 所属镇街 街道办 镇",
    Column.VILLAGE: "村居 村(居) 社区 所属社区 居委会 村居名称 村居代码 村(社区) 村社区 社区名称 所属村居 村委会 村(居)委会 村名 "
    "村(居)民委员会 村 行政村 所属村 居(村)委会 社区(村) 村/社区 村居委会 所在社区 所在村居",
    Column.GRID: "网格 所属网格 网格名称 网格编号 网格编码 网格号 所在网格 微网格 网格(编号)",
    Column.ADDRESS: "详细地址 住址 家庭住址 现住址 居住地址 地址 家庭地址 现居住地 现居住地址 居住地 家庭详细地址 现住地址 "
    "常住地址 居住住址",
    Column.BUILDING: "楼栋 楼号 栋号 幢号 楼栋号 栋 幢 楼 楼房号",
    Column.UNIT: "单元 单元号",
    Column.ROOM: "房号 室号 房间号 门牌号 户室号 室 房间 房室号",
    Column.REGISTRATION: "户籍类型 户口类型 户籍 户籍性质 居住类型 常住类型 户籍状态 是否户籍 "
    "是否常住户籍 人户类型 是否本地户籍",
    Column.KINDS: "人群类型 人群分类 重点人群 服务对象类别 人群 重点人群类型 人群标识 居民类型 人员类别 人群类别 重点人群分类 "
    "服务人群 重点人群类别",
    Column.STATUS: "人员状态 状态 生存状态 是否死亡 死亡标志 居民状态 在册状态 死亡日期 迁出日期 是否迁出",
    Column.REMARK: "备注 说明 备注说明 其他说明",
}
_KNOWN = {word: column for column, words in SYNONYMS.items() for word in words.split()}
_SUFFIX = re.compile(r"[(\[【<《].*?[)\]】>》]$")
_FILLING = re.compile(r"[\s*★☆※:：、·.。#＊]|^\d{1,2}(?=[^\d岁])")
_WHETHER = re.compile(r"^是否(?:为|患|患有|有|属于|是)?|^(?:患|有无|有)")
_OTHERS = re.compile(r"监护人|联系人|家庭医生|签约医生|责任医生|团队|父亲|母亲|配偶|网格长|网格员|紧急")
_HEADS = re.compile(r"户主")


@dataclass(frozen=True)
class Meaning:
    """What a title says: a column, or one population kind whose cells are ticks."""

    column: Column | None = None
    tick: Population | None = None

    @classmethod
    def of_code(cls, code: str) -> "Meaning":
        """From a mapping or a memory: a column's value, ``tick:hypertension``, or "" for nothing."""
        if code.startswith(TICK):
            return cls(tick=Population(code.removeprefix(TICK)))
        return cls(column=Column(code)) if code else cls()

    @property
    def code(self) -> str:
        return TICK + self.tick.value if self.tick else (self.column.value if self.column else "")

    def __bool__(self) -> bool:
        return self.column is not None or self.tick is not None


NOTHING = Meaning()


def bare_title(text: str) -> str:
    """A header in the form in which it is looked up and remembered: line breaks, blanks, stars and colons are gone."""
    return _FILLING.sub("", clean(text)).lower()[:100]


def column_of(title: str) -> Column | None:
    """The column of a header as written, by the synonyms; a bracketed hint at its end does not matter."""
    bare = bare_title(title)
    return _KNOWN.get(bare) or _KNOWN.get(_SUFFIX.sub("", bare))


def tick_of(title: str) -> Population | None:
    """高血压, 是否残疾人, 糖尿病(√): a column of ticks for one kind."""
    bare = bare_title(title)
    for form in (bare, _SUFFIX.sub("", bare)):
        word = _WHETHER.sub("", form)
        found = read_kinds(word) if word else None
        if found and len(found.kinds) == 1 and not found.unknown:
            return found.kinds[0]
    return None


def meaning_of(title: str, memory: Mapping[str, str], above: str = "") -> Meaning:
    """What a header says; what somebody has explained before wins.

    Args:
        above: the title of the merged cell over it, in a two-line header.
    """
    for form in (bare_title(above + title), bare_title(title) if not above else ""):
        if form and form in memory:
            return Meaning.of_code(memory[form])
    if above and bare_title(above) != bare_title(title):
        return _meaning_below(title, bare_title(above))
    column = column_of(title)
    return Meaning(column=column) if column else Meaning(tick=tick_of(title))


def _meaning_below(title: str, above: str) -> Meaning:
    """户主 over 姓名 is the head's name; 监护人 over 电话 is somebody else's."""
    column = column_of(title)
    if _OTHERS.search(above):
        return NOTHING
    if _HEADS.search(above) and column in (Column.NAME, Column.NUMBER):
        return Meaning(column=Column.HEAD if column is Column.NAME else Column.HEAD_NUMBER)
    if _HEADS.search(above) and column in (
        Column.SEX,
        Column.BORN_ON,
        Column.AGE,
        Column.PHONE,
        Column.ID_KIND,
    ):
        return NOTHING
    return Meaning(column=column) if column else Meaning(tick=tick_of(title))
