"""Operations on many agreements: which are meant, what would be done with each, what was built upon it since."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from contracts.choices import AgreementKind, AgreementState, MassKind, RenewalMode
from contracts.models import (
    Agreement,
    AgreementEvent,
    Enrollment,
    Fulfillment,
    MassLine,
    MassOperation,
    Transfer,
)
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.agreements import with_people
from contracts.queries.renewing import Renewal, plan_renewals, reached_in_term
from contracts.queries.transfers import UNDER_WAY
from contracts.rules import Objection
from contracts.rules.mass import counts_of, digest_of, last_day_to_undo, object_to_handing_over
from contracts.rules.renewing import NOT_REACHED
from core.paging import keyset_page
from grids.models import Area, Grid
from teams.models import Team, User

PAGE_SIZE = 50


@dataclass(frozen=True)
class Asked:
    """What was chosen; kept as JSON with the operation.

    Attributes:
        village, grid: only agreements of people who live there; 0 for everywhere.
        from_doctor: only agreements of this doctor; 0 for all.
        ends_until: renewals: only agreements whose last day is this one or earlier.
        receiver: hand-overs: team and doctor that take over.
    """

    village: int = 0
    grid: int = 0
    from_doctor: int = 0
    ends_until: date | None = None
    signed_on: date | None = None
    years: int = 0
    is_archived: bool = False
    receiver: tuple[int, int] = (0, 0)

    def dumps(self) -> dict[str, Any]:
        days = {one: getattr(self, one) for one in ("ends_until", "signed_on")}
        return vars(self) | {name: day.isoformat() if day else None for name, day in days.items()}


def asked_of(operation: MassOperation) -> Asked:
    stored: dict[str, Any] = dict(operation.asked)
    for name in ("ends_until", "signed_on"):
        stored[name] = date.fromisoformat(stored[name]) if stored[name] else None
    return Asked(**stored | {"receiver": tuple(stored["receiver"])})


@dataclass(frozen=True)
class MassPlan:
    """What an operation would do today.

    Attributes:
        todo: agreement id -> the facts that the preview rests on.
        left_out: agreement id -> why not.
    """

    todo: dict[int, str]
    left_out: dict[int, Objection]

    @property
    def digest(self) -> str:
        return digest_of(self.todo, self.left_out)

    @property
    def counts(self) -> dict[str, int]:
        return counts_of(len(self.todo), self.left_out)


def meant_by(kind: str, team: Team, asked: Asked, *, on: date) -> QuerySet[Agreement]:
    """The agreements that an operation speaks of: running ones of the team, supplements left to their parents."""
    meant = Agreement.objects.running_on(on).filter(team=team).exclude(kind=AgreementKind.SUPPLEMENTARY)
    if asked.from_doctor:
        meant = meant.filter(doctor=asked.from_doctor)
    if kind == MassKind.RENEW and asked.ends_until:
        meant = meant.filter(ends_on__lte=asked.ends_until)
    if asked.grid:
        return _living_in(meant, "grid", asked.grid)
    return _living_in(meant, "grid__village", asked.village) if asked.village else meant


def _living_in(agreements: QuerySet[Agreement], path: str, place: int) -> QuerySet[Agreement]:
    """A household agreement lies where the household lives, any other where its person lives."""
    people = Enrollment.objects.filter(
        Q(**{f"resident__{path}": place}), agreement=OuterRef("pk"), state=AgreementState.ACTIVE
    )
    is_house = Q(kind=AgreementKind.HOUSEHOLD)
    return agreements.filter((is_house & Q(**{f"household__{path}": place})) | (~is_house & Exists(people)))


def mass_plan(kind: str, team: Team, asked: Asked, *, on: date, policy: ContractsPolicy) -> MassPlan:
    """What would be done with each agreement that is meant. As many queries for a thousand as for one."""
    meant = meant_by(kind, team, asked, on=on)
    if kind == MassKind.RENEW:
        return _renewals(list(meant.values_list("pk", flat=True)), asked, on=on, policy=policy)
    return _hand_overs(meant, asked)


def _renewals(agreements: list[int], asked: Asked, *, on: date, policy: ContractsPolicy) -> MassPlan:
    plan = plan_renewals(agreements, on=asked.signed_on or on, years=asked.years)
    left_out = dict(plan.left_out)
    if policy.renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED and policy.auto_renew_needs_contact:
        reached = reached_in_term([one.agreement.pk for one in plan.renewals])
        silent = [one.agreement.pk for one in plan.renewals if one.agreement.pk not in reached]
        left_out |= dict.fromkeys(silent, NOT_REACHED)
    todo = {one.agreement.pk: _told(one) for one in plan.renewals if one.agreement.pk not in left_out}
    return MassPlan(todo, left_out)


def _told(one: Renewal) -> str:
    people = ",".join(str(each.resident_id) for each in one.people)
    packages = ",".join(str(each.pk) for each in one.packages)
    return f"{one.starts_on}~{one.ends_on}:{one.agreement.doctor_id}:{people}:{packages}"


def _hand_overs(meant: QuerySet[Agreement], asked: Asked) -> MassPlan:
    moving = Transfer.objects.filter(enrollment__agreement=OuterRef("pk"), state__in=UNDER_WAY)
    plan = MassPlan({}, {})
    rows = meant.annotate(is_moving=Exists(moving)).values_list("pk", "team", "doctor", "is_moving")
    for pk, team, doctor, is_moving in rows:
        objection = object_to_handing_over(is_moving=is_moving, is_same=(team, doctor) == asked.receiver)
        if objection:
            plan.left_out[pk] = objection
        else:
            plan.todo[pk] = f"{team}:{doctor}"
    return plan


# --- what may be chosen -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Options:
    """What the form offers for one team.

    Attributes:
        places: ("v12", 东北村社区) and ("g34", its grids), village by village.
        doctors: who holds running agreements of the team now.
    """

    places: list[tuple[str, str]]
    doctors: list[User]


def mass_options(team: Team, *, on: date) -> Options:
    """Where the team's signed people live, and with whom. Three queries."""
    running = Enrollment.objects.in_force_on(on).filter(agreement__team=team, is_supplementary=False)
    grids = Grid.objects.filter(pk__in=running.values("resident__grid")).order_by("village__code", "code")
    places: list[tuple[str, str]] = []
    told: set[int] = set()
    for one in grids.select_related("village"):
        if one.village_id not in told:
            told.add(one.village_id)
            places.append((f"v{one.village_id}", f"{one.village.name}（全村居）"))
        places.append((f"g{one.pk}", f"　{one.name}"))
    agreements = Agreement.objects.running_on(on).filter(team=team)
    doctors = User.objects.filter(pk__in=agreements.values("doctor")).order_by("name", "pk")
    return Options(places, list(doctors))


