"""What the seasons say, as it ships with the system (``data/seasons.toml``)."""

import tomllib
from pathlib import Path

from django.db import models

from outreach.choices import SeasonKind

_FILE = Path(__file__).parent / "data" / "seasons.toml"


def shipped_seasons() -> list[dict[str, str | int]]:
    """Fields of each ``SeasonEntry``: 24 terms, 12 months."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return [
        {"kind": kind.value, "title": one.pop("name"), **one}
        for kind in SeasonKind
        for one in raw[kind.value]
    ]


def load_seasons(entry: type[models.Model]) -> None:
    """Add what is missing; what the bureau has edited stays. Takes the class, for the migration's historical one."""
    entry._default_manager.bulk_create([entry(**one) for one in shipped_seasons()], ignore_conflicts=True)
