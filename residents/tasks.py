from celery import shared_task
from django.utils import timezone

from residents import actions
from residents.actions.roster import clear_old_rosters
from residents.policy import policy_on


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
