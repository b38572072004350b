"""The bureau's own words on solar terms and months (item 1)."""

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from outreach.disclosures.plain import plain_line
from outreach.models import SeasonEntry
from outreach.models.calendars import MOST_TEXT
from teams.models import User


class CannotKeepSeason(Refusal):
    """The text of the season cannot be kept like this."""


def change_season(*, by: User, entry: SeasonEntry, health: str, diseases: str) -> SeasonEntry:
    """Reword what is told of a solar term or a month; issues drafted from now on say it like this.

    Raises:
        CannotKeepSeason: a text is empty, or longer than the field.
    """
    words = {"health": plain_line(health), "diseases": plain_line(diseases)}
    for field, text in words.items():
        if not 0 < len(text) <= MOST_TEXT:
            raise CannotKeepSeason("season_text", f"请填写 1 至 {MOST_TEXT} 个字。", field=field)
    with transaction.atomic(), credited_to(by):
        row = SeasonEntry.objects.select_for_update().get(pk=entry.pk)
        row.health, row.diseases = words["health"], words["diseases"]
        row.save(update_fields=["health", "diseases"])
    return row
