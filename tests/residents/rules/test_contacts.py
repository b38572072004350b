import pytest

from residents.rules.contacts import read_contacts

ONE, TWO = "13712345671", "13712345672"


@pytest.mark.parametrize(
    ("text", "own", "others"),
    [
        ("", "", ()), (ONE, ONE, ()), (f"{ONE}、{TWO}", ONE, ((TWO, ""),)), (f"{ONE} {TWO}", ONE, ((TWO, ""),)),
            (f"0631-5231234/{ONE}", ONE, (("0631-5231234", ""),)),
        (f"女儿{ONE}", "", ((ONE, "女儿"),)), (f"{ONE}（儿子）", "", ((ONE, "儿子"),)),
            (f"本人：{ONE}；邻居:{TWO}", ONE, ((TWO, "邻居"),)),
        (f"手机{ONE}、女儿电话{TWO}", ONE, ((TWO, "女儿"),)), (f"{ONE}/{ONE}", ONE, ()), (f"{ONE}、{ONE}（女儿）", ONE, ()),
            (f"{ONE}或{TWO}", ONE, ((TWO, ""),)),
    ],
)  # fmt: skip
def test_numbers_and_whose_they_are(text, own, others):
    found = read_contacts(text)
    assert (found.own, found.others, found.faults) == (own, others, ())


@pytest.mark.parametrize(
    ("text", "codes"),
        [("1371234", ["phone_form"]), ("女儿1371234", ["phone_form"]), ("女儿13800138000", ["phone_placeholder"]),
        ("无电话", ["phone_form"])]
)  # fmt: skip
def test_what_is_left_out_is_told(text, codes):
    found = read_contacts(text)
    assert (found.own, found.others, [one.code for one in found.faults]) == ("", (), codes)
