"""Whatever was done in whatever order: the coverage of every level equals counting one by one (a parity test)."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessment.choices import Level
from assessment.queries import populations
from assessment.queries.heads import residents_known, tallies
from contracts.actions import expire_ended, follow_departures, terminate
from contracts.choices import AgreementState, TerminationReason
from contracts.models import Agreement
from core.refusals import Refusal
from residents.actions import flag_population, record_death, record_lost, record_move_out, unflag_population
from residents.choices import Evidence
from residents.models import PopulationFlag, Resident
from residents.policy import ResidentsPolicy
from tests.assessment.district import count_slowly, enter, kinds_slowly
from tests.factories.contracts import ensure_wording, family, household_signed, sign_agreement

START = dt.date(2026, 1, 10)
NOON = dt.time(12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
KINDS = ("hypertension", "diabetes_t2", "tb", "disabled", "smi")
POLICY = ResidentsPolicy()


class District:
    """Eight people in two grids, two of the households able to sign together; time goes on with every step."""

    def __init__(self, cast, district):
        self.cast, self.on = cast, START
        self.grids = [district.grid_a, district.grid_b]
        self.posts = [(cast.team_a, cast.li), (cast.team_b, cast.zhao)]
        self.homes = [family(grid) for grid in self.grids]
        alone = [enter(grid, born_on=born) for grid in self.grids for born in (dt.date(1950, 2, 1), START)]
        self.people = [one.pk for one in Resident.objects.order_by("pk")]
        assert len(self.people) == 6 + len(alone)
        Resident.objects.update(created_at=dt.datetime.combine(dt.date(2025, 1, 1), NOON))

    def person(self, which: int) -> Resident:
        return Resident.objects.get(pk=self.people[which % len(self.people)])

    def sign(self, which: int, how: int) -> None:
        team, doctor = self.posts[how % 2]
        sign_agreement(self.person(which), team, doctor, on=self.on)

    def sign_together(self, which: int, how: int) -> None:
        team, doctor = self.posts[how % 2]
        household_signed(self.homes[which % 2], team, doctor, on=self.on)

    def terminate(self, which: int, how: int) -> None:
        running = Agreement.objects.filter(state=AgreementState.ACTIVE).order_by("pk")
        if not running:
            return
        one = running[which % len(running)]
        leader = one.team.memberships.get(is_leader=True).user
        terminate(
            by=leader, on=self.on, now=dt.datetime.combine(self.on, NOON), agreement=one,
            reason=TerminationReason.RESIDENT_REQUEST, last_day=self.on + dt.timedelta(days=how % 3),
        )  # fmt: skip

    def die(self, which: int, how: int) -> None:
        self._go(record_death, which, how)

    def move_out(self, which: int, how: int) -> None:
        self._go(record_move_out, which, how)

    def lose(self, which: int, how: int) -> None:
        self._go(record_lost, which, how)

    def _go(self, verb: Callable, which: int, how: int) -> None:
        since = self.on - dt.timedelta(days=how % 3)
        verb(resident=self.person(which), since=since, by=self.cast.zhou, on=self.on, reason="家属告知")
        follow_departures(on=self.on)

    def move(self, which: int, how: int) -> None:
        """To the other grid; households and their rules are none of the count's business."""
        Resident.objects.filter(pk=self.person(which).pk).update(grid=self.grids[how % 2])

    def flag(self, which: int, how: int) -> None:
        flag_population(
            resident=self.person(which), kind=KINDS[how % len(KINDS)], evidence=Evidence.MEDICAL_RECORD,
            starts_on=self.on - dt.timedelta(days=how % 2), by=self.cast.li, on=self.on, policy=POLICY,
        )  # fmt: skip

    def unflag(self, which: int, how: int) -> None:
        running = PopulationFlag.objects.filter(ends_on__isnull=True).order_by("pk")
        if running:
            unflag_population(
                flag=running[which % len(running)], evidence=Evidence.MEDICAL_RECORD, reason="已痊愈",
                by=self.cast.li, on=self.on,
            )  # fmt: skip

    def wait(self, which: int, how: int) -> None:
        self.on += dt.timedelta(days=(0, 1, 60, 400)[how % 4])
        expire_ended(on=self.on)


STEPS = [name for name, one in vars(District).items() if callable(one) and not name.startswith("_")]
STEPS.remove("person")


@pytest.mark.django_db
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(0, 9)), min_size=6, max_size=16
    )
)
def test_coverage_equals_counting_after_any_steps(cast, district, steps):
    with transaction.atomic():
        ensure_wording()
        here = District(cast, district)
        for name, which, how in steps:
            try:
                with transaction.atomic():
                    getattr(here, name)(which, how)
            except Refusal:
                pass  # what is refused changes nothing, and that is counted too
        for on in (here.on - dt.timedelta(days=1), here.on, here.on + dt.timedelta(days=1)):
            _compare(cast.zhou, on)
        transaction.set_rollback(True)


def _compare(user, on: dt.date) -> None:
    slow = count_slowly(on, POLICY)
    for level in Level:
        assert tallies(level, residents_known(user, None, on), on=on, policy=POLICY) == slow[level], (
            level,
            on,
        )
    found = populations(user, area=None, on=on, policy=POLICY)
    fast = {one.kind: (one.residents, one.signed, one.family) for one in (*found.lines, found.total)}
    known = {kind: figures for kind, figures in kinds_slowly(on, POLICY).items() if kind != "smi"}
    assert {kind: figures for kind, figures in fast.items() if figures[0]} == known
