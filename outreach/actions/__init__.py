"""Verbs of reminders and messages."""

from outreach.actions.clearing import clear_reminders
from outreach.actions.delivering import Delivered, send_deliveries
from outreach.actions.digests import Written, write_digests
from outreach.actions.reading import mark_all_read, mark_read, set_channels
from outreach.actions.sweeping import raise_reminders

__all__ = [
    "Delivered",
    "Written",
    "clear_reminders",
    "mark_all_read",
    "mark_read",
    "raise_reminders",
    "send_deliveries",
    "set_channels",
    "write_digests",
]
