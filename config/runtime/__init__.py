"""Embedded Postgres and Redis for demo, development and tests: where they live, and how they come up.

Standard library only, and importable before Django is set up, because the settings read from here. Nothing in
this package runs in production: there DATABASE_URL and REDIS_URL name real servers.

Importing this package, `database_settings`, `broker_url` and `cache_url` start nothing and write nothing.
"""

import contextlib
import os
from pathlib import Path

from config.runtime import paths, postgres, redis
from config.runtime.messages import Trouble

__all__ = ["Trouble", "broker_url", "cache_url", "database_settings", "ensure", "shut_down", "texts_file"]


def database_settings() -> dict[str, object]:
    """Django's DATABASES entry for the embedded server of this instance."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": postgres.DATABASE,
        "USER": postgres.ROLE,
        "HOST": str(paths.current().sockets),
        "PORT": postgres.PORT,
    }


def broker_url() -> str:
    """Celery's broker: REDIS_URL, or the embedded socket in the spelling that kombu reads."""
    return (
        os.environ.get("REDIS_URL") or f"redis+socket://{redis.socket_path(paths.current())}?virtual_host=0"
    )


def cache_url() -> str:
    """Django's cache: REDIS_URL, or database 1 on the embedded socket in the spelling that redis-py reads."""
    return os.environ.get("REDIS_URL") or f"unix://{redis.socket_path(paths.current())}?db=1"


def texts_file() -> Path:
    """Where SMS_SENDER=file writes the texts that a demonstration would send."""
    return paths.current().run / "texts.txt"


def ensure() -> None:
    """Bring up whichever embedded server is needed and not yet answering; a few milliseconds when both are up.

    Safe to call from many processes at once. Does nothing in production, where the settings refuse to start
    without real servers: a demo database must never slip in there.

    Raises:
        Trouble: a Chinese sentence for the operator, with the remedy.
    """
    if os.environ.get("FDCS_ENV") == "production":
        return
    place = paths.current()
    if not os.environ.get("DATABASE_URL"):
        postgres.ensure(place)
    if not os.environ.get("REDIS_URL"):
        redis.ensure(place)


def shut_down() -> list[str]:
    """Stop this instance's embedded servers, Redis first; return the names of those that were running."""
    place = paths.current()
    stopped = [name for name, stop in (("Redis", redis.stop), ("Postgres", postgres.stop)) if stop(place)]
    with contextlib.suppress(OSError):  # missing, or not empty
        place.sockets.rmdir()
    return stopped
