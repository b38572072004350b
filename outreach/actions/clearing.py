"""Forgetting old reminders and messages."""

from datetime import date, timedelta

from outreach.choices import ReminderState
from outreach.models import Digest, DigestDelivery, Reminder
from outreach.policy import policy_on


def clear_reminders(*, on: date) -> int:
    """Delete what ended longer ago than the policy keeps it; how many rows of reminders and digests."""
    before = on - timedelta(days=policy_on(on).reminder_keep_days)
    old = Digest.objects.filter(on__lt=before)
    DigestDelivery.objects.filter(digest__in=old)._raw_delete(using=old.db)  # a single statement
    digests = old._raw_delete(using=old.db)
    ended = Reminder.objects.filter(state=ReminderState.CLOSED, closed_on__lt=before)
    return digests + ended._raw_delete(using=ended.db)
