"""The issues of a month, made for everybody who has none yet, by a few statements whatever their number (S0-23)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from core.codes import public_code
from core.sql import alone
from outreach.choices import DisclosureStep
from outreach.disclosures.base import Month, Unit
from outreach.disclosures.content import Content, digest_of
from outreach.disclosures.drafting import new_items, told, units_of
from outreach.models import DisclosureItem, DisclosureVersion, MonthlyDisclosure
from outreach.policy import OutreachPolicy
from outreach.rules.disclosures import is_draftable

_AT_ONCE = 500


@dataclass(frozen=True)
class DraftedIssues:
    """How many issues were made, and how many of their items wait for somebody."""

    issues: int
    gaps: int


def draft_month(
    *, on: date, now: datetime, policy: OutreachPolicy, month: date | None = None
) -> DraftedIssues:
    """Every unit of the month that has no issue gets its draft. A second call makes nothing.

    Args:
        month: any day of the month that somebody asked for; None for the month of ``on``, from its draft day on.
    """
    asked = Month.of(month or on)
    if month is None and not is_draftable(asked.first, on, policy.disclosure_draft_day):
        return DraftedIssues(0, 0)
    now = now.replace(microsecond=0)
    with transaction.atomic():
        alone("draft-disclosures")
        units = _without_issue(units_of(asked, policy), asked)
        if not units:
            return DraftedIssues(0, 0)
        said = told(units, asked, now)
        issues = _make(units, asked, now)
        items = [
            item
            for unit, issue in zip(units, issues, strict=True)
            for item in new_items(issue.pk, said[unit], now)
        ]
        DisclosureItem.objects.bulk_create(items, batch_size=_AT_ONCE)
        _keep(issues, items, now)
    return DraftedIssues(len(issues), sum(1 for one in items if one.gap))


def _without_issue(units: list[Unit], month: Month) -> list[Unit]:
    """Whoever changes between team and institution within a month does not tell twice. One query."""
    there = list(MonthlyDisclosure.objects.filter(month=month.first).values_list("institution", "team"))
    teams = {team for _, team in there if team}
    whole = {institution for institution, team in there if team is None}
    begun = {institution for institution, _ in there}
    return [
        one
        for one in units
        if one.institution not in whole
        and (one.team not in teams if one.team else one.institution not in begun)
    ]


def _make(units: list[Unit], month: Month, now: datetime) -> list[MonthlyDisclosure]:
    rows = [
        MonthlyDisclosure(
            institution_id=one.institution,
            team_id=one.team,
            month=month.first,
            code=public_code(),
            drafted_at=now,
        )
        for one in units
    ]
    made = MonthlyDisclosure.objects.bulk_create(rows, batch_size=_AT_ONCE)
    found = MonthlyDisclosure.objects.select_related("institution", "team").in_bulk([one.pk for one in made])
    return [found[one.pk] for one in made]


def _keep(issues: list[MonthlyDisclosure], items: list[DisclosureItem], now: datetime) -> None:
    """The first version of each."""
    of: dict[int, list[DisclosureItem]] = {}
    for item in items:
        of.setdefault(item.disclosure_id, []).append(item)
    versions = []
    for one in issues:
        content = Content.of_issue(one, of[one.pk]).as_json()
        versions.append(
            DisclosureVersion(
                disclosure=one, number=1, step=DisclosureStep.DRAFTED, at=now, content=content,
                digest=digest_of(content),
            )
        )  # fmt: skip
    DisclosureVersion.objects.bulk_create(versions, batch_size=_AT_ONCE)
