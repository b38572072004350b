"""The night as a whole: its list, its timetable, and `manage.py nightly`."""

import datetime as dt
import json
from importlib import import_module
from io import StringIO

import pytest
from celery.schedules import crontab
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection
from django.utils import timezone

from config import jobs as page
from config.celery import app
from config.jobs import JOBS
from config.timetable import NIGHT_BEGINS, TIMETABLE
from core.models import JobRun
from tests.factories.residents import ResidentFactory

S = JobRun.State
NAMES = [job.name for job in JOBS]


def nightly(*words, status=0):
    out = StringIO()
    try:
        call_command("nightly", *words, stdout=out)
    except CommandError as error:
        assert error.returncode == status
    else:
        assert status == 0
    return json.loads(out.getvalue())


def outcome(answer, name):
    return next(one for one in answer["jobs"] if one["job"] == name)


class TestTheList:
    def test_every_job_has_a_name_of_its_own_a_label_and_words_for_its_counts(self):
        assert len(set(NAMES)) == len({job.label for job in JOBS}) == len(JOBS)
        assert all(job.words and all(job.words.values()) for job in JOBS)
        assert all(len(name) <= JobRun._meta.get_field("job").max_length for name in NAMES)

    def test_what_a_job_waits_for_comes_before_it(self):
        for place, job in enumerate(JOBS):
            assert set(job.after) <= set(NAMES[:place])

    def test_departures_come_before_the_expiry(self):
        assert NAMES.index("follow-departures") < NAMES.index("expire-agreements")

    @pytest.mark.parametrize("job", JOBS, ids=NAMES)
    def test_every_job_can_be_done_by_a_command_of_a_day(self, job):
        """`nightly --only` for all of them; a command of its own as well, where the list names one."""
        if job.command:
            app_label = get_commands()[job.command]
            parser = load_command_class(app_label, job.command).create_parser("manage.py", job.command)
            known = {option for action in parser._actions for option in action.option_strings}
            assert {"--on", "--dry-run"} <= known

    @pytest.mark.django_db
    @pytest.mark.parametrize("job", JOBS, ids=NAMES)
    def test_every_count_of_a_job_has_a_word(self, job, district):
        told = job.run(dt.date(2026, 11, 22), timezone.now())
        assert set(told) == set(job.words)
        assert all(type(count) is int for count in told.values())

    def test_every_function_of_the_page_is_on_the_list(self):
        own = {
            one
            for name, one in vars(page).items()
            if name.startswith("_") and callable(one) and name[1] != "_"
        }
        assert own <= {job.run for job in JOBS}


class TestTheTimetable:
    @pytest.mark.parametrize("name", TIMETABLE)
    def test_every_entry_names_a_task_that_exists(self, name):
        task = TIMETABLE[name]["task"]
        import_module(task.rpartition(".")[0])
        assert task in app.tasks

    def test_one_entry_begins_the_night_and_one_resumes_it(self):
        entries = {
            name: one["schedule"] for name, one in TIMETABLE.items() if one["task"] == "core.tasks.work_jobs"
        }
        assert entries == {"nightly": crontab(hour=0, minute=10), "resume-jobs": 120.0}
        assert (NIGHT_BEGINS.hour, NIGHT_BEGINS.minute) == (0, 10)

    def test_nothing_else_is_done_by_the_day(self):
        """What is due by the day belongs into the list: there it has an order, and is caught up."""
        by_the_clock = {
            name: one["schedule"] for name, one in TIMETABLE.items() if not isinstance(one["schedule"], float)
        }
        assert [name for name, one in by_the_clock.items() if len(one.hour) * len(one.minute) == 1] == [
            "nightly"
        ]


@pytest.mark.django_db
class TestTheCommand:
    @pytest.fixture
    def elder(self, district):
        return ResidentFactory(grid=district.grid_a, born_on=dt.date(1950, 1, 1))

    def test_one_document_tells_what_each_job_did_in_order(self, elder):
        answer = nightly("--on", "2026-11-22")
        assert (answer["on"], answer["dry_run"]) == ("2026-11-22", False)
        assert [one["job"] for one in answer["jobs"]] == NAMES
        assert {one["state"] for one in answer["jobs"]} == {S.DONE}
        assert all(one["ran"] and one["seconds"] >= 0 for one in answer["jobs"])
        assert outcome(answer, "refresh-age-flags")["result"]["begun"] > 0

    def test_what_was_done_for_that_day_is_not_done_again(self, elder):
        first = nightly("--on", "2026-11-22")
        second = nightly("--on", "2026-11-22")
        assert not any(one["ran"] for one in second["jobs"])
        assert [one["result"] for one in second["jobs"]] == [one["result"] for one in first["jobs"]]

    def test_the_next_night_finds_nothing_left(self, elder):
        nightly("--on", "2026-11-22")
        again = nightly("--on", "2026-11-23")
        assert outcome(again, "refresh-age-flags")["result"] == {"begun": 0, "ended": 0}

    def test_only_some(self, elder):
        answer = nightly("--only", "clear-drafts", "--only", "refresh-age-flags")
        assert [one["job"] for one in answer["jobs"]] == ["refresh-age-flags", "clear-drafts"]
        assert JobRun.objects.count() == 2

    def test_a_failure_is_told_and_is_the_status(self, elder, monkeypatch):
        def broken(**_):
            raise RuntimeError("张三")

        monkeypatch.setattr(page.contracts, "settle_transfers", broken)
        answer = nightly("--on", "2026-11-22", status=1)
        assert outcome(answer, "settle-transfers")["failure"] == "RuntimeError"
        assert [one["job"] for one in answer["jobs"] if one["state"] != S.DONE] == ["settle-transfers"]
        answer = nightly("--on", "2026-11-22", "--dry-run", status=1)
        assert outcome(answer, "settle-transfers")["failure"] == "RuntimeError"

    def test_while_somebody_is_at_work_it_says_so(self, elder):
        lease = timezone.now() + dt.timedelta(minutes=3)
        JobRun.objects.create(job="other", day="2026-11-22", state=S.RUNNING, lease_until=lease)
        answer = nightly("--on", "2026-11-22", "--only", "clear-drafts", status=1)
        assert (answer["jobs"][0]["state"], answer["jobs"][0]["ran"]) == (S.WAITING, False)

    def test_a_day_that_is_none(self):
        with pytest.raises(CommandError, match="YYYY-MM-DD"):
            call_command("nightly", "--on", "2026-13-01")


def every_row() -> dict[str, str]:
    """A digest of all rows of every table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in tables:
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t')
            found[name] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_dry_run_tells_what_the_run_then_does_and_changes_no_row(district):
    for year in (1946, 1960, 2019, 2020):
        ResidentFactory(grid=district.grid_a, born_on=dt.date(year, 1, 1))
    before = every_row()
    rehearsed = nightly("--on", "2026-11-22", "--dry-run")
    assert every_row() == before
    assert rehearsed["dry_run"]
    done = nightly("--on", "2026-11-22")
    assert every_row() != before
    name = "refresh-age-flags"
    assert outcome(rehearsed, name)["result"] == outcome(done, name)["result"]
    assert outcome(done, name)["result"]["begun"] > 0
