"""Every row of every table of the trade, to compare before and after."""

import pghistory.models
from django.apps import apps
from django.db import connection

from core.rows import is_append_only

ROOMS = ("grids", "residents", "contracts", "outreach", "assessment", "care")


def rowbook(*, with_stories: bool = False) -> dict[str, list[str]]:
    """Table -> its rows as text; without append-only stories, histories, accounts of merges and ``updated_at``.

    Args:
        with_stories: take these too.
    """
    found = {}
    for model in apps.get_models(include_auto_created=True):
        is_story = issubclass(model, pghistory.models.Event) or is_append_only(model)
        is_story = is_story or model._meta.object_name == "ResidentMerge"
        if model._meta.app_label not in ROOMS or (is_story and not with_stories):
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT (to_jsonb(t) - 'updated_at')::text FROM {model._meta.db_table} t ORDER BY 1"
            )
            found[model._meta.db_table] = [row[0] for row in cursor.fetchall()]
    return found
