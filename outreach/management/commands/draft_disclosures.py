from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError

from care.management.days import SweepCommand
from outreach.actions.drafting_disclosures import draft_month
from outreach.policy import policy_on


class Command(SweepCommand):
    """The job of the night on disclosures, on its own (``config/jobs.py``)."""

    help = "为当月有网格的团队（或机构）生成还没有的十公开，从各自的数据来源取数。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--month", help="生成哪个月的（YYYY-MM），不论是否到生成日；默认当月")

    def handle(self, *args: Any, **options: Any) -> None:
        self.month = _month_of(options["month"])
        super().handle(*args, **options)

    def sweep(self, on: date, now: datetime) -> str:
        made = draft_month(on=on, now=now, policy=policy_on(on), month=self.month)
        return f"新生成 {made.issues} 期，待补充 {made.gaps} 项"


def _month_of(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise CommandError(f"月份 {text} 不对，请按 YYYY-MM 填写。") from error
