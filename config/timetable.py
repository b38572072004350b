"""Every periodic task, on one page. What is done once a night stands in ``config/jobs.py``, in its order."""

from datetime import time

from celery.schedules import crontab

NIGHT_BEGINS = time(0, 10)

TIMETABLE = {
    "beat-heartbeat": {"task": "core.tasks.beat_heartbeat", "schedule": 60.0},
    "deliver-announcements": {"task": "core.tasks.deliver_announcements", "schedule": 60.0},
    "send-texts": {"task": "core.tasks.send_texts", "schedule": 60.0},
    "sweep-reminders": {  # so that what was done or became urgent since the night is known within the half hour
        "task": "outreach.tasks.sweep_reminders",
        "schedule": crontab(minute="10,40", hour="7-20"),
    },
    "escalate-reports": {  # what a grid has sent and nobody has answered in time
        "task": "outreach.tasks.escalate_reports",
        "schedule": 60.0,
    },
    "send-deliveries": {"task": "outreach.tasks.send_deliveries", "schedule": 60.0},
    "follow-changes": {  # who was signed or flagged has his tasks within the minute
        "task": "care.tasks.follow_changes",
        "schedule": 60.0,
    },
    "restart-rosters": {"task": "residents.tasks.restart_rosters", "schedule": 60.0},
    "restart-posters": {"task": "outreach.tasks.restart_posters", "schedule": 60.0},
    "nightly": {
        "task": "core.tasks.work_jobs",
        "schedule": crontab(hour=NIGHT_BEGINS.hour, minute=NIGHT_BEGINS.minute),
    },
    "resume-jobs": {
        "task": "core.tasks.work_jobs",
        "schedule": 120.0,
    },  # what a dead worker or a lost message left
}
