"""The night under accident, with real processes: whatever breaks, in the end it has done exactly what an undisturbed night does.

Each drill begins with a copy of the same small district, in which some days have passed since the last night. What stands in the
database afterwards is compared with what one quiet run makes of that copy: a lost task, a second digest, a
reminder raised twice would differ.
"""

import datetime as dt
import os
from collections.abc import Iterator

import pytest

from config.jobs import JOBS
from config.runtime import paths
from tests.drills.plant import DAY, Plant, clear_leftovers, kill, until

pytestmark = pytest.mark.slow
ONE = dt.timedelta(days=1)
LAST_NIGHT = DAY - 4 * ONE  # since then nobody has run anything
NAMES = [job.name for job in JOBS]
IN_THE_MIDDLE = (
    "care_task"  # the table that a worker is stopped at: half of the jobs are done, others still to come
)

# What a night leaves behind, without numbers that only tell how often somebody tried.
TRACES = {
    "tasks": "SELECT resident_id, rule_id, sequence, state, team_id, urgency, opens_on, due_on, closes_on, expires_on,"
    " reason FROM care_task",
    "plans": "SELECT resident_id, rule_id, sequence, state, team_id, opens_on, due_on, closes_on, expires_on FROM care_plan",
    "agreements": "SELECT id, state, ends_on FROM contracts_agreement",
    "enrollments": "SELECT id, state, ends_on FROM contracts_enrollment",
    "flags": "SELECT resident_id, kind, starts_on, ends_on FROM residents_populationflag",
    "reminders": "SELECT dedupe_key, count, urgent, restricted, state, raised_on, closed_on FROM outreach_reminder",
    "open reminders": "SELECT dedupe_key, count, urgent, restricted FROM outreach_reminder WHERE state = 'open'",
    "digests": 'SELECT recipient_id, "on", lines::text, urgent FROM outreach_digest',
    "digests of today": f"""SELECT recipient_id, lines::text FROM outreach_digest WHERE "on" = '{DAY}'""",
    "deliveries": 'SELECT digest.recipient_id, digest."on", one.channel, one.kind'  # sent or still to be sent
    " FROM outreach_digestdelivery AS one JOIN outreach_digest AS digest ON digest.id = one.digest_id",
    "announcements": "SELECT topic, ids FROM core_announcement",
    "issues": "SELECT one.institution_id, one.team_id, one.month, item.number FROM outreach_monthlydisclosure AS one"
    " JOIN outreach_disclosureitem AS item ON item.disclosure_id = one.id",
}
TOLD_EACH_NIGHT = {
    "reminders",
    "digests",
    "deliveries",
}  # on which day somebody was told, depends on the nights


def traces(plant: Plant) -> dict[str, list]:
    return {name: sorted(map(repr, plant.ask(sql))) for name, sql in TRACES.items()}


def is_done(plant: Plant) -> bool:
    rows = plant.ask(f"SELECT job FROM core_jobrun WHERE day = '{DAY}' AND state = 'done'")
    return {name for (name,) in rows} == set(NAMES)


def running(plant: Plant) -> list[str]:
    return [name for (name,) in plant.ask("SELECT job FROM core_jobrun WHERE state = 'running'")]


def attempts(plant: Plant) -> dict[str, int]:
    return dict(plant.ask(f"SELECT job, attempts FROM core_jobrun WHERE day = '{DAY}'"))


@pytest.fixture(scope="module")
def plant() -> Iterator[Plant]:
    """A district in which a night was run four days ago, and none since."""
    clear_leftovers(paths.ROOT / ".run", "drill")
    plant = Plant(f"drill-{os.getpid()}")
    try:
        plant.begin()
        plant.manage("migrate", "--verbosity", "0", "--skip-checks")
        plant.manage("seed_district", "--residents", "300", "--on", str(LAST_NIGHT))
        plant.nights(LAST_NIGHT)
        plant.keep_as_seed()
        yield plant
    finally:
        plant.end()


@pytest.fixture(scope="module")
def quiet(plant) -> dict[str, list]:
    """What one run makes of it that nobody disturbs; it has something to do in every table that a drill looks at."""
    before = traces(plant)
    plant.nights(DAY)
    after = traces(plant)
    assert all(
        after[name] != before[name] for name in ("tasks", "plans", "reminders", "digests", "deliveries")
    )
    return after


@pytest.fixture
def drill(plant, quiet) -> Iterator[Plant]:
    plant.back_to_seed()
    yield plant
    plant.stop_processes()


def finish(plant: Plant) -> None:
    """Beat goes on ticking until the night is done."""

    def ticked() -> bool:
        plant.tick()
        return is_done(plant)

    until(ticked, every=0.5)


def test_a_worker_killed_in_the_middle(drill, quiet):
    worker = drill.worker()
    with drill.gate(IN_THE_MIDDLE):
        drill.tick()
        until(lambda: drill.waits_at(IN_THE_MIDDLE))
        (interrupted,) = running(drill)
        kill(worker)
    drill.worker()
    drill.tick()
    drill.tick()
    assert running(drill) == [interrupted]  # its lease still runs: nobody else touches it
    assert not is_done(drill)
    drill.leases_run_out()
    finish(drill)
    assert attempts(drill)[interrupted] == 2
    assert traces(drill) == quiet


def test_redis_comes_back_empty_while_a_job_is_running(drill, quiet):
    drill.worker()
    with drill.gate(IN_THE_MIDDLE):
        drill.tick()
        until(lambda: drill.waits_at(IN_THE_MIDDLE))
        drill.empty_redis()
    until(lambda: not running(drill))
    finish(drill)
    assert traces(drill) == quiet


def test_redis_loses_the_message_that_was_to_begin_the_night(drill, quiet):
    drill.tick()
    assert drill.messages() == 1
    drill.empty_redis()
    assert drill.messages() == 0
    drill.worker()
    finish(drill)
    assert traces(drill) == quiet


def test_postgres_crashes_in_the_middle(drill, quiet):
    drill.worker()
    with drill.gate(IN_THE_MIDDLE):
        drill.tick()
        until(lambda: drill.waits_at(IN_THE_MIDDLE))
        (interrupted,) = running(drill)
        drill.crash_postgres()
    until(lambda: drill.ask("SELECT 1"))
    assert attempts(drill)[interrupted] == 1
    drill.leases_run_out()
    finish(drill)
    assert attempts(drill)[interrupted] == 2
    assert traces(drill) == quiet


def test_two_beats_and_two_workers_at_once(drill, quiet):
    for _ in range(2):
        drill.beat()
        drill.worker()
    until(lambda: is_done(drill), every=0.5)
    assert attempts(drill) == dict.fromkeys(NAMES, 1)
    assert traces(drill) == quiet


def test_three_missed_nights_are_caught_up_by_one(drill, quiet):
    """The quiet run has caught up three of them. Night by night it would have come to the same."""
    drill.nights(*(DAY - days * ONE for days in (3, 2, 1, 0)))
    found = traces(drill)
    for name in TRACES.keys() - TOLD_EACH_NIGHT:
        assert found[name] == quiet[name], name
    assert len(found["digests"]) > len(quiet["digests"])
