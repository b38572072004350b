import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn.ric import calc_check_digit

from residents.choices import IdKind, Sex
from residents.rules.faults import Fault
from residents.rules.identity import Identity, disagreement, normal_number, read_identity

ON = dt.date(2026, 11, 22)


def with_check(body: str) -> str:
    return body + calc_check_digit(body + "0")


def born(day: dt.date, sequence: int = 1) -> str:
    return with_check(f"371099{day:%Y%m%d}{sequence:03d}")


@pytest.mark.parametrize(
    ("typed", "number", "born_on", "sex"),
    [
        ("11010519491231002X", "11010519491231002X", dt.date(1949, 12, 31), Sex.FEMALE),
        ("11010519491231002x", "11010519491231002X", dt.date(1949, 12, 31), Sex.FEMALE),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", dt.date(1949, 12, 31), Sex.FEMALE),
        (" 110105 19491231 002X ", "11010519491231002X", dt.date(1949, 12, 31), Sex.FEMALE),
        ("'11010519491231002X", "11010519491231002X", dt.date(1949, 12, 31), Sex.FEMALE),
        (
            "11010519491231002×",
            "11010519491231002X",
            dt.date(1949, 12, 31),
            Sex.FEMALE,
        ),  # multiplication sign
        ("11010519491231002Х", "11010519491231002X", dt.date(1949, 12, 31), Sex.FEMALE),  # Cyrillic
        ("11010519491231002Ⅹ", "11010519491231002X", dt.date(1949, 12, 31), Sex.FEMALE),  # Roman ten
        ("\ufeff371002196001010003\u200b", "371002196001010003", dt.date(1960, 1, 1), Sex.FEMALE),
        ("37100219480229000X", "37100219480229000X", dt.date(1948, 2, 29), Sex.FEMALE),
        ("500112202001010003", "500112202001010003", dt.date(2020, 1, 1), Sex.FEMALE),
        ("340524800101001", "34052419800101001X", dt.date(1980, 1, 1), Sex.MALE),
    ],
)
def test_a_good_number_gets_its_normal_form(typed, number, born_on, sex):
    found = read_identity(typed, on=ON)
    assert isinstance(found, Identity)
    assert (found.number, found.born_on, found.sex, found.kind) == (number, born_on, sex, IdKind.ID_CARD)


def test_the_vector_of_1880_fits_but_is_too_old_today():
    assert isinstance(read_identity("440524188001010014", on=dt.date(1999, 1, 1)), Identity)
    assert read_identity("440524188001010014", on=ON).code == "id_date_too_old"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "id_missing"),
        ("  ", "id_missing"),
        ("110105194912310021", "id_check_digit"),
        ("371002195002290006", "id_date"),  # 1950-02-29: the check digit fits, the day does not exist
        ("37100219601301000", "id_length"),
        ("3710021960010100031", "id_length"),
        ("3.71002E+17", "id_truncated"),
        ("3.71002196001010E+17", "id_truncated"),
        ("3.71e17", "id_truncated"),
        ("3.71002 E+17", "id_truncated"),
        ("３．７１００２Ｅ＋１７", "id_truncated"),
        ("371 002 1960 0101 0000", "id_truncated"),
        ("371,002,196,001,010,000", "id_truncated"),
        ("371002196001010000.0", "id_truncated"),
        ("371002196001010003.0", "id_truncated"),  # a number that was ever a float has lost its end
        ("无", "id_missing"),
        ("/", "id_missing"),
        ("3710021960****0003", "id_masked"),
        ("37100219600101000*", "id_masked"),
        ("G371002196001010003", "id_school"),
        ("371002196001010000", "id_truncated"),
        (with_check("99937119600101001"), "id_temporary"),
        ("9990012345", "id_temporary"),
        ("999001234567890", "id_temporary"),
        (with_check("98937119600101001"), "id_region"),
        ("985524800101001", "id_region"),  # 15 digits are always a citizen's
        ("911124800101001", "id_region"),
        (with_check("16010119600101001"), "id_region"),
        ("37100219600101O003", "id_lookalike"),
        ("37l002196001010003", "id_lookalike"),
        ("371002196001O1000A", "id_characters"),
        ("37100219600101张003", "id_characters"),
        ("340524800101996", "id_date_too_old"),  # sequences 996 to 999: born before 1900
        ("340524801301001", "id_date"),
    ],
)
def test_a_bad_number_is_refused_with_its_reason(typed, code):
    found = read_identity(typed, on=ON)
    assert isinstance(found, Fault)
    assert found.code == code
    assert found.sentence.endswith("。")


