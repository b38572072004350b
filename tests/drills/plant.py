"""A whole installation of its own, made to be broken: Postgres, Redis, workers and beats that a test may kill."""

import contextlib
import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
from django.conf import settings

from config.runtime import paths, postgres, process, redis
from config.runtime.__main__ import delete
from core.processes import die_with_parent

PATIENCE = 90  # seconds; a busy machine starts a process slowly
DAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
NOON = dt.datetime.combine(DAY, dt.time(12), ZoneInfo("Asia/Shanghai"))
SEEDED = "seeded"


class Plant:
    """One installation. Its processes live at noon of the day on which the test began, whatever the hour is."""

    def __init__(self, instance: str) -> None:
        self.place = paths.place(paths.ROOT, instance)
        self.started: list[subprocess.Popen] = []

    def begin(self) -> None:
        postgres.ensure(self.place)
        redis.ensure(self.place)

    def end(self) -> None:
        self.stop_processes()
        redis.stop(self.place)
        postgres.stop(self.place)
        delete(self.place)
        for lock in self.place.run.parent.glob(f"{self.place.instance}.*.lock"):
            lock.unlink()

    # --- programs -----------------------------------------------------------------------------------------------

    def start(self, program: str, *words: str, **streams: object) -> subprocess.Popen:
        environment = {
            key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")
        }
        environment |= {"FDCS_ENV": "test", "FDCS_INSTANCE": self.place.instance, "PYTHONWARNINGS": "ignore"}
        argv = [sys.executable, "-m", "tests.drills.clocked", NOON.isoformat(), program, *words]
        started = subprocess.Popen(
            argv,
            cwd=settings.BASE_DIR,
            env=environment,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),
            **streams,
        )
        self.started.append(started)
        return started

    def run(self, program: str, *words: str) -> None:
        """To its end, which must be a good one."""
        running = self.start(program, *words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        _, trouble = running.communicate(timeout=PATIENCE * 3)
        self.started.remove(running)
        assert running.returncode == 0, trouble

    def manage(self, *words: str) -> None:
        self.run("manage", *words)

    def nights(self, *days: dt.date) -> None:
        self.run("nights", *map(str, days))

    def worker(self) -> subprocess.Popen:
        log = self._log("worker")
        words = ("-A", "config", "worker", "-l", "warning", "--concurrency", "2")
        return self.start("celery", *words, "--without-mingle", "--without-gossip", stdout=log, stderr=log)

    def beat(self) -> subprocess.Popen:
        log, number = self._log("beat"), len(self.started)
        return self.start("beats", str(self.place.run / f"schedule-{number}"), stdout=log, stderr=log)

    def _log(self, name: str) -> int:
        with self.place.log(name).open("ab") as file:
            return os.dup(file.fileno())

    def stop_processes(self) -> None:
        for one in self.started:
            kill(one)
        self.started.clear()

    # --- the database ---------------------------------------------------------------------------------------------

    def connect(self, database: str = postgres.DATABASE) -> "psycopg2.extensions.connection":
        link = psycopg2.connect(
            host=str(self.place.sockets), port=postgres.PORT, user=postgres.ROLE, dbname=database
        )
        link.autocommit = True
        return link

    def ask(self, statement: str, database: str = postgres.DATABASE) -> list[tuple]:
        with contextlib.closing(self.connect(database)) as link, link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def keep_as_seed(self) -> None:
        self._copy(postgres.DATABASE, SEEDED)

    def back_to_seed(self) -> None:
        self.stop_processes()
        self._copy(SEEDED, postgres.DATABASE)
        self.empty_redis()

    def _copy(self, source: str, target: str) -> None:
        self.ask(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)", "postgres")
        self.ask(f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY file_copy", "postgres")

    @contextlib.contextmanager
    def gate(self, table: str) -> Iterator[None]:
        """Nobody writes to the table while the block runs; then the way is free, unless the server died meanwhile."""
        link = self.connect()
        link.autocommit = False
        link.cursor().execute(f"LOCK TABLE {table} IN SHARE MODE")
        try:
            yield
        finally:
            link.close()

    def waits_at(self, table: str) -> bool:
        sql = f"SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '{table}'::regclass"
        return bool(self.ask(sql))

    # --- accidents ----------------------------------------------------------------------------------------------

    def crash_postgres(self) -> None:
        """As after a power cut: nobody says goodbye; the log is replayed."""
        pid = postgres.running_pid(self.place)
        os.kill(pid, signal.SIGQUIT)
        until(lambda: postgres.running_pid(self.place) is None)
        postgres.ensure(self.place)

    def empty_redis(self) -> None:
        """Killed and come back without its file: every message is gone."""
        if (pid := redis.running_pid(self.place)) is not None:
            os.kill(pid, signal.SIGKILL)
            until(lambda: redis.running_pid(self.place) is None)
        for left in self.place.redis.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        redis.ensure(self.place)

    def leases_run_out(self) -> None:
        """An hour passes for those who hold a job, or wait to try it again."""
        self.ask(
            "UPDATE core_jobrun SET lease_until = lease_until - interval '1 hour',"
            " finished_at = finished_at - interval '1 hour'"
        )

    def tick(self) -> None:
        """What beat does every two minutes."""
        from celery import Celery

        broker = f"redis+socket://{redis.socket_path(self.place)}?virtual_host=0"
        with Celery(broker=broker, set_as_current=False) as app, app.connection() as link:
            app.send_task("core.tasks.work_jobs", connection=link)

    def messages(self) -> int:
        from redis import Redis

        with Redis(unix_socket_path=str(redis.socket_path(self.place))) as link:
            return link.llen("celery")


def kill(one: subprocess.Popen) -> None:
    """With everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(one.pid, signal.SIGKILL)
    one.wait(PATIENCE)
    for stream in (one.stdout, one.stderr):
        if stream is not None:
            stream.close()


def until(happens: Callable[[], object], every: float = 0.1) -> None:
    ends_at = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < ends_at, "it did not happen"
        time.sleep(every)


def clear_leftovers(run_folder: Path, prefix: str) -> None:
    """Installations of tests that were killed themselves."""
    for folder in run_folder.glob(f"{prefix}-*"):
        if folder.is_dir() and not process.is_running(int(folder.name.rpartition("-")[2])):
            Plant(folder.name).end()
