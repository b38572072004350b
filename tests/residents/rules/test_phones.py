import pytest

from residents.rules.phones import is_placeholder, normal_phone, read_phones, tail_of


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13812345678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("0631-5231234", "0631-5231234"),
        ("06315231234", "0631-5231234"),
        ("(0631)5231234", "0631-5231234"),
        ("010-65231234-801", "010-65231234-801"),
        ("0631—5231234", "0631-5231234"),
        ("12812345678", ""),
        ("1381234567", ""),
        ("5231234", ""),
        ("张三的电话", ""),
        ("", ""),
    ],
)
def test_one_normal_form(typed, phone):
    assert normal_phone(typed) == phone


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("13812345678/0631-5231234", ("13812345678", "0631-5231234")),
        ("0631-5231234、13812345678", ("13812345678", "0631-5231234")),  # mobiles first
        ("13812345678 13912345677", ("13812345678", "13912345677")),
        ("13812345678或13912345677", ("13812345678", "13912345677")),
        ("13812345678，13812345678", ("13812345678",)),
        ("138 1234 5678", ("13812345678",)),
    ],
)
def test_several_numbers_in_one_cell(cell, numbers):
    found = read_phones(cell)
    assert found.numbers == numbers
    assert found.faults == ()


def test_an_empty_cell_says_nothing():
    assert read_phones("").numbers == read_phones("").faults == ()


@pytest.mark.parametrize("typed", ["13800000000", "13800138000", "19999999999", "13811111111"])
def test_placeholders_are_not_phones(typed):
    assert is_placeholder(typed)
    assert [one.code for one in read_phones(typed).faults] == ["phone_placeholder"]
    assert read_phones(typed).first == ""


def test_an_unusable_number_is_told_beside_the_usable_one():
    found = read_phones("13812345678/无")
    assert found.first == "13812345678"
    assert [one.code for one in found.faults] == ["phone_form"]


def test_people_ask_by_the_last_four_of_the_main_number():
    assert tail_of("13812345678") == "5678"
    assert tail_of("0631-5231234") == "1234"
    assert tail_of("010-65231234-801") == "1234"
