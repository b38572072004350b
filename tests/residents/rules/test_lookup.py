import pytest

from residents.rules.lookup import By, read_lookup


@pytest.mark.parametrize(
    ("typed", "by", "value"),
    [
        ("", By.NOTHING, ""),
        ("   ", By.NOTHING, ""),
        ("王建国", By.NAME, "王建国"),
        ("建国", By.NAME, "建国"),
        ("张 三", By.NAME, "张三"),
        ("王", By.SURNAME, "王"),
        ("阿依古丽•买买提", By.NAME, "阿依古丽·买买提"),
        ("wjg", By.INITIALS, "wjg"),
        ("WJG", By.INITIALS, "wjg"),
        ("11010519491231002x", By.NUMBER, "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", By.NUMBER, "11010519491231002X"),
        ("340524800101001", By.NUMBER, "34052419800101001X"),
        ("H0123456701", By.NUMBER, "H01234567"),
        ("M01234567", By.NUMBER, "M01234567"),
        ("1234567801(B)", By.NUMBER, "12345678"),  # a Taiwan permit with its renewal count
        ("12345678", By.NUMBER, "12345678"),
        ("e12345678", By.NUMBER, "E12345678"),  # passport
        ("A123456789", By.NUMBER, "A123456789"),  # birth certificate
        ("USA440112010154", By.NUMBER, "USA440112010154"),  # permanent-resident card of the first issue
        ("371002199001010021#2", By.NUMBER, "371002199001010021#2"),  # a newborn under the mother's number
        ("军字第1234567号", By.NUMBER, "军字第1234567号"),
        ("9990001234", By.NUMBER, "9990001234"),  # a temporary number
        ("5678", By.TAIL, "5678"),
        ("002x", By.TAIL, "002X"),
        ("15678", By.LONG_TAIL, "15678"),
        ("31002X", By.LONG_TAIL, "31002X"),
        ("13812345678", By.PHONE, "13812345678"),
        ("138 1234 5678", By.PHONE, "13812345678"),
        ("0631-5231234", By.PHONE, "0631-5231234"),
        ("371002001001F00012", By.HOUSEHOLD, "371002001001F00012"),
        ("371002001001f00012", By.HOUSEHOLD, "371002001001F00012"),
        ("123", By.UNCLEAR, ""),
        ("1234567", By.UNCLEAR, ""),
        ("%%%%", By.UNCLEAR, ""),
        ("';--", By.UNCLEAR, ""),
    ],
)
def test_what_was_typed_decides_how_to_search(typed, by, value):
    found = read_lookup(typed)
    assert (found.by, found.value) == (by, value)
