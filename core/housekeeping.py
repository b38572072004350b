"""Clearing away what nobody needs any more and no room owns."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from axes.models import AccessAttempt
from django.conf import settings

COUNTS_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Cleared:
    """How many rows of each kind went."""

    sessions: int
    attempts: int


def clear_sessions(*, at: datetime) -> Cleared:
    """Delete sessions that are over, and failed sign-ins that no longer count."""
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class().objects
    return Cleared(
        sessions=sessions.filter(expire_date__lt=at).delete()[0],
        attempts=AccessAttempt.objects.filter(attempt_time__lt=at - COUNTS_FOR).delete()[0],
    )
