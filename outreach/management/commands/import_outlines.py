"""manage.py import_outlines FILE: outlines of townships and villages, for the doctor map."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.refusals import Refusal
from grids.actions import keep_outlines
from outreach.choices import Coordinates
from outreach.outlines import MAX_BYTES, read_outlines

SHOWN = 20


class Command(BaseCommand):
    help = "载入区划轮廓（GeoJSON），用于家医地图。可反复运行：同一区划以新的轮廓为准。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="GeoJSON 文件，属性 code 或 adcode 为区划代码")
        parser.add_argument("--source", required=True, help="轮廓的来源，如：区自然资源局 2026年")
        parser.add_argument(
            "--system", choices=Coordinates.values, default=Coordinates.WGS84, help="文件的坐标系，默认 wgs84"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                outlines = read_outlines(file.read(MAX_BYTES + 1), system=Coordinates(options["system"]))
            kept, unknown = keep_outlines(
                by=None, now=timezone.now(), outlines=outlines, source=options["source"]
            )
        except OSError as error:
            raise CommandError(f"文件不能读取：{error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"载入轮廓 {kept} 个。")
        if unknown:
            self.stdout.write(f"系统里没有的区划 {len(unknown)} 个，未载入：{'、'.join(unknown[:SHOWN])}")
