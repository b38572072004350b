"""Reads for pages and reports of the registry. Every function: a bounded number of queries, whatever the rows.

One noun a page; what other rooms and pages ask for most is gathered here.
"""

from residents.queries.households import (
    HouseholdLine,
    HouseholdSheet,
    household_lines,
    household_page_rows,
    household_sheet,
    members_of,
)
from residents.queries.people import PersonSheet, ResidentLine, person_sheet, resident_lines
from residents.queries.places import place_of, responsible_teams
from residents.queries.search import found_by, search

__all__ = [
    "HouseholdLine",
    "HouseholdSheet",
    "PersonSheet",
    "ResidentLine",
    "found_by",
    "household_lines",
    "household_page_rows",
    "household_sheet",
    "members_of",
    "person_sheet",
    "place_of",
    "resident_lines",
    "responsible_teams",
    "search",
]
