"""manage.py first_account admin --name 徐管理员 --area 371002"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.refusals import Refusal
from teams.actions.founding import open_first_account
from teams.models import User


class Command(BaseCommand):
    help = "新装系统的第一个账号：系统管理员。密码只显示一次，首次登录须修改。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="登录名")
        parser.add_argument("--name", required=True, help="姓名")
        parser.add_argument("--area", required=True, help="区县的 6 位区划代码")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User(username=options["username"], name=options["name"])
        now = timezone.now()
        try:
            password = open_first_account(
                person=person, area_code=options["area"], on=timezone.localdate(), at=now
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"已建立系统管理员“{person.username}”。首次登录密码（只显示这一次）：{password}")
