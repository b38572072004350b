"""The wording that ships with the system: the first agreement text and its packages, as files a lawyer can read."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.db import models

_DATA = Path(__file__).parent / "data"
SHIPPED_FROM = date(2020, 1, 1)


def load_wording(template: type[models.Model], package: type[models.Model]) -> None:
    """Add what is missing of version 1; what is there already stays as it is.

    Takes the model classes, so that the migration can pass its own historical ones.
    """
    template._default_manager.get_or_create(
        kind="individual",
        version=1,
        defaults={
            "title": "家庭医生签约服务协议书",
            "body": (_DATA / "individual_v1.txt").read_text(encoding="utf-8"),
            "in_force_from": SHIPPED_FROM,
        },
    )
    for one in _packages():
        package._default_manager.get_or_create(code=one.pop("code"), version=1, defaults=one)


def _packages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((_DATA / "packages_v1.toml").read_text(encoding="utf-8"))[
        "package"
    ]
    return [one | {"items": one["items"].strip()} for one in found]
