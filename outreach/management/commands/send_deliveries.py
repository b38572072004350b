from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outreach.actions import send_deliveries


class Command(BaseCommand):
    """Command twin of outreach.tasks.send_deliveries."""

    help = "发送到点的每日提醒（站内、短信、企业微信）。"

    def handle(self, *args: Any, **options: Any) -> None:
        done = send_deliveries(clock=timezone.now)
        self.stdout.write(
            f"已发送 {done.sent}，稍后重试 {done.failed}，推迟 {done.put_off}，失败 {done.given_up}，"
            f"不必再发 {done.dropped}，结果不明 {done.unclear}。"
        )
