"""A list from its bytes to the registry: read, prepared, staged, judged; reported or applied. Whole or not at all.

Page, worker and command come in here. A check leaves nothing behind; an apply does the same again inside the transaction
that writes, so that what is written is what was judged.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, OperationalError, transaction

from core.bulk import take_time
from core.history import credited_to
from core.sql import run
from residents.actions.households import CannotFoundHousehold
from residents.imports.applying import CannotApply, moved_on, write
from residents.imports.families import group_families
from residents.imports.guarding import CannotReadRoster, Limits
from residents.imports.judging import judge
from residents.imports.layouts import Layout, find_layouts, notes_of, proposal_of
from residents.imports.matching import match_people, places_of
from residents.imports.preparing import Batch, original_cells, prepare
from residents.imports.reach import reach_of
from residents.imports.reading import Book, open_book
from residents.imports.repeats import find_repeats, warn_shared_phones
from residents.imports.report import Report, report_of
from residents.imports.settling import settle_families
from residents.imports.staging import finish, load, staging
from residents.imports.terms import Order, Terms
from residents.models import RosterImport
from teams.models import User

__all__ = ["Applied", "CannotApply", "Order", "Report", "Stale", "Terms", "apply", "check"]

Progress = Callable[[str, int, int | None], None]
WORKERS = 2
_SKIPPED = {"frame": "合计、签名等", "example": "示例"}
_CLASHES = ("23505", "23P01", "23503", "40001")  # unique, exclusion, foreign key, serialization
_WAITED = ("55P03", "40P01")  # lock not available, deadlock


class Stale(Exception):
    """The registry or the uploader's reach has changed since the preview; nothing was written.

    Attributes:
        report: what the preview would show now.
    """

    def __init__(self, report: Report) -> None:
        super().__init__("the preview is stale")
        self.report = report


@dataclass(frozen=True)
class Applied:
    """How many rows were written, and the report of the check that went before."""

    created_residents: int
    updated_residents: int
    unchanged_residents: int
    created_households: int
    report: Report


def _silent(phase: str, done: int, total: int | None) -> None:
    """For callers who do not ask how far it is."""


def check(order: Order, progress: Progress = _silent, *, workers: int = WORKERS) -> Report:
    """Look at every row and say what would happen to it; nothing is written.

    Raises:
        CannotReadRoster: the file as a whole cannot be used (NeedsMapping: somebody must say which column is which).
    """
    with transaction.atomic():
        take_time()
        with staging():
            return _judged(order, progress, workers, is_locked=False)


def apply(
    order: Order,
    *,
    roster: RosterImport | None,
    by: User | None,
    expected_digest: str | None,
    progress: Progress = _silent,
    workers: int = WORKERS,
) -> Applied:
    """Write all rows without errors, in one transaction.

    Args:
        roster: whose lines tell what was done, and undo it; None keeps no lines.
        expected_digest: of the preview that was confirmed; None applies without a preview.

    Raises:
        Stale: it would not do what the preview showed.
        CannotApply: somebody else wrote the same people or households in this very moment.
        CannotReadRoster: as ``check``.
    """
    with _clashes_refused(), transaction.atomic(), credited_to(by):
        take_time()
        with staging():
            report = _judged(order, progress, workers, is_locked=True)
            if expected_digest is not None and report.digest != expected_digest:
                raise Stale(report)
            progress("写入登记", 0, None)
            write(policy=order.terms.policy, roster=roster, file_name=order.file_name, by=by, on=order.on)
    counts = report.counts
    return Applied(
        counts["created_residents"],
        counts["updated_residents"],
        counts["unchanged_residents"],
        counts["created_households"],
        report,
    )


def _judged(order: Order, progress: Progress, workers: int, *, is_locked: bool) -> Report:
    terms = order.terms
    progress("打开文件", 0, None)
    limits = Limits.of(terms.policy)
    reach = reach_of(terms.scope)
    book = open_book(order.source, limits)
    layouts = find_layouts(book, order.mapping, order.memory, reach)
    skipped = _stage(book, layouts, prepare(book, layouts, reach, on=order.on, workers=workers), progress)
    if is_locked:
        _lock_villages()
    judge_staged(terms, progress, takes_ids=is_locked)
    progress("汇总", 0, None)
    return report_of(
        layouts,
        [*notes_of(book, layouts, reach), *skipped],
        proposal=proposal_of(book, layouts, order.memory).as_json(),
        on=order.on,
        read_cells=lambda wanted: original_cells(open_book(order.source, limits), wanted),
    )


def _stage(book: Book, layouts: list[Layout], batches: Iterable[Batch], progress: Progress) -> list[str]:
    """Load the rows; what was passed over, in words.

    Raises:
        CannotReadRoster: nobody stands in it.
    """
    heights = {one.index: one.height for one in book.sheets}
    total = sum(heights[one.sheet] for one in layouts)
    read, people, skipped = 0, 0, Counter[str]()
    for batch in batches:
        load(batch)
        read, people = read + batch.read, people + batch.count
        skipped.update(batch.skipped)
        progress("读取并核对各行", min(read, total), total)
    if not people:
        raise CannotReadRoster("no_rows", "表头下面没有居民数据。请填写后再上传。", field="file")
    finish([(one.sheet, one.name) for one in layouts])
    words = [f"{_SKIPPED[why]} {count} 行" for why, count in skipped.items() if why in _SKIPPED]
    return [f"没有读取：{'、'.join(words)}。"] if words else []


def judge_staged(terms: Terms, progress: Progress, *, takes_ids: bool) -> None:
    """Find out about the staged rows what other rows and the registry say to them."""
    progress("查找重复", 0, None)
    find_repeats()
    progress("归户", 0, None)
    group_families()
    warn_shared_phones(terms.policy.phone_max_households)
    progress("与登记比对", 0, None)
    places = places_of(terms.scope)
    match_people(places)
    settle_families(places)
    judge(may_restricted=terms.may_restricted, takes_ids=takes_ids)


def _lock_villages() -> None:
    """Two lists of the same village go one after the other, so that the second sees the people of the first."""
    run(
        "SELECT pg_advisory_xact_lock(hashtextextended('residents.roster.' || village_code, 0))"
        " FROM (SELECT DISTINCT village_code FROM roster_row WHERE village_code <> '' ORDER BY 1) o"
    )


@contextmanager
def _clashes_refused() -> Iterator[None]:
    """What others did at the same time, said as a refusal; everything else is an error."""
    try:
        yield
    except CannotFoundHousehold as full:
        raise CannotApply(full.code, f"本次没有导入任何一行：{full.sentence}") from full
    except DatabaseError as error:
        state = getattr(error.__cause__, "pgcode", None)
        if state in _CLASHES:
            raise moved_on() from error
        if state in _WAITED and isinstance(error, OperationalError):
            sentence = "另一份同村居的花名册正在导入，或登记正忙，本次没有导入任何一行。请稍后再试。"
            raise CannotApply("roster_busy", sentence) from error
        raise
