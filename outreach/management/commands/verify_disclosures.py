from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outreach.models import MonthlyDisclosure
from outreach.queries.disclosures import broken_digests


class Command(BaseCommand):
    """Whether what residents read is still what was approved."""

    help = "核对全部已发布的十公开：内容与发布时的指纹是否一致。不一致时列出并以错误结束。"

    def handle(self, *args: Any, **options: Any) -> None:
        broken = list(broken_digests(MonthlyDisclosure.objects.all()))
        for one in broken:
            self.stdout.write(
                f"{one.issue.month:%Y-%m} {one.issue.institution.name}"
                f" {one.issue.team.name if one.issue.team else ''}：{one.what}"
            )
        if broken:
            raise CommandError(f"{len(broken)} 期十公开与发布时的指纹不符，请保留现场并联系系统管理员。")
        self.stdout.write(f"已核对 {MonthlyDisclosure.objects.published().count()} 期，全部一致。")
