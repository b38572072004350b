"""docs/errors.md: every code with which agreements, care and outreach say no, sentences and fields, read from the source.

python tools/refusal_codes.py > docs/errors.md
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"contracts": "Agreements", "care": "Care", "outreach": "Outreach"}
GAP = "…"  # what is only known when it is said

HEAD = """# Refusals

Every code with which these rooms refuse, read from the source by `tools/refusal_codes.py`;
`tests/contracts/test_error_codes.py` holds the two together. A code is stable: callers may rely on it. The sentence is
shown at the field of the form, or above it where no field is named; what was typed stays. `…` stands for a name, a day or
a number, or for a sentence that is put together.
"""
SECTION = """
## {title} (`{room}/`)

| code | field | sentence |
|---|---|---|
"""


@dataclass(frozen=True, order=True)
class Said:
    """One place where something is refused."""

    code: str
    field: str
    sentence: str
    module: str


def said_in(path: Path) -> Iterator[Said]:
    """Refusals written out in one file; those that only pass on an objection are left to where it is written."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: _words(node.value, {})
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) < 2 or not _refuses(node.func):
            continue
        field = next((one.value for one in node.keywords if one.arg == "field"), None)
        if field is None and len(node.args) > 2:
            field = node.args[2]
        code = _words(node.args[0], constants)
        if code != GAP:
            shown = _words(field, constants) if field is not None else ""
            yield Said(code, shown, _words(node.args[1], constants), path.relative_to(ROOT).as_posix())


def _refuses(called: ast.expr) -> bool:
    name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
    return name == "Objection" or name.startswith("Cannot")


def _words(node: ast.expr, constants: dict[str, str]) -> str:
    """A text as far as it stands in the source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else GAP for one in node.values]
        return "".join(str(one) for one in parts)
    if isinstance(node, ast.BinOp):
        return _words(node.left, constants) + _words(node.right, constants)
    if isinstance(node, ast.Name):
        return constants.get(node.id, GAP)
    return GAP


def everything(rooms: Iterable[str] = tuple(ROOMS)) -> list[Said]:
    """All refusals of these rooms, by code."""
    return sorted(one for room in rooms for path in (ROOT / room).rglob("*.py") for one in said_in(path))


def page() -> str:
    return HEAD + "".join(_section(room, title) for room, title in ROOMS.items())


def _section(room: str, title: str) -> str:
    rows = sorted({(one.code, one.field, one.sentence) for one in everything([room])})
    lines = (f"| `{code}` | {field} | {sentence} |\n" for code, field, sentence in rows)
    return SECTION.format(title=title, room=room) + "".join(lines) if rows else ""


if __name__ == "__main__":
    sys.stdout.write(page())
