"""Nightly jobs: a row a job and day says what is to be done and how far it is; Celery only wakes whoever does it.

A row is claimed by a conditional update under a lease. Two schedulers, a message delivered twice, a worker that was
killed, an empty broker, a database that went away: none of them loses a job, and none of them runs one twice at once.
"""

from core.jobs.asking import CannotRunJob, ask_run, wake_worker
from core.jobs.listing import Job, job_named, jobs, nights_first_moment
from core.jobs.reading import JobStanding, night_in_a_word, standings
from core.jobs.running import open_night, rehearse, work

__all__ = [
    "CannotRunJob", "Job", "JobStanding", "ask_run", "job_named", "jobs", "night_in_a_word", "nights_first_moment",
    "open_night", "rehearse", "standings", "wake_worker", "work",
]  # fmt: skip
