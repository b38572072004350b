from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.commands import add_day_options, day_of
from residents.actions import refresh_age_flags
from residents.policy import policy_on


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "按出生日期更新年龄类人群标识（0-6岁、60-64岁、65岁及以上、高龄）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        done = refresh_age_flags(policy=policy_on(on), on=on, dry_run=dry_run)
        said = "将" if dry_run else "已"
        self.stdout.write(f"{on}：{said}新增标识 {done.begun} 条，{said}结束标识 {done.ended} 条。")
