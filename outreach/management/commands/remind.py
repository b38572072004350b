from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from core.commands import add_day_options, day_of
from outreach.actions import raise_reminders, write_digests


class Command(BaseCommand):
    """Command twin of outreach.tasks.sweep_reminders."""

    help = "生成到期、超期、续签等提醒，结束已办完的，并汇总每人当天的提醒。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on = day_of(options["on"])
        with transaction.atomic():
            swept = raise_reminders(on=on)
            written = write_digests(on=on, now=timezone.now())
            if options["dry_run"]:
                transaction.set_rollback(True)
        tail = "（未保存）" if options["dry_run"] else ""
        self.stdout.write(
            f"{on}：新提醒 {swept.raised}，更新 {swept.changed}，结束 {swept.closed}；"
            f"新汇总 {written.written}，更新 {written.rewritten}，已办完 {written.emptied}，"
            f"待发消息 {written.deliveries}{tail}。"
        )
