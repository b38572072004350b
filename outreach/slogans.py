"""The slogans that come with the product (S1-32): data, so that a district can write its own."""

import tomllib
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "slogans.toml"


@cache
def slogans() -> tuple[str, ...]:
    return tuple(one["text"] for one in tomllib.loads(_FILE.read_text(encoding="utf-8"))["slogan"])
