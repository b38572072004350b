"""Issues of the ten disclosures as they are read: the published words, corrections under them, earlier months."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, QuerySet

from outreach.choices import DisclosureState, DisclosureStep, DisclosureTopic
from outreach.disclosures.content import Content
from outreach.models import DisclosureItem, DisclosureNote, DisclosureVersion, MonthlyDisclosure


@dataclass(frozen=True)
class Correction:
    """What was found wrong after publishing; shown with the issue, which stays as it was.

    Attributes:
        about: title of the item, "" if it concerns the whole.
    """

    about: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Bulletin:
    """An issue in one piece: everything that a page, a poster or a picture shows.

    Attributes:
        published_at: None while it is only a preview.
        digest: of the published content, "" of a preview.
    """

    code: str
    content: Content
    published_at: datetime | None = None
    digest: str = ""
    corrections: tuple[Correction, ...] = field(default=())

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def mark(self) -> str:
        """Changes whenever what is shown of a published issue does."""
        return f"{self.digest}-{len(self.corrections)}"


@dataclass(frozen=True)
class ArchiveLine:
    """An earlier issue in a list."""

    code: str
    month: date
    published_at: datetime


def published_bulletin(code: str) -> Bulletin | None:
    """Three queries; None if there is none of that code, or it is not published."""
    issue = MonthlyDisclosure.objects.published().filter(code=code).first()
    return published_bulletins([issue])[issue.pk] if issue else None


def published_bulletins(issues: Iterable[MonthlyDisclosure]) -> dict[int, Bulletin]:
    """By id, of issues that are published. Two queries, however many."""
    by_id = {one.pk: one for one in issues}
    last = DisclosureVersion.objects.filter(disclosure__in=by_id, step=DisclosureStep.PUBLISHED)
    contents = {
        one.disclosure_id: one.content for one in last.order_by("disclosure", "number")
    }  # the last wins
    corrections = _corrections(by_id)
    return {
        pk: Bulletin(
            issue.code,
            Content.from_json(contents[pk]),
            issue.published_at,
            issue.digest,
            corrections.get(pk, ()),
        )
        for pk, issue in by_id.items()
        if pk in contents and issue.state == DisclosureState.PUBLISHED
    }


def bulletin_of(issue: MonthlyDisclosure) -> Bulletin:
    """The published words, or what stands there now as a preview. Institution and team read; one or two queries."""
    if issue.state == DisclosureState.PUBLISHED:
        return published_bulletins([issue])[issue.pk]
    items = DisclosureItem.objects.filter(disclosure=issue)
    return Bulletin(issue.code, Content.of_issue(issue, items))


def _corrections(issues: Iterable[int]) -> dict[int, tuple[Correction, ...]]:
    found: dict[int, tuple[Correction, ...]] = {}
    for one in DisclosureNote.objects.filter(disclosure__in=issues).order_by("at", "pk"):
        about = str(DisclosureTopic(one.number).label) if one.number else ""
        found[one.disclosure_id] = (
            *found.get(one.disclosure_id, ()),
            Correction(about, one.text, one.at),
        )
    return found


def archive_of(code: str) -> tuple[MonthlyDisclosure, list[ArchiveLine]] | None:
    """All published issues of whoever published that one, the newest first; for a team also those of its institution.

    Two queries. None if there is no published issue of that code.
    """
    issues = MonthlyDisclosure.objects.published()
    issue = issues.filter(code=code).select_related("institution", "team").first()
    if issue is None:
        return None
    whole = Q(institution=issue.institution_id, team__isnull=True)
    unit = whole | Q(team=issue.team_id) if issue.team_id else whole
    rows = issues.filter(unit).order_by("-month", "-team").values_list("code", "month", "published_at")
    return issue, [ArchiveLine(other, month, at) for other, month, at in rows if at]


def latest_codes(teams: Iterable[int]) -> dict[int, str]:
    """Team -> code of its newest published issue, its own or its institution's; teams without one are left out."""
    from teams.models import Team

    homes = dict(Team.objects.filter(pk__in=list(teams)).values_list("pk", "institution"))
    found = _newest(MonthlyDisclosure.objects.published().filter(team__in=homes), "team")
    whole = MonthlyDisclosure.objects.published().filter(team__isnull=True, institution__in=homes.values())
    general = _newest(whole, "institution")
    codes: dict[int, str] = {}
    for team, home in homes.items():
        newest = max(
            (one for one in (found.get(team), general.get(home)) if one), default=None, key=lambda one: one[0]
        )
        if newest:
            codes[team] = newest[1]
    return codes


def _newest(issues: QuerySet[MonthlyDisclosure], unit: str) -> dict[int, tuple[date, str]]:
    rows = issues.order_by(unit, "-month").distinct(unit).values_list(unit, "month", "code")
    return {key: (month, code) for key, month, code in rows}
