"""The posters of a month in one go: asked for on a page, drawn by a worker a few at a time, kept for some days.

The rows are the truth: whichever worker comes next goes on behind the last poster that was drawn. A message that gets lost, or a
worker that dies, costs a minute.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from contracts.printing.pdf import CannotPrint
from core.refusals import Refusal
from outreach.choices import PaperSize, RunState
from outreach.disclosures.poster import poster_pdf
from outreach.models import MonthlyDisclosure, PosterRun, PosterSheet
from outreach.policy import OutreachPolicy
from outreach.queries.bulletins import Bulletin, published_bulletins
from outreach.queries.poster_runs import free_runs
from teams.models import User

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]

LOT = 20  # posters: half a minute, then the worker is free for others
_BROKEN = "生成时中断，将再试一次。"
_BROKEN_TWICE = "两次都在生成时中断，已跳过。请打开这一期的海报页面查看原因。"
_LOST = "这一期没有发布的内容。"
_OF_THE_MACHINE = frozenset({"no_pango"})  # the next poster would fare no better
_SOON_AGAIN = frozenset({"busy"})


class CannotDrawPosters(Refusal):
    """No run was begun."""


def ask_posters(*, by: User, now: datetime, month: date, size: PaperSize, base: str) -> PosterRun:
    """Have the posters of all published issues of a month drawn that one may see.

    Args:
        base: beginning of the public addresses, such as https://example.org.

    Raises:
        CannotDrawPosters: nothing of that month is published, or one's last run has not ended.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two clicks, one run
        if PosterRun.objects.filter(asked_by=by, state__in=(RunState.WAITING, RunState.RUNNING)).exists():
            raise CannotDrawPosters("run_under_way", "您上一次申请的海报还在生成，请等它完成。")
        issues = MonthlyDisclosure.objects.visible_to(by).published().filter(month=month)
        ids = list(issues.order_by("institution__name", "team__name", "pk").values_list("pk", flat=True))
        if not ids:
            raise CannotDrawPosters("nothing_published", "这个月还没有已发布的十公开。", field="month")
        run = PosterRun.objects.create(
            month=month, size=size, base=base, issues=ids, asked_by=by, asked_at=now, beat_at=now
        )
        transaction.on_commit(lambda: wake_worker(run.pk), robust=True)
    return run


def wake_worker(run: int) -> None:
    """Without a broker the timetable does it within minutes."""
    from outreach.tasks import draw_posters

    try:
        draw_posters.apply_async((run,), retry=False)
    except OperationalError:
        log.warning("no broker: posters wait for the timetable")


def draw_lot(*, run: int, clock: Clock, most: int = LOT) -> bool:
    """Draw the next posters of a run, if no other worker is at it.

    Returns:
        Whether some are left for another lot.
    """
    if not _claim(run, clock()):
        return False
    held = PosterRun.objects.get(pk=run)
    left = _left(held)
    for pk, bulletin in _bulletins(left[:most]):
        try:
            _draw(held, pk, bulletin, clock)
        except CannotPrint as refusal:
            if refusal.code in _OF_THE_MACHINE:
                _end(held, clock(), RunState.FAILED, refusal.sentence)
                return False
            break  # others are drawing: in a minute again
    if _left(held):
        _release(held, clock())
        return True
    _end(held, clock(), RunState.DONE, _summary(held))
    return False


def clear_poster_runs(*, on: date, policy: OutreachPolicy, dry_run: bool = False) -> int:
    """Drop what was drawn, after the days it is kept; how many runs went."""
    first_kept = timezone.make_aware(datetime.combine(on - timedelta(days=policy.poster_keep_days), time.min))
    old = PosterRun.objects.filter(asked_at__lt=first_kept)
    if dry_run:
        return old.count()
    with transaction.atomic():
        held = list(old.select_for_update().values_list("pk", flat=True))
        PosterSheet.objects.filter(run__in=held).delete()
        PosterRun.objects.filter(pk__in=held).delete()
    return len(held)


def _claim(run: int, now: datetime) -> bool:
    """One statement decides between two workers."""
    return bool(free_runs(now=now).filter(pk=run).update(state=RunState.RUNNING, beat_at=now))


def _release(run: PosterRun, now: datetime) -> None:
    PosterRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=RunState.WAITING, beat_at=now)


def _end(run: PosterRun, now: datetime, state: RunState, message: str) -> None:
    PosterRun.objects.filter(pk=run.pk).update(state=state, ended_at=now, beat_at=now, message=message[:200])


def _left(run: PosterRun) -> list[int]:
    """Issues without a poster, those last that have already broken off once."""
    drawn = set(PosterSheet.objects.filter(run=run).values_list("disclosure", flat=True))
    open_ = [one for one in run.issues if one not in drawn and run.failed.get(str(one)) in (None, _BROKEN)]
    return sorted(open_, key=lambda one: str(one) in run.failed)


def _bulletins(issues: list[int]) -> list[tuple[int, Bulletin | None]]:
    found = published_bulletins(MonthlyDisclosure.objects.filter(pk__in=issues))
    return [(pk, found.get(pk)) for pk in issues]


def _draw(run: PosterRun, pk: int, bulletin: Bulletin | None, clock: Clock) -> None:
    """Draw one. Before it begins the row says so: who dies over it a second time has shown that it is the poster's fault."""
    if bulletin is None:
        _note(run, clock(), failed=run.failed | {str(pk): _LOST})
        return
    before = run.failed.get(str(pk))
    others = {key: told for key, told in run.failed.items() if key != str(pk)}
    _note(run, clock(), failed=others | {str(pk): _BROKEN_TWICE if before else _BROKEN})
    try:
        link = run.base + reverse("public-bulletin", args=[bulletin.code])
        made = poster_pdf(bulletin, size=PaperSize(run.size), link=link)
    except CannotPrint as refusal:
        if refusal.code in _OF_THE_MACHINE | _SOON_AGAIN:
            _note(run, clock(), failed=others | ({str(pk): before} if before else {}))
            raise
        _note(run, clock(), failed=others | {str(pk): refusal.sentence})
        return
    with transaction.atomic():
        PosterSheet.objects.bulk_create(
            [PosterSheet(run=run, disclosure_id=pk, pdf=made)], ignore_conflicts=True
        )
        _note(run, clock(), failed=others)


def _note(run: PosterRun, now: datetime, *, failed: dict[str, str]) -> None:
    run.failed, run.beat_at = failed, now
    run.made = PosterSheet.objects.filter(run=run).count()
    run.save(update_fields=["failed", "made", "beat_at"])


def _summary(run: PosterRun) -> str:
    whole = f"共 {len(run.issues)} 张，全部生成。"
    return (
        f"共 {len(run.issues)} 张，生成 {run.made} 张，{len(run.failed)} 张没有成功。"
        if run.failed
        else whole
    )
