"""Numbers that belong to nobody: identity numbers of a county code that was never issued, phones of one block."""

from collections import Counter
from datetime import date

from stdnum.cn.ric import calc_check_digit

from residents.choices import Sex

FIRST_RESIDENT_PHONE = 19_900_370_000  # residents 1990037.... and up
FIRST_STAFF_PHONE = 19_900_000_001  # institutions, staff and community posts below


class IdentityNumbers:
    """Well-formed numbers, each given once: no county of a prefecture ends in 99."""

    def __init__(self, county: str) -> None:
        self._region = f"{county[:4]}99"
        self._given: Counter[tuple[date, Sex]] = Counter()

    def next(self, born_on: date, sex: Sex) -> str:
        """The next number of that birthday: the last but one digit is odd for men, even for women."""
        serial = self._given[born_on, sex]
        self._given[born_on, sex] += 1
        sequence = serial * 2 + (1 if sex == Sex.MALE else 2)
        if sequence > 999:
            raise ValueError(f"no sequence left for {born_on}")
        body = f"{self._region}{born_on:%Y%m%d}{sequence:03d}"
        return body + calc_check_digit(body + "0")


class Phones:
    """Mobile numbers in rising order from the first."""

    def __init__(self, first: int) -> None:
        self._next = first

    def next(self) -> str:
        found = str(self._next)
        self._next += 1
        return found
