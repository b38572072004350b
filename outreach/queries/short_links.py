"""Where a short link leads: the thing as it is called today, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from grids.models import Area, Grid
from outreach.choices import PublicKind
from outreach.models import MonthlyDisclosure, ServicePoint, ShortLink
from teams.models import Team


@dataclass(frozen=True)
class Goal:
    """A page of the public site.

    Attributes:
        name: of its URL. args: what it is called by, a code always.
    """

    name: str
    args: tuple[str, ...] = ()


def goal_of(code: str, *, on: date) -> Goal | None:
    """Where that short link leads on that day; None: unknown, or what it led to is no more. Two queries."""
    link = ShortLink.objects.filter(code=code).first()
    if link is None:
        return None
    kind = PublicKind(link.kind)
    if kind == PublicKind.MAP:
        return Goal("public-map")
    if kind == PublicKind.GUIDE:
        return Goal("public-guide")
    if kind == PublicKind.TEAM:
        return (
            Goal("public-team", (code,)) if Team.objects.active_on(on).filter(pk=link.key).exists() else None
        )
    return _called(kind, int(link.key), on)


def _called(kind: PublicKind, pk: int, on: date) -> Goal | None:
    name, rows = {
        PublicKind.GRID: ("public-grid", Grid.objects.open_on(on)),
        PublicKind.VILLAGE: ("public-village", Area.objects.villages().valid_on(on)),
        PublicKind.POINT: ("public-point", ServicePoint.objects.all()),
        PublicKind.DISCLOSURE: ("public-bulletin", MonthlyDisclosure.objects.published()),
    }[kind]
    found = rows.filter(pk=pk).values_list("code", flat=True).first()
    return Goal(name, (found,)) if found else None


def team_behind(code: str, *, on: date) -> Team | None:
    """The team at work of that address. Two queries."""
    key = ShortLink.objects.filter(code=code, kind=PublicKind.TEAM).values_list("key", flat=True).first()
    teams = Team.objects.active_on(on).select_related("institution")
    return teams.filter(pk=int(key)).first() if key else None


def codes_of(kind: PublicKind, keys: Iterable[str]) -> dict[str, str]:
    """Those that are there, without making any. One query."""
    return dict(ShortLink.objects.filter(kind=kind, key__in=set(keys)).values_list("key", "code"))
