"""500 grid workers who report at once, through a real server: throughput, latency, nothing lost and nothing doubled.

Each sends several needs over a connection of its own each time, as telephones do, and every tenth once more, as the
outbox does when an answer was lost. Measured against a server that only inserts a row (``bench.posting_site``).
BENCH_WORKERS and BENCH_POSTS make it smaller.
"""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench import registry
from bench.serving import ask, server
from bench.table import Row, benchmark
from grids.choices import PostingRole
from grids.models import Grid, Posting
from outreach.choices import NeedType
from outreach.models import GridReport, ReportEvent
from teams.choices import Role
from teams.models import RoleAssignment, User

WORKERS = int(os.environ.get("BENCH_WORKERS", "500"))
POSTS = int(os.environ.get("BENCH_POSTS", "4"))  # of each
AGAIN_EVERY = 10  # of the reports comes twice
# Times a bare insert: sign-in, permission, form, rules, clocks, log and events, all in one transaction. 11 to 14 on two
# quiet cores, up to 27 beside other work.
MOST = 30.0
ROUNDS = 3


@dataclass(frozen=True)
class Worker:
    """A grid worker on his telephone: signed in, with his grid."""

    user: int
    grid: int
    cookie: str


@dataclass(frozen=True)
class Run:
    """One round of everybody."""

    seconds: float
    latencies: tuple[float, ...]

    def within(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        return sorted(self.latencies)[max(int(len(self.latencies) * share) - 1, 0)]


Send = Callable[[Worker, int], list[float]]


@benchmark
def posting() -> list[Row]:
    try:
        workers = _workers(WORKERS)
        with server("config.wsgi:application") as ours, server("bench.posting_site:application") as plain:
            tokens = {one.user: _csrf(ours, one) for one in workers}
            pairs = []
            for _ in range(ROUNDS):
                sent: list[str] = []
                before = GridReport.objects.count()
                real = _all_at_once(workers, _reporter(ours, tokens, sent))
                _refuse_losses(sent, GridReport.objects.count() - before)
                bare = _all_at_once(workers, _inserter(plain))
                pairs.append((real, bare))
                _say(real, bare, len(sent))
    finally:
        registry.clear()
    ratios = tuple(real.seconds / bare.seconds for real, bare in pairs)
    real, bare = sorted(pairs, key=lambda pair: pair[0].seconds)[len(pairs) // 2]
    about = f"{WORKERS} 名网格员同时上报 {WORKERS * POSTS} 件 / 只插入一行的页面"
    return [Row("posting", about, real.seconds, bare.seconds, ratios, MOST)]


def _workers(count: int) -> list[Worker]:
    """Sentinels of as many grids, each with a session of its own."""
    registry.clear()
    registry.places()
    grids = list(Grid.objects.order_by("pk")[:count])
    now = timezone.now()
    users = User.objects.bulk_create(
        User(
            username=f"{registry.NAMES}sentinel{n}",
            name=f"哨兵{n}",
            must_change_password=False,
            password_changed_at=now,
        )
        for n in range(len(grids))
    )
    roles = RoleAssignment.objects.bulk_create(
        RoleAssignment(user=user, role=Role.SENTINEL, area_code=grid.code, starts_on=registry.SINCE)
        for user, grid in zip(users, grids, strict=True)
    )
    Posting.objects.bulk_create(
        Posting(
            role=PostingRole.SENTINEL, grid=grid, name=user.name, origin="volunteer", user=user, role_assignment=role,
            starts_on=registry.SINCE,
        )
        for user, grid, role in zip(users, grids, roles, strict=True)
    )  # fmt: skip
    return [Worker(user.pk, grid.pk, _session(user)) for user, grid in zip(users, grids, strict=True)]


def _session(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _csrf(port: int, worker: Worker) -> tuple[str, str]:
    """The token and the cookies that go with it."""
    own = f"{settings.SESSION_COOKIE_NAME}={worker.cookie}"
    answer, body = ask(port, "GET", "/g/ping/", Cookie=own)
    said = json.loads(body)
    assert said["user"] == str(worker.user), said
    given = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    return said["csrf"], f"{own}; {given}"


def _reporter(port: int, tokens: dict[int, tuple[str, str]], sent: list[str]) -> Send:
    def send(worker: Worker, n: int) -> list[float]:
        csrf, cookie = tokens[worker.user]
        token = str(uuid4())
        sent.append(token)
        fields = {
            "client_token": token, "typed_at": "", "needs": NeedType.VISIT.value, "person_name": "刘桂兰",
            "address": f"{n + 1}号楼2单元101", "grid": worker.grid, "phone": "", "description": "",
        }  # fmt: skip
        times = 2 if len(sent) % AGAIN_EVERY == 0 else 1
        return [_timed(lambda: _post(port, fields, csrf, cookie, worker)) for _ in range(times)]

    return send


def _post(port: int, fields: dict[str, Any], csrf: str, cookie: str, worker: Worker) -> None:
    answer, body = ask(
        port, "POST", "/g/report/need/", urlencode(fields), Cookie=cookie, X_CSRFToken=csrf, X_Outbox="1",
        X_Outbox_Owner=str(worker.user), Content_Type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status == 200, (answer.status, answer.getheader("Location"), body[:300])
    assert json.loads(body)["state"] == "saved"


def _inserter(port: int) -> Send:
    def send(worker: Worker, n: int) -> list[float]:
        body = urlencode({"grid": worker.grid, "reporter": worker.user})
        times = 2 if (worker.user * POSTS + n) % AGAIN_EVERY == 0 else 1
        return [_timed(lambda: ask(port, "POST", "/", body)) for _ in range(times)]

    return send


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _all_at_once(workers: list[Worker], send: Send) -> Run:
    def post(worker: Worker) -> list[float]:
        return [seconds for n in range(POSTS) for seconds in send(worker, n)]

    began = time.perf_counter()
    with ThreadPoolExecutor(len(workers)) as telephones:
        latencies = [one for found in telephones.map(post, workers) for one in found]
    return Run(time.perf_counter() - began, tuple(latencies))


def _refuse_losses(sent: list[str], added: int) -> None:
    """Every report once, with the first line of its log once."""
    kept = GridReport.objects.filter(client_token__in=sent)
    events = ReportEvent.objects.filter(report__in=kept).count()
    connection.close()
    lost, doubled = len(sent) - kept.count(), added - len(sent)
    if lost or doubled > 0 or events != len(sent):
        raise SystemExit(f"posting: 发出 {len(sent)}，丢失 {lost}，多出 {doubled}，记录 {events}")


def _say(real: Run, bare: Run, sent: int) -> None:
    print(
        f"  {sent} 件，请求 {len(real.latencies)} 次：每秒 {len(real.latencies) / real.seconds:.0f} 次，"
        f"p50 {real.within(0.5):.2f} 秒，p95 {real.within(0.95):.2f} 秒，丢失 0，重复 0；"
        f"只插入一行：每秒 {len(bare.latencies) / bare.seconds:.0f} 次，p95 {bare.within(0.95):.2f} 秒",
        flush=True,
    )
