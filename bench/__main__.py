"""python -m bench [NAME ...]: measure, print the table, status 1 when a ratio is over its limit."""

import importlib
import os
import pkgutil
import sys

import bench
from bench.table import REGISTRY, Row, lines, measure


def load() -> None:
    """Import every module beside this one, so that its benchmarks register themselves."""
    for module in pkgutil.iter_modules(bench.__path__):
        if module.name not in ("__main__", "table"):
            importlib.import_module(f"bench.{module.name}")


def prepare_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import runtime

    runtime.ensure()
    import django

    django.setup()
    from django.core.management import call_command

    call_command(
        "migrate", verbosity=0
    )  # a machine that measures before anything else has run has no tables yet


def run(names: list[str]) -> list[Row]:
    rows = []
    for name in names:
        print(f"▶ 测量 {name} …", flush=True)
        found = REGISTRY[name]()
        rows += found if isinstance(found, list) else [measure(found)]
    return rows


def main(asked: list[str]) -> int:
    modules = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    if set(modules) > {"__main__", "table"}:
        prepare_django()
    load()
    if unknown := [name for name in asked if name not in REGISTRY]:
        print(
            f"没有这个测项：{'、'.join(unknown)}。可用：{'、'.join(REGISTRY) or '（尚无）'}", file=sys.stderr
        )
        return 1
    rows = run(asked or list(REGISTRY))
    print("\n".join(lines(rows)))
    return 0 if all(row.is_within for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
