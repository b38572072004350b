"""python -m tests.drills.clocked MOMENT PROGRAM [WORD ...]: a program of ours, at work at another time of the day.

A night would be another one when a drill passes midnight. PROGRAM is ``manage``, ``celery``, ``nights`` (one after the other) or
``beats``: a beat that does not wait for ten past midnight.
"""

import datetime as dt
import os
import sys

import time_machine


def main(moment: str, program: str, *words: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    time_machine.travel(dt.datetime.fromisoformat(moment), tick=True).start()
    if program == "manage":
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *words])
    elif program == "celery":
        from celery.__main__ import main as celery

        sys.argv = ["celery", *words]
        celery()
    elif program == "nights":
        import django
        from django.core.management import call_command

        django.setup()
        for day in words:
            call_command("nightly", "--on", day)
    elif program == "beats":
        from config.celery import app

        (schedule_file,) = words
        app.conf.beat_schedule = {"nightly": {"task": "core.tasks.work_jobs", "schedule": 0.25}}
        app.Beat(schedule=schedule_file, pidfile=None, loglevel="WARNING").run()


if __name__ == "__main__":
    main(*sys.argv[1:])
