from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.commands import add_day_options, day_of
from residents.actions.rosters import clear_old_rosters
from residents.policy import policy_on


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "清除超过保留天数的花名册上传内容（待确认的视为取消，错误行一并清除）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        count = clear_old_rosters(policy=policy_on(on), on=on, dry_run=dry_run)
        self.stdout.write(f"{on}：{'将' if dry_run else '已'}清除 {count} 份花名册的上传内容。")
