"""Judging somebody of the community health team, once for a half-year; the sheet may be changed, and what stood there
before is kept (S2-22, S2-23)."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from grids.models import Posting
from outreach.models import Evaluation
from outreach.queries.community import lead_of
from outreach.rules.evaluating import HalfYear, fault_of, halves_open, total_of, was_in_post
from teams.models import User


class CannotEvaluate(Refusal):
    """The sheet was not stored."""


def evaluate(
    *,
    by: User,
    on: date,
    now: datetime,
    posting: Posting,
    half: HalfYear,
    scores: Mapping[str, int],
    note: str = "",
) -> Evaluation:
    """Store the sheet of a half-year, or change the one that is there.

    Args:
        scores: item code -> points, as ``outreach.rules.evaluating.SHEETS`` names them.

    Raises:
        CannotEvaluate: ``not_yours``, ``own``, ``half_closed``, ``not_in_post`` in that half-year, and faults of the
            sheet: ``score_missing``, ``score_out_of_bounds``, ``score_unknown``.
    """
    kind = lead_of(by, on=on).evaluates(posting)
    if kind is None:
        raise CannotEvaluate("not_yours", "健康管家评价本村居的网格长，网格长评价本网格的健康哨兵。")
    if posting.user_id == by.pk:
        raise CannotEvaluate("own", "不能评价自己，请由镇街工作人员评价。")
    if half not in halves_open(on):
        raise CannotEvaluate("half_closed", "只能评价本半年和上一个半年。", field="half")
    if not was_in_post(posting.starts_on, posting.ends_on, half):
        raise CannotEvaluate("not_in_post", f"{posting.name}在{half}不在任。", field="half")
    fault = fault_of(kind, scores)
    if fault:
        raise CannotEvaluate(fault.code, fault.sentence, field=fault.field)
    sheet = {"scores": dict(scores), "total": total_of(scores), "note": tidy(note)[:200]}
    with transaction.atomic(), credited_to(by):
        # Two who send at once: the person is locked first, so that the second changes what the first wrote.
        Posting.objects.select_for_update().get(pk=posting.pk)
        row = Evaluation.objects.filter(posting=posting, year=half.year, half=half.half).first()
        if row is None:
            return Evaluation.objects.create(
                kind=kind,
                posting=posting,
                year=half.year,
                half=half.half,
                evaluated_by=by,
                evaluated_at=now,
                **sheet,
            )
        if any(getattr(row, name) != value for name, value in sheet.items()):
            for name, value in sheet.items():
                setattr(row, name, value)
            row.evaluated_by, row.evaluated_at = by, now
            row.save(update_fields=[*sheet, "evaluated_by", "evaluated_at"])
    return row
