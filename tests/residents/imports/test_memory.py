"""Long lists and bombs in a process of its own whose memory is bounded."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.residents.imports.realities.case import HEAD, N, book
from tests.residents.imports.test_guarding import cells, workbook

ROOT = Path(__file__).parents[3]
BOUND = 700 * 1024 * 1024  # bytes of address space, of which the interpreter with Django takes some 300 MB
CHILD = """
import sys, resource, django
django.setup()
from residents.imports.layouts import find_layouts
from residents.imports.preparing import prepare
from residents.imports.reading import CannotReadRoster, open_book
from residents.imports.source import Source
from tests.residents.imports.prepared import LIMITS, REACH, TODAY
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    book = open_book(Source.of_path(sys.argv[1]), LIMITS)
    layouts = find_layouts(book, {}, {}, REACH)
    count = sum(batch.count for batch in prepare(book, layouts, REACH, on=TODAY, workers=0))
except CannotReadRoster as refused:
    count = refused.code
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def in_a_bounded_child(path: Path) -> tuple[str, int]:
    """What came out, and how many megabytes more than at the start were in use."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (BOUND, BOUND)),
    )  # fmt: skip
    said, more = done.stdout.split()
    return said, int(more)


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    corner = '<row r="1"><c r="A1"><v>1</v></c></row><row r="190000"><c r="GR190000"><v>1</v></c></row>'
    return {
        "blanks": workbook(b" " * 500 * 1024 * 1024),
        "corner": workbook(cells(corner)),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blanks", "corner"])
def test_a_bomb_is_refused_in_little_memory(tmp_path, bombs, name):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bombs[name])
    said, more = in_a_bounded_child(path)
    assert said == "file_bomb"
    assert more < 40


@pytest.mark.slow
def test_a_long_text_takes_no_more_memory_than_a_short_one(tmp_path):
    path = tmp_path / "long.csv"
    line = f"林桂芳,{N[0]},东北村,{'和平路' * 60}\n".encode()
    with path.open("wb") as file:
        file.write("姓名,身份证号,村居,备注一\n".encode())
        for _ in range(120):
            file.write(line * 1_000)
    assert path.stat().st_size > 60_000_000
    said, more = in_a_bounded_child(path)
    assert said == "120000"
    assert more < 60


def test_a_small_workbook_passes_under_the_same_bound(tmp_path):
    path = tmp_path / "good.xlsx"
    path.write_bytes(book(HEAD, ["林桂芳", N[0], "东北村"]))
    assert in_a_bounded_child(path)[0] == "1"
