from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.commands import add_day_options, day_of
from core.events import clear_announcements


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "清除早已送达的通告。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on = day_of(options["on"])
        at = timezone.make_aware(datetime.combine(on, time.max))
        count = clear_announcements(at=at, dry_run=options["dry_run"])
        self.stdout.write(f"{on}：{'将' if options['dry_run'] else '已'}清除 {count} 条通告。")
