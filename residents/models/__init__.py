"""Whom: households, residents, uploaded lists, duplicates, risk tiers."""

from residents.models.duplicates import DuplicatePair, ResidentMerge
from residents.models.households import Household, HouseholdEvent, StewardTraining
from residents.models.people import (
    ContactPhone,
    Guardian,
    PastIdentifier,
    PopulationFlag,
    Resident,
    ResidentEvent,
)
from residents.models.risk import RiskScheme, RiskTier
from residents.models.rosters import (
    ComparisonLine,
    HeaderMemory,
    RosterImport,
    RosterLine,
    RosterPart,
    RosterProgress,
)

__all__ = [
    "ComparisonLine",
    "ContactPhone",
    "DuplicatePair",
    "Guardian",
    "HeaderMemory",
    "Household",
    "HouseholdEvent",
    "PastIdentifier",
    "PopulationFlag",
    "Resident",
    "ResidentEvent",
    "ResidentMerge",
    "RiskScheme",
    "RiskTier",
    "RosterImport",
    "RosterLine",
    "RosterPart",
    "RosterProgress",
    "StewardTraining",
]
