"""Which room acts on which fact of a lower room, on one page.

A lower room announces (``core.events.announce``) and does not know who listens. Each consumer pulls what the facts ask
of it, set-based and idempotent; what is marked "nightly" is pulled again by ``config/jobs.py``, so that a lost
message delays and never loses. A topic without consumers may still be announced.
"""

from care.actions.following import follow_households, follow_merges, follow_people, follow_services
from care.actions.point_merging import follow_merged_points
from contracts.actions import follow_departures
from core.events import Wiring

WIRING: Wiring = {
    # ids of residents who died or moved out: their enrolments end (nightly)
    "resident.departed": (follow_departures, follow_people),
    # ids of residents who are present again: what was ended stays ended, they sign anew; paused plans go on
    "resident.returned": (follow_people,),
    # ids of residents whom nobody reaches any more: their agreement page warns, their plans pause
    "resident.lost": (follow_people,),
    # ids of two entries that became one, or were taken apart again
    "resident.merged": (follow_merges, follow_merged_points),
    "resident.unmerged": (follow_merges, follow_merged_points),
    # ids of households whose members, head or place changed
    "household.changed": (follow_households, follow_merged_points),
    # ids of residents who were signed or whose enrolment ended (each minute: care reads the rows themselves)
    "enrollment.changed": (follow_people,),
    # ids of residents whose population flags were set, corrected or ended (each minute)
    "flags.changed": (follow_people,),
    # ids of promised services that somebody wrote down by hand or took back, or that a household was given
    "fulfillment.counted": (follow_services,),
}
