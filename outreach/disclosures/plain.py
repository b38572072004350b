"""Text as it may be stored and shown everywhere: plain lines, nothing invisible, nothing that reorders what is read.

Pure. Escaping is still the business of whoever writes HTML; here is taken out what escaping lets through.
"""

import re
import unicodedata

MAX_TEXT = 2000  # characters of an item
MAX_LINES = 60  # of an item
MAX_DRAFT = 4000  # what a source may write
_MAX_MARKS = 2  # combining marks on one character: more of them run over the lines above and below
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_GONE = {"Cc", "Cf", "Co", "Cs", "Cn"}  # control, zero-width and direction, private, halves, unassigned
# Letters and symbols by class that show nothing; the last two are the variation selectors, also beyond 16 bits.
_BLANK_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_POINT = re.compile(r"^(?:[-*＊] |[•●▪◦・] ?)\s*", re.MULTILINE)
POINT = "- "


def plain(text: object) -> str:
    """One or more lines without outer blanks; two line breaks at most in a row; points of a list begin with "- "."""
    found = _BLANK_LETTERS.sub("", _BREAKS.sub("\n", unicodedata.normalize("NFC", str(text))))
    found = _BLANKS.sub(" ", _visible(found.replace("\t", " ")))
    lines = "\n".join(one.strip() for one in found.split("\n"))
    return _EMPTY_LINES.sub("\n\n", _POINT.sub(POINT, lines)).strip()


def plain_line(text: object) -> str:
    """The same in a single line, without the mark of a list."""
    return plain(text).removeprefix(POINT).replace("\n", " ").strip()


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for one in text:
        category = unicodedata.category(one)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if (one == "\n" or category not in _GONE) and marks <= _MAX_MARKS:
            kept.append(one)
    return "".join(kept)


def bounded(text: str, most: int, *, lines: int = MAX_LINES) -> str:
    """Whole lines, as many as fit; the first alone is cut within, with an ellipsis. Nothing is cut silently."""
    kept = text.split("\n")
    if len(text) <= most and len(kept) <= lines:
        return text
    short = kept[: lines - 1]
    while len(short) > 1 and len("\n".join(short)) > most - 2:
        short.pop()
    found = "\n".join(short)
    return (found[: most - 1] if len(found) > most - 2 else found + "\n") + "…"
