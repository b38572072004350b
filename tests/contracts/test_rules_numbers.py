import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from contracts.rules.numbers import AgreementNumber, read_number

numbers = st.builds(
    AgreementNumber,
    county=st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    institution=st.integers(1, 999),
    year=st.integers(2000, 2099),
    serial=st.integers(1, 999_999),
)


def test_the_number_of_the_domain_with_its_check_digit():
    assert str(AgreementNumber("371002", 12, 2026, 123)) == "FD371002-012-2026-000123-8"


def test_the_check_digit_can_be_x():
    found = next(
        text
        for serial in range(1, 40)
        if (text := str(AgreementNumber("371002", 12, 2026, serial))).endswith("-X")
    )
    assert mod_11_2.is_valid(found.removeprefix("FD").replace("-", ""))


@given(numbers)
def test_what_is_written_is_read_back(number):
    text = str(number)
    assert len(text) == 26
    assert read_number(text) == number
    assert read_number(f"　{text.lower()} ") == number


@given(numbers, st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number, place, shift):
    text = str(number)
    places = [i for i, one in enumerate(text[:-1]) if one.isdigit()]
    at = places[place]
    wrong = text[:at] + str((int(text[at]) + shift) % 10) + text[at + 1 :]
    assert read_number(wrong) is None


@given(numbers, st.integers(0, 17))
def test_two_neighbours_swapped_are_noticed(number, place):
    digits = [one for one in str(number)[:-2] if one.isdigit()]
    if digits[place] == digits[place + 1]:
        return
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    swapped = "".join(digits)
    text = f"FD{swapped[:6]}-{swapped[6:9]}-{swapped[9:13]}-{swapped[13:]}-{str(number)[-1]}"
    assert read_number(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "FD", "371002-012-2026-000123-8", "FD371002-012-2026-000123", "FD371002-012-2026-000123-88", "FD371002012202600012308",
     "FD３７１００２-012-2026-000123-9"],
)  # fmt: skip
def test_what_is_no_number(text):
    assert read_number(text) is None


def test_full_width_is_read():
    assert read_number("ＦＤ３７１００２－０１２－２０２６－０００１２３－８") == AgreementNumber(
        "371002", 12, 2026, 123
    )
