"""When a state of supply is too old to be trusted (S0-23). Pure."""

from datetime import date


def is_stale(updated_on: date, *, on: date, days: int) -> bool:
    """Whether it was looked at more than ``days`` days ago: after 14 days on the fifteenth."""
    return (on - updated_on).days > days
