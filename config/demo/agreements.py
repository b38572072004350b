"""Who has signed with whom: a believable three years of agreements. Pure: nothing is written here.

About 45 % of the residents are covered, between 30 % and 62 % by team, key populations twice as often as others. One
running agreement in two is a renewal. Some ran out, some were terminated (also yesterday and today), some were entered
by mistake and made void, a few begin tomorrow; some people changed to the neighboring team; a few who died or moved
away still have a running agreement, which a check should find.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from config.demo.chance import Weighted
from config.demo.institutions import Crew
from config.demo.registry import Entry
from contracts.choices import AgreementKind, AgreementState, ConsentWay, SignChannel, TerminationReason
from contracts.policy import ContractsPolicy
from core.dates import add_years, term_end
from residents.choices import LifeStatus
from teams.models import User

S = AgreementState
ONE_DAY = timedelta(days=1)
KEY_FACTOR, OTHER_FACTOR = 1.38, 0.7
RENEWED, NEIGHBOR, EXPIRED, TERMINATED, VOID, TOMORROW = 0.7, 0.01, 0.06, 0.02, 0.003, 0.002
LEFT_RUNNING = 0.12  # of those who are gone
RENEWAL_YEARS = ((1, 0.5), (2, 0.3), (3, 0.2))
CHANNELS = Weighted(
    [
        (SignChannel.CLINIC_VISIT, 30), (SignChannel.KEY_SERVICE_VISIT, 20), (SignChannel.HOME_VISIT_WEEKLY, 14),
        (SignChannel.COMMUNITY_SESSION, 14), (SignChannel.CHECKUP_SESSION, 12), (SignChannel.SERVICE_POINT, 10),
    ]
)  # fmt: skip
REASONS = Weighted(
    [
        (TerminationReason.RESIDENT_REQUEST, 5), (TerminationReason.CHANGE_TEAM, 4),
        (TerminationReason.REFUSED_ONE_YEAR, 1),
    ]
)  # fmt: skip
GONE_REASON = {
    LifeStatus.DECEASED: TerminationReason.DEATH,
    LifeStatus.MOVED_OUT: TerminationReason.MOVED_OUT,
    LifeStatus.LOST: TerminationReason.LOST_ONE_YEAR,
}


@dataclass(slots=True)
class Deed:
    """One agreement, as long as nothing else is said with one person.

    Attributes:
        last_day: the last day in force.
        previous: what it renews; parent: what it supplements with a ``course`` (code of its package).
        covered: everybody in it, the representative first; consents: how each of them agreed.
        menu: places of the family menu that were chosen.
        entered_at: when it was typed in, if not on the day of signing.
    """

    entry: Entry
    crew: Crew
    doctor: User
    clerk: User
    signed_on: date
    starts_on: date
    years: int
    state: AgreementState
    last_day: date
    channel: SignChannel
    token: UUID
    reason: str = ""
    previous: "Deed | None" = None
    id: int = 0
    number: str = ""
    kind: AgreementKind = AgreementKind.INDIVIDUAL
    covered: list[Entry] = field(default_factory=list)
    consents: list[ConsentWay] = field(default_factory=list)
    menu: list[int] = field(default_factory=list)
    parent: "Deed | None" = None
    course: str = ""
    disease: str = ""
    entered_at: datetime | None = None

    @property
    def ends_on(self) -> date:
        """As printed."""
        return term_end(self.starts_on, self.years) if self.years else self.last_day


class Signing:
    """Draws the agreements of one person after another."""

    def __init__(
        self,
        chance: Random,
        crews: Sequence[Crew],
        policy: ContractsPolicy,
        on: date,
        is_key: Callable[[Entry], bool],
    ) -> None:
        self._chance, self._policy, self._on, self._is_key = chance, policy, on, is_key
        self._rates = {crew.team.pk: chance.uniform(0.30, 0.62) for crew in crews}
        self._neighbors = _neighbors(crews)
        self._doctors = {
            crew.team.pk: [
                one
                for one in (crew.leader, *crew.members)
                if one.institution_id == crew.team.institution_id
                and one.profession in policy.signing_professions
            ]
            for crew in crews
        }
        self._years = Weighted([row for row in RENEWAL_YEARS if row[0] <= policy.renewal_max_years])
        self.deeds: list[Deed] = []

    def decide(self, entry: Entry, crew: Crew | None) -> None:
        """Whether a person signs, and what became of it; the team that signed him last takes care of him."""
        if crew is None:
            return
        if self._chance.random() < NEIGHBOR:
            crew = self._neighbors[crew.team.pk]
        willing = self._rates[crew.team.pk] * (KEY_FACTOR if self._is_key(entry) else OTHER_FACTOR)
        if not entry.is_present:
            if self._chance.random() < willing:
                self._gone(entry, crew)
            return
        drawn = self._chance.random()
        for share, draw in (
            (willing, self._running), (EXPIRED, self._expired), (TERMINATED, self._terminated), (VOID, self._void),
            (TOMORROW, self._tomorrow),
        ):  # fmt: skip
            if drawn < share:
                draw(entry, crew)
                return
            drawn -= share

    def _sign(self, entry: Entry, crew: Crew, starts_on: date, years: int = 1, **facts: object) -> Deed:
        doctor = self._chance.choice(self._doctors[crew.team.pk])
        early = self._chance.randrange(1, 11) if self._chance.random() < 0.1 else 0
        deed = Deed(
            entry=entry,
            crew=crew,
            doctor=doctor,
            clerk=doctor if self._chance.random() < 0.6 else crew.members[0],
            signed_on=min(max(starts_on - timedelta(days=early), entry.entered_on), self._on - ONE_DAY),
            starts_on=starts_on,
            years=years,
            state=S.ACTIVE,
            last_day=term_end(starts_on, years),
            channel=CHANNELS.draw(self._chance),
            covered=[entry],
            consents=[ConsentWay.GUARDIAN if entry.guardian else ConsentWay.SIGNED],
            token=UUID(int=self._chance.getrandbits(128), version=4),
        )
        for name, value in facts.items():
            setattr(deed, name, value)
        self.deeds.append(deed)
        entry.team_id = crew.team.pk
        return deed

    def _recent_start(self, entry: Entry, least: int = 1) -> date:
        """Within a year, so that one year from then is not over, and after the person was entered."""
        known = (self._on - entry.entered_on).days
        return self._on - timedelta(days=self._chance.randrange(least, max(min(known, 364), least + 1)))

    def _running(self, entry: Entry, crew: Crew) -> None:
        if self._chance.random() < RENEWED:
            years = self._years.draw(self._chance)
            second = self._on - timedelta(days=self._chance.randrange(1, 365 * years - 2))
            first = add_years(second, -1)
            if first >= entry.entered_on:
                before = self._sign(entry, crew, first, state=S.RENEWED)
                self._sign(entry, crew, before.last_day + ONE_DAY, years, previous=before)
                return
        self._sign(entry, crew, self._recent_start(entry))

    def _expired(self, entry: Entry, crew: Crew) -> None:
        starts_on = self._on - timedelta(days=self._chance.randrange(368, 700))
        if starts_on >= entry.entered_on:
            self._sign(entry, crew, starts_on, state=S.EXPIRED)

    def _terminated(self, entry: Entry, crew: Crew) -> None:
        if (self._on - entry.entered_on).days < 4:
            return
        starts_on = self._recent_start(entry, least=2)
        last_day = self._on - timedelta(
            days=self._chance.choice((0, 1, 2, self._chance.randrange((self._on - starts_on).days)))
        )
        last_day = max(last_day, starts_on)
        reason = REASONS.draw(self._chance)
        self._sign(entry, crew, starts_on, state=S.TERMINATED, last_day=last_day, reason=reason)
        entry.team_id = None
        if reason == TerminationReason.CHANGE_TEAM and last_day < self._on:
            self._sign(entry, self._neighbors[crew.team.pk], last_day + ONE_DAY)

    def _void(self, entry: Entry, crew: Crew) -> None:
        self._sign(entry, crew, self._recent_start(entry), state=S.VOID)
        entry.team_id = None

    def _tomorrow(self, entry: Entry, crew: Crew) -> None:
        self._sign(entry, crew, self._on + ONE_DAY)

    def _gone(self, entry: Entry, crew: Crew) -> None:
        """Somebody who died, moved away or was lost had signed within the year before."""
        gone_on = entry.status_on or self._on
        known = (gone_on - entry.entered_on).days
        if known < 1:
            return
        deed = self._sign(
            entry, crew, gone_on - timedelta(days=self._chance.randrange(1, min(known, 360) + 1))
        )
        if self._chance.random() >= LEFT_RUNNING:
            deed.state, deed.last_day, deed.reason = S.TERMINATED, gone_on, GONE_REASON[entry.status]
            entry.team_id = None
        elif deed.last_day < self._on:
            deed.state = S.EXPIRED


def _neighbors(crews: Sequence[Crew]) -> Mapping[int, Crew]:
    """The other team of the same institution that comes next; an institution has two at least."""
    by_institution: dict[int, list[Crew]] = {}
    for crew in crews:
        by_institution.setdefault(crew.team.institution_id, []).append(crew)
    return {
        crew.team.pk: group[(at + 1) % len(group)]
        for group in by_institution.values()
        for at, crew in enumerate(group)
    }
