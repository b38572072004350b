from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.commands import add_day_options, day_of
from residents.actions import find_duplicates
from residents.policy import policy_on


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "查找可能重复登记的居民，更新疑似重复清单；从不自动合并。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        done = find_duplicates(policy=policy_on(on), on=on, dry_run=dry_run)
        said = "将" if dry_run else "已"
        self.stdout.write(
            f"{on}：有相同线索 {done.candidates} 对，本次比较 {done.compared} 对，"
            f"{said}新增 {done.added} 对，{said}更新 {done.changed} 对，{said}移出 {done.removed} 对。"
        )
