"""Facts told upward: a room announces, whoever stands in the wiring consumes, and neither knows the other.

``announce`` writes rows in the caller's own transaction, so a fact that was rolled back is never heard of and one that
was committed is never lost. A task delivers right after the commit; a sweep each minute delivers what that missed.
"""

from core.events.announcing import announce
from core.events.delivering import Delivered, clear_announcements, deliver_due
from core.events.wiring import Consumer, Wiring

__all__ = ["Consumer", "Delivered", "Wiring", "announce", "clear_announcements", "deliver_due"]
