"""Reminders: what waits for somebody, counted by the statements of its source, and told in one digest a day.

A new source is a file beside this one and a line in ``SOURCES``.
"""

from outreach.reminders.agreements import EVIDENCE, RENEWALS
from outreach.reminders.care import CONTACTS, TASKS
from outreach.reminders.moves import HANDOVERS, REFERRALS
from outreach.reminders.sources import Source, Stage, Swept

SOURCES: tuple[Source, ...] = (TASKS, REFERRALS, HANDOVERS, CONTACTS, RENEWALS, EVIDENCE)

__all__ = ["SOURCES", "Source", "Stage", "Swept"]
