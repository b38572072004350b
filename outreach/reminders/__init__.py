"""Reminders: what waits for somebody, counted by the statements of its source, and told in one digest a day.

A new source is a file beside this one and a line in ``SOURCES``.
"""

from outreach.reminders.agreements import EVIDENCE, RENEWALS
from outreach.reminders.care import CONTACTS, TASKS
from outreach.reminders.disclosures import DISCLOSURES
from outreach.reminders.fieldwork import CHANGES, ERRANDS, FAILED_ERRANDS, STOPS
from outreach.reminders.moves import HANDOVERS, REFERRALS
from outreach.reminders.patrols import PATROLS, UNWRITTEN
from outreach.reminders.reports import CLUSTERS, REPORTS
from outreach.reminders.silence import SILENCE
from outreach.reminders.sources import Source, Stage, Swept

SOURCES: tuple[Source, ...] = (
    TASKS,
    REFERRALS,
    HANDOVERS,
    CONTACTS,
    RENEWALS,
    EVIDENCE,
    REPORTS,
    CLUSTERS,
    SILENCE,
    PATROLS,
    UNWRITTEN,
    ERRANDS,
    FAILED_ERRANDS,
    CHANGES,
    STOPS,
    DISCLOSURES,
)
AT_ONCE: tuple[Source, ...] = (REPORTS, CLUSTERS)  # told when it happens, not at the next sweep
ALARMS = tuple(f"{source.name}:{one.code}" for source in SOURCES for one in source.stages if one.is_alarm)

__all__ = ["ALARMS", "AT_ONCE", "SOURCES", "Source", "Stage", "Swept"]
