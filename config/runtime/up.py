"""`up`: from nothing to a running site with demo data, in one process that owns everything it started."""

import os
import sys

import config.runtime as runtime
from config.runtime import address, holder, postgres, redis
from config.runtime.address import Address
from config.runtime.messages import Heartbeat, Trouble, file_trouble, note, say, tail, unwritable
from config.runtime.paths import Place, current
from config.runtime.supervisor import Running, Service, Stopped, StopRequest, manage, run_step

READY_SECONDS = 120
SEED = ("seed_district", "--profile", "huancui", "--residents", "20000", "--seed", "1", "--if-empty")


def up() -> int:
    """Serve until stopped. Status 0 after an asked-for stop, 1 (by Trouble) after a fault."""
    if os.environ.get("FDCS_ENV") == "production":
        raise Trouble("make up 只用于演示和开发。正式环境请按 deploy/README.md 部署。")
    place = current()
    where = address.from_environment()
    with holder.hold(place, where.url):
        with file_trouble():
            _make_log_folder(place)
        address.refuse_if_taken(where)
        stop = StopRequest()
        try:
            _serve(place, where, stop)
        except Stopped:
            pass
        finally:
            _stop_servers()
        say("已全部停止，数据仍在。再次启动：make up")
    return 0


def _make_log_folder(place: Place) -> None:
    """Logs are needed even when both servers are somewhere else."""
    folder = place.run / "log"
    place.run.mkdir(mode=0o711, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Trouble(unwritable(folder))


def _serve(place: Place, where: Address, stop: StopRequest) -> None:
    say("▶ 启动数据库和队列")
    runtime.ensure()
    say(f"✔ 数据库：{_server_text('DATABASE_URL', place.pg)}；队列：{_server_text('REDIS_URL', place.redis)}")
    stop.pause(0)
    run_step("更新数据库结构", manage("migrate", "--no-input"), place, stop)
    run_step("收集静态文件", manage("collectstatic", "--no-input", "--verbosity", "0"), place, stop)
    run_step("载入演示数据（已有数据则跳过）", manage(*SEED), place, stop)
    running: list[Running] = []
    try:
        for service in _services(place, where):
            say(f"▶ 启动{service.label}（日志 {place.log(service.name)}）")
            running.append(Running(service, place))
        _wait_until_ready(running, where, stop)
        _greet(place, where, stop)
        _watch(running, place, stop)
    finally:
        for each in running:
            each.stop()


def _server_text(variable: str, folder: object) -> str:
    return f"用 {variable} 指定的" if os.environ.get(variable) else f"内嵌（{folder}）"


def _services(place: Place, where: Address) -> list[Service]:
    """In the order in which they start, and stop: first the door, so that no work comes in any more."""
    python = [sys.executable, "-m"]
    web = ["gunicorn", "config.wsgi:application", "--bind", where.bind, "--no-control-socket"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "10"]
    web += ["--timeout", "120"]  # a large roster is applied in one request
    web += ["--max-requests", "2000", "--max-requests-jitter", "200"]
    celery = ["celery", "-A", "config"]
    schedule = ["--schedule", str(place.run / "beat-schedule"), "--pidfile", ""]
    return [
        Service("web", "网页服务", [*python, *web], patience=15),
        Service(
            "worker",
            "后台任务",
            [*python, *celery, "worker", "-l", "warning", "--concurrency", "2"],
            patience=20,
        ),
        Service("beat", "定时任务", [*python, *celery, "beat", "-l", "warning", *schedule], patience=10),
    ]


def _wait_until_ready(running: list[Running], where: Address, stop: StopRequest) -> None:
    waiting = Heartbeat("等待网页就绪")
    while True:
        ready, said = address.readiness(where)
        if ready:
            return
        for each in running:
            each.refuse_if_dead()
        if waiting.seconds > READY_SECONDS:
            web = running[0]
            raise Trouble(f"网页服务 {READY_SECONDS} 秒内没有就绪：{said}\n{tail(web.log, web.written)}")
        waiting.beat(f"：{said[:200]}")
        stop.pause(0.2)


def _greet(place: Place, where: Address, stop: StopRequest) -> None:
    try:
        run_step("演示账号", manage("demo_accounts"), place, stop)
    except Trouble as trouble:
        note(str(trouble))
    if os.environ.get("SMS_SENDER") == "file":
        say(f"✔ 短信不真正发送，写入 {runtime.texts_file()}")
    say(f"✔ 已就绪：{where.url}    按 Ctrl-C 停止")


def _watch(running: list[Running], place: Place, stop: StopRequest) -> None:
    """Until the operator stops us, or something dies."""
    while True:
        stop.pause(0.5)
        for each in running:
            each.refuse_if_dead()
        if not os.environ.get("DATABASE_URL") and postgres.running_pid(place) is None:
            raise Trouble(f"内嵌 Postgres 意外退出。\n{tail(place.log('postgres'))}")
        if not os.environ.get("REDIS_URL") and redis.running_pid(place) is None:
            raise Trouble(f"内嵌 Redis 意外退出。\n{tail(place.log('redis'))}")


def _stop_servers() -> None:
    """Also when they were up before us: after Ctrl-C nothing of this project runs any more."""
    for name in runtime.shut_down():
        say(f"停止内嵌 {name} ✔")


def down(place: Place) -> None:
    """Stop an `up` in another terminal, and whatever servers a management command has left running."""
    holder.dismiss(place)
    _stop_servers()
