"""How signing says no."""

from contracts.rules import Objection
from core.refusals import Refusal


class CannotSign(Refusal):
    """No agreement was made."""


def refuse(objection: Objection | None) -> None:
    if objection:
        raise CannotSign(objection.code, objection.sentence, field=objection.field)
