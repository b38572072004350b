"""Relation words of rosters -> GB/T 4761-2008 codes, and which sex a relation implies."""

import re
from functools import lru_cache

from core.text import clean
from residents.choices import Relation, Sex
from residents.rules.faults import Fault

R = Relation

# What a village clerk writes, without order words (长、次、大、二 ...), which are taken off before looking here.
_WORDS: dict[str, Relation] = {
    **dict.fromkeys(("户主", "本人", "本户户主", "自己", "户主本人"), R.HEAD),
    **dict.fromkeys(("配偶", "爱人", "夫妻", "对象"), R.SPOUSE),
    **dict.fromkeys(("夫", "丈夫", "老公", "男人", "之夫"), R.HUSBAND),
    **dict.fromkeys(("妻", "妻子", "老婆", "媳妇", "之妻", "夫人"), R.WIFE),
    **dict.fromkeys(("子", "儿子", "儿", "男孩", "独生子", "独子", "之子"), R.SON),
    **dict.fromkeys(("养子", "继子", "养子或继子"), R.ADOPTED_SON),
    **dict.fromkeys(("女婿", "婿", "姑爷"), R.SON_IN_LAW),
    **dict.fromkeys(("女", "女儿", "闺女", "女孩", "独生女", "独女", "之女"), R.DAUGHTER),
    **dict.fromkeys(("养女", "继女", "养女或继女"), R.ADOPTED_DAUGHTER),
    **dict.fromkeys(("儿媳", "儿媳妇", "媳", "儿妇"), R.DAUGHTER_IN_LAW),
    **dict.fromkeys(
        (
            "孙",
            "孙子",
            "孙女",
            "外孙",
            "外孙子",
            "外孙女",
            "重孙",
            "重孙女",
            "曾孙",
            "曾孙女",
            "孙子女",
            "孙辈",
        ),
        R.GRANDCHILD,
    ),
    **dict.fromkeys(("父母", "双亲"), R.PARENTS),
    **dict.fromkeys(("父", "父亲", "爸爸", "爸", "之父", "继父", "养父"), R.FATHER),
    **dict.fromkeys(("母", "母亲", "妈妈", "妈", "娘", "之母", "继母", "养母"), R.MOTHER),
    **dict.fromkeys(
        ("公公", "婆婆", "公婆", "岳父", "岳母", "岳父母", "丈人", "丈母", "丈母娘"), R.PARENTS_IN_LAW
    ),
    **dict.fromkeys(
        ("祖父", "祖母", "爷爷", "奶奶", "外祖父", "外祖母", "外公", "外婆", "姥爷", "姥姥"), R.GRANDPARENTS
    ),
    **dict.fromkeys(
        (
            "兄",
            "弟",
            "姐",
            "妹",
            "哥",
            "哥哥",
            "弟弟",
            "姐姐",
            "妹妹",
            "兄弟",
            "姐妹",
            "兄弟姐妹",
            "胞兄",
            "胞弟",
        ),
        R.SIBLINGS,
    ),
    **dict.fromkeys(
        (
            "嫂",
            "嫂子",
            "弟媳",
            "弟妹",
            "姐夫",
            "妹夫",
            "叔叔",
            "伯父",
            "姑姑",
            "姨",
            "舅舅",
            "侄",
            "侄子",
            "侄女",
            "外甥",
        ),
        R.OTHER_RELATIVE,
    ),
    **dict.fromkeys(
        ("外甥女", "孙媳", "孙媳妇", "孙女婿", "亲属", "亲戚", "其他亲属", "其他"), R.OTHER_RELATIVE
    ),
    **dict.fromkeys(
        ("非亲属", "保姆", "护工", "租户", "租客", "房客", "朋友", "同事", "寄养", "雇工"), R.NON_RELATIVE
    ),
}
_ORDER = re.compile(r"^(?:第?[一二三四五六七八九十]|[1-9]|长|次|大|小|老|幼)(?=.)")
_FILLING = re.compile(r"[\s()（）]|^户主的?(?=.)|^之(?=.)")
_LABELS = {str(one.label): one for one in Relation}
_SEX = {
    R.HUSBAND: Sex.MALE, R.WIFE: Sex.FEMALE,
    R.SON: Sex.MALE, R.ADOPTED_SON: Sex.MALE, R.SON_IN_LAW: Sex.MALE,
    R.DAUGHTER: Sex.FEMALE, R.ADOPTED_DAUGHTER: Sex.FEMALE, R.DAUGHTER_IN_LAW: Sex.FEMALE,
    R.FATHER: Sex.MALE, R.MOTHER: Sex.FEMALE,
}  # fmt: skip
_CODES: dict[str, Relation] = {
    **{f"{tens}{ones}": group for tens, group in enumerate(
        (R.HEAD, R.SPOUSE, R.SON, R.DAUGHTER, R.GRANDCHILD, R.PARENTS, R.GRANDPARENTS, R.SIBLINGS, R.OTHER_RELATIVE)
    ) for ones in range(10)},
    **dict.fromkeys(("53", "54", "55", "56"), R.PARENTS_IN_LAW),
    **{one.value: one for one in Relation},
}  # fmt: skip


@lru_cache(maxsize=4_096)  # a roster repeats a few dozen words
def read_relation(text: str) -> Relation | Fault:
    """A relation word, label or code; order words are allowed: 长子, 次女, 大儿, 二孙女.

    A word that means a relation in itself (老公, 大哥) is looked up before its first character is taken off.
    """
    word = _FILLING.sub("", clean(text))
    if word in _CODES:
        return _CODES[word]
    bare = _ORDER.sub("", word)
    found = _WORDS.get(word) or _LABELS.get(word) or _WORDS.get(bare)
    if found:
        return found
    return Fault(
        "relation_unknown", f"不认识的关系“{word[:10]}”", "请改填户主、妻子、长子、女儿、孙子、父亲等"
    )


def relation_of_sex(relation: str, sex: int) -> str:
    """配偶 becomes 夫 or 妻 once the sex is known."""
    if relation == R.SPOUSE and sex in (Sex.MALE, Sex.FEMALE):
        return R.HUSBAND if sex == Sex.MALE else R.WIFE
    return relation


def sex_doubt(relation: str, sex: int) -> Fault | None:
    """A relation that implies the other sex: most often two rows or two numbers were swapped."""
    implied = _SEX.get(Relation(relation))
    if implied is None or sex not in (Sex.MALE, Sex.FEMALE) or sex == implied:
        return None
    said = Relation(relation).label
    return Fault(
        "relation_sex", f"与户主关系“{said}”与性别“{Sex(sex).label}”不符", "请核对关系或身份证号是否填串"
    )
