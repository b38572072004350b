"""Every periodic task, on one page. Each has a command twin with --on and --dry-run where it changes records."""

from celery.schedules import crontab

TIMETABLE = {
    "beat-heartbeat": {"task": "core.tasks.beat_heartbeat", "schedule": 60.0},
    "expire-agreements": {
        "task": "contracts.tasks.expire_agreements",
        "schedule": crontab(hour=0, minute=20),
    },
    "refresh-age-flags": {
        "task": "residents.tasks.refresh_age_flags",
        "schedule": crontab(hour=0, minute=10),
    },
    "clear-rosters": {"task": "residents.tasks.clear_rosters", "schedule": crontab(hour=3, minute=40)},
    "clear-sessions": {"task": "core.tasks.clear_sessions", "schedule": crontab(hour=3, minute=30)},
}
