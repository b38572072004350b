"""The record forms that ship with the system, read once from ``care/data/forms``: one file a version."""

import tomllib
from functools import lru_cache
from pathlib import Path

from care.rules.forms import FormSchema
from care.rules.reading import read_form

_FOLDER = Path(__file__).parent / "data" / "forms"
_SHARED = "shared.toml"


@lru_cache(maxsize=1)
def _versions() -> dict[tuple[str, int], FormSchema]:
    shared = _read(_FOLDER / _SHARED)
    files = sorted(one for one in _FOLDER.glob("*.toml") if one.name != _SHARED)
    forms = [read_form(_read(one), shared) for one in files]
    return {(one.code, one.version): one for one in forms}


def _read(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def current_forms() -> dict[str, FormSchema]:
    """Code -> the newest version of every form, in the order of their names."""
    newest: dict[str, FormSchema] = {}
    for (code, _), form in sorted(_versions().items()):
        newest[code] = form
    return newest


def form_of(code: str, version: int | None = None) -> FormSchema:
    """A form in one version; the newest if none is said.

    Raises:
        KeyError: there is no such form.
    """
    return current_forms()[code] if version is None else _versions()[code, version]
