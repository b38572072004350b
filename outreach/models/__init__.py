"""Outward: reminders and the messages that carry them."""

from outreach.models.reminders import Digest, DigestDelivery, MessageSetting, Reminder

__all__ = ["Digest", "DigestDelivery", "MessageSetting", "Reminder"]
