from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contracts.actions import expire_ended
from contracts.models import Agreement


class Command(BaseCommand):
    """Command twin of the nightly task contracts.tasks.expire_agreements."""

    help = "把已过最后有效日的协议标记为到期。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", help="按哪一天计算（YYYY-MM-DD），默认今天")
        parser.add_argument("--dry-run", action="store_true", help="只显示数量，不修改")

    def handle(self, *args: Any, **options: Any) -> None:
        on = _day(options["on"])
        if options["dry_run"]:
            count = Agreement.objects.past_end(on).count()
            self.stdout.write(f"{on}：将有 {count} 份协议到期（未修改）。")
            return
        self.stdout.write(f"{on}：{expire_ended(on=on)} 份协议已到期。")


def _day(text: str | None) -> date:
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"日期 {text} 不对，请按 YYYY-MM-DD 填写。") from error
