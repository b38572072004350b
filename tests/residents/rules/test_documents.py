import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.choices import PROVISIONAL_KINDS, IdKind, Sex
from residents.rules.faults import Fault
from residents.rules.identity import Identity, mother_of, read_document

ON = dt.date(2026, 11, 22)
WOMAN, MAN = "371002196001010003", "34052419800101001X"
K = IdKind


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        (K.HK_MACAU_PERMIT, "h0123456701", "H01234567"),  # the renewal count is not part of the person
        (K.HK_MACAU_PERMIT, "H01234567 02", "H01234567"),
        (K.HK_MACAU_PERMIT, "M01234567", "M01234567"),
        (K.HK_MACAU_PERMIT, "12345678", None),
        (K.HK_MACAU_PERMIT, "H0123456", None),
        (K.TAIWAN_PERMIT, "12345678", "12345678"),
        (K.TAIWAN_PERMIT, "1234567801", "12345678"),  # the older booklet
        (K.TAIWAN_PERMIT, "1234567801(B)", "12345678"),
        (K.TAIWAN_PERMIT, "1234567801（Ｂ）", "12345678"),
        (K.TAIWAN_PERMIT, "1234567", None),
        (K.TAIWAN_PERMIT, "123456789", None),
        (K.RESIDENCE_PERMIT, "810000199001010019", "810000199001010019"),
        (K.FOREIGN_PERMANENT, "911124198108030024", "911124198108030024"),  # since 2023
        (K.FOREIGN_PERMANENT, "usa440112010154", "USA440112010154"),  # until then
        (K.FOREIGN_PERMANENT, "US4401120101540", None),
        (K.FOREIGN_PERMANENT, "911124198108030020", None),
        (K.PASSPORT, "E 1234 5678", "E12345678"),
        (K.PASSPORT, "EA1234567", "EA1234567"),
        (K.PASSPORT, "PASSPORT", None),
        (K.OFFICER, "军字第1234567号", "军字第1234567号"),
        (K.OFFICER, "军字第 1234567", "军字第1234567号"),
        (K.OFFICER, "军1234567", "军字第1234567号"),
        (K.OFFICER, "1234567", "1234567"),
        (K.OFFICER, "军字第号", None),
        (K.BIRTH_CERTIFICATE, "a123456789", "A123456789"),
        (K.BIRTH_CERTIFICATE, "A12345678", None),
        (K.MOTHERS_NUMBER, f"{WOMAN}#1", f"{WOMAN}#1"),
        (K.MOTHERS_NUMBER, f"{WOMAN}-2", f"{WOMAN}#2"),
        (K.MOTHERS_NUMBER, f"{WOMAN} 第3孩", f"{WOMAN}#3"),
        (K.MOTHERS_NUMBER, f"{WOMAN}#0", None),
        (K.MOTHERS_NUMBER, WOMAN, None),
        (K.MOTHERS_NUMBER, f"{MAN}#1", None),
        (K.MOTHERS_NUMBER, "371002196001010004#1", None),
        (K.TEMPORARY, "999001234567890", "999001234567890"),
        (K.TEMPORARY, "LS-2026-0012", "LS20260012"),
        (K.TEMPORARY, WOMAN, None),  # a real number hidden under another kind
        (K.OTHER, WOMAN, None),
        (K.OTHER, "出生证A1", None),
        (K.OTHER, "A1234", "A1234"),
        (K.HOUSEHOLD_BOOK, WOMAN, WOMAN),
    ],
)
def test_every_document_has_its_own_form(kind, typed, number):
    found = read_document(kind, typed, on=ON)
    assert getattr(found, "number", None) == number
    if number is None:
        assert found.sentence.endswith("。")
    else:
        assert found.kind in (kind, K.ID_CARD)  # a household book carries the card's number


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        (K.ID_CARD, "810000199001010019", "id_kind"),
        (K.ID_CARD, "911124198108030024", "id_kind"),
        (K.RESIDENCE_PERMIT, WOMAN, "id_kind"),
        (K.FOREIGN_PERMANENT, WOMAN, "id_kind"),
        (K.TEMPORARY, WOMAN, "id_kind"),
        (K.ID_CARD, "999001234567890", "id_temporary"),
        (K.ID_CARD, "USA440112010154", "id_characters"),
        (K.MOTHERS_NUMBER, f"{MAN}#1", "id_mother_sex"),
        (K.MOTHERS_NUMBER, WOMAN, "id_mother_form"),
        (K.MOTHERS_NUMBER, "371002196001010004#1", "id_check_digit"),
        (K.BIRTH_CERTIFICATE, "123", "id_document"),
    ],
)
def test_a_document_of_another_kind_is_told_as_such(kind, typed, code):
    assert read_document(kind, typed, on=ON).code == code


def test_a_newborns_number_leads_to_the_mother_and_says_nothing_about_the_child():
    found = read_document(K.MOTHERS_NUMBER, f"{WOMAN}#1", on=ON)
    assert (mother_of(found.number), found.born_on, found.sex) == (WOMAN, None, Sex.UNKNOWN)
    assert mother_of(WOMAN) == ""


def test_twins_under_one_mother_are_two_persons():
    one, two = (read_document(K.MOTHERS_NUMBER, f"{WOMAN}#{order}", on=ON) for order in (1, 2))
    assert one.number != two.number


def test_what_waits_for_a_real_document():
    assert set(PROVISIONAL_KINDS) == {K.NONE, K.BIRTH_CERTIFICATE, K.MOTHERS_NUMBER, K.TEMPORARY}


@given(st.sampled_from([one for one in K if one != K.NONE]), st.text(max_size=30))
def test_any_text_of_any_kind_gets_an_answer_and_keeps_it(kind, text):
    found = read_document(kind, text, on=ON)
    assert isinstance(found, Identity | Fault)
    if isinstance(found, Identity):
        assert read_document(kind, found.number, on=ON).number == found.number
