"""What is typed to find one's own place. Pure."""

import unicodedata

MOST_HITS = 20  # of a kind; what somebody reads on a telephone
MOST_WORDS = 4
LONGEST = 40  # letters that are looked at
_SHORTEST = 2  # one letter alone finds half a district


def words_of(asked: str) -> tuple[str, ...]:
    """The words to look for, full-width letters made narrow; () if there is nothing to look for.

    Several words narrow the place down (东北村 3号楼); those of one letter count only beside a longer one.
    """
    plain = unicodedata.normalize("NFKC", asked[:LONGEST])
    kept = "".join(one if one.isprintable() else " " for one in plain)
    words = tuple(dict.fromkeys(kept.split()))[:MOST_WORDS]
    return words if any(len(one) >= _SHORTEST for one in words) else ()
