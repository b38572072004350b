"""Signs of life for `make up`, load balancers and monitors: words only, no secret, no version."""

import logging
from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.calendar import missing_years
from core.jobs import night_in_a_word
from core.models import Delivery, Heartbeat

log = logging.getLogger(__name__)

HEARTBEAT_MAX_AGE = timedelta(minutes=3)  # beat ticks once a minute: two may be lost
DELIVERY_MAX_AGE = timedelta(hours=1)  # by then it was tried six times
ANSWER_SECONDS = 2
_is_migrated = False  # once true it stays true for this process; only a new release brings new migrations


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. Touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the whole system can work: database, queue, schema, and the clockwork behind it; else 503.

    Each part says ``ok``, or what is wrong with it in a word. Facts that were not delivered, and jobs of the last night
    that are missing, late or failed, are told and turn nothing off: the next night does the same, and every page works.
    """
    parts = {"database": _said_by(database)}
    if parts["database"] == "ok":
        parts |= {"migrations": _said_by(migrations), "beat": _said_by(beat)}
    else:
        parts |= {"migrations": "unknown", "beat": "unknown"}
    parts["redis"] = _said_by(queue)
    is_ready = all(word == "ok" for word in parts.values())
    has_tables = parts["migrations"] == "ok"
    told = {one.__name__: _said_by(one) if has_tables else "unknown" for one in (deliveries, jobs, calendar)}
    return JsonResponse({"ready": is_ready, **parts, **told}, status=200 if is_ready else 503)


def _said_by(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        log.warning("readyz: %s is down: %s", check.__name__, type(error).__name__)
        return "down"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations() -> str:
    global _is_migrated
    if not _is_migrated:
        executor = MigrationExecutor(connection)
        _is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if _is_migrated else "pending"


def beat() -> str:
    """Whether beat scheduled, the broker carried and a worker ran its heartbeat of late."""
    last = Heartbeat.objects.filter(name="beat").values_list("at", flat=True).first()
    if last is None:
        return "missing"
    return "ok" if timezone.now() - last < HEARTBEAT_MAX_AGE else "late"


def deliveries() -> str:
    """Whether every fact that a room announced was heard by now; "late": a consumer fails, the rows say which."""
    told_before = timezone.now() - DELIVERY_MAX_AGE
    is_late = Delivery.objects.filter(done_at__isnull=True, announcement__at__lte=told_before).exists()
    return "late" if is_late else "ok"


def jobs() -> str:
    """How the last night went: "missing", "late" or "failed" when not every job of it was done."""
    return night_in_a_word(now=timezone.now(), today=timezone.localdate())


def calendar() -> str:
    """ "missing": the holidays of this year, or from November of the next, are not in the work calendar."""
    return "missing" if missing_years(timezone.localdate()) else "ok"


def queue() -> str:
    link = redis.Redis.from_url(
        settings.CACHES["default"]["LOCATION"],
        socket_connect_timeout=ANSWER_SECONDS,
        socket_timeout=ANSWER_SECONDS,
    )
    try:
        link.ping()
    finally:
        link.close()
    return "ok"
