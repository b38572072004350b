from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.commands import add_day_options, day_of
from core.events import deliver_due
from core.models import Delivery


class Command(BaseCommand):
    """Command twin of core.tasks.deliver_announcements."""

    help = "投递尚未送达的通告（居民迁出、死亡等变动引起的后续办理）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, now = day_of(options["on"]), timezone.now()
        if options["dry_run"]:
            count = Delivery.objects.filter(done_at__isnull=True, due_at__lte=now).count()
            self.stdout.write(f"{on}：有 {count} 条通告待投递（未投递）。")
            return
        done = deliver_due(at=now, on=on)
        self.stdout.write(f"{on}：已投递 {done.done} 条，失败 {done.failed} 条（稍后自动重试）。")
