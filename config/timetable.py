"""Every periodic task, on one page. Each has a command twin with --on and --dry-run where it changes records."""

from celery.schedules import crontab

TIMETABLE = {
    "beat-heartbeat": {"task": "core.tasks.beat_heartbeat", "schedule": 60.0},
    "deliver-announcements": {"task": "core.tasks.deliver_announcements", "schedule": 60.0},
    "send-texts": {"task": "core.tasks.send_texts", "schedule": 60.0},
    "clear-texts": {"task": "core.tasks.clear_texts", "schedule": crontab(hour=3, minute=55)},
    "clear-announcements": {
        "task": "core.tasks.clear_announcements",
        "schedule": crontab(hour=3, minute=50),
    },
    "follow-departures": {  # before the expiry: who died within his term did not run out
        "task": "contracts.tasks.follow_departures",
        "schedule": crontab(hour=0, minute=15),
    },
    "expire-agreements": {  # renews what the profile renews without a word, then closes every term that is over
        "task": "contracts.tasks.expire_agreements",
        "schedule": crontab(hour=0, minute=20),
    },
    "settle-transfers": {
        "task": "contracts.tasks.settle_transfers",
        "schedule": crontab(hour=0, minute=25),
    },
    "refresh-age-flags": {
        "task": "residents.tasks.refresh_age_flags",
        "schedule": crontab(hour=0, minute=10),
    },
    "find-duplicates": {"task": "residents.tasks.find_duplicates", "schedule": crontab(hour=1, minute=10)},
    "find-review-flags": {
        "task": "contracts.tasks.find_review_flags",
        "schedule": crontab(hour=1, minute=30),
    },
    "restart-rosters": {"task": "residents.tasks.restart_rosters", "schedule": 60.0},
    "clear-rosters": {"task": "residents.tasks.clear_rosters", "schedule": crontab(hour=3, minute=40)},
    "clear-drafts": {"task": "contracts.tasks.clear_drafts", "schedule": crontab(hour=3, minute=45)},
    "clear-sessions": {"task": "core.tasks.clear_sessions", "schedule": crontab(hour=3, minute=30)},
}
