"""What the commands of single nightly jobs share."""

from argparse import ArgumentParser
from datetime import date

from django.core.management.base import CommandError
from django.utils import timezone


def add_day_options(parser: ArgumentParser) -> None:
    """--on and --dry-run."""
    parser.add_argument("--on", help="按哪一天计算（YYYY-MM-DD），默认今天")
    parser.add_argument("--dry-run", action="store_true", help="只显示数量，不修改")


def day_of(text: str | None) -> date:
    """The day given with --on, or today."""
    if not text:
        return timezone.localdate()  # noqa: TID251 - a command is a door, this is its hinge
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"日期 {text} 不对，请按 YYYY-MM-DD 填写。") from error
