from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from contracts.actions import clear_drafts
from core.commands import add_day_options, day_of


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "清除超过保留天数的签约草稿。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        now = timezone.make_aware(datetime.combine(on, time.max)) if options["on"] else timezone.now()
        count = clear_drafts(on=on, now=now, dry_run=dry_run)
        self.stdout.write(f"{on}：{'将' if dry_run else '已'}清除 {count} 份签约草稿。")
