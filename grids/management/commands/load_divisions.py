"""manage.py load_divisions FILE: townships and villages of a district, from a file or one of those shipped."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.refusals import Refusal
from grids import divisions
from grids.actions import load_divisions
from grids.queries.divisions import DivisionChanges, compare_divisions

SHOWN = 20


class Command(BaseCommand):
    help = "载入区划（区县、镇街、村居）。可反复运行：新增和改名会写入，文件中没有的只报告，不删除。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = "、".join(divisions.SHIPPED_NAMES)
        parser.add_argument("file", help=f"CSV 文件路径，或系统自带的区划代码：{names}")
        parser.add_argument("--valid-from", type=_day, help="新增区划的启用日期，如 2026-01-01；默认今天")
        parser.add_argument("--with-grids", action="store_true", help="同时为没有网格的村居各建一个默认网格")
        parser.add_argument("--dry-run", action="store_true", help="只核对并报告，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        try:
            rows = divisions.parse(_read(options["file"]))
            if options["dry_run"]:
                self._report(compare_divisions(rows), "将新增", "将改名")
                self.stdout.write("仅核对，未写入。")
                return
            loaded = load_divisions(
                divisions=rows,
                valid_from=options["valid_from"] or today,
                by=None,
                on=today,
                with_grids=options["with_grids"],
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self._report(loaded.changes, "新增", "改名")
        if options["with_grids"]:
            self.stdout.write(f"新建默认网格 {loaded.grids_added} 个。")

    def _report(self, changes: DivisionChanges, new: str, changed: str) -> None:
        self.stdout.write(
            f"{new} {len(changes.new)} 个，{changed} {len(changes.changed)} 个，未变 {changes.unchanged} 个。"
        )
        for division, code in changes.replaced[:SHOWN]:
            self.stdout.write(f"代码已更换，跳过：{division.code} {division.name}（现为 {code}）")
        if changes.missing:
            self.stdout.write(f"文件中没有、系统中已有的区划 {len(changes.missing)} 个，未改动：")
        for area in changes.missing[:SHOWN]:
            self.stdout.write(f"  {area.code} {area.name}")


def _read(name: str) -> bytes:
    if name in divisions.SHIPPED_NAMES:
        return divisions.shipped(name)
    try:
        with Path(name).open("rb") as file:
            return file.read(divisions.MAX_BYTES + 1)  # one byte more: the parser says that it is too large
    except OSError as error:
        raise CommandError(
            f"读不了文件 {name}：{error.strerror}。请核对路径，或用自带的区划代码，如 371002。"
        ) from error


def _day(text: str) -> date:
    return date.fromisoformat(text)
