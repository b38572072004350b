"""First rules and goods of the points, from ``care/data/points.toml``; the bureau changes them in the management site."""

import tomllib
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "points.toml"


def load_points(rules: type[Any], goods: type[Any]) -> None:
    """Store what is not there yet.

    Args:
        rules, goods: the model classes ``PointRule`` and ``PointGoods``, of a migration or the real ones.
    """
    shipped = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    known = set(rules.objects.values_list("code", flat=True))
    rules.objects.bulk_create(
        rules(in_force_from=shipped["in_force_from"], **one)
        for one in shipped["rules"]
        if one["code"] not in known
    )
    held = set(goods.objects.values_list("name", flat=True))
    goods.objects.bulk_create(goods(**one) for one in shipped["goods"] if one["name"] not in held)
