from datetime import date, datetime

from care.actions import replan
from care.management.days import SweepCommand
from care.management.words import in_words


class Command(SweepCommand):
    """Also the weekly verification: zeros mean that every plan is as it should be."""

    help = "核对全部服务计划与协议、人群标识、专案和规则是否一致，并改正。"

    def sweep(self, on: date, now: datetime) -> str:
        return in_words(replan(None, on=on, now=now))
