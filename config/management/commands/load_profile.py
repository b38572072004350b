"""manage.py load_profile huancui --from 2023-08-21 [--dry-run]"""

import json
from dataclasses import asdict
from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from care.actions.publishing import TableChange
from config.management.days import day
from config.profiles.loading import diff, names, read, rule_changes, store
from config.profiles.reading import Profile
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
        parser.add_argument(
            "--dry-run", action="store_true", help="不登记，只把每个参数的原值和新值以 JSON 写出"
        )

    def handle(self, *args, **options) -> None:
        on = options["on"]
        try:
            profile = read(options["name"])
            if options["dry_run"]:
                self.stdout.write(_as_json(profile, on))
                return
            found = store(profile, on=on, today=timezone.localdate())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{profile.title}：{profile.document}")
        for setting in profile.settings:
            note = f"（{setting.note}）" if setting.note else ""
            self.stdout.write(f"  {setting.label} = {_shown(setting.value)}  依据 {setting.source}{note}")
        for change in found.rooms:
            self.stdout.write(f"{change.room}：{'已登记' if change.is_new else '相同参数已登记，未改动'}")
        for change in found.tables:
            self.stdout.write(f"{change.title}：{_in_words(change)}")
        self.stdout.write(f"生效日期：{chinese_date(on)}")


def _as_json(profile: Profile, on: date) -> str:
    """What would change, for a person or a program: every number with its old and new value, source and note."""
    numbers = [asdict(one) for one in diff(profile, on=on)]
    found = {
        "profile": profile.name,
        "title": profile.title,
        "document": profile.document,
        "from": on.isoformat(),
        "changed": sum(one["differs"] for one in numbers),
        "numbers": numbers,
        "rules": [
            {"program": change.program, "name": new.name, "label": new.label, "source": new.source}
            | {"before": str(old.value) if old else None, "after": str(new.value)}
            for change in rule_changes(profile, on=on)
            for old, new in change.numbers
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)


def _in_words(change: TableChange) -> str:
    changed = (
        f"{new.label} {old.value if old else '无'} → {new.value} {new.unit}" for old, new in change.numbers
    )
    return "；".join(changed) or "规则没有不同，未改动"


def _shown(value: object) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)
