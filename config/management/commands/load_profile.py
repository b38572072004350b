"""manage.py load_profile huancui --from 2023-08-21 [--dry-run]"""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.management.days import day
from config.profiles.loading import changes, names, read, store
from core.dates import chinese_date
from core.refusals import Refusal


class Command(BaseCommand):
    help = "载入一套政策参数，自某日起生效；重复载入不会重复登记"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help=f"参数文件：{'、'.join(names())}")
        parser.add_argument(
            "--from",
            dest="on",
            required=True,
            type=day,
            metavar="DATE",
            help="生效日期，如 2026-01-01",
        )
        parser.add_argument("--dry-run", action="store_true", help="只显示，不登记")

    def handle(self, *args, **options) -> None:
        on, is_dry = options["on"], options["dry_run"]
        try:
            profile = read(options["name"])
            found = list(changes(profile, on=on)) if is_dry else store(profile, on=on)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{profile.title}：{profile.document}")
        for setting in profile.settings:
            note = f"（{setting.note}）" if setting.note else ""
            self.stdout.write(f"  {setting.label} = {_shown(setting.value)}  依据 {setting.source}{note}")
        done = "将登记" if is_dry else "已登记"
        for change in found:
            self.stdout.write(f"{change.room}：{done if change.is_new else '相同参数已登记，未改动'}")
        self.stdout.write(f"生效日期：{chinese_date(on)}" + ("（演练，没有写入）" if is_dry else ""))


def _shown(value: object) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)
