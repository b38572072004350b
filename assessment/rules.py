"""Rates as exact fractions: nothing is rounded before it is shown, and nobody to count is no rate, not zero (4.8)."""

from dataclasses import astuple, dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil


def share(numerator: int, denominator: int) -> Fraction | None:
    """Numerator of denominator; None where there is nobody to count."""
    return Fraction(numerator, denominator) if denominator else None


def points_gained(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    """Change of a rate in percentage points: 41.2 % -> 46.1 % is 4.9 (12, example 4); None without both rates."""
    return None if now is None or before is None else (now - before) * 100


def two_places(number: Fraction) -> Decimal:
    """Rounded half up, as people round: 0.125 -> 0.13, -0.125 -> -0.13."""
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Tally:
    """Heads of one place or team on one day: residents, and those of them with an agreement in force.

    ``key_*`` counts persons of the key populations, each once however many kinds he belongs to; ``near_*`` the band of
    60 to 64 years (S3-14); ``key_family`` those of ``key_signed`` whose agreement is a household's (S0-1).
    """

    residents: int = 0
    signed: int = 0
    key_residents: int = 0
    key_signed: int = 0
    near_residents: int = 0
    near_signed: int = 0
    key_family: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def rate(self) -> Fraction | None:
        return share(self.signed, self.residents)

    @property
    def key_rate(self) -> Fraction | None:
        return share(self.key_signed, self.key_residents)

    @property
    def near_rate(self) -> Fraction | None:
        return share(self.near_signed, self.near_residents)

    @property
    def family_share(self) -> Fraction | None:
        """Signed persons of key populations under a household agreement, of all signed ones (4.8)."""
        return share(self.key_family, self.key_signed)


def missing_for(target: Decimal, numerator: int, denominator: int) -> int:
    """How many more are needed to reach a target in percent; 0 where it is reached or none is set."""
    needed = ceil(Fraction(target) / 100 * denominator)
    return max(needed - numerator, 0)
