"""Tiers of persons, reached by assessing."""

import datetime as dt

from residents.actions import assess_risk
from residents.choices import RiskKind
from residents.models import Resident, RiskScheme, RiskTier
from residents.risk_data import load_schemes
from teams.models import User

ELDER_ANSWERS = {
    "green": {"disease": "none", "vaccination": "full"},
    "yellow": {"disease": "stable", "vaccination": "none"},
    "red": {"disease": "unstable", "vaccination": "none"},
}  # for somebody of 65 to 80


def ensure_schemes() -> None:
    """Tests with real transactions empty every table, the shipped schemes too."""
    load_schemes(RiskScheme)


def elder_tier(resident: Resident, color: str, by: User, on: dt.date) -> RiskTier:
    ensure_schemes()
    return assess_risk(resident=resident, kind=RiskKind.ELDER, answers=ELDER_ANSWERS[color], by=by, on=on)
