"""What the home page of the management site puts in front of a person: figures that ask for work, each with its list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from contracts.choices import AgreementState
from contracts.models import Agreement
from contracts.policy import policy_on as contracts_policy_on
from grids.choices import Gap
from grids.queries.coverage import teams_shown
from grids.queries.gaps import grids_reported, township_gaps, villages_reported
from teams.access import Permission, may
from teams.models import Institution, User
from teams.policy import policy_on as teams_policy_on
from teams.queries import steward_findings, team_states


@dataclass(frozen=True)
class Tile:
    """One figure.

    Attributes:
        url: the page that shows the rows behind it.
        unit: printed behind it.
        is_gap: anything above zero is something missing.
    """

    title: str
    figure: int
    unit: str
    url: str
    is_gap: bool = False

    @property
    def is_alarming(self) -> bool:
        return self.is_gap and self.figure > 0


def _places(user: User, on: date) -> list[Tile]:
    """Villages and grids that lack somebody (S3-28). Three queries."""
    lines = township_gaps(villages_reported(user, on=on), grids_reported(user, on=on), on=on)
    return [
        Tile(gap.label, sum(one.counts[gap] for one in lines), "个", _page("grid-gaps", gap=gap), is_gap=True)
        for gap in (Gap.VILLAGE_TEAM, Gap.GRID_TEAM, Gap.GRID_LEADER, Gap.GRID_SENTINEL)
    ]


def _teams(user: User, on: date) -> list[Tile]:
    """Teams short of dispatched specialists or core posts (S0-17, S3-3), institutions without steward (S2-1). Five queries."""
    policy = teams_policy_on(on)
    short = sum(bool(one.findings) for one in team_states(teams_shown(user, on=on), on=on, policy=policy))
    unheld = len(steward_findings(Institution.objects.visible_to(user), on=on, policy=policy))
    return [
        Tile("团队人员不足", short, "个", _page("team-list", trouble="on"), is_gap=True),
        Tile("机构无家医管家", unheld, "个", _page("team-list"), is_gap=True),
    ]


def _agreements(user: User, on: date) -> list[Tile]:
    """Signed today, and ending within the days of notice (S0-8). Three queries."""
    seen = Agreement.objects.visible_to(user)
    days = contracts_policy_on(on).renewal_notice_days
    today = seen.filter(signed_on=on).exclude(state=AgreementState.VOID).count()
    ending = seen.expiring(on, within_days=days).count()
    return [
        Tile("今日签约", today, "份", _page("agreement-list")),
        Tile(f"{days} 天内到期的协议", ending, "份", _page("agreement-list", state="expiring")),
    ]


def _page(name: str, **query: str) -> str:
    return reverse(name) + (f"?{urlencode(query)}" if query else "")


# Who gets which figures, in the order of the page. A new room adds its line here.
FIGURES: tuple[tuple[Permission, Callable[[User, date], list[Tile]]], ...] = (
    (Permission.AREA_VIEW, _places),
    (Permission.TEAM_VIEW, _teams),
    (Permission.AGREEMENT_VIEW, _agreements),
)


def tiles_for(user: User, on: date) -> list[Tile]:
    """The figures of a person within his scope; eleven queries, whatever the size of the district."""
    return [tile for permission, figures in FIGURES if may(user, permission) for tile in figures(user, on)]
