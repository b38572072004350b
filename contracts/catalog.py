"""The services, packages and standards that ship with the system, as files that the bureau can read.

What somebody wrote is never overwritten: a code that stands already is left alone, and a package whose versions the
bureau has continued gets ours as a draft only.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import models

from contracts.choices import Frequency, LabelGroup
from contracts.rules.packages import Content, printed
from contracts.wording import SHIPPED_FROM, shipped_packages

_DATA = Path(__file__).parent / "data"
_PLAIN = (
    "name",
    "kind",
    "source",
    "intro",
    "remark",
    "tier",
    "populations",
    "elder_colors",
    "cardio_colors",
    "course_days",
)
FindModel = Callable[[str], type[models.Model]]


def load_catalog(find: FindModel) -> None:
    """Add what is missing.

    Args:
        find: gives a model by its name, so that a migration can pass its own historical ones.
    """
    items = _load_items(find("ServiceItem"))
    labels = _load_labels(find("HomeCareLabel"))
    for one in _read("packages_v2.toml")["package"]:
        _load_package(find, one, items, labels)
    _load_standard(find("FulfilmentStandard"), find("StandardItem"))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))


def _load_items(model: type[models.Model]) -> dict[str, Any]:
    table = model._default_manager
    standing = set(table.filter(owner=None).values_list("code", flat=True))
    table.bulk_create(
        model(
            code=code,
            name=one["name"],
            description=one.get("description", ""),
            nature=one.get("nature", "basic"),
            proof=one["proof"],
            is_face_to_face=one.get("face", True),
            providers=one.get("by", []),
            source=one["source"],
        )
        for code, one in _read("items.toml")["items"].items()
        if code not in standing
    )
    return {one.code: one for one in table.filter(owner=None)}


def _load_package(find: FindModel, one: dict[str, Any], items: dict[str, Any], labels: list[Any]) -> None:
    """Version 2 of what shipped as version 1, or version 1 of what is new; a draft where the bureau went on already."""
    package, content = find("ServicePackage"), find("PackageItem")
    table = package._default_manager
    standing = list(table.filter(owner=None, code=one["code"]))
    if content._default_manager.filter(package__code=one["code"], package__owner=None).exists():
        return
    is_offered = one.get("where") != "draft" and all(_is_as_shipped(each) for each in standing)
    rows = [_row(row, items) for row in one["contents"]]
    made = table.create(
        code=one["code"],
        version=max((each.version for each in standing), default=0) + 1,
        items=printed(_content(row) for row in rows),
        is_suggested=one.get("suggested", True) and one["kind"] in ("basic_free", "key_population"),
        is_enabled=is_offered,
        valid_from=SHIPPED_FROM if is_offered else None,
        **{name: one[name] for name in _PLAIN if name in one},
    )
    content._default_manager.bulk_create(
        content(package=made, position=place, **row) for place, row in enumerate(rows, 1)
    )
    if one.get("labels"):
        made.labels.set(labels)


def _is_as_shipped(package: Any) -> bool:
    """Version 1 as it came, untouched by anybody."""
    words = next((one["items"] for one in shipped_packages() if one["code"] == package.code), None)
    return bool(
        package.version == 1 and package.is_enabled and package.items == words and not package.price_yuan
    )


def _row(row: list[Any], items: dict[str, Any]) -> dict[str, Any]:
    code, frequency, *rest = row
    return {
        "item": items[code],
        "frequency": frequency,
        "times": next((part for part in rest if isinstance(part, int)), None),
        "is_required": "menu" not in rest,
        "is_first_week": "first_week" in rest,
    }


def _content(row: dict[str, Any]) -> Content:
    item = row["item"]
    return Content(item.name, Frequency(row["frequency"]), row["times"], item.description, row["is_required"])


def _load_labels(model: type[models.Model]) -> list[Any]:
    for group, count in _read("standards.toml")["labels"].items():
        for place in range(1, count + 1):
            model._default_manager.get_or_create(
                group=LabelGroup(group).value, position=place, defaults={"text": "待区卫健局填写"}
            )
    return list(model._default_manager.all())


def _load_standard(standard: type[models.Model], item: type[models.Model]) -> None:
    """A draft: candidates are no standard until the bureau says so."""
    shipped = _read("standards.toml")["standard"]
    if standard._default_manager.filter(name=shipped["name"]).exists():
        return
    made = standard._default_manager.create(name=shipped["name"], version=1, source=shipped["source"])
    item._default_manager.bulk_create(
        item(standard=made, position=place, text=text, proof=proof)
        for place, (text, proof) in enumerate(shipped["items"], 1)
    )
