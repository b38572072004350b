"""Which room acts on which fact of a lower room, on one page.

A lower room announces (``core.events.announce``) and does not know who listens. Each consumer pulls what the facts ask
of it, set-based and idempotent; what is marked "nightly" is pulled again by ``config/timetable.py``, so that a lost
message delays and never loses. A topic without consumers may still be announced.
"""

from contracts.actions import follow_departures
from core.events import Wiring

WIRING: Wiring = {
    # ids of residents who died or moved out: their enrolments end (nightly)
    "resident.departed": (follow_departures,),
    # ids of residents who are present again: what was ended stays ended, they sign anew
    "resident.returned": (),
    # ids of residents whom nobody reaches any more: their agreement page warns, nothing is paused
    "resident.lost": (),
    # ids of two entries that became one, or were taken apart again
    "resident.merged": (),
    "resident.unmerged": (),
    # ids of households whose members, head or place changed
    "household.changed": (),
}
