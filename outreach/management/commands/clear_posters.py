from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.commands import add_day_options, day_of
from outreach.actions.poster_runs import clear_poster_runs
from outreach.policy import policy_on


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "清除超过保留天数的批量海报。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        count = clear_poster_runs(on=on, policy=policy_on(on), dry_run=dry_run)
        self.stdout.write(f"{on}：{'将' if dry_run else '已'}清除 {count} 批海报。")
