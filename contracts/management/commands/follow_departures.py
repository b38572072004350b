from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from contracts.actions import follow_departures
from core.commands import add_day_options, day_of


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "结束已死亡或已迁出居民的签约。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        count = follow_departures(on=on, dry_run=dry_run)
        said = "将结束" if dry_run else "已结束"
        self.stdout.write(f"{on}：{said} {count} 人的签约（死亡或迁出）。")
