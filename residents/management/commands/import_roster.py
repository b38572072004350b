"""The roster page's twin for operators: same checks, same writing, one JSON object as the answer."""

import json
import os
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.refusals import Refusal
from residents.imports import pipeline
from residents.imports.error_files import shapes_of, write_errors
from residents.imports.pipeline import Order, Report, Terms
from residents.imports.reach import scope_of_everything, scope_of_institution
from residents.imports.source import Source
from residents.imports.work import import_at_once, memory_of
from residents.policy import policy_on
from teams.models import Institution

UNUSABLE = 2


class CannotRun(Refusal):
    """What was asked for on the command line cannot be done; nothing was imported."""


def _reason(error: OSError) -> str:
    known = {FileNotFoundError: "没有这个文件", IsADirectoryError: "这是文件夹", PermissionError: "没有权限"}
    return known.get(type(error)) or error.strerror or "读写出错"


class Command(BaseCommand):
    help = (
        "导入花名册（xlsx、xls、csv）。退出码：0 已导入（或试运行完成），2 文件不能使用，没有导入任何一行。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="花名册文件")
        parser.add_argument("--institution", metavar="CODE", help="只导入该机构各团队负责的网格；不填则不限")
        parser.add_argument("--dry-run", action="store_true", help="只核对，不写入")
        parser.add_argument(
            "--errors", type=Path, metavar="OUT.xlsx", help="把错误行写到这个文件（.xlsx 或 .csv）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        try:
            institution = self._institution(options["institution"])
            self._look_at(options["errors"])
            order = self._order(options["file"], institution, today)
            report = (
                pipeline.check(order)
                if options["dry_run"]
                else import_at_once(order, institution=institution)
            )
            if options["errors"] and report.counts["errors"]:
                self._write_errors(options["errors"], report)
        except OSError as error:
            self._refuse("file_unreachable", f"读写不了 {error.filename}：{_reason(error)}。")
        except MemoryError:
            self._refuse("out_of_memory", "内存不够，没有导入任何一行。请按村居拆成几个文件，或另存为 CSV。")
        except Refusal as refusal:
            self._refuse(refusal.code, refusal.sentence)
        self._answer(report.counts)

    def _order(self, path: Path, institution: Institution | None, today: date) -> Order:
        scope = scope_of_institution(institution, today) if institution else scope_of_everything(today)
        return Order(
            source=Source.of_path(path),
            file_name=path.name,
            terms=Terms(scope, policy_on(today), may_restricted=True, institution=institution),
            memory=memory_of(institution.pk if institution else None),
            on=today,
        )

    def _institution(self, code: str | None) -> Institution | None:
        if code is None:
            return None
        institution = Institution.objects.filter(code=code).first()
        if institution is None:
            raise CannotRun("institution_unknown", f"没有编码为 {code} 的机构。")
        return institution

    def _look_at(self, errors: Path | None) -> None:
        """Before the work, not after it."""
        if errors and not os.access(errors.resolve().parent, os.W_OK):
            raise CannotRun("errors_unwritable", f"写不了 {errors}：没有这个文件夹，或没有权限。")

    def _write_errors(self, path: Path, report: Report) -> None:
        made = f"制表人：命令行导入　制表时间：{timezone.localtime():%Y-%m-%d %H:%M}"
        write_errors(path, shapes_of(report.page["layouts"]), report.refused, made=made)

    def _refuse(self, code: str, sentence: str) -> NoReturn:
        self._answer({"refused": code, "sentence": sentence})
        sys.exit(UNUSABLE)

    def _answer(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2))
