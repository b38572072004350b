"""What the database refuses, said in the words that stand beside the constraint."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, models, transaction

from core.refusals import Refusal


@contextmanager
def refuse_on(model: type[models.Model], refusal: type[Refusal], **fields: str) -> Iterator[None]:
    """Run writes in a savepoint; a violated constraint of ``model`` becomes a ``refusal``.

    The code is the constraint's name and the sentence its ``violation_error_message``, so that forms and actions say
    the same. Lock the parent row first: two inserts that meet in an exclusion constraint would else deadlock.

    Args:
        fields: constraint name -> form field to show it at ("" for the whole form); other constraints pass through.

    Example:
        with refuse_on(GridResponsibility, CannotAssign, one_team_per_grid="grid"):
            GridResponsibility.objects.create(...)
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in fields:
            raise
        raise refusal(name, sentence_of(model, name), field=fields[name]) from error


def sentence_of(model: type[models.Model], name: str) -> str:
    """The Chinese sentence of a named constraint."""
    return next(str(one.violation_error_message) for one in model._meta.constraints if one.name == name)
