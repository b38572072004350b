"""What the commands of sweeps share: a day, and a rehearsal that is taken back."""

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from core.commands import add_day_options, day_of


class SweepCommand(BaseCommand):
    """Runs ``sweep`` for a day; with --dry-run everything it did is taken back again."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on = day_of(options["on"])
        with transaction.atomic():
            told = self.sweep(on, timezone.now())  # noqa: TID251 - the hinge of commands, which are doors
            if options["dry_run"]:
                transaction.set_rollback(True)
        self.stdout.write(f"{on}：{told}{'（未修改）' if options['dry_run'] else ''}。")

    def sweep(self, on: date, now: datetime) -> str:
        """What was done, in a few words."""
        raise NotImplementedError
