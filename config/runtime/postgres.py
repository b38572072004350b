"""The embedded Postgres of one instance: made once, started when needed, stopped by pid.

Who may log in: only the application's role, only through a unix socket, and only whoever can enter the socket's
folder. That folder is 0700 and belongs to the account that runs the server, so the kernel does what a password
would do, without a password to keep. The superuser appears in no line of pg_hba.conf: nobody can log in as it.
"""

import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

from config.runtime import accounts, binaries, process
from config.runtime.accounts import Account
from config.runtime.messages import Heartbeat, Trouble, file_trouble, note, tail
from config.runtime.paths import Place

ROLE = DATABASE = "fdcs"
PORT = "5432"  # only names the socket file; no TCP port is opened
SUPERUSER = "postgres"
READY, STARTING, DOWN, NO_DATABASE = "ready", "starting", "down", "no database"
STATE_OF_CODE = {"57P03": STARTING, "3D000": NO_DATABASE, "53300": READY}
START_SECONDS = 300  # recovery after a power cut replays the log before anyone may log in
HBA = f"# Only the application's role, only through the socket in a 0700 folder.\nlocal all {ROLE} trust\n"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "jit": "off",
    "shared_buffers": "256MB",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    # No value of a record may reach the log: neither bound, nor in the statement's text, nor in an error's detail.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
}
# Tests may lose their data in a power cut; they may not be slow.
TEST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def ensure(place: Place) -> None:
    """Bring the server up with its role and database.

    Raises:
        Trouble: a sentence for the operator.
    """
    if probe(place) == READY and accounts.sockets_are_ours(place):
        return
    refusal = "另一个进程正在启动或停止内嵌 Postgres，等了两分钟仍未结束。可运行 make down 后再试。"
    with file_trouble(), process.lock(place, "servers", patience=120, refusal=refusal):
        account = accounts.account_for(place)
        accounts.prepare(place, account)
        _settle(place)
        if probe(place) == DOWN:
            _bring_up(place, account)
        if probe(place) == NO_DATABASE:
            _create_database(place, account)
    if (state := probe(place)) != READY:
        raise Trouble(
            f"内嵌 Postgres 已启动，但应用角色 {ROLE} 登录不了（{state}）。如不需要旧数据，可运行 make reset。"
        )


def stop(place: Place) -> bool:
    """Fast shutdown, leaving no socket behind; True when a server was running."""
    if running_pid(place) is None and not socket_path(place).exists():
        return False
    refusal = "内嵌 Postgres 正被另一个进程启动或停止，请稍后再试。"
    with file_trouble(), process.lock(place, "servers", patience=120, refusal=refusal):
        pid = running_pid(place)
        if pid is not None:
            ladder = ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5))
            process.stop(pid, *_marks(place), ladder=ladder)
        for left in (socket_path(place), _socket_lock(place)):
            left.unlink(missing_ok=True)
        return pid is not None


def running_pid(place: Place) -> int | None:
    """The server's pid, if it really is ours: after a crash the number may belong to another program."""
    with file_trouble():
        pid = process.read_pid(place.pg / "postmaster.pid")
    return pid if process.is_running(pid, *_marks(place)) else None


def probe(place: Place) -> str:
    """How a log-in of the application's role fares: READY, STARTING, NO_DATABASE, DOWN or the server's error code.

    Speaks the first message of the protocol itself: it is what every client will meet, and takes milliseconds.
    """
    parameters = f"user\0{ROLE}\0database\0{DATABASE}\0\0".encode()
    hello = struct.pack("!ii", len(parameters) + 8, 3 << 16) + parameters
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(socket_path(place)))
            link.sendall(hello)
            kind, body = _last_message(link)
            if kind == b"Z":
                link.sendall(b"X\0\0\0\4")
                return READY
    except (FileNotFoundError, ConnectionRefusedError):
        return DOWN
    except OSError:  # slow, or closing: somebody is there
        return STARTING
    code = next((part[1:].decode() for part in body.split(b"\0") if part.startswith(b"C")), "")
    return STATE_OF_CODE.get(code, code or STARTING)


def _last_message(link: socket.socket) -> tuple[bytes, bytes]:
    """Read up to "ready for query" (Z), an error (E), or the end of a server that is going down."""
    with link.makefile("rb") as stream:
        while len(head := stream.read(5)) == 5:
            kind, length = struct.unpack("!cI", head)
            body = stream.read(length - 4)
            if kind in (b"Z", b"E"):
                return kind, body
    return b"", b""


def socket_path(place: Place) -> Path:
    return place.sockets / f".s.PGSQL.{PORT}"


def _socket_lock(place: Place) -> Path:
    return place.sockets / f".s.PGSQL.{PORT}.lock"


