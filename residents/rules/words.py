"""Short answers of rosters: yes and no, the kind of a document, where somebody is registered, whether he still lives here."""

import re
from functools import lru_cache

from core.text import clean
from residents.choices import IdKind, LifeStatus, Registration
from residents.rules.faults import Fault

YES = frozenset(
    (
        "是",
        "有",
        "1",
        "y",
        "yes",
        "t",
        "true",
        "√",
        "✓",
        "✔",
        "☑",
        "■",
        "●",
        "◆",
        "对",
        "v",
        "∨",
        "已",
        "有的",
        "是的",
    )
)
NO = frozenset(
    ("", "否", "无", "0", "n", "no", "f", "false", "×", "x", "✗", "✘", "✕", "╳", "☐", "□", "○", "◇", "没有", "不是",
     "未", "无此项", "/", "-", "—", "\\")
)  # fmt: skip


@lru_cache(maxsize=4_096)
def read_yes(text: str) -> bool | None:
    """Ticks and words for yes and no (docs/domain.md 7.1 item 18); None for anything else."""
    word = clean(text).lower().strip("。.,")
    return True if word in YES else (False if word in NO else None)


_KINDS: dict[str, IdKind] = {
    **dict.fromkeys(
        (
            "身份证",
            "居民身份证",
            "二代身份证",
            "第二代身份证",
            "公民身份证",
            "临时身份证",
            "临时居民身份证",
            "idcard",
        ),
        IdKind.ID_CARD,
    ),
    **dict.fromkeys(("户口簿", "居民户口簿", "户口本", "户口"), IdKind.HOUSEHOLD_BOOK),
    **dict.fromkeys(("护照", "外国护照", "中国护照", "外籍护照", "passport"), IdKind.PASSPORT),
    **dict.fromkeys(
        (
            "军官证",
            "士官证",
            "军人证",
            "军人证件",
            "士兵证",
            "文职干部证",
            "警官证",
            "军官证件",
            "武警警官证",
        ),
        IdKind.OFFICER,
    ),
    **dict.fromkeys(
        (
            "港澳居民来往内地通行证",
            "港澳通行证",
            "回乡证",
            "港澳居民通行证",
            "来往内地通行证",
            "港澳来往内地通行证",
        ),
        IdKind.HK_MACAU_PERMIT,
    ),
    **dict.fromkeys(
        ("台湾居民来往大陆通行证", "台胞证", "台湾通行证", "来往大陆通行证", "台湾居民通行证"),
        IdKind.TAIWAN_PERMIT,
    ),
    **dict.fromkeys(
        (
            "港澳台居民居住证",
            "港澳台居住证",
            "居住证",
            "港澳居民居住证",
            "台湾居民居住证",
            "港澳居住证",
            "台湾居住证",
        ),
        IdKind.RESIDENCE_PERMIT,
    ),
    **dict.fromkeys(
        ("外国人永久居留身份证", "外国人永久居留证", "永久居留证", "永居证", "外国人居留证", "绿卡"),
        IdKind.FOREIGN_PERMANENT,
    ),
    **dict.fromkeys(("出生医学证明", "出生证", "出生证明", "医学出生证明"), IdKind.BIRTH_CERTIFICATE),
    **dict.fromkeys(("母亲身份证", "母亲证件", "母亲身份证号", "母亲证件号"), IdKind.MOTHERS_NUMBER),
    **dict.fromkeys(("临时编号", "临时号", "临时代码", "学籍号", "系统编号"), IdKind.TEMPORARY),
    **dict.fromkeys(
        (
            "暂无证件",
            "无证件",
            "无证",
            "无",
            "没有",
            "新生儿",
            "未办证",
            "未办理",
            "无户口",
            "未上户",
            "未落户",
            "暂无",
        ),
        IdKind.NONE,
    ),
    **dict.fromkeys(("其他", "其他证件", "其它", "其它证件", "其他法定有效证件"), IdKind.OTHER),
}
_KIND_CODES = {one.value: one for one in IdKind} | {
    one.value.lstrip("0"): one for one in IdKind if one != IdKind.NONE
}
_KIND_LABELS = {re.sub(r"[()（）]", "", clean(one.label)): one for one in IdKind}


@lru_cache(maxsize=4_096)
def read_id_kind(text: str) -> IdKind | Fault | None:
    """The kind of a document by its word, label or code (CV02.01.101); None for an empty cell."""
    word = re.sub(r"[\s()（）]", "", clean(text)).lower()
    if not word:
        return None
    found = _KINDS.get(word) or _KIND_LABELS.get(word) or _KIND_CODES.get(word)
    if found:
        return found
    return Fault(
        "id_kind_unknown",
        f"不认识的证件类型“{word[:12]}”",
        "请改填居民身份证、护照、出生医学证明、暂无证件等",
    )


_HERE = frozenset(
    ("户籍", "户籍人口", "户籍人员", "本地", "本地户籍", "本村", "本社区", "本地人口", "常住户籍", "人户一致", "人在户在",
     "户在人不在", "空挂户", "空挂", "户籍户", "是", "1", "有", "√", "y", "本市", "本区", "户籍居民", "在册")
)  # fmt: skip
_ELSEWHERE = frozenset(
    ("非户籍", "非户籍人口", "流动", "流动人口", "外来", "外来人口", "暂住", "暂住人口", "外地", "外地户籍", "租住", "租户",
     "人在户不在", "否", "2", "无", "×", "n", "外来务工", "外市", "外省", "非本地", "非本地户籍", "非户籍居民", "寄住")
)  # fmt: skip


@lru_cache(maxsize=4_096)
def read_registration(text: str) -> Registration | Fault | None:
    """户籍 or 非户籍 in the words of rosters; None for an empty cell."""
    word = re.sub(r"[\s()（）]", "", clean(text)).lower()
    if not word:
        return None
    if word in _HERE:
        return Registration.REGISTERED
    if word in _ELSEWHERE:
        return Registration.NON_REGISTERED
    return Fault("registration_unknown", f"不认识的户籍类型“{word[:12]}”", "未导入该项，请填户籍或非户籍")


_END = r"(?:注销|销户|\d|[,，。;；(（:]|于|至|到|$)"
_DEAD = re.compile(
    r"^(?:已|因病|病|死|自然)*(?:死亡|亡|去世|故|过世|身故|病故|逝世|离世|殡葬)" + _END + "|^销户$|^殁"
)
_GONE = re.compile(r"^(?:已|户口|户籍|人口)*(?:迁出|迁走|搬走|搬离|转出|外迁|迁移)" + _END + "|^已?迁往.")
_DATED = re.compile(r"\d{4}.{2,8}|\d{8}|\d{5}")
_STAYS = frozenset(
    ("在册", "正常", "健在", "在世", "常住", "在住", "存活", "生存", "居住", "否", "无", "0", "活着", "有效",
     "n", "×")
)  # fmt: skip


@lru_cache(maxsize=4_096)
def read_leaving(text: str, title: str = "") -> LifeStatus | None:
    """Whether a cell says that somebody is dead or has moved away; None where it says nothing of the kind.

    Args:
        title: of the column; below 死亡日期 a date is enough, below 是否死亡 a yes.
    """
    word = re.sub(r"\s", "", clean(text)).lower()
    if not word or word in _STAYS:
        return None
    if _DEAD.match(word):
        return LifeStatus.DECEASED
    if _GONE.match(word):
        return LifeStatus.MOVED_OUT
    if _DATED.fullmatch(word) or read_yes(word):
        return LifeStatus.DECEASED if "死亡" in title else (LifeStatus.MOVED_OUT if "迁出" in title else None)
    return None
