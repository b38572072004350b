"""Disclosures as pages show them: the list of a month, one issue, its versions; and whether digests still hold (S0-23)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from outreach.choices import DisclosureState, DisclosureStep, ItemState, ProofState
from outreach.disclosures.base import Month
from outreach.disclosures.content import Content, ContentItem, digest_of
from outreach.disclosures.drafting import teams_in
from outreach.models import (
    DisclosureItem,
    DisclosureNote,
    DisclosureProof,
    DisclosureVersion,
    MonthlyDisclosure,
)
from outreach.rules.disclosures import TRANSITIONS, steps_from
from teams.access import PERMISSIONS, Permission, may
from teams.models import RoleAssignment, Team, TeamMembership, User

_APPROVERS = [role for role, verbs in PERMISSIONS.items() if Permission.DISCLOSURE_APPROVE in verbs]


def issues_in(issues: QuerySet[MonthlyDisclosure], month: date) -> QuerySet[MonthlyDisclosure]:
    """Of a month, each with ``gaps`` (items still open) and ``channels`` (different forms proved)."""
    open_items = DisclosureItem.objects.filter(disclosure=OuterRef("pk"), state=ItemState.GAP).order_by()
    proofs = DisclosureProof.objects.filter(disclosure=OuterRef("pk"), state=ProofState.COUNTED).order_by()
    return (
        issues.filter(month=month)
        .annotate(
            gaps=_counted(open_items, Count("pk")),
            channels=_counted(proofs, Count("channel", distinct=True)),
        )
        .select_related("institution", "team")
        .order_by("institution__name", "institution", F("team__name").asc(nulls_first=True), "pk")
    )


def _counted(rows: QuerySet, count: Count) -> Coalesce:
    one = rows.values("disclosure").annotate(n=count).values("n")
    return Coalesce(Subquery(one), 0)


@dataclass(frozen=True)
class MonthCounts:
    """How many issues stand where.

    Attributes:
        missing: teams of the reader's scope that are to publish in the month and have no issue, by institution or own.
    """

    draft: int
    confirmed: int
    published: int
    missing: tuple[Team, ...]

    @property
    def total(self) -> int:
        return self.draft + self.confirmed + self.published


def counts_in(issues: QuerySet[MonthlyDisclosure], teams: QuerySet[Team], month: date) -> MonthCounts:
    """Four queries.

    Args:
        issues, teams: that the reader may see.
    """
    of_month = issues.filter(month=month)
    states = dict(of_month.order_by().values_list("state").annotate(n=Count("pk")))
    told = MonthlyDisclosure.objects.filter(month=month).values_list("team", "institution")
    by_team = {team for team, _ in told if team}
    whole = {institution for team, institution in told if not team}
    due = {team for team, place in teams_in(Month(month)) if team not in by_team and place not in whole}
    missing = teams.filter(pk__in=due).select_related("institution").order_by("name", "pk")
    return MonthCounts(
        draft=states.get(DisclosureState.DRAFT, 0),
        confirmed=states.get(DisclosureState.CONFIRMED, 0),
        published=states.get(DisclosureState.PUBLISHED, 0),
        missing=tuple(missing),
    )


@dataclass(frozen=True)
class ItemDetail:
    """An item with who wrote it.

    Attributes:
        drafted: what the source wrote, "" where the text is still that.
    """

    row: DisclosureItem
    shown: ContentItem
    drafted: str


@dataclass(frozen=True)
class IssueDetail:
    """One issue, for its page.

    Attributes:
        content: as published; of an issue that is not, as it stands.
        items: open ones first while it is written, else by number.
        last: the newest version; ``seen`` is its number.
        steps: what this person may do now, by the code of the step.
    """

    issue: MonthlyDisclosure
    content: Content
    items: tuple[ItemDetail, ...]
    versions: tuple[DisclosureVersion, ...]
    notes: tuple[DisclosureNote, ...]
    steps: frozenset[str]

    @property
    def last(self) -> DisclosureVersion:
        return self.versions[0]

    @property
    def seen(self) -> int:
        return self.last.number

    @property
    def returned(self) -> DisclosureVersion | None:
        """The words with which it came back, as long as nobody confirmed it again."""
        if self.issue.state != DisclosureState.DRAFT:
            return None
        back = next((one for one in self.versions if one.step == DisclosureStep.RETURNED), None)
        return back


def detail_of(issue: MonthlyDisclosure, *, by: User) -> IssueDetail:
    """Four queries; ``issue`` with its institution, team, and who confirmed and published it."""
    rows = list(issue.items.select_related("edited_by").order_by("number"))
    versions = tuple(issue.versions.select_related("by").order_by("-number"))
    content = Content.of_issue(issue, rows)
    if issue.state == DisclosureState.PUBLISHED:
        content = Content.from_json(versions[0].content)
    shown = {one.number: one for one in content.items}
    items = [
        ItemDetail(row, shown[row.number], row.drafted if row.edited_at and row.drafted != row.text else "")
        for row in rows
        if row.number in shown
    ]
    if issue.state == DisclosureState.DRAFT:
        items.sort(key=lambda one: (one.row.state != ItemState.GAP, one.row.number))
    return IssueDetail(
        issue=issue,
        content=content,
        items=tuple(items),
        versions=versions,
        notes=tuple(issue.notes.select_related("by").order_by("at", "pk")),
        steps=may_take(issue, by=by),
    )


def may_take(issue: MonthlyDisclosure, *, by: User) -> frozenset[str]:
    """Codes of the steps that are open now and that this person may take."""
    found = steps_from(DisclosureState(issue.state))
    return frozenset(str(one.value) for one in found if may(by, Permission[TRANSITIONS[one].permission]))


def leads(user: User, issue: MonthlyDisclosure, *, on: date) -> bool:
    """Whether he leads the team of the issue, or one of those it speaks for: a leader elsewhere, or a member, does not.
    One query."""
    posts = TeamMembership.objects.active_on(on).filter(user=user, is_leader=True)
    if issue.team_id:
        return posts.filter(team=issue.team_id).exists()
    return posts.filter(team__institution=issue.institution_id).exists()


def approves(user: User, issue: MonthlyDisclosure, *, on: date) -> bool:
    """Whether his post is of the institution of the issue, of the one above it, or of its area: a steward of another
    institution who serves in the team does not publish for it. One query; ``issue`` with its institution read."""
    place = issue.institution
    posts = RoleAssignment.objects.active_on(on).filter(user=user, role__in=_APPROVERS)
    return any(
        post in (place.pk, place.parent_id) if post else bool(area) and place.area_code.startswith(area)
        for post, area in posts.values_list("institution_id", "area_code")
    )


def version_of(versions: Sequence[DisclosureVersion], number: str) -> DisclosureVersion | None:
    return next((one for one in versions if str(one.number) == number), None)


@dataclass(frozen=True)
class Broken:
    """A published issue whose kept content does not answer to its digest."""

    issue: MonthlyDisclosure
    what: str


def broken_digests(issues: QuerySet[MonthlyDisclosure]) -> Iterator[Broken]:
    """Recompute the digest of every published issue. One query, read in pieces."""
    kept = DisclosureVersion.objects.filter(
        Q(step=DisclosureStep.PUBLISHED), disclosure=OuterRef("pk")
    ).order_by("-number")
    rows = issues.published().annotate(  # type: ignore[attr-defined]
        kept_content=Subquery(kept.values("content")[:1]), kept_digest=Subquery(kept.values("digest")[:1])
    )
    for one in rows.select_related("institution", "team").order_by("pk").iterator(chunk_size=200):
        if one.kept_content is None:
            yield Broken(one, "没有发布版本")
        elif digest_of(one.kept_content) != one.digest or one.kept_digest != one.digest:
            yield Broken(one, "内容与指纹不符")
