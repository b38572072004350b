"""The wording that ships with the system: the first agreement text and its packages, as files a lawyer can read."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.db import models

_DATA = Path(__file__).parent / "data"
SHIPPED_FROM = date(2020, 1, 1)
TITLES = {
    "individual": "家庭医生签约服务协议书",
    "household": "家庭医生签约服务协议书（家庭）",
    "supplementary": "家庭医生签约服务补充协议书",
    "notice_signed": "家庭医生签约告知书",
    "notice_renewal": "家庭医生签约到期续签告知书",
    "notice_ended": "家庭医生签约服务终止告知书",
    "contact_card": "家庭医生团队联系卡",
    "letter_signing": "致居民的一封信",
    "letter_record": "致居民的一封信——请建好您的健康档案",
    "letter_points": "致居民的一封信——健康积分怎样得、怎样兑",
}


def load_texts(template: type[models.Model]) -> None:
    """Version 1 of every document's text, where it is missing (see load_wording)."""
    for kind, title in TITLES.items():
        body = (_DATA / f"{kind}_v1.txt").read_text(encoding="utf-8").strip()
        template._default_manager.get_or_create(
            kind=kind, version=1, defaults={"title": title, "body": body, "in_force_from": SHIPPED_FROM}
        )


def load_wording(template: type[models.Model], package: type[models.Model]) -> None:
    """Add what is missing of version 1; what is there already stays as it is.

    Takes the model classes, so that the migration can pass its own historical ones.
    """
    load_texts(template)
    # The migration's packages know neither owners nor days yet.
    knows_days = any(one.name == "valid_from" for one in package._meta.get_fields())
    key: dict[str, Any] = {"owner": None} if knows_days else {}
    offered: dict[str, Any] = {"valid_from": SHIPPED_FROM} if knows_days else {}
    for one in shipped_packages():
        package._default_manager.get_or_create(code=one.pop("code"), version=1, **key, defaults=one | offered)


def shipped_packages() -> list[dict[str, Any]]:
    """Version 1 of the packages, as it came with the system."""
    found: list[dict[str, Any]] = tomllib.loads((_DATA / "packages_v1.toml").read_text(encoding="utf-8"))[
        "package"
    ]
    return [one | {"items": one["items"].strip()} for one in found]
