"""The numbers of policy that decide when a reminder begins and ends."""

from dataclasses import dataclass
from datetime import date

from contracts.policy import ContractsPolicy
from contracts.policy import policy_on as contracts_policy_on
from outreach.policy import OutreachPolicy
from outreach.policy import policy_on as outreach_policy_on


@dataclass(frozen=True)
class Numbers:
    """Those of reminders, and those of the terms of agreements."""

    outreach: OutreachPolicy
    contracts: ContractsPolicy


def numbers_on(day: date) -> Numbers:
    """Two queries."""
    return Numbers(outreach_policy_on(day), contracts_policy_on(day))
