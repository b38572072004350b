from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from contracts.actions.reviewing import find_review_flags
from core.commands import add_day_options, day_of


class Command(BaseCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "查找值得核实的签约，列入签约核查清单；只提示，不改动协议。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        on, dry_run = day_of(options["on"]), options["dry_run"]
        found = find_review_flags(on=on, dry_run=dry_run)
        said = "将新增" if dry_run else "新增"
        each = "，".join(f"{kind.label} {count} 条" for kind, count in found.items())
        self.stdout.write(f"{on}：{said}线索 {sum(found.values())} 条{f'（{each}）' if each else ''}。")
