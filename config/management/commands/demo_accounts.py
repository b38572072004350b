"""manage.py demo_accounts: who can sign in to the demonstration, as a table."""

import unicodedata
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError

from config.demo.accounts import ACCOUNTS, PASSWORD
from teams.models import User

HEADINGS = ("登录名", "密码", "角色", "姓名", "看什么", "从哪里开始")


class Command(BaseCommand):
    help = "列出演示账号：登录名、密码、角色、从哪里看起"

    def handle(self, *args, **options) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("正式环境没有演示账号。")
        logins = [one.login for one in ACCOUNTS]
        found = dict(
            User.objects.filter(username__in=logins, is_active=True).values_list("username", "password")
        )
        if not found:
            raise CommandError("没有演示账号。请先运行 manage.py seed_district。")
        unchanged = {hashed for hashed in set(found.values()) if check_password(PASSWORD, hashed)}
        rows = [HEADINGS]
        for one in ACCOUNTS:
            if not one.start:
                shown = "（不登录）"
            elif one.login not in found:
                shown = "（已停用）"
            else:
                shown = PASSWORD if found[one.login] in unchanged else "（密码已修改）"
            rows.append((one.login, shown, str(one.role.label), one.name, one.look_at, one.start))
        for line in columns(rows):
            self.stdout.write(line)


def columns(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows as lines with columns that stand straight: a Chinese character takes two places of a terminal."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)
        ).rstrip()


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
