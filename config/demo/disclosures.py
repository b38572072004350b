"""Disclosures of three months with what feeds them: drafted by their own job, filled, confirmed, published, posted.

What people did is written straight into the tables, as of the day. Left incomplete on purpose: issues that nobody
published, gaps, teams with one kind of channel or a late one, a photo that was used twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

import pgtrigger
from django.db import transaction
from django.utils import timezone

from config.demo.accounts import by_role
from config.demo.calendars import write_calendars
from config.demo.chance import stream
from config.demo.patrols import Crew, crews_on
from config.demo.postings import write_postings
from config.demo.surveys import write_surveys
from core.codes import LENGTH, LETTERS
from outreach.actions.drafting_disclosures import draft_month
from outreach.choices import DisclosureState, DisclosureStep, DisclosureTopic, ItemState
from outreach.disclosures.base import Month
from outreach.disclosures.content import Content, digest_of
from outreach.models import DisclosureItem, DisclosureNote, DisclosureVersion, MonthlyDisclosure
from outreach.policy import OutreachPolicy, policy_on
from teams.choices import Role
from teams.models import RoleAssignment, User

MONTHS = 3
UNPUBLISHED, WAITING, LATE = 0.06, 0.3, 0.14  # of the issues of past months, of this one, of all
_DAY = timedelta(days=1)
_AT_ONCE = 500
# What people write where no source knows anything.
WRITTEN = {
    DisclosureTopic.ACTIVITIES: "- 每周三上午在社区活动室教八段锦，免费参加。",
    DisclosureTopic.OTHER: "请居民保持电话畅通，电话号码变动请告诉家庭医生团队。",
}


@dataclass
class Issue:
    """An issue with its items and the people who answer for it.

    Attributes:
        crew: None where an institution publishes for all its teams.
        versions: to be written.
    """

    row: MonthlyDisclosure
    items: list[DisclosureItem]
    leader: User
    steward: User
    crew: Crew | None
    versions: list[DisclosureVersion] = field(default_factory=list)

    def keep(self, step: DisclosureStep, by: User, at: datetime) -> None:
        content = Content.of_issue(self.row, self.items).as_json()
        number = 2 + len(self.versions)  # the draft is the first
        self.versions.append(
            DisclosureVersion(
                disclosure=self.row, number=number, step=step, by=by, at=at, content=content,
                digest=digest_of(content),
            )
        )  # fmt: skip


def write_disclosures(*, seed: int, on: date, now: datetime) -> list[str]:
    """Calendars, issues, postings, surveys; figures for the report."""
    policy = policy_on(on)
    with transaction.atomic():
        crews = crews_on(on)
        figures = write_calendars(stream(seed, "calendars"), crews, policy=policy, on=on)
        chance = stream(seed, "disclosures")
        months = _months(on)
        _draft(chance, months, policy, on)
        issues = _issues(crews, on)
        for one in issues:
            _lead(chance, one, is_last=one.row.month == months[-1].first, now=now)
        _write(issues)
        _correct([one for one in issues if one.row.month == months[0].first], months[1].first)
        posted = write_postings(stream(seed, "postings"), issues, policy=policy, on=on)
        answers = write_surveys(stream(seed, "surveys"), on=on, now=now)
    published = sum(one.row.state == DisclosureState.PUBLISHED for one in issues)
    return [
        *figures,
        f"{len(issues)} 期十公开（{published} 期已发布）",
        f"{posted} 条公开凭证",
        f"{answers} 份问卷回答",
    ]


def _months(on: date) -> list[Month]:
    found = [Month.of(on)]
    while len(found) < MONTHS:
        found.insert(0, found[0].before)
    return found


def _draft(chance: Random, months: Iterable[Month], policy: OutreachPolicy, on: date) -> None:
    """Each month as its own job would have drafted it. Codes repeat themselves with the seed."""
    for month in months:
        day = min(on, month.first + (policy.disclosure_draft_day - 1) * _DAY)
        draft_month(on=day, now=_at(day, time(5, 30)), policy=policy, month=month.first)
    rows = list(MonthlyDisclosure.objects.order_by("month", "institution", "team"))
    for one in rows:
        one.code = "".join(chance.choice(LETTERS) for _ in range(LENGTH))
    with _silently("MonthlyDisclosure"):
        MonthlyDisclosure.objects.bulk_update(rows, ["code"], batch_size=_AT_ONCE)


def _silently(model: str) -> pgtrigger.ignore:
    """Nobody changed these rows: they are invented."""
    return pgtrigger.ignore(f"outreach.{model}:update_update")


def _issues(crews: Sequence[Crew], on: date) -> list[Issue]:
    by_team = {one.team_id: one for one in crews}
    posts = RoleAssignment.objects.active_on(on).filter(
        role=Role.INSTITUTION_STEWARD, institution__isnull=False
    )
    stewards = {one.institution_id: one.user for one in posts.select_related("user").order_by("-pk")}
    leaders: dict[int, User] = {}
    rows = list(
        MonthlyDisclosure.objects.select_related("institution", "team").order_by(
            "month", "institution", "team"
        )
    )
    for one in rows:
        if one.team_id in by_team:
            leaders.setdefault(one.institution_id, by_team[one.team_id].leader)
    items = defaultdict(list)
    for item in DisclosureItem.objects.order_by("disclosure", "number"):
        items[item.disclosure_id].append(item)
    found = []
    for one in rows:
        crew = by_team.get(one.team_id or 0)
        steward = stewards.get(one.institution_id)
        leader = crew.leader if crew else leaders.get(one.institution_id) or steward
        if steward and leader:
            found.append(Issue(one, items[one.pk], leader, steward, crew))
    return found


def _lead(chance: Random, issue: Issue, *, is_last: bool, now: datetime) -> None:
    """As far as it got: the shown leader still writes the one of this month, some wait for approval or were left."""
    is_shown = issue.leader.username == by_role(Role.TEAM_LEADER).login
    reached = _reached(chance, is_last=is_last, is_shown=is_shown)
    is_late = chance.random() < LATE and not is_shown
    confirmed = _at(
        issue.row.month + (11 if is_late else chance.randint(1, 5)) * _DAY, time(9, chance.randrange(60))
    )
    published = confirmed + timedelta(days=chance.randint(0, 3), hours=chance.randint(1, 7))
    if reached == DisclosureState.DRAFT or published >= now:
        _fill(issue, but=2, at=min(confirmed, now))
        return
    _fill(issue, but=0, at=confirmed - timedelta(hours=2))
    issue.row.state, issue.row.confirmed_by, issue.row.confirmed_at = (
        DisclosureState.CONFIRMED, issue.leader, confirmed,
    )  # fmt: skip
    issue.keep(DisclosureStep.CONFIRMED, issue.leader, confirmed)
    if reached == DisclosureState.CONFIRMED:
        return
    issue.row.state, issue.row.published_by, issue.row.published_at = (
        DisclosureState.PUBLISHED, issue.steward, published,
    )  # fmt: skip
    issue.keep(DisclosureStep.PUBLISHED, issue.steward, published)
    issue.row.digest = issue.versions[-1].digest


def _reached(chance: Random, *, is_last: bool, is_shown: bool) -> DisclosureState:
    if is_shown:
        return DisclosureState.DRAFT if is_last else DisclosureState.PUBLISHED
    if chance.random() >= (WAITING if is_last else UNPUBLISHED):
        return DisclosureState.PUBLISHED
    return chance.choice((DisclosureState.DRAFT, DisclosureState.CONFIRMED))


def _fill(issue: Issue, *, but: int, at: datetime) -> None:
    """What the sources left open, all but the last few: written, or declared that there is none."""
    open_items = [one for one in issue.items if one.state == ItemState.GAP]
    filled = open_items[: len(open_items) - but] if but else open_items
    for item in filled:
        text = item.text or WRITTEN.get(DisclosureTopic(item.number), "")
        item.text, item.state = text, ItemState.FILLED if text else ItemState.NOTHING
        item.edited_by, item.edited_at = issue.leader, at
    if filled:
        issue.keep(DisclosureStep.EDITED, issue.leader, at)


def _write(issues: Sequence[Issue]) -> None:
    items = [item for one in issues for item in one.items if item.edited_at]
    with _silently("DisclosureItem"):
        DisclosureItem.objects.bulk_update(
            items, ["text", "state", "edited_by", "edited_at"], batch_size=_AT_ONCE
        )
    with _silently("MonthlyDisclosure"):
        MonthlyDisclosure.objects.bulk_update(
            [one.row for one in issues],
            ["state", "confirmed_by", "confirmed_at", "published_by", "published_at", "digest"],
            batch_size=_AT_ONCE,
        )
    DisclosureVersion.objects.bulk_create(
        [row for one in issues for row in one.versions], batch_size=_AT_ONCE
    )


def _correct(issues: Iterable[Issue], before: date) -> None:
    """One of the first month carries a correction."""
    for one in issues:
        if one.row.state == DisclosureState.PUBLISHED and one.row.published_at:
            at = min(one.row.published_at + 4 * _DAY, _at(before, time(9)))
            DisclosureNote.objects.create(
                disclosure=one.row, number=DisclosureTopic.SPECIALISTS, by=one.steward, at=at,
                text="本月最后一周的专家坐诊改在下午，请先电话预约。",
            )  # fmt: skip
            return


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())
