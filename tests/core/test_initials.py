from hypothesis import given
from hypothesis import strategies as st
from pypinyin.constants import PHRASES_DICT

from core.initials import quick_initials
from core.text import SURNAME_INITIALS, bigrams, initials

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=4)
PHRASES = st.sampled_from(
    [one for one in PHRASES_DICT if len(one) < 5 and all("\u4e00" <= c <= "\u9fa5" for c in one)]
)
SURNAMES = st.sampled_from([*SURNAME_INITIALS, "王", "行", "重", ""])


@given(SURNAMES, st.one_of(HAN, PHRASES), st.one_of(HAN, PHRASES, st.just("")))
def test_the_table_says_what_the_library_says(surname, given_name, more):
    name = surname + given_name + more
    assert quick_initials(name, bigrams(name)) == initials(name)


def test_names_in_which_a_neighbor_changes_a_reading():
    for name in ("重庆", "行长生", "单于", "曾长春", "乐乐", "解放", "音乐家"):
        assert quick_initials(name, bigrams(name)) == initials(name)
