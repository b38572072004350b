"""The first six digits of a number: where it was first given out, which is not where the person lives today.

The county is never a reason to refuse. A library that asks whether the county existed in the year of birth refuses
most people of a young county: a number keeps the code that was in use when it was given out, often decades later.
"""

from functools import lru_cache

from stdnum import numdb

PROVINCES = frozenset(
    str(one)
    for region in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71,),
    )
    for one in region
)
RESIDENCE_PERMITS = frozenset(("810000", "820000", "830000"))  # people of Hong Kong, Macau and Taiwan
PERMIT_REGIONS = frozenset(one[:2] for one in RESIDENCE_PERMITS)
FOREIGNER = "9"  # then two digits of the issuing province and three of the country
# In no published list, yet on real cards of the 1980s: the urban districts of a city as a whole.
OLD_CITY_SUFFIXES = ("01", "02", "11", "20")
TRAINING_COUNTY = "371099"  # demo and training data: no such county, so no living person carries it


def is_foreigner(number: str) -> bool:
    """A permanent-resident card of the 2023 issue: 9, province, country."""
    return number[0] == FOREIGNER and number[1:3] in PROVINCES


def is_region(number: str) -> bool:
    """Whether an 18-digit number begins like any that is given out."""
    return number[:2] in PROVINCES or number[:2] in PERMIT_REGIONS or is_foreigner(number)


@lru_cache(maxsize=4_096)  # there were never more counties; a roster repeats a few dozen
def is_known_county(code: str) -> bool:
    """Whether six digits were a county, city or province of GB/T 2260 in any year since its first issue."""
    if code[:1] == FOREIGNER or code in RESIDENCE_PERMITS or code == TRAINING_COUNTY:
        return True
    if code[:2] in PROVINCES and code[4:] in OLD_CITY_SUFFIXES:
        return True
    found = numdb.get("cn/loc").info(code)
    return any("county" in said for _, said in found)
