"""A bed at home: assessed, agreed to and opened, visited, closed with a reason (S4-10)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from care.actions.home_services import Agreed, write_consent
from care.choices import BedClosing, BedGround, BedState
from care.models import HomeBed
from care.queries.serving import serving
from care.rules.home_services import BED_RISKS
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import User

ROUND_FORM = "home_bed_round"


class CannotKeepBed(Refusal):
    """The bed stays as it was."""


def assess_bed(
    *, by: User, on: date, resident: Resident, ground: str, diagnosis: str, assessment: str, assessed_on: date,
    round_days: int, client_token: UUID, is_ltci: bool = False,
) -> HomeBed:  # fmt: skip
    """Somebody is fit for a bed at home; it is opened once the family agreed.

    Args:
        round_days: at most so many days between two rounds.
        client_token: of the form; sent again, the first assessment is returned.

    Raises:
        CannotKeepBed: not present, no team, a day to come, too little said, or a bed that is not closed.
    """
    with transaction.atomic(), credited_to(by):
        held = (
            Resident.objects.select_for_update(of=("self",))
            .select_related("managing_team")
            .get(pk=resident.pk)
        )
        known = HomeBed.objects.filter(client_token=client_token).first()
        if known:
            return known
        served = serving(held, on=on)
        if held.life_status != LifeStatus.PRESENT or served.team is None:
            raise CannotKeepBed("bed_without_team", "只能为有签约团队或管理团队的在册居民建家庭病床。")
        if assessed_on > on:
            raise CannotKeepBed("bed_to_come", "评估日期不能晚于今天。", field="assessed_on")
        if ground not in BedGround.values or not tidy(diagnosis) or not tidy(assessment):
            raise CannotKeepBed(
                "bed_not_assessed", "请写明建床指征、主要诊断和评估情况。", field="assessment"
            )
        if not 1 <= round_days <= 60:
            raise CannotKeepBed("bed_round_days", "查床间隔请填 1～60 天。", field="round_days")
        with refuse_on(HomeBed, CannotKeepBed, one_open_home_bed=""):
            return HomeBed.objects.create(
                resident=held, team=served.team, enrollment=served.enrollment, ground=ground,
                diagnosis=tidy(diagnosis)[:100], assessment=tidy(assessment)[:300], assessed_on=assessed_on,
                assessed_by=by, is_ltci=is_ltci, round_days=round_days, client_token=client_token,
            )  # fmt: skip


def open_bed(*, by: User, on: date, now: datetime, bed: HomeBed, opened_on: date, agreed: Agreed) -> HomeBed:
    """The risks were told and agreed to; the bed begins.

    Raises:
        CannotKeepBed: opened or closed before, a day before the assessment or to come, nobody's name, no drawing.
    """
    with transaction.atomic(), credited_to(by):
        held = _locked(bed)
        if held.state != BedState.ASSESSED:
            raise CannotKeepBed("bed_opened", "这张家庭病床已经建床或办结。")
        if not held.assessed_on <= opened_on <= on:
            sentence = "建床日期不能早于评估日期，也不能晚于今天。"
            raise CannotKeepBed("bed_opening_day", sentence, field="opened_on")
        held.consent = write_consent(
            resident_id=held.resident_id,
            risks=BED_RISKS,
            agreed=agreed,
            by=by,
            now=now,
            refusal=CannotKeepBed,
        )
        held.state, held.opened_on = BedState.OPEN, opened_on
        held.save(update_fields=["consent", "state", "opened_on"])
    return held


def close_bed(*, by: User, on: date, bed: HomeBed, closed_on: date, closing: str, note: str = "") -> HomeBed:
    """The bed ends; one that was only assessed is not opened.

    Raises:
        CannotKeepBed: closed before, no reason, or a day before the opening or to come.
    """
    with transaction.atomic(), credited_to(by):
        held = _locked(bed)
        if held.state not in (BedState.ASSESSED, BedState.OPEN):
            raise CannotKeepBed("bed_closed", "这张家庭病床已经撤床。")
        if closing not in BedClosing.values:
            raise CannotKeepBed("bed_no_reason", "请选择撤床原因。", field="closing")
        if closing == BedClosing.OTHER and not tidy(note):
            raise CannotKeepBed("bed_no_note", "选择“其他”的，请写明原因。", field="note")
        if not (held.opened_on or held.assessed_on) <= closed_on <= on:
            sentence = "撤床日期不能早于建床（评估）日期，也不能晚于今天。"
            raise CannotKeepBed("bed_closing_day", sentence, field="closed_on")
        held.state = BedState.CLOSED if held.opened_on else BedState.DECLINED
        held.closed_on, held.closing, held.closing_note = closed_on, closing, tidy(note)[:200]
        held.save(update_fields=["state", "closed_on", "closing", "closing_note"])
    return held


def _locked(bed: HomeBed) -> HomeBed:
    return HomeBed.objects.select_for_update(of=("self",)).get(pk=bed.pk)
