"""Deed: rule tables, plans and tasks, records of work, referrals, handovers, points."""

from care.models.records import Contact, Episode, Reading, ServiceRecord
from care.models.rules import CareRule, RuleTable
from care.models.tasks import Plan, Sweep, Task

__all__ = ["CareRule", "Contact", "Episode", "Plan", "Reading", "RuleTable", "ServiceRecord", "Sweep", "Task"]