def _marks(place: Place) -> tuple[str, str]:
    return "postgres", str(place.pg)


def _settle(place: Place, seconds: float = START_SECONDS) -> None:
    """Wait while a server comes up or goes down."""
    waiting = Heartbeat("启动内嵌 Postgres ", tell=note)
    while probe(place) == STARTING and waiting.seconds < seconds:
        waiting.beat()
        process.pause()


def _bring_up(place: Place, account: Account) -> None:
    if (pid := running_pid(place)) is not None:  # running behind a socket that somebody has deleted
        process.stop(pid, *_marks(place), ladder=((signal.SIGINT, 30), (signal.SIGQUIT, 10)))
    found = binaries.postgres(place, account)
    if place.pg.exists():
        _refuse_other_major(place, found)
        _forget_reused_pid(place)
    else:
        note("首次使用：正在建立内嵌 Postgres 的数据文件夹 …")
        _initialise(place, account, found)
    _start(place, account, found)


def _refuse_other_major(place: Place, found: binaries.Postgres) -> None:
    made_by = (place.pg / "PG_VERSION").read_text().strip()
    if made_by == str(found.major):
        return
    own = binaries.system_postgres(int(made_by)) if made_by.isdigit() else None
    raise Trouble(
        f"数据文件夹 {place.pg} 由 Postgres {made_by} 建立，而现在的程序是 Postgres {found.major}，两者不能混用。"
        f"保留数据：用 FDCS_PG_BIN 指向 Postgres {made_by} 的 bin 文件夹"
        f"（例如 FDCS_PG_BIN={own or f'/usr/lib/postgresql/{made_by}/bin'} make up）；不要旧数据：make reset。"
    )


def _forget_reused_pid(place: Place) -> None:
    """Drop a pid file left by a crash whose number now belongs to another program.

    Postgres would take that program for a running server and refuse to start. When the number belongs to
    nobody, Postgres sees by itself that the file is stale.
    """
    for path in (place.pg / "postmaster.pid", _socket_lock(place)):
        pid = process.read_pid(path)
        if pid is not None and process.is_running(pid) and not process.is_running(pid, *_marks(place)):
            path.unlink(missing_ok=True)


def _initialise(place: Place, account: Account, found: binaries.Postgres) -> None:
    """Make the data folder with role and database in it; it appears under its name only when complete."""
    unfinished = place.base / "pg.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    accounts.make_folder(unfinished, account)
    locale = ["--locale=C.UTF-8"]  # with plain C no Chinese letter counts as a letter
    if found.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    sync = ["--no-sync"] if place.instance == "test" else []
    options = ["-E", "UTF8", "--data-checksums", "-U", SUPERUSER, "--auth=reject"]
    _run(place, account, [found.bin / "initdb", "-D", unfinished, *options, *locale, *sync])
    (unfinished / "pg_hba.conf").write_text(HBA)
    statements = (
        f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEROLE CREATEDB;\n"  # CREATEDB: tests make their own database
        f"CREATE DATABASE {DATABASE} OWNER {ROLE};\n"
    )
    _run(place, account, [found.bin / "postgres", "--single", "-D", unfinished, "postgres"], statements)
    unfinished.rename(place.pg)


def _start(place: Place, account: Account, found: binaries.Postgres) -> None:
    log = place.log("postgres")
    written = process.begin_log(log)
    settings = SETTINGS | (TEST_SETTINGS if place.instance == "test" else {})
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    argv = [found.bin / "postgres", "-D", place.pg, "-k", place.sockets, "-p", PORT, *options]
    server = process.launch(argv, account=account, log=log)
    if fault := process.await_start(
        "Postgres", server, lambda: probe(place) not in (DOWN, STARTING), START_SECONDS
    ):
        raise Trouble(f"{fault}\n{tail(log, written)}")


def _create_database(place: Place, account: Account) -> None:
    found = binaries.postgres(place, account)
    options = ["-h", place.sockets, "-p", PORT, "-U", ROLE, "--maintenance-db=postgres"]
    _run(place, account, [found.bin / "createdb", *options, DATABASE])


def _run(place: Place, account: Account, argv: list[object], typed: str = "") -> None:
    """Run one of Postgres's own programs as the servers' account; its words go to the log and into the fault."""
    done = subprocess.run(
        [str(part) for part in argv],
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=process.CLEAN_ENVIRONMENT,
        check=False,
        start_new_session=True,  # Ctrl-C is for us to handle
        **account.spawn_options(),
    )
    log = place.log("postgres")
    with log.open("a") as file:
        file.write(done.stdout)
    if done.returncode != 0 or "ERROR:" in done.stdout:
        raise Trouble(f"内嵌 Postgres 的 {Path(str(argv[0])).name} 失败。\n{tail(log)}")
