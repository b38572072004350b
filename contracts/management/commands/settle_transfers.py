from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from contracts.actions import settle_transfers
from core.commands import add_day_options, day_of


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "异议期已过、原团队没有答复的转签视为同意；原签约已结束的转签关闭。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        count = settle_transfers(on=on, dry_run=dry_run)
        said = "将处理" if dry_run else "已处理"
        self.stdout.write(f"{on}：{said} {count} 项转签。")
