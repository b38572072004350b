"""What the people of the grids have sent in two months, and what became of it: every kind, every state.

Left on purpose: some reports nobody has answered in time, an urgent one whose sides have not been heard of yet, a
symptom that piles up in one village, an older alert that is over, and one report sent for practice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from uuid import UUID

from django.utils import timezone

from config.demo.chance import Weighted
from config.demo.names import full_name
from grids.choices import PostingRole
from grids.models import Posting
from outreach.actions.reporting import clocks
from outreach.choices import (
    OPEN_STATES,
    AckSide,
    AlertState,
    ChangeType,
    NeedType,
    Outcome,
    ReportKind,
    ReportState,
    ReportStep,
    Symptom,
    UrgentBehavior,
)
from outreach.models import ClusterAlert, GridReport, ReportAck, ReportEvent
from outreach.policy import OutreachPolicy
from outreach.rules.whistle import REPORTED_POPULATIONS, is_restricted
from residents.choices import Population
from residents.models import Resident
from teams.models import User

K, S = ReportKind, ReportState
DAYS_BACK = 56
EACH = (0, 1, 1, 2, 2, 3, 4)  # reports of a sentinel in that time
KINDS = Weighted([(K.NEW_PERSON, 40), (K.CHANGE, 27), (K.NEED, 31), (K.URGENT, 2)])
POPULATIONS = [one for one in REPORTED_POPULATIONS if one not in (Population.HIV, Population.SMI)]
ENDS = {
    K.NEW_PERSON: Weighted(
        [((S.CONFIRMED, Outcome.FLAGGED), 45), ((S.CONFIRMED, Outcome.KNOWN), 25), ((S.CONFIRMED, Outcome.REGISTERED), 12),
         ((S.INVALID, Outcome.NOT_TRUE), 8), ((S.DUPLICATE, Outcome.DUPLICATE), 5), ((S.WITHDRAWN, Outcome.NONE), 5)]
    ),
    K.CHANGE: Weighted(
        [((S.CONFIRMED, Outcome.UPDATED), 80), ((S.INVALID, Outcome.NOT_TRUE), 10), ((S.DUPLICATE, Outcome.DUPLICATE), 10)]
    ),
    K.NEED: Weighted(
        [((S.CLOSED, Outcome.SERVED), 40), ((S.CLOSED, Outcome.CONTACTED), 25), ((S.CLOSED, Outcome.PLANNED), 15),
         ((S.CLOSED, Outcome.REFERRED), 10), ((S.CLOSED, Outcome.REFUSED), 5), ((S.CLOSED, Outcome.NOT_FOUND), 5)]
    ),
    K.URGENT: Weighted([((S.CLOSED, Outcome.PASSED_ON), 60), ((S.CLOSED, Outcome.REFERRED), 40)]),
    K.SYMPTOM: Weighted([((S.CLOSED, Outcome.CONTACTED), 70), ((S.CLOSED, Outcome.REFERRED), 30)]),
}  # fmt: skip
UNDER_WAY = Weighted([(S.NEW, 45), (S.ASSIGNED, 25), (S.VERIFYING, 30)])
SAID = {
    K.NEW_PERSON: ("刚从外地来带孙子", "邻居说老人一直在吃药", "刚搬来，住在女儿家", ""),
    K.CHANGE: ("房子已经空了", "家里人说的", "新号码已打通", ""),
    K.NEED: ("腿脚不便，想请医生来看看", "药快吃完了", "想问血压高怎么吃", ""),
    K.URGENT: ("在楼道里大声喊叫，不让人靠近", "两天没出门，说有人要害他"),
    K.SYMPTOM: ("家里孩子发热", "一家几口都拉肚子"),
}
LAST_STEP = {
    S.CONFIRMED: ReportStep.CONFIRMED, S.CLOSED: ReportStep.CLOSED, S.DUPLICATE: ReportStep.DUPLICATE,
    S.INVALID: ReportStep.INVALID, S.WITHDRAWN: ReportStep.WITHDRAWN,
}  # fmt: skip
CLOCKS = (time(8, 40), time(10, 5), time(14, 20), time(16, 45))
_DAY = timedelta(days=1)


@dataclass
class Sent:
    """What is written at the end."""

    reports: list[GridReport] = field(default_factory=list)
    events: list[ReportEvent] = field(default_factory=list)
    acks: list[ReportAck] = field(default_factory=list)


class Whistles:
    """Draws reports for the people of the grids.

    Args:
        teams: grid id -> team that answers for it, micro-grids included; leaders: team id -> its leader.
        residents: grid id -> some people on file there.
    """

    def __init__(
        self, chance: Random, *, teams: Mapping[int, int], leaders: Mapping[int, User],
        residents: Mapping[int, Sequence[Resident]], policy: OutreachPolicy, on: date, now: datetime,
    ) -> None:  # fmt: skip
        self._chance, self._teams, self._leaders, self._residents = chance, teams, leaders, residents
        self._on, self._now = on, now
        self._clocks = cache(lambda kind, at: clocks(kind, policy, at=at))
        self._ack_minutes = policy.urgent_ack_minutes
        self._stewards: dict[int, User] = {}
        self.sent = Sent()

    def life(self, people: Sequence[Posting]) -> None:
        """What each sentinel sent."""
        self._stewards = {one.village_id: one.user for one in people if one.village_id and one.user_id}
        for posting in people:
            if posting.role == PostingRole.SENTINEL:
                for _ in range(self._chance.choice(EACH)):
                    self._one(posting, KINDS.draw(self._chance), self._moment(posting))

    def _moment(self, posting: Posting) -> datetime:
        days = min(self._chance.randint(1, DAYS_BACK), (self._on - posting.starts_on).days)
        return self._at(self._on - days * _DAY)

    def _at(self, day: date) -> datetime:
        return datetime.combine(day, self._chance.choice(CLOCKS), tzinfo=timezone.get_default_timezone())

    def _one(self, posting: Posting, kind: ReportKind, at: datetime) -> GridReport:
        """A report and its way; without a team nobody answers it."""
        team = self._teams.get(posting.grid_id or 0)
        report = self.draft(posting, kind, at)
        leader = self._leaders.get(team or 0)
        age = (self._on - at.astimezone(timezone.get_default_timezone()).date()).days
        if leader is None or (age < 9 and self._chance.random() < 0.6) or self._chance.random() < 0.03:
            state = UNDER_WAY.draw(self._chance) if leader and kind != K.URGENT else S.NEW
            if kind == K.URGENT:
                state = S.VERIFYING if leader else S.NEW
            self._walk(report, state, Outcome.NONE, leader)
        else:
            state, outcome = ENDS[kind].draw(self._chance)
            original = self._same_place(report) if state == S.DUPLICATE else None
            if state == S.DUPLICATE and original is None:
                state, outcome = S.INVALID, Outcome.NOT_TRUE
            report.duplicate_of = original
            self._walk(report, state, outcome, leader)
        return report

    def _same_place(self, report: GridReport) -> GridReport | None:
        earlier = (
            one
            for one in reversed(self.sent.reports)
            if one.grid_id == report.grid_id and one.kind == report.kind
        )
        return next((one for one in earlier if one is not report and one.state != S.DUPLICATE), None)

    def draft(
        self,
        posting: Posting,
        kind: ReportKind,
        at: datetime,
        *,
        facts: dict | None = None,
        training: bool = False,
    ) -> GridReport:
        """What was typed, with its clocks; put among those to be written."""
        chance = self._chance
        facts = facts or self._facts(kind, at)
        person = self._somebody(posting.grid_id or 0)
        is_known = person is not None and kind != K.NEW_PERSON
        report = GridReport(
            client_token=UUID(int=chance.getrandbits(128), version=4), kind=kind, grid_id=posting.grid_id,
            team_id=self._teams.get(posting.grid_id or 0), posting=posting, reporter=posting.user, facts=facts,
            is_restricted=is_restricted(kind, facts), is_training=training,
            person_name=person.name if is_known else full_name(chance, chance.random() < 0.5, chance.randrange(1938, 2020)),
            address=person.household.address[:120] if person and person.household else "",
            description=chance.choice(SAID[kind]), typed_at=at, reported_at=at,
            **({} if training else self._clocks(kind, at)),
        )  # fmt: skip
        report.resident = person if is_known and not training else None
        self.sent.reports.append(report)
        self._step(report, ReportStep.SENT, at, posting.user)
        return report

    def _somebody(self, grid: int) -> Resident | None:
        here = self._residents.get(grid)
        return self._chance.choice(here) if here else None

    def _facts(self, kind: ReportKind, at: datetime) -> dict:
        chance = self._chance
        if kind == K.NEW_PERSON:
            return {"populations": [chance.choice(POPULATIONS).value]}
        if kind == K.CHANGE:
            change = chance.choice(list(ChangeType)).value
            return {"change": change, "since": f"{at - chance.randint(0, 6) * _DAY:%Y-%m-%d}"}
        if kind == K.NEED:
            return {"needs": [chance.choice(list(NeedType)).value]}
        return {"behaviors": [chance.choice([UrgentBehavior.UNSTABLE, UrgentBehavior.DISTURBING]).value]}

    def _step(
        self, report: GridReport, step: ReportStep, at: datetime, by: User | None, note: str = ""
    ) -> None:
        self.sent.events.append(ReportEvent(report=report, step=step, at=at, by=by, note=note))

    def _walk(self, report: GridReport, state: ReportState, outcome: Outcome, leader: User | None) -> None:
        """Its steps, a few hours or a day between them, none later than now."""
        report.state, report.outcome, at = state, outcome, report.reported_at
        if report.kind == K.URGENT:
            self.acknowledge(report, leader)
        if state == S.NEW:
            report.resident = None
            return
        at = self._later(at, 26)
        if state == S.WITHDRAWN:
            report.ended_at, report.resident = at, None
            self._step(report, ReportStep.WITHDRAWN, at, report.reporter, "弄错了")
            return
        report.handler, report.taken_at = leader, at
        self._step(report, ReportStep.TAKEN, at, leader)
        if state == S.ASSIGNED:
            return
        at = self._later(at, 20)
        self._step(report, ReportStep.VERIFYING, at, leader, "已电话联系")
        if state in OPEN_STATES:
            return
        report.ended_at = at = self._later(at, 30)
        if outcome in (Outcome.FLAGGED, Outcome.KNOWN, Outcome.REGISTERED) and report.resident is None:
            report.resident = self._somebody(report.grid_id)
        self._step(report, LAST_STEP[state], at, leader, report.get_outcome_display())

    def _later(self, at: datetime, hours: int) -> datetime:
        return min(at + timedelta(hours=self._chance.randint(1, hours)), self._now)

    def acknowledge(self, report: GridReport, leader: User | None, *, heard: bool = True) -> None:
        """Both sides of an urgent report, within the time."""
        due_at = report.reported_at + timedelta(minutes=self._ack_minutes)
        for side, by in (
            (AckSide.COMMITTEE, self._stewards.get(report.posting.grid.village_id)),
            (AckSide.TEAM, leader),
        ):
            at = report.reported_at + timedelta(minutes=self._chance.randint(3, 25)) if heard and by else None
            self.sent.acks.append(
                ReportAck(report=report, side=side, due_at=due_at, acked_at=at, acked_by=by if at else None)
            )
            if at:
                self._step(report, ReportStep.ACKED, at, by, side.label)

    def by_hand(self, sentinel: Posting, others: Sequence[Posting]) -> list[GridReport]:
        """What the demonstration's own sentinel shows: one of each state under way, an urgent one just now, practice;
        and the symptom that piles up. The reports of the symptom, the last one last."""
        team = self._teams.get(sentinel.grid_id or 0)
        leader = self._leaders.get(team or 0)
        for number, (kind, state) in enumerate(
            ((K.NEED, S.VERIFYING), (K.NEW_PERSON, S.ASSIGNED), (K.CHANGE, S.NEW), (K.NEW_PERSON, S.NEW))
        ):
            self._walk(
                self.draft(sentinel, kind, self._at(self._on - (2 + 2 * number) * _DAY)),
                state,
                Outcome.NONE,
                leader,
            )
        urgent = self.draft(sentinel, K.URGENT, self._now - timedelta(minutes=5))
        self.acknowledge(urgent, leader, heard=False)
        self.draft(sentinel, K.NEED, self._at(self._on - 9 * _DAY), training=True)
        found = []
        for number, posting in enumerate((*others, sentinel)[:3]):
            facts = {"symptom": Symptom.RASH.value, "count": 1 + number % 2}
            found.append(
                self.draft(posting, K.SYMPTOM, self._at(self._on - (3 - number) * _DAY), facts=facts)
            )
        return found

    def write(self) -> None:
        """Reports first; duplicates after those that they repeat."""
        reports = self.sent.reports
        for rows in (
            [one for one in reports if one.duplicate_of is None],
            [one for one in reports if one.duplicate_of],
        ):
            GridReport.objects.bulk_create(rows, batch_size=1000)
        ReportEvent.objects.bulk_create(self.sent.events, batch_size=2000)
        ReportAck.objects.bulk_create(self.sent.acks)


def write_alerts(
    found: Sequence[GridReport],
    old: Posting,
    leader: User,
    *,
    policy: OutreachPolicy,
    on: date,
    now: datetime,
) -> None:
    """The alert that runs, of these reports, and one of last month that is over."""
    last = found[-1]
    running = ClusterAlert.objects.create(
        symptom=last.facts["symptom"], grid=last.grid, village=last.grid.village,
        first_on=timezone.localdate(found[0].reported_at), reports=len(found), raised_at=last.reported_at,
        quiet_until=on + policy.cluster_quiet_days * _DAY,
    )  # fmt: skip
    GridReport.objects.filter(pk__in=[one.pk for one in found]).update(alert=running)
    raised_at = now - 33 * _DAY
    ClusterAlert.objects.create(
        symptom=Symptom.DIARRHEA, grid=old.grid, village=old.grid.village, first_on=on - 36 * _DAY, reports=3,
        raised_at=raised_at, quiet_until=on - 19 * _DAY, state=AlertState.CLOSED, handled_by=leader,
        handled_at=raised_at + 2 * _DAY, note="一家聚餐后发病，已采样、消毒，无新发病例。",
    )  # fmt: skip
