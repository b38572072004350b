"""Small random districts, and coverage counted the slow way: person by person, in plain Python."""

import datetime as dt
import itertools
import uuid
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from zoneinfo import ZoneInfo

from assessment.choices import Level
from assessment.rules import Tally
from contracts.choices import AgreementKind, AgreementState, RenewalKind, SignChannel, SignMode
from contracts.models import Agreement, AgreementTemplate, Enrollment
from core.dates import age_on
from grids.models import Grid, GridResponsibility
from residents.choices import LifeStatus, Population
from residents.models import Resident
from residents.policy import ResidentsPolicy
from tests.factories.contracts import ensure_wording
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

CHINA = ZoneInfo("Asia/Shanghai")
LONG_AGO = dt.date(2020, 1, 1)
_serials = itertools.count()


def enter(
    grid: Grid, *, on: dt.date = LONG_AGO, gone: tuple[str, dt.date] | None = None, **facts
) -> Resident:
    """A resident entered on a day at noon; ``gone``: which status, since when."""
    status, since = gone or (LifeStatus.PRESENT, None)
    found = ResidentFactory(grid=grid, life_status=status, life_status_on=since, **facts)
    Resident.objects.filter(pk=found.pk).update(created_at=dt.datetime.combine(on, dt.time(12), tzinfo=CHINA))
    return found


def enroll(
    resident,
    team,
    doctor,
    starts_on,
    ends_on,
    *,
    state=AgreementState.ACTIVE,
    supplementary=False,
    family=False,
    renewal=RenewalKind.FIRST,
) -> Enrollment:
    """An enrolment in any state, past ones included, which no single action could make today."""
    ensure_wording()
    agreement = Agreement.objects.create(
        number=f"T{next(_serials)}", state=state, team=team, doctor=doctor, renewal_kind=renewal,
        kind=AgreementKind.HOUSEHOLD if family else AgreementKind.INDIVIDUAL,
        household=resident.household if family else None, representative=resident if family else None,
        waits_for="approval" if state == AgreementState.PENDING_CONFIRM else "",
        template=AgreementTemplate.objects.first(), signed_on=starts_on, starts_on=starts_on, ends_on=ends_on,
        term_years=1, channel=SignChannel.CLINIC_VISIT, mode=SignMode.PAPER, client_token=uuid.uuid4(),
        created_by=doctor,
    )  # fmt: skip
    return Enrollment.objects.create(
        agreement=agreement, resident=resident, state=state, starts_on=starts_on, ends_on=ends_on,
        is_supplementary=supplementary,
    )  # fmt: skip


def scatter(chance: Random, cast, district, on: dt.date, people: int = 30) -> None:
    """Residents, flags, responsibilities and agreements at random days around ``on``."""
    grids = [district.grid_a, district.grid_b, GridFactory(village=district.village_a)]
    grids += [MicroGridFactory(parent=grids[2]), MicroGridFactory(parent=district.grid_b)]
    GridResponsibilityFactory(grid=grids[2], team=cast.team_b, starts_on=LONG_AGO, ends_on=_near(chance, on))
    GridResponsibilityFactory(grid=grids[3], team=cast.team_a, starts_on=_near(chance, on))
    for _ in range(people):
        born_on = chance.choice([_born(chance, on), None])
        gone = None
        if chance.random() < 0.3:
            gone = (chance.choice(["deceased", "moved_out", "lost"]), _near(chance, on))
        resident = enter(chance.choice(grids), on=_near(chance, on), gone=gone, born_on=_born(chance, on))
        Resident.objects.filter(pk=resident.pk).update(born_on=born_on)
        for kind in chance.sample([*Population], 2):
            ends_on = chance.choice([None, _near(chance, on)])
            PopulationFlagFactory(
                resident=resident, kind=kind, starts_on=dt.date(2019, 1, 1), ends_on=ends_on
            )
        _sign_up(chance, cast, resident, on)


def _sign_up(chance: Random, cast, resident: Resident, on: dt.date) -> None:
    """Up to two agreements one after the other, a void one across both, and a supplementary one."""
    teams = [(cast.team_a, cast.li), (cast.team_b, cast.zhao)]
    ended = [
        AgreementState.EXPIRED,
        AgreementState.TERMINATED,
        AgreementState.TRANSFERRED,
        AgreementState.RENEWED,
    ]
    first, second, third = sorted(_near(chance, on) for _ in range(3))
    if chance.random() < 0.6:
        enroll(
            resident, *chance.choice(teams), first, max(first, second), state=chance.choice(ended),
            family=chance.random() < 0.5,
        )  # fmt: skip
    if chance.random() < 0.6 and third > second:
        state = chance.choice([AgreementState.ACTIVE, AgreementState.DRAFT, AgreementState.PENDING_CONFIRM])
        enroll(
            resident, *chance.choice(teams), second + dt.timedelta(1), third, state=state,
            family=chance.random() < 0.5, renewal=chance.choice([*RenewalKind]),
        )  # fmt: skip
    if chance.random() < 0.3:
        enroll(resident, *teams[0], first, third, state=AgreementState.VOID)
    if chance.random() < 0.3:
        enroll(resident, *teams[0], first, third, supplementary=True)


