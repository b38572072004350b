from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from contracts.actions import close_terms
from contracts.models import Agreement
from core.commands import add_day_options, day_of


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "结束已过最后有效日的协议：按政策自动续签，其余标记为已续签或到期。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on = day_of(options["on"])
        if options["dry_run"]:
            count = Agreement.objects.past_end(on).count()
            self.stdout.write(f"{on}：将有 {count} 份协议到期（未修改）。")
            return
        renewed, closed = close_terms(on=on, now=timezone.now())
        self.stdout.write(f"{on}：{closed} 份协议已到期，其中 {renewed} 份自动续签。")
