"""The roster page's twin for operators: same checks, same writing, one JSON object as the answer."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from residents.actions.roster import CannotImport, apply_checked
from residents.imports.checking import Terms, check_roster
from residents.imports.reach import scope_of_everything, scope_of_institution
from residents.imports.reading import CannotReadRoster, read_sheets
from residents.imports.report import counts_of, report_of
from residents.imports.sheets import error_sheet
from residents.policy import policy_on
from teams.access import Scope
from teams.models import Institution

UNUSABLE = 2


class Command(BaseCommand):
    help = (
        "导入花名册（xlsx、xls、csv）。退出码：0 已导入（或试运行完成），2 文件不能使用，没有导入任何一行。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="花名册文件")
        parser.add_argument("--institution", metavar="CODE", help="只导入该机构各团队负责的网格；不填则不限")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--errors", type=Path, metavar="OUT.xlsx", help="把错误行写到这个文件")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        policy = policy_on(today)
        scope = self._scope(options["institution"])
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(
                f"读不到文件 {options['file']}：{error.strerror}。", returncode=UNUSABLE
            ) from error
        try:
            sheets = read_sheets(data, max_bytes=policy.roster_max_bytes, max_rows=policy.roster_max_rows)
            with transaction.atomic():
                plan = check_roster(sheets, Terms(scope, policy, may_restricted=True), on=today, lock=True)
                counts = counts_of(plan)
                if not options["dry_run"]:
                    apply_checked(plan, policy=policy, by=None)
        except (CannotReadRoster, CannotImport) as refusal:
            self._answer({"refused": refusal.code, "sentence": refusal.sentence})
            sys.exit(UNUSABLE)
        if options["errors"] and counts["errors"]:
            sheet = error_sheet(report_of(plan), made_by="命令行导入", made_at=timezone.localtime())
            options["errors"].write_bytes(sheet.content)
        self._answer(counts)

    def _scope(self, code: str | None) -> Scope:
        today = timezone.localdate()
        if code is None:
            return scope_of_everything(today)
        institution = Institution.objects.filter(code=code).first()
        if institution is None:
            raise CommandError(f"没有编码为 {code} 的机构。", returncode=UNUSABLE)
        return scope_of_institution(institution, today)

    def _answer(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2))
