"""The first version of each decision table, from the files in ``data``: loaded by a migration, and by the tests."""

import tomllib
from pathlib import Path
from typing import Any

FILES = ("risk_elder.toml", "risk_cardiovascular.toml")


def load_schemes(model: Any) -> None:
    """Add version 1 of each kind where it is not there yet.

    Args:
        model: ``RiskScheme``, or its state in a migration.
    """
    for name in FILES:
        data = tomllib.loads((Path(__file__).parent / "data" / name).read_text(encoding="utf-8"))
        model.objects.get_or_create(
            kind=data["kind"],
            version=1,
            defaults={key: data[key] for key in ("in_force_from", "source", "table")},
        )
