"""Agreement numbers (4.3): composed, read back and checked."""

import re
from dataclasses import dataclass

from stdnum.iso7064 import mod_11_2

from core.text import clean

MAX_SERIAL = 999_999
_NUMBER = re.compile(r"FD(\d{6})-(\d{3})-(\d{4})-(\d{6})-([\dX])", re.ASCII)


@dataclass(frozen=True)
class AgreementNumber:
    """``FD371002-012-2026-000123-8``: county, institution, year, serial, check digit (ISO 7064 MOD 11-2)."""

    county: str
    institution: int
    year: int
    serial: int

    @property
    def prefix(self) -> str:
        """What one series of serials shares."""
        return f"FD{self.county}-{self.institution:03d}-{self.year:04d}"

    def __str__(self) -> str:
        digits = f"{self.county}{self.institution:03d}{self.year:04d}{self.serial:06d}"
        return f"{self.prefix}-{self.serial:06d}-{mod_11_2.calc_check_digit(digits)}"


def supplement_number(parent: str, serial: int) -> str:
    """The number of a supplementary agreement: its parent's with -S01, -S02 and so on (4.3)."""
    return f"{parent}-S{serial:02d}"


def member_number(agreement: str, position: int) -> str:
    """The number of one person's place in a household agreement: the agreement's with -M01 and so on (4.3)."""
    return f"{agreement}-M{position:02d}"


def read_number(text: str) -> AgreementNumber | None:
    """The number in a text as typed (full-width, lower case, outer blanks); None if it is not one or was mistyped."""
    found = _NUMBER.fullmatch(clean(text).upper())
    if found is None:
        return None
    county, institution, year, serial, check = found.groups()
    if not mod_11_2.is_valid(county + institution + year + serial + check):
        return None
    return AgreementNumber(county, int(institution), int(year), int(serial))
