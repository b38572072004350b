"""Cleaning what people type, and the searchable forms of a name."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, pinyin

_BLANKS = re.compile(r"\s+")
_WORDS = re.compile("[^，。；：？！（）、…～]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_DOTS = dict.fromkeys(map(ord, "•．・‧∙⋅"), "·")

# Readings that differ when the character is a surname; pypinyin knows only the everyday reading.
SURNAME_INITIALS = {
    "单": "s", "曾": "z", "解": "x", "查": "z", "仇": "q", "翟": "z", "盖": "g", "区": "o", "朴": "p", "缪": "m",
    "尉": "y", "冼": "x", "洗": "x", "员": "y", "乐": "y", "种": "c", "重": "c", "宿": "s", "召": "s", "秘": "b",
    "繁": "p", "佴": "n", "盛": "s", "燕": "y", "覃": "q", "长孙": "zs", "尉迟": "yc", "万俟": "mq", "澹台": "tt",
}  # fmt: skip


def clean(text: object) -> str:
    """Full-width to half-width, invisible characters gone, outer and repeated inner blanks folded."""
    plain = str(text)
    if plain.isascii() and plain.isprintable() and "  " not in plain:
        return plain.strip()  # nothing to fold: most cells of a roster
    folded = unicodedata.normalize("NFKC", plain).translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", _BLANKS.sub(" ", folded).strip())


def tidy(text: object) -> str:
    """For text that people read, such as an address or a reason: as ``clean``, but Chinese punctuation stays."""
    folded = _WORDS.sub(lambda part: unicodedata.normalize("NFKC", part[0]), str(text))
    return _BLANKS.sub(" ", folded.translate(_INVISIBLE)).strip()


def clean_name(text: object) -> str:
    """A person's name: no inner blanks (张 三), one kind of middle dot."""
    folded = unicodedata.normalize("NFKC", str(text).translate(_DOTS)).translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", re.sub(r"\s+", "", folded))


def bigrams(name: str) -> list[str]:
    """Pairs of neighbouring characters, distinct: 王建国 -> 建国, 王建 (sorted)."""
    if len(name) == 3:  # most names: no need of a set
        first, last = name[:2], name[1:]
        return [first, last] if first < last else [last, first] if first > last else [first]
    return sorted({name[i : i + 2] for i in range(len(name) - 1)})


@lru_cache(maxsize=65_536)
def initials(name: str) -> str:
    """Pinyin initials in lower case; a surname is read as a surname: 单雄信 -> sxx. Latin letters stay."""
    name = name.replace("·", "")
    for length in (2, 1):
        head = SURNAME_INITIALS.get(name[:length])
        if head:
            return head + _plain_initials(name[length:])
    return _plain_initials(name)


def _plain_initials(text: str) -> str:
    letters = pinyin(text, style=Style.FIRST_LETTER, errors=lambda rest: [c for c in rest if c.isalnum()])
    return "".join(one[0] for one in letters if one).lower()
