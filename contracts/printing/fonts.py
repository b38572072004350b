"""Which characters the fonts in static/fonts can draw. What they cannot is told, never drawn as an empty box unnoticed."""

import logging
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

# Written together with the font (tools/subset_fonts.py): opening the font itself takes most of a second.
_DRAWABLE = Path(__file__).parents[1] / "data" / "paper_font.txt"
_UNDRAWN = frozenset("\n\r\t\u200b\ufeff")


@cache
def drawable() -> frozenset[str]:
    """Characters of the text font; read once in a process."""
    return frozenset(_DRAWABLE.read_text(encoding="utf-8"))


def missing_in(text: str) -> str:
    """Characters of a text that the font lacks, each once, in their order."""
    known = drawable()
    return "".join(dict.fromkeys(one for one in text if one not in known and one not in _UNDRAWN))


def report(missing: str, document: str) -> None:
    """Into the log, by code point only: a rare character may be half of somebody's name."""
    if missing:
        points = " ".join(f"U+{ord(one):04X}" for one in missing)
        log.warning("print %s: not in the paper font, drawn by a font of the system: %s", document, points)
