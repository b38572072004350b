"""History of records by trigger: bulk writes, raw SQL and COPY are seen too."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import pghistory
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

M = TypeVar("M", bound=type[models.Model])


def keep_history(
    *, inserts: bool = False, exclude: Sequence[str] = (), by_time: str = ""
) -> Callable[[M], M]:
    """Keep every former row of a model in ``<Model>History`` (the row as it was), and who changed it.

    Args:
        inserts: keep first rows as well, where who added it matters.
        exclude: columns derived from others, not worth keeping twice.
        by_time: name of an index of the history by its moment, for who asks what changed since. It is a few pages.
    """

    def decorate(model: M) -> M:
        trackers = [pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent()]
        if inserts:
            trackers.insert(0, pghistory.InsertEvent())
        pghistory.track(
            *trackers,
            level=pghistory.Statement,  # a million changed rows cost one call, not a million
            model_name=f"{model.__name__}History",
            obj_field=pghistory.ObjForeignKey(related_name="history", related_query_name="history"),
            exclude=list(exclude) or None,
            meta={"indexes": [by_moment("pgh_created_at", by_time)]} if by_time else None,
        )(model)
        return model

    return decorate


def by_moment(field: str, name: str) -> BrinIndex:
    """An index of rows that are only ever added, by when: it keeps the bounds of page ranges, not the rows."""
    return BrinIndex(fields=[field], name=name, autosummarize=True, pages_per_range=32)


def credited_to(person: Any) -> AbstractContextManager[Any]:
    """History rows written in this block name the person, in a command or a task as well as in a request."""
    return pghistory.context(user=person.pk) if person is not None else nullcontext()
