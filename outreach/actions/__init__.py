"""Verbs of reminders and messages."""

from outreach.actions.alarms import tell_now
from outreach.actions.clearing import clear_reminders
from outreach.actions.delivering import Delivered, send_deliveries
from outreach.actions.digests import Written, write_digests
from outreach.actions.escalating import Escalated, escalate_reports
from outreach.actions.planning_visits import Planned, miss_visits, plan_visits
from outreach.actions.reading import mark_all_read, mark_read, set_channels
from outreach.actions.sweeping import raise_reminders

__all__ = [
    "Delivered",
    "Escalated",
    "Planned",
    "Written",
    "clear_reminders",
    "escalate_reports",
    "mark_all_read",
    "mark_read",
    "miss_visits",
    "plan_visits",
    "raise_reminders",
    "send_deliveries",
    "set_channels",
    "tell_now",
    "write_digests",
]
