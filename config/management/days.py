"""Days on a command line."""

from argparse import ArgumentTypeError
from datetime import date


def day(text: str) -> date:
    """2026-01-01."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"日期应写成 2026-01-01 的样子，现为 {text}") from error
