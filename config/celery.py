"""Celery only wakes work up; Postgres holds the only copy of what is to be done."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(
    DjangoStructLogInitStep
)  # a task's lines carry the id of the request that asked for it


@setup_logging.connect
def log_like_the_web(**_: Any) -> None:
    """JSON lines without personal data here as well; Celery would add a handler of its own."""
    dictConfig(settings.LOGGING)


@beat_init.connect
def tick_at_start(**_: Any) -> None:
    """Beat would wait a whole interval before its first heartbeat, and readyz with it."""
    app.send_task("core.tasks.beat_heartbeat")
