"""Paper of the guide maps: one A3 sheet of a building or of a place, for internal use (S0-21).

Without restricted kinds and without names; the numbers beside it have their small cells hidden.
"""

from dataclasses import dataclass
from typing import Any, cast

from contracts.choices import DocumentKind
from contracts.printing.documents import Document
from outreach.choices import PaperKind
from outreach.queries.guide_map import BuildingSheet, PlaceSheet
from outreach.rules.grid_analysis import Analysis
from outreach.rules.guide import TIERS


@dataclass(frozen=True)
class GuideSheet(Document):
    """A building or a place on A3."""

    @property
    def layout(self) -> str:
        return "outreach/guide/sheet.html"

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("css/guide-signs.css", "css/guide-sheet.css")


def sheet_of_building(
    sheet: BuildingSheet, tables: Analysis, *, where: str, made: str, below: int
) -> GuideSheet:
    """
    Args:
        made: who printed it, and when.
    """
    title = f"{where} {sheet.building.name}"
    return _sheet(title, made, {"sheet": sheet, "tables": tables, "below": below, "is_building": True})


def sheet_of_place(sheet: PlaceSheet, tables: Analysis, *, where: str, made: str, below: int) -> GuideSheet:
    """The buildings and yards of a place; see ``sheet_of_building``."""
    return _sheet(where, made, {"sheet": sheet, "tables": tables, "below": below})


def _sheet(title: str, made: str, facts: dict[str, Any]) -> GuideSheet:
    # Only its label is asked for, which every list of codes has.
    kind = cast(DocumentKind, PaperKind.GUIDE_SHEET)
    return GuideSheet(kind, title, [], made, [""], facts | {"tiers": TIERS})
