"""Agreement numbers, taken inside the transaction that uses them."""

from collections import Counter
from collections.abc import Sequence

from contracts.rules.numbers import MAX_SERIAL, AgreementNumber
from core.numbering import next_serials_of
from core.refusals import Refusal
from teams.models import Institution


class NumbersUsedUp(Refusal):
    """An institution has given out every number of a year."""


def next_numbers(wanted: Sequence[tuple[Institution, int]]) -> list[str]:
    """A number for each pair of institution and year of signing, in the same order. One statement.

    Raises:
        NumbersUsedUp: a series is at its end.
    """
    series = [AgreementNumber(one.area_code[:6], one.serial, year, 0) for one, year in wanted]
    taken = next_serials_of(Counter(one.prefix for one in series)) if series else {}
    if any(serials[-1] > MAX_SERIAL for serials in taken.values()):
        raise NumbersUsedUp("numbers_used_up", "本机构今年的协议编号已用完，请联系区卫健局。")
    left = {prefix: iter(serials) for prefix, serials in taken.items()}
    return [
        str(AgreementNumber(one.county, one.institution, one.year, next(left[one.prefix]))) for one in series
    ]
