"""How much text goes on one sheet: the size of its letters, and where it has to be cut. Pure.

An estimate decides where to begin; whether a sheet really is one page is found by drawing it; if not, the next plan is tried.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

MORE = "…（全文请扫码）"
_TIGHTER = (1.0, 0.9, 0.78, 0.6, 0.4, 0.2)  # of the capacity, once text is cut


@dataclass(frozen=True)
class Grade:
    """One size of letters.

    Attributes:
        step: number in the sheet's class names; 0 is the largest.
        letters: Chinese characters in a line of a column.
        lines: lines on the whole sheet, headings not counted.
    """

    step: int
    letters: int
    lines: int


@dataclass(frozen=True)
class Plan:
    """One way to draw a sheet.

    Attributes:
        lines: most lines of each text; None leaves all whole.
    """

    step: int
    letters: int
    lines: tuple[int, ...] | None


# Two columns beside eleven headings. A3 is A4 larger by √2; so its smallest letters can still be read from a step away.
A4 = (Grade(0, 17, 35), Grade(1, 19, 42), Grade(2, 21, 50), Grade(3, 24, 64), Grade(4, 28, 80))
A3 = (*A4, Grade(5, 34, 104))
# The long picture has one size of letters and may be as long as a thumb still scrolls.
PICTURE = (Grade(0, 19, 170),)


def plans(texts: Sequence[str], grades: Sequence[Grade]) -> Iterator[Plan]:
    """From the largest letters that have a chance to the smallest, then with less and less text; at least one."""
    for grade in grades:
        if sum(lines_of(one, grade.letters) for one in texts) <= grade.lines:
            yield Plan(grade.step, grade.letters, None)
    last = grades[-1]
    wanted = [lines_of(one, last.letters) for one in texts]
    for share in _TIGHTER:
        yield Plan(last.step, last.letters, tuple(shares(wanted, int(last.lines * share))))


def width_of(text: str) -> float:
    """In Chinese characters; a Latin letter or digit takes little more than half of one."""
    return sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.56 for one in text)


def lines_of(text: str, letters: int) -> int:
    """Lines that a text takes in a column; points of a list stand one letter in."""
    return sum(_lines_of_one(one, letters) for one in text.split("\n") if one.strip())


def _lines_of_one(line: str, letters: int) -> int:
    room = letters - 1 if line.startswith("- ") else letters
    return max(ceil(width_of(line) / room), 1)


def shares(wanted: Sequence[int], capacity: int) -> list[int]:
    """Lines for each text: who wants less than the equal share gets it, the rest is for those who want more; at least one."""
    left, found = capacity, [0] * len(wanted)
    by_size = sorted(range(len(wanted)), key=lambda at: wanted[at])
    for done, at in enumerate(by_size):
        found[at] = max(min(wanted[at], left // (len(wanted) - done)), 1)
        left -= found[at]
    return found


def shortened(text: str, *, lines: int, letters: int) -> str:
    """As much of a text as ``lines`` hold, and the word where the rest is; whole if it fits."""
    if lines_of(text, letters) <= lines:
        return text
    kept: list[str] = []
    room = lines
    for line in text.split("\n"):
        if not line.strip():
            kept.append(line)
            continue
        takes = _lines_of_one(line, letters)
        if takes >= room:
            kept.append(_cut(line, room * letters - width_of(MORE)))
            break
        kept.append(line)
        room -= takes
    return "\n".join(kept).strip() + MORE


def _cut(line: str, width: float) -> str:
    """The beginning of a line that is not wider, without a comma at its end."""
    taken, used = 0, 0.0
    for one in line:
        used += width_of(one)
        if used > width:
            break
        taken += 1
    return line[:taken].rstrip("，、；： -")
