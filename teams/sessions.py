"""Signed-in browsers: the session store, and when a session is over.

A session keeps three marks of ours: when the person signed in, when he was last seen, and whether this is his own
phone, on which he stays signed in (grid pages only, see ``Limits``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

SIGNED_IN, SEEN, KEPT, HAS_CODE, IP, AGENT = "signed_in_at", "seen_at", "kept", "has_code", "ip", "agent"
NOTE_EVERY = timedelta(
    minutes=1
)  # how often "last seen" is written: one small update a minute, not one a page


class SessionStore(DatabaseStore):
    """Django's database store over our table, which knows whose a session is."""

    @classmethod
    def get_model_class(cls) -> type:
        from teams.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row


@dataclass(frozen=True)
class Limits:
    """How long a session may last: without a sign of life, and in all (None: until the password expires)."""

    idle: timedelta
    total: timedelta | None


def begin(
    session: SessionBase, *, at: datetime, keep: bool, has_code: bool, ip: str | None, agent: str
) -> None:
    """Mark a session that has just been signed in.

    Args:
        keep: the person's own phone.
        has_code: the person set up a second factor, so the password alone opens nothing.
    """
    now = int(at.timestamp())
    session.update({SIGNED_IN: now, SEEN: now, KEPT: keep, HAS_CODE: has_code, IP: ip, AGENT: agent})


def is_over(session: SessionBase, limits: Limits, *, at: datetime) -> bool:
    """Whether the session has been idle for too long or is too old; one without marks begins now."""
    now = int(at.timestamp())
    if now - session.get(SEEN, now) > limits.idle.total_seconds():
        return True
    return limits.total is not None and now - session.get(SIGNED_IN, now) > limits.total.total_seconds()


def note_seen(session: SessionBase, limits: Limits, *, at: datetime) -> None:
    """Write the sign of life, at most once a minute; the cookie lives as long as the session may."""
    now = int(at.timestamp())
    if now - session.get(SEEN, 0) < NOTE_EVERY.total_seconds():
        return
    session.setdefault(SIGNED_IN, now)
    session[SEEN] = now
    if limits.total is None:
        session.set_expiry(int(limits.idle.total_seconds()))
