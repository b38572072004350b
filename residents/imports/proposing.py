"""What to ask a person who must say which column is which: titles, masked samples, and our guess with its certainty."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from core.text import clean
from residents.choices import Sex
from residents.imports.columns import FILLABLE, Column
from residents.imports.guarding import CannotReadRoster
from residents.imports.reading import SheetHead
from residents.rules.household import read_relation
from residents.rules.phones import normal_phone
from residents.rules.population import read_kinds
from residents.rules.sexes import read_sex

if TYPE_CHECKING:
    from residents.imports.layouts import Layout

SAMPLES = 3
DATA_DIGITS = 6  # so many digits stand in no header
HIDDEN = "•"
SURE, GUESS, NONE = "sure", "guess", "none"
_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}|\d(\.\d+)?[Ee]\+1[47]")
_DAY = re.compile(r"(19|20)\d{2}([-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{4})")
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_VILLAGE = re.compile(r".{1,12}(社区|村|居委会|村委会)|\d{12}")
_GRID = re.compile(r".*网格.*|\d{14}")
_ADDRESS = re.compile(r".*(路|街|巷|号楼|单元|小区|室).*\d+.*|.*\d+(号|室|栋|幢)?")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class TitleProposal:
    """One column of a sheet.

    Attributes:
        guess: code of the column (``Meaning.code``), "" for none; certainty: sure, guess or none.
        samples: first values, every digit and most of a name hidden.
        is_filled: whether empty cells should take the value above; may_fill: whether that can be asked for.
    """

    position: int
    title: str
    samples: tuple[str, ...]
    guess: str
    certainty: str
    is_filled: bool = False
    has_gaps: bool = False


@dataclass(frozen=True)
class SheetProposal:
    """One sheet: where its header seems to be, its columns, and which required ones are still missing."""

    index: int
    name: str
    header_row: int
    header_rows: int
    titles: tuple[TitleProposal, ...]
    missing: tuple[str, ...]
    constants: dict[str, str]
    skip: bool

    @property
    def is_plausible(self) -> bool:
        """Something in it looks like people."""
        guesses = {one.guess for one in self.titles}
        return Column.NUMBER in guesses or (Column.NAME in guesses and len(guesses - {""}) > 1)


@dataclass(frozen=True)
class Proposal:
    """All sheets of a file."""

    sheets: tuple[SheetProposal, ...]

    def as_json(self) -> dict[str, Any]:
        """For the mapping page; holds no digit of anybody's number."""
        return {"sheets": [asdict(one) for one in self.sheets]}


class NeedsMapping(CannotReadRoster):
    """The list can be read once somebody has said which column is which."""

    def __init__(self, proposal: Proposal) -> None:
        missing = dict.fromkeys(one for sheet in proposal.sheets if not sheet.skip for one in sheet.missing)
        named = "、".join(f"“{one}”" for one in missing)
        sentence = f"没有认出{named}列。请指定每一列的含义，或下载模板对照列名。"
        super().__init__("columns_unsure", sentence, field="file")
        self.proposal = proposal


def propose(sheet: SheetHead, layout: "Layout", *, guesses: bool = True) -> SheetProposal:
    """Our best understanding of one sheet; ``layout`` may be empty.

    Args:
        guesses: whether columns that the layout leaves out are guessed by their first values.
    """
    rows = [one for one in sheet.head_rows[layout.first_row - 1 :] if any(map(clean, one))]
    width = max((len(one) for one in sheet.head_rows), default=0)
    sure = {at: column.value for column, at in layout.positions.items()}
    sure |= {at: column.value for column, at in layout.more}
    sure |= {at: f"tick:{kind.value}" for at, kind in layout.ticks}
    taken = set(sure.values())
    titles = []
    for at in range(width):
        values = [one[at] for one in rows if at < len(one) and clean(one[at])]
        guess = sure.get(at) or (_guess(values, taken) if guesses else "")
        taken.add(guess)
        certainty = SURE if at in sure else (GUESS if guess else NONE)
        title = shown_title(layout.titles[at]) if at < len(layout.titles) else f"第{at + 1}列"
        has_gaps = guess in FILLABLE and 0 < len(values) < len(rows)
        samples = tuple(_masked(one) for one in values[:SAMPLES])
        titles.append(TitleProposal(at, title, samples, guess, certainty, at in layout.fill, has_gaps))
    is_list = layout.is_roster or bool({one.guess for one in titles} & {Column.NUMBER.value})
    return SheetProposal(
        sheet.index, sheet.name, layout.header_row, layout.first_row - layout.header_row if layout.header_row else 0,
        tuple(titles), tuple(one.value for one in layout.missing),
        {key.value: value for key, value in layout.constants.items()}, not is_list,
    )  # fmt: skip


def shown_title(title: str) -> str:
    """A header as pages show it: somebody's number that stands among the headers is hidden."""
    is_data = sum(one.isdigit() for one in title) >= DATA_DIGITS
    return _DIGIT.sub(HIDDEN, title) if is_data else title


_LOOKS: tuple[tuple[Column, Any], ...] = (
    (Column.NUMBER, lambda text: _NUMBER.fullmatch(text)),
    (Column.PHONE, normal_phone),
    (Column.BORN_ON, lambda text: _DAY.fullmatch(text)),
    (Column.SEX, lambda text: read_sex(text) in (Sex.MALE, Sex.FEMALE) and not text.isdigit()),
    (Column.RELATION, lambda text: isinstance(read_relation(text), str) and not text.isdigit()),
    (Column.KINDS, lambda text: read_kinds(text).kinds),
    (Column.GRID, lambda text: _GRID.fullmatch(text)),
    (Column.VILLAGE, lambda text: _VILLAGE.fullmatch(text)),
    (Column.NAME, lambda text: _HAN_NAME.fullmatch(text)),
    (Column.ADDRESS, lambda text: not text.isdigit() and _ADDRESS.fullmatch(text)),
)


def _guess(values: Sequence[str], taken: set[str]) -> str:
    """By what most of the first values look like."""
    texts = [clean(one) for one in values]
    for column, looks in _LOOKS:
        if (
            column.value not in taken
            and texts
            and sum(bool(looks(one)) for one in texts) * 4 > 3 * len(texts)
        ):
            return column.value
    return ""


def _masked(text: str) -> str:
    """Enough to recognize a column, nothing to recognize a person by."""
    bare = _DIGIT.sub(HIDDEN, clean(text))[:18]
    return f"{bare[0]}*{bare[2:3]}" if _HAN_NAME.fullmatch(bare) and len(bare) > 1 else bare
