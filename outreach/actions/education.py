"""What the books ask of a health-education activity, written beside its visit (S2-20, 3.11)."""

from dataclasses import dataclass, fields
from datetime import date

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from outreach.actions.visits import held_visit, refuse_stranger
from outreach.choices import EducationArchive, EducationForm, VisitState
from outreach.models import EducationRecord, OutreachVisit
from outreach.rules.education import KINDS
from teams.models import User


class CannotRecordEducation(Refusal):
    """The record cannot be kept like this."""


@dataclass(frozen=True)
class EducationFacts:
    """What is written of an activity; topic, time, place and number of people stand with its visit."""

    form: EducationForm
    organizer: str = ""
    audience: str = ""
    phone: str = ""
    materials: str = ""
    content: str = ""
    summary: str = ""
    archives: tuple[EducationArchive, ...] = ()


def record_education(*, by: User, on: date, visit: OutreachVisit, facts: EducationFacts) -> EducationRecord:
    """Announce an activity beforehand, or complete its record afterwards: one row a visit, however often it is sent.

    Raises:
        CannotRecordEducation: ``visit_other_team``; ``education_kind``, ``education_not_held``,
            ``education_summary_early``.
    """
    with transaction.atomic(), credited_to(by):
        held = held_visit(visit)
        refuse_stranger(by, held, on=on, refusal=CannotRecordEducation)
        if held.kind not in KINDS:
            raise CannotRecordEducation(
                "education_kind", f"{held.get_kind_display()}不登记健康教育，请另建一次健康活动。"
            )
        if held.state in (VisitState.CANCELLED, VisitState.MISSED):
            raise CannotRecordEducation(
                "education_not_held", "这次活动没有开展，不能登记健康教育；实际开展了的请先补录完成。"
            )
        if facts.summary.strip() and held.on > on:
            raise CannotRecordEducation(
                "education_summary_early", "活动还没开展，总结评价请活动后再写。", field="summary"
            )
        row, _ = EducationRecord.objects.get_or_create(visit=held, defaults={"form": facts.form})
        for one in fields(facts):
            value = getattr(facts, one.name)
            setattr(row, one.name, tidy(value) if isinstance(value, str) and one.name != "form" else value)
        row.archives = sorted({str(one) for one in facts.archives})
        row.save()
    return row
