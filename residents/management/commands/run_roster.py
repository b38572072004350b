"""The process in which a list is checked or imported. A worker starts it and listens; killed at any moment it leaves
nothing, or everything together with the word that it is done."""

import json
import logging
import sys
import time
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from core.processes import bound_memory, die_with_parent
from residents.imports.work import work_on
from residents.models import RosterImport
from residents.policy import policy_on
from residents.queries.rosters import take_roster
from residents.supervising import BUSY, OUT_OF_MEMORY

logger = logging.getLogger(__name__)

SAY_SECONDS = 0.5  # between two lines of progress within a phase
_SESSION = (
    "SET lock_timeout = '10min'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
    " SET client_connection_check_interval = '2s'"  # after our death its locks are free at once
)


class Command(BaseCommand):
    help = "核对或导入一份已上传的花名册（由后台任务启动；逐行输出进度）。"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("roster", type=UUID, help="导入编号")
        parser.add_argument("--parent", type=int, help="启动本进程的后台任务；它结束时本进程随之结束")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parent"]:
            die_with_parent(options["parent"])
        try:
            self._work(options["roster"])
        except MemoryError:
            sys.exit(OUT_OF_MEMORY)
        except Exception:
            logger.exception("the work on a roster broke off", extra={"roster": str(options["roster"])})
            sys.exit(1)

    def _work(self, roster_id: UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_SESSION)
        today = timezone.localdate()
        policy = policy_on(today)
        bound_memory(policy.roster_memory_mb * 1024 * 1024)
        roster = RosterImport.objects.defer("report").get(pk=roster_id)
        if not take_roster(roster):
            sys.exit(BUSY)
        work_on(roster_id, policy=policy, on=today, progress=_Teller(self.stdout).tell)


class _Teller:
    """Progress as JSON lines: each new phase, and twice a second within one."""

    def __init__(self, out: Any) -> None:
        self._out, self._phase, self._said_at = out, "", 0.0

    def tell(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._said_at < SAY_SECONDS and done != total:
            return
        self._phase, self._said_at = phase, now
        self._out.write(json.dumps({"phase": phase, "done": done, "total": total}, ensure_ascii=False))
        self._out.flush()
