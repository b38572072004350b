"""Short public addresses: one for each thing, made when first asked for and never changed (S0-22).

What is printed on paper in a lift stays right for years, so no verb changes or removes one.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from core.codes import public_code
from core.refusals import Refusal
from outreach.choices import PublicKind
from outreach.models import ShortLink
from outreach.queries.short_links import codes_of
from teams.models import Team

_ROUNDS = 5  # a code that is taken already is drawn anew; twice in a row will not be seen in this world


class CannotMakeLink(Refusal):
    """No free code was found."""


def short_links(*, kind: PublicKind, keys: Iterable[int | str], now: datetime) -> dict[str, str]:
    """Key -> code, made for those that have none yet; two who ask at once get the same ones.

    Two queries where all are there, two more for each round of making.

    Args:
        keys: ids of things of that kind, "" for a kind of which there is one.

    Raises:
        CannotMakeLink: again and again the codes drawn were taken.
    """
    wanted = {str(one) for one in keys}
    found = codes_of(kind, wanted)
    for _ in range(_ROUNDS):
        missing = sorted(wanted - found.keys())
        if not missing:
            return found
        made = [ShortLink(code=public_code(), kind=kind, key=one, made_at=now) for one in missing]
        with transaction.atomic():
            ShortLink.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)
        found = codes_of(kind, wanted)
    raise CannotMakeLink("no_code", "短链接没有生成成功，请再试一次；仍不行，请联系管理员。")


def short_link(*, kind: PublicKind, key: int | str = "", now: datetime) -> str:
    """The code of one thing."""
    return short_links(kind=kind, keys=[key], now=now)[str(key)]


def link_teams(*, on: date, now: datetime) -> int:
    """Every team at work has its address, so that its page can be linked to; how many were made."""
    teams = [str(one) for one in Team.objects.active_on(on).values_list("pk", flat=True)]
    before = len(codes_of(PublicKind.TEAM, teams))
    return len(short_links(kind=PublicKind.TEAM, keys=teams, now=now)) - before
