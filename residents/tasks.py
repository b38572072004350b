from uuid import UUID

from celery import shared_task

from residents.queries.rosters import rosters_to_wake
from residents.supervising import MOST_SECONDS, supervise
from residents.waking import wake


@shared_task(time_limit=MOST_SECONDS + 600)
def run_roster(roster_id: str) -> None:
    """Do the next step of an uploaded list. Delivered twice, or again after an hour, it finds somebody at work."""
    supervise(UUID(roster_id))


@shared_task
def restart_rosters() -> None:
    """Every minute: take up the lists whose message was lost, or whose worker died."""
    for roster_id in rosters_to_wake():
        wake(roster_id)
