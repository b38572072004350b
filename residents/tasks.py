from uuid import UUID

from celery import shared_task
from django.utils import timezone

from residents import actions
from residents.actions.rosters import clear_old_rosters
from residents.policy import policy_on
from residents.queries.rosters import rosters_to_wake
from residents.supervising import MOST_SECONDS, supervise
from residents.waking import wake


@shared_task
def refresh_age_flags() -> None:
    """Nightly: who turns 7, 60, 65 or 80; a missed night is caught up by the next one."""
    today = timezone.localdate()
    actions.refresh_age_flags(policy=policy_on(today), on=today)


@shared_task
def clear_rosters() -> None:
    """Nightly: uploads hold personal data that nobody needs any more after some days."""
    today = timezone.localdate()
    clear_old_rosters(policy=policy_on(today), on=today)


@shared_task
def find_duplicates() -> None:
    """Nightly: entries that may be one person go into the review queue; nothing is merged."""
    today = timezone.localdate()
    actions.find_duplicates(policy=policy_on(today), on=today)


@shared_task(time_limit=MOST_SECONDS + 600)
def run_roster(roster_id: str) -> None:
    """Do the next step of an uploaded list. Delivered twice, or again after an hour, it finds somebody at work."""
    supervise(UUID(roster_id))


@shared_task
def restart_rosters() -> None:
    """Every minute: take up the lists whose message was lost, or whose worker died."""
    for roster_id in rosters_to_wake():
        wake(roster_id)
