import pytest

from residents.choices import IdKind, LifeStatus, Registration
from residents.rules.faults import Fault
from residents.rules.words import read_id_kind, read_leaving, read_registration, read_yes


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("是", "有", "1", "Y", "yes", "√", "✓", "✔", "☑", "TRUE", " √ ", "Ｙ"), True),
        (("", "否", "无", "0", "N", "×", "X", "☐", "/", "-", "没有"), False), (("可能", "2级", "2"), None),
    ],
)  # fmt: skip
def test_yes_and_no(words, answer):
    assert {read_yes(one) for one in words} == {answer}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证", IdKind.ID_CARD), ("居民身份证", IdKind.ID_CARD), ("01", IdKind.ID_CARD), ("1", IdKind.ID_CARD),
            ("户口本", IdKind.HOUSEHOLD_BOOK),
        ("护照", IdKind.PASSPORT), ("军官证", IdKind.OFFICER), ("回乡证", IdKind.HK_MACAU_PERMIT),
            ("台胞证", IdKind.TAIWAN_PERMIT),
        ("港澳台居民居住证", IdKind.RESIDENCE_PERMIT), ("永居证", IdKind.FOREIGN_PERMANENT),
            ("出生医学证明", IdKind.BIRTH_CERTIFICATE),
        ("母亲证件号加顺序号（新生儿）", IdKind.MOTHERS_NUMBER), ("学籍号", IdKind.TEMPORARY), ("暂无证件", IdKind.NONE),
            ("新生儿", IdKind.NONE),
        ("其他", IdKind.OTHER), ("99", IdKind.OTHER), ("", None),
    ],
)  # fmt: skip
def test_kinds_of_documents(text, kind):
    assert read_id_kind(text) == kind


def test_every_kind_is_known_by_its_own_label_and_code():
    assert [read_id_kind(one.label) for one in IdKind] == list(IdKind)
    assert [read_id_kind(one.value) for one in IdKind] == list(IdKind)


def test_an_unknown_kind_says_what_to_write():
    found = read_id_kind("社保卡")
    assert isinstance(found, Fault)
    assert "护照" in found.remedy


@pytest.mark.parametrize(
    ("text", "registration"),
    [
        ("户籍", Registration.REGISTERED),
        ("本地户籍", "1"),
        ("人户一致", "1"),
        ("流动人口", "2"),
        ("外来", "2"),
        ("非户籍", "2"),
        ("", None),
    ],
)
def test_where_somebody_is_registered(text, registration):
    assert read_registration(text) == registration


def test_a_word_that_may_mean_either_is_not_guessed():
    assert read_registration("常住").code == "registration_unknown"


@pytest.mark.parametrize(
    "text", ["死亡", "已死亡", "已故", "去世", "病故", "因病去世", "死亡注销", "已去世，2025年", "销户"]
)
def test_dead(text):
    assert read_leaving(text) == LifeStatus.DECEASED


@pytest.mark.parametrize("text", ["迁出", "已迁出", "户口迁出", "搬走", "迁往烟台", "迁出（2025-03）"])
def test_moved(text):
    assert read_leaving(text) == LifeStatus.MOVED_OUT


@pytest.mark.parametrize(
    "text", ["", "在册", "正常", "父亲已去世", "配偶死亡", "拟迁出", "2025-03-04", "是", "故乡烟台"]
)
def test_still_here(text):
    assert read_leaving(text) is None


def test_below_its_title_a_date_or_a_yes_is_enough():
    assert read_leaving("2025-03-04", "死亡日期") == LifeStatus.DECEASED
    assert read_leaving("是", "是否死亡") == LifeStatus.DECEASED
    assert read_leaving("20250304", "迁出日期") == LifeStatus.MOVED_OUT
    assert read_leaving("否", "是否死亡") is None