# --- pages ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MassRow:
    """One agreement of a preview or of what was done.

    Attributes:
        name: of its first person, masked; ``others`` are with him.
        told: why it is left out, "" for one that is done.
    """

    agreement: Agreement
    name: str
    resident_id: int
    others: int
    told: str
    successor: Agreement | None = None


def mass_rows(plan: MassPlan, *, shown: str) -> list[MassRow]:
    """The first agreements of a preview: of those to be done, or left out for one reason. Two queries."""
    if shown in plan.counts and shown != "todo":
        ids = [pk for pk, one in plan.left_out.items() if one.code == shown]
    else:
        ids = list(plan.todo)
    chosen = sorted(ids)[:PAGE_SIZE]
    agreements = {one.pk: one for one in with_people(Agreement.objects.filter(pk__in=chosen))}
    return [_row(agreements[pk], plan.left_out.get(pk)) for pk in chosen]


def _row(agreement: Agreement, objection: Objection | None, successor: Agreement | None = None) -> MassRow:
    people = list(agreement.enrollments.all())
    first = people[0].resident
    told = objection.sentence if objection else ""
    return MassRow(agreement, first.masked_name, first.pk, len(people) - 1, told, successor)


@dataclass(frozen=True)
class LinePage:
    rows: list[MassRow]
    next_after: str


def mass_lines(operation: MassOperation, *, after: str) -> LinePage:
    """What was done, agreement by agreement. Three queries."""
    lines = operation.lines.select_related("successor").defer("successor__as_signed")
    page = keyset_page(lines, after, PAGE_SIZE, is_narrow=True)
    ids = [one.agreement_id for one in page.rows]
    agreements = {one.pk: one for one in with_people(Agreement.objects.filter(pk__in=ids))}
    rows = [_row(agreements[one.agreement_id], None, one.successor) for one in page.rows]
    return LinePage(rows, page.next_after)


def undo_until(operation: MassOperation, *, on: date) -> date | None:
    """The last day on which a done operation may be undone; None if it is not done. One query."""
    if operation.done_at is None:
        return None
    done_on = operation.done_at.astimezone(timezone.get_current_timezone()).date()
    return last_day_to_undo(done_on, policy_on(on).mass_undo_days)


# --- undoing ----------------------------------------------------------------------------------------------------


def built_upon(operation: MassOperation) -> QuerySet[MassLine]:
    """Lines whose agreement has gone on since: something done, told, signed or begun after the operation."""
    path = "successor" if operation.kind == MassKind.RENEW else "agreement"
    subject = OuterRef(f"{path}_id")
    mark = operation.counts.get("mark", 0)
    done = Fulfillment.objects.filter(agreement=subject, recorded_at__gte=operation.done_at)
    told = AgreementEvent.objects.filter(agreement=subject, pk__gt=mark)
    signed = Agreement.objects.filter(
        Q(previous=subject) | Q(parent=subject), pk__gt=operation.counts.get("last", 0)
    )
    moving = Transfer.objects.filter(enrollment__agreement=subject, state__in=UNDER_WAY)
    later = Exists(done) | Exists(told) | Exists(signed) | Exists(moving)
    stale = ~Q(agreement__state=AgreementState.ACTIVE)
    if operation.kind == MassKind.RENEW:
        stale |= ~Q(successor__state=AgreementState.ACTIVE)
    else:
        team, doctor = asked_of(operation).receiver
        stale |= ~Q(agreement__team=team, agreement__doctor=doctor)
    return operation.lines.filter(later | stale)


def area_named(asked: Asked) -> str:
    """The village or grid that was chosen, "" for everywhere. One query, or none."""
    if asked.grid:
        return str(Grid.objects.values_list("name", flat=True).get(pk=asked.grid))
    if asked.village:
        return str(Area.objects.values_list("name", flat=True).get(pk=asked.village))
    return ""


def receiver_of(asked: Asked) -> tuple[str, str] | None:
    """Names of the team and the doctor that take over; None for a renewal. Two queries, or none."""
    team, doctor = asked.receiver
    if not team:
        return None
    return Team.objects.get(pk=team).name, User.objects.get(pk=doctor).name


def newest(operations: QuerySet[MassOperation], *, after: str) -> tuple[list[MassOperation], str]:
    """Operations of one's teams, the newest first. One query."""
    listed = operations.select_related("team", "created_by").order_by("-pk")
    if after.isascii() and after.isdigit():
        listed = listed.filter(pk__lt=int(after[:18]))
    rows = list(listed[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], str(rows[PAGE_SIZE - 1].pk) if len(rows) > PAGE_SIZE else ""
