"""The project's own settings, doors' map and timetable. May import any room; no room imports it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