def _near(chance: Random, on: dt.date) -> dt.date:
    return on + dt.timedelta(days=chance.choice([-400, -31, -30, -29, -2, -1, 0, 1, 2, 200]))


def _born(chance: Random, on: dt.date) -> dt.date:
    """Mostly birthdays around the ages that matter, on the day and beside it."""
    age = chance.choice([1, 7, 30, 59, 60, 64, 65, 66, 80])
    month, day = chance.choice([(2, 28), (3, 1), (12, 31), (1, 1), (on.month, min(on.day, 28))])
    return dt.date(on.year - age, month, day) + dt.timedelta(days=chance.choice([-1, 0, 1]) if age > 1 else 0)


def _people_on(on: dt.date, counts_auto: bool) -> Iterator[tuple[Resident, list[Agreement]]]:
    """Who is on the register that day, each with the agreement in force, if there is one."""
    people = Resident.objects.select_related("grid__village").prefetch_related(
        "flags", "enrollments__agreement"
    )
    for resident in people:
        if resident.created_at.astimezone(CHINA).date() > on:
            continue
        if resident.life_status != LifeStatus.PRESENT and resident.life_status_on <= on:
            continue
        signed = [one.agreement for one in resident.enrollments.all() if _is_in_force(one, on)]
        yield resident, [one for one in signed if counts_auto or one.renewal_kind != RenewalKind.AUTO]


def kinds_slowly(on: dt.date, policy: ResidentsPolicy, counts_auto: bool = True) -> dict[str, tuple]:
    """What ``populations`` should count of each kind, and of all under the name "": persons, signed, family."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for resident, signed in _people_on(on, counts_auto):
        is_family = bool(signed) and signed[0].kind == AgreementKind.HOUSEHOLD
        kinds = [one for one in policy.key_populations if _is_of_kind(resident, one, on, policy)]
        for kind in {*kinds, ""} if kinds else ():
            for at, counts in enumerate((True, bool(signed), is_family)):
                found[kind][at] += counts
    return {kind: tuple(counts) for kind, counts in found.items()}


def count_slowly(
    on: dt.date, policy: ResidentsPolicy, counts_auto: bool = True
) -> dict[Level, dict[int | None, Tally]]:
    """What ``tallies`` should say of each level to somebody who sees everybody."""
    found: dict[Level, dict[int | None, Tally]] = {level: defaultdict(Tally) for level in Level}
    covering = {one.grid_id: one.team_id for one in GridResponsibility.objects.all() if _holds(one, on)}
    for resident, signed in _people_on(on, counts_auto):
        is_key, is_near = _is_key(resident, on, policy), _is_near(resident, on, policy)
        here = Tally(1, 0, is_key, 0, is_near, 0)
        is_family = bool(signed) and signed[0].kind == AgreementKind.HOUSEHOLD
        promised = Tally(0, 1, 0, is_key, 0, is_near, is_key and is_family) if signed else Tally()
        grid = resident.grid
        for level, place in (
            (Level.TOWNSHIP, grid.village.parent_id),
            (Level.VILLAGE, grid.village_id),
            (Level.GRID, grid.parent_id or grid.pk),
        ):
            found[level][place] += here + promised
        found[Level.TEAM][covering.get(grid.pk) or covering.get(grid.parent_id)] += here
        if signed:
            found[Level.TEAM][signed[0].team_id] += promised
    return found


def _holds(period, on: dt.date) -> bool:
    return period.starts_on <= on and (period.ends_on is None or period.ends_on >= on)


def _is_in_force(one: Enrollment, on: dt.date) -> bool:
    is_signed = one.state not in ("void", "draft", "pending_confirm")
    return one.starts_on <= on <= one.ends_on and is_signed and not one.is_supplementary


def _age(resident: Resident, on: dt.date, policy: ResidentsPolicy) -> int:
    """Full years; with YEAR_END those reached by the end of the calendar year."""
    return age_on(
        resident.born_on, dt.date(on.year, 12, 31) if policy.elderly_age_basis == "YEAR_END" else on
    )


def _is_near(resident: Resident, on: dt.date, policy: ResidentsPolicy) -> bool:
    return resident.born_on is not None and 60 <= _age(resident, on, policy) < 65


def _is_key(resident: Resident, on: dt.date, policy: ResidentsPolicy) -> bool:
    return any(_is_of_kind(resident, one, on, policy) for one in policy.key_populations)


def _is_of_kind(resident: Resident, kind: str, on: dt.date, policy: ResidentsPolicy) -> bool:
    by_age = {
        "child_0_6": lambda: age_on(resident.born_on, on) < 7 and resident.born_on <= on,
        "elderly_60_64": lambda: _is_near(resident, on, policy),
        "elderly_65": lambda: _age(resident, on, policy) >= 65,
        "elderly_80": lambda: _age(resident, on, policy) >= 80,
    }
    if kind in by_age and resident.born_on is not None:
        return by_age[kind]()
    return kind in {one.kind for one in resident.flags.all() if _holds(one, on)}
