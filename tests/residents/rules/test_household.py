import pytest

from residents.choices import Relation, Sex
from residents.rules.household import read_relation, relation_of_sex, sex_doubt

R = Relation


@pytest.mark.parametrize(
    ("word", "relation"),
    [
        ("户主", R.HEAD), ("本人", R.HEAD), ("妻子", R.WIFE), ("老婆", R.WIFE), ("之妻", R.WIFE), ("丈夫", R.HUSBAND),
        ("老公", R.HUSBAND), ("配偶", R.SPOUSE), ("长子", R.SON), ("次子", R.SON), ("三子", R.SON), ("大儿", R.SON),
        ("二儿子", R.SON), ("小儿子", R.SON), ("独生子", R.SON), ("长女", R.DAUGHTER), ("二女儿", R.DAUGHTER),
        ("闺女", R.DAUGHTER), ("孙子", R.GRANDCHILD), ("孙", R.GRANDCHILD), ("长孙", R.GRANDCHILD),
        ("外孙女", R.GRANDCHILD),
        ("儿媳", R.DAUGHTER_IN_LAW), ("大儿媳妇", R.DAUGHTER_IN_LAW), ("女婿", R.SON_IN_LAW), ("父亲", R.FATHER),
        ("户主之父", R.FATHER), ("户主的母亲", R.MOTHER), ("岳母", R.PARENTS_IN_LAW), ("公公", R.PARENTS_IN_LAW),
        ("奶奶", R.GRANDPARENTS), ("大哥", R.SIBLINGS), ("妹妹", R.SIBLINGS), ("侄子", R.OTHER_RELATIVE),
        ("保姆", R.NON_RELATIVE),
        ("其他亲属", R.OTHER_RELATIVE), ("夫", R.HUSBAND), ("孙子、孙女或外孙子、外孙女", R.GRANDCHILD),
        ("02", R.HEAD), ("01", R.HEAD), ("12", R.WIFE), ("21", R.SON), ("28", R.SON_IN_LAW), ("41", R.GRANDCHILD),
        ("53", R.PARENTS_IN_LAW), ("73", R.SIBLINGS), (" 长 子 ", R.SON),
    ],
)  # fmt: skip
def test_words_of_village_clerks(word, relation):
    assert read_relation(word) == relation


@pytest.mark.parametrize("word", ["邻居家的", "？？", "长", "大"])
def test_an_unknown_word_is_not_guessed(word):
    assert read_relation(word).code == "relation_unknown"


def test_a_spouse_becomes_husband_or_wife_by_sex():
    assert relation_of_sex(R.SPOUSE, Sex.FEMALE) == R.WIFE
    assert relation_of_sex(R.SPOUSE, Sex.MALE) == R.HUSBAND
    assert relation_of_sex(R.SPOUSE, Sex.UNKNOWN) == R.SPOUSE
    assert relation_of_sex(R.SON, Sex.MALE) == R.SON


def test_a_relation_of_the_other_sex_is_doubted():
    assert sex_doubt(R.WIFE, Sex.MALE).code == "relation_sex"
    assert sex_doubt(R.SON, Sex.FEMALE).code == "relation_sex"
    assert sex_doubt(R.WIFE, Sex.FEMALE) is None
    assert sex_doubt(R.GRANDCHILD, Sex.FEMALE) is None
    assert sex_doubt(R.SON, Sex.UNKNOWN) is None