def test_a_truncated_number_is_explained_and_never_repaired():
    found = read_identity("371002196001010000", on=ON)
    assert "Excel" in found.cause
    assert "文本" in found.remedy


def test_no_sentence_repeats_the_number():
    for typed in ("110105194912310021", "371002195002290006", "37100219600101O003"):
        assert typed[6:] not in read_identity(typed, on=ON).sentence


def test_the_day_of_birth_may_be_today_but_not_tomorrow():
    assert isinstance(read_identity(born(ON), on=ON), Identity)
    assert read_identity(born(ON + dt.timedelta(days=1)), on=ON).code == "id_date_future"


def test_at_most_120_years_old():
    assert isinstance(read_identity(born(dt.date(1905, 11, 23)), on=ON), Identity)  # turns 121 tomorrow
    assert read_identity(born(dt.date(1905, 11, 22)), on=ON).code == "id_date_too_old"  # 121 today


def test_a_15_digit_number_is_upgraded_with_a_note():
    found = read_identity("340524800101001", on=ON)
    assert found.warnings[0].code == "id_upgraded"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("37100219600101003", []),
        ("37109919600101003", []),  # training data
        ("37108819600101003", ["id_county"]),
        ("44040119600101003", []),  # the urban districts of a city as a whole
        ("99999919600101003", None),
    ],
)
def test_an_unknown_county_is_only_a_warning(body, codes):
    found = read_identity(with_check(body), on=ON)
    assert (None if isinstance(found, Fault) else [one.code for one in found.warnings]) == codes


def test_a_number_that_ends_in_000_and_fits_is_kept_with_a_doubt():
    found = read_identity("371099196001013000", on=ON)
    assert [one.code for one in found.warnings] == ["id_maybe_truncated"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("81000019900101001", IdKind.RESIDENCE_PERMIT),
        ("82000019900101001", IdKind.RESIDENCE_PERMIT),
        ("83000019900101001", IdKind.RESIDENCE_PERMIT),
        ("91115619900101001", IdKind.FOREIGN_PERMANENT),
        ("71000019900101001", IdKind.ID_CARD),
    ],
)
def test_the_region_tells_permits_from_cards(body, kind):
    assert read_identity(with_check(body), on=ON).kind == kind


def test_the_residence_permit_vector():
    assert read_identity("810000199001010019", on=ON).kind == IdKind.RESIDENCE_PERMIT


@given(st.dates(dt.date(1907, 1, 1), dt.date(2026, 11, 22)), st.integers(1, 995))
def test_every_well_formed_number_says_birth_date_and_sex(day, sequence):
    number = born(day, sequence)
    if number.endswith("000"):
        return
    found = read_identity(number.lower(), on=ON)
    assert (found.number, found.born_on) == (number, day)
    assert found.sex == (Sex.MALE if sequence % 2 else Sex.FEMALE)


@given(
    st.dates(dt.date(1907, 1, 1), dt.date(2026, 11, 22)),
    st.integers(1, 995),
    st.integers(0, 16),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_always_noticed(day, sequence, at, shift):
    number = born(day, sequence)
    wrong = number[:at] + str((int(number[at]) + shift) % 10) + number[at + 1 :]
    assert isinstance(read_identity(wrong, on=ON), Fault)


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(text):
    assert isinstance(read_identity(text, on=ON), Identity | Fault)
    assert not set(normal_number(text)) & set(" '\"`-")


def test_what_is_given_beside_the_number_must_agree():
    woman = read_identity("371002196001010003", on=ON)
    assert disagreement(woman, sex=Sex.FEMALE, born_on=dt.date(1960, 1, 1)) is None
    assert disagreement(woman) is None
    assert disagreement(woman, sex=Sex.MALE).code == "sex_disagrees"
    assert disagreement(woman, born_on=dt.date(1960, 1, 2)).code == "birth_disagrees"
    assert disagreement(woman, sex=Sex.UNSTATED) is None
