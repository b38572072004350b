from typing import Any

from django.core.management.base import BaseCommand

from core.calendar import load_known
from core.holidays import known_days


class Command(BaseCommand):
    """Fills the work calendar with the years that the installed library knows."""

    help = "把 chinesecalendar 已知年份的节假日与调休补进工作日历；已有的日子不改。"

    def handle(self, *args: Any, **options: Any) -> None:
        days = known_days()
        added = load_known(days, source="国务院办公厅节假日安排通知")
        self.stdout.write(f"已补 {added} 天，最后到 {days[-1].day:%Y-%m-%d}。")
