"""The embedded servers: every promise that `make up` makes about them, against real processes in a temporary project."""

import os
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
from redis import Redis

from config.runtime import accounts, address, binaries, holder, paths, postgres, process, redis
from config.runtime.__main__ import delete
from config.runtime.messages import Trouble
from config.runtime.paths import Place
from config.runtime.supervisor import Running, Service
from manage import needs_database

IDENTITY_NUMBER = "371002199003077411"


@pytest.fixture(scope="module")
def served() -> Iterator[Place]:
    """One running pair of servers, in a project folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fdcs-test-", dir="/var/tmp") as folder:
        place = paths.place(Path(folder), "test")
        try:
            postgres.ensure(place)
            redis.ensure(place)
            yield place
        finally:
            redis.stop(place)
            postgres.stop(place)
            delete(place)


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Place]:
    """A place in which nothing was started."""
    place = paths.place(tmp_path, "idle")
    yield place
    delete(place)


def connect(place: Place, user: str = postgres.ROLE, database: str = postgres.DATABASE):
    return psycopg2.connect(host=str(place.sockets), port=postgres.PORT, user=user, dbname=database)


def ask(place: Place, statement: str) -> tuple:
    link = connect(place)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()
    finally:
        link.close()


def test_the_application_role_is_no_superuser_and_owns_its_database(served):
    assert ask(
        served,
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, pg_get_userbyid(datdba) = current_user"
        " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()",
    ) == (False, False, True, False, True)


def test_nobody_can_log_in_as_the_superuser(served):
    with pytest.raises(psycopg2.OperationalError, match=r"pg_hba\.conf"):
        connect(served, user=postgres.SUPERUSER, database="postgres")


@pytest.mark.parametrize("server", [postgres, redis])
def test_no_server_runs_as_root_and_no_secret_is_in_its_environment(served, server):
    pid = server.running_pid(served)
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert set(process.CLEAN_ENVIRONMENT) == {"PATH", "LANG", "LC_ALL"}


def test_chinese_letters_count_as_letters(served):
    assert ask(served, r"SELECT '张三丰' ~ '^\w+$', getdatabaseencoding()") == (True, "UTF8")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("jit", "off"),
        ("shared_buffers", "256MB"),
        ("TimeZone", "Asia/Shanghai"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
    ],
)
def test_settings(served, setting, value):
    assert ask(served, f"SHOW {setting}") == (value,)


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT '{IDENTITY_NUMBER}x'::bigint",
        f"SELECT no_such_column FROM pg_class WHERE relname = '{IDENTITY_NUMBER}'",
        f"DO $$ BEGIN RAISE EXCEPTION 'duplicate' USING DETAIL = 'Key ({IDENTITY_NUMBER}) exists'; END $$",
    ],
)
def test_no_value_of_a_failing_statement_reaches_the_log(served, statement):
    with pytest.raises(psycopg2.Error):
        ask(served, statement)
    assert IDENTITY_NUMBER not in served.log("postgres").read_text()


def test_redis_keeps_its_queue_and_never_evicts(served):
    with Redis(unix_socket_path=str(redis.socket_path(served))) as link:
        found = link.config_get("*")
    assert (found["appendonly"], found["maxmemory-policy"], found["port"]) == ("yes", "noeviction", "0")


def test_nobody_else_can_reach_the_sockets_or_the_data(served):
    for folder in (served.sockets, served.pg, served.redis):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_ensure_again_changes_nothing_and_is_quick(served):
    before = postgres.running_pid(served), redis.running_pid(served)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        postgres.ensure(served)
        redis.ensure(served)
        took.append(time.perf_counter() - began)
    assert (postgres.running_pid(served), redis.running_pid(served)) == before
    assert min(took) < 0.05


def test_many_at_once_start_one_server_and_data_survive(served):
    ask(served, "CREATE TABLE kept AS SELECT 1 AS number; SELECT number FROM kept")
    postgres.stop(served)
    redis.stop(served)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: (postgres.ensure(served), redis.ensure(served)), range(5)))
    assert ask(served, "SELECT number FROM kept") == (1,)
    text = served.log("postgres").read_text()
    assert "already exists" not in text
    assert text.count("database system is ready") == 2


def test_stopping_leaves_no_process_and_no_socket(served):
    pids = [server.running_pid(served) for server in (postgres, redis)]
    assert (postgres.stop(served), redis.stop(served)) == (True, True)
    assert not any(process.is_running(pid) for pid in pids)
    assert list(served.sockets.iterdir()) == []
    assert (postgres.stop(served), redis.stop(served)) == (False, False)


def test_a_pid_that_now_belongs_to_another_program_is_neither_trusted_nor_killed(served):
    postgres.stop(served)
    redis.stop(served)
    postmaster, redis_pid = served.pg / "postmaster.pid", served.redis / "redis.pid"
    postmaster.write_text(f"{os.getpid()}\n{served.pg}\n0\n5432\n{served.sockets}\n\n0 0\nready\n")
    redis_pid.write_text(f"{os.getpid()}\n")
    assert (postgres.running_pid(served), redis.running_pid(served)) == (None, None)
    assert (postgres.stop(served), redis.stop(served)) == (False, False)
    postgres.ensure(served)
    redis.ensure(served)
    assert postgres.running_pid(served) not in (None, os.getpid())
    assert redis.running_pid(served) not in (None, os.getpid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers under another account")
def test_data_that_root_copied_go_back_to_the_servers_account(served):
    postgres.stop(served)
    for path in (served.pg, *served.pg.rglob("*")):
        os.chown(path, 0, 0)
    postgres.ensure(served)
    assert served.pg.stat().st_uid != 0


def test_a_dropped_database_comes_back(served):
    link = connect(served, database="postgres")
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {postgres.DATABASE} WITH (FORCE)")
    link.close()
    postgres.ensure(served)
    assert ask(served, "SELECT current_database()") == (postgres.DATABASE,)


def test_data_of_another_major_are_refused_by_both_names(idle):
    accounts_ready(idle)
    idle.pg.mkdir()
    (idle.pg / "PG_VERSION").write_text("12\n")
    have = binaries.postgres(idle, accounts.account_for(idle)).major
    with pytest.raises(Trouble, match=rf"(?s)由 Postgres 12 建立.*Postgres {have}.*FDCS_PG_BIN.*make reset"):
        postgres.ensure(idle)


def test_a_failing_start_shows_the_log(idle, monkeypatch):
    monkeypatch.setitem(postgres.SETTINGS, "max_connections", "none")
    with pytest.raises(Trouble, match=r"(?s)启动失败.*postgres\.log.*max_connections"):
        postgres.ensure(idle)


def test_missing_programs_name_the_remedy(idle, monkeypatch):
    monkeypatch.setenv("FDCS_PG_BIN", "/no/such/bin")
    with pytest.raises(Trouble, match=r"FDCS_PG_BIN=/no/such/bin"):
        postgres.ensure(idle)
    monkeypatch.setattr(binaries, "_postgres_folders", lambda place: [])
    monkeypatch.delenv("FDCS_PG_BIN")
    with pytest.raises(Trouble, match=r"找不到 Postgres.*DATABASE_URL"):
        postgres.ensure(idle)


def test_an_unwritable_folder_is_named(idle):
    (idle.root / ".run").write_text("in the way")
    with pytest.raises(Trouble, match=r"文件夹不可写：.*\.run"):
        postgres.ensure(idle)
    (idle.root / ".run").unlink()


def test_a_folder_that_somebody_else_may_write_is_refused(idle):
    accounts_ready(idle)
    idle.sockets.chmod(0o777)
    with pytest.raises(Trouble, match="人人可写"):
        postgres.ensure(idle)


def accounts_ready(place: Place) -> None:
    accounts.prepare(place, accounts.account_for(place))


def test_a_taken_port_is_named_with_the_remedy():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Trouble, match=rf"端口 {port} 已被占用.*PORT={port + 1} make up"):
            address.refuse_if_taken(address.Address("127.0.0.1", port))


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "８０００"])
def test_a_wrong_port_is_refused(monkeypatch, text):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Trouble, match=f"PORT={text} 无效"):
        address.from_environment()


def test_a_stopped_service_leaves_nothing_of_its_group(idle):
    accounts_ready(idle)
    script = "sleep 99 & echo $!; wait"
    running = Running(Service("web", "网页服务", ["sh", "-c", script], patience=5), idle)
    while not (grandchild := running.log.read_text().strip()):
        process.pause()
    running.refuse_if_dead()
    assert process.is_running(int(grandchild), "sleep 99")
    running.stop()
    process.pause()
    assert not process.is_running(int(grandchild), "sleep 99")
    assert not process.is_running(running.child.pid, script)


def test_a_dead_service_is_named_with_its_last_lines(idle):
    accounts_ready(idle)
    running = Running(Service("web", "网页服务", ["sh", "-c", "echo cause; exit 3"], patience=5), idle)
    running.child.wait()
    with pytest.raises(Trouble, match=r"(?s)网页服务意外退出（状态 3）.*cause"):
        running.refuse_if_dead()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers under another account")
def test_programs_out_of_reach_are_copied_and_run(idle, monkeypatch):
    monkeypatch.setattr(binaries, "_open_to_others", lambda binary: False)
    found = binaries.postgres(idle, accounts.account_for(idle))
    assert found.bin.is_relative_to(paths.shared_folder(idle.root))
    assert binaries.redis(idle, accounts.account_for(idle)).is_relative_to(paths.shared_folder(idle.root))


def test_one_holder_at_a_time_and_the_second_learns_who(idle):
    accounts_ready(idle)
    with holder.hold(idle, "http://127.0.0.1:8000/"):
        assert holder.holder(idle) == (os.getpid(), "http://127.0.0.1:8000/")
        with (
            pytest.raises(Trouble, match=rf"进程 {os.getpid()}，http://127.0.0.1:8000/"),
            holder.hold(idle, ""),
        ):
            pass
    assert holder.holder(idle) is None


def test_root_keeps_data_elsewhere_when_the_project_is_closed_to_others(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        open_project, closed = Path(folder) / "open", Path(folder) / "closed" / "project"
        open_project.mkdir()
        closed.mkdir(parents=True)
        Path(folder).chmod(0o755)
        closed.parent.chmod(0o700)
        assert paths.place(open_project, "demo").base == open_project / ".run" / "demo"
        elsewhere = paths.place(closed, "demo").base
        assert elsewhere.parent.parent == Path("/var/tmp")
        assert elsewhere == paths.place(closed, "demo").base
        (closed / ".run" / "demo" / "pg").mkdir(parents=True)
        (closed / ".run" / "demo" / "pg" / "PG_VERSION").write_text("18")
        assert paths.place(closed, "demo").base == closed / ".run" / "demo"


def test_an_ordinary_user_keeps_data_in_the_project(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert paths.place(tmp_path, "demo").base == tmp_path / ".run" / "demo"


@pytest.mark.parametrize("name", ["很长的文件夹名" * 12, "a,b", "with space"])
def test_awkward_project_paths_get_a_short_socket_folder(monkeypatch, tmp_path, name):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    place = paths.place(tmp_path / name, "demo")
    assert place.sockets.parent == Path("/tmp")
    assert place.sockets != paths.place(tmp_path / name, "test").sockets


@pytest.mark.parametrize("name", ["../demo", "Demo", "a" * 21, "-x"])
def test_an_instance_name_is_no_path(tmp_path, name):
    with pytest.raises(Trouble, match="FDCS_INSTANCE"):
        paths.place(tmp_path, name)


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ([], False),
        (["help"], False),
        (["--version"], False),
        (["migrate", "--help"], False),
        (["collectstatic", "--no-input"], False),
        (["check"], False),
        (["check", "--database", "default"], True),
        (["makemigrations", "--check", "--dry-run"], False),
        (["makemigrations"], True),
        (["migrate"], True),
        (["shell"], True),
    ],
)
def test_only_commands_that_need_the_database_start_it(words, needed):
    assert needs_database(words) is needed
