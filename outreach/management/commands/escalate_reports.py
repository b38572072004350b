from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from outreach.actions import escalate_reports


class Command(BaseCommand):
    """Command twin of outreach.tasks.escalate_reports."""

    help = "把超过时限的网格上报逐级上报，并通知有关人员。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="按哪一时刻计算（YYYY-MM-DD HH:MM），默认现在")

    def handle(self, *args: Any, **options: Any) -> None:
        now = _moment(options["at"])
        done = escalate_reports(now=now)
        self.stdout.write(
            f"{timezone.localtime(now):%Y-%m-%d %H:%M}：紧急上报 {done.urgent} 方，"
            f"其他上报 {done.usual} 件，重新计时 {done.eased} 件。"
        )


def _moment(text: str | None) -> datetime:
    if not text:
        return timezone.now()
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"时刻 {text} 不对，请按 YYYY-MM-DD HH:MM 填写。")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
