"""A course of tuberculosis treatment, from the management notice to the stop notice (3.7)."""

from datetime import date, datetime
from decimal import Decimal

from care.actions.episodes import CannotKeepEpisode, change_episode, close_episode, open_episode
from care.choices import Program
from care.models import Episode, ServiceRecord
from care.rules.tuberculosis import (
    CASES,
    ENDINGS,
    PHASES,
    SUPERVISORS,
    day_of,
    is_regular,
)
from core.text import tidy
from residents.models import Resident
from teams.models import User

CLOSING_FORM = "tb_closing"
_KEPT = ("stopped_on", "ending", "doses_due", "doses_taken", "regular_rate")


def receive_notice(
    *, by: User, on: date, now: datetime, resident: Resident, notice_at: datetime, case: str
) -> Episode:
    """The management notice came in: the 72 hours of the first visit run from this moment.

    Raises:
        CannotKeepEpisode: a moment to come, an unknown kind of case, or a course that runs already.
    """
    if notice_at > now:
        raise CannotKeepEpisode("notice_to_come", "收到通知的时间不能晚于现在。", field="notice_at")
    _refuse_unknown(case, CASES, "case", "请选择初治或复治。")
    facts = {"notice_at": notice_at.isoformat(), "case": case, "phase": "intensive"}
    return open_episode(
        by=by, on=on, now=now, resident=resident, program=Program.TB, starts_on=day_of(notice_at), facts=facts
    )


def change_course(
    *, by: User, on: date, now: datetime, episode: Episode, phase: str, phase_from: date, supervisor: str,
    supervisor_name: str = "",
) -> Episode:  # fmt: skip
    """The phase of the treatment, and who watches that the drugs are taken.

    Raises:
        CannotKeepEpisode: a day outside the course, or an unknown phase or supervisor.
    """
    _refuse_unknown(phase, PHASES, "phase", "请选择治疗阶段。")
    _refuse_unknown(supervisor, SUPERVISORS, "supervisor", "请选择督导人员。")
    if not episode.starts_on <= phase_from <= on:
        raise CannotKeepEpisode(
            "phase_out_of_course", "阶段开始日期须在收到通知之后，且不能晚于今天。", field="phase_from"
        )
    facts = {
        "phase": phase,
        f"{phase}_on": phase_from.isoformat(),
        "supervisor": supervisor,
        "supervisor_name": tidy(supervisor_name)[:60],
    }
    return change_episode(by=by, on=on, now=now, episode=episode, facts=facts)


def stop_course(
    *, by: User, on: date, now: datetime, episode: Episode, stopped_on: date, reason: str
) -> Episode:
    """The stop notice came in: follow-ups end, the closing assessment is due.

    Raises:
        CannotKeepEpisode: an unknown reason, or a day outside the course.
    """
    _refuse_unknown(reason, ENDINGS, "reason", "请选择停止治疗的原因。")
    if not episode.starts_on <= stopped_on <= on:
        sentence = "停止治疗日期须在收到通知之后，且不能晚于今天。"
        raise CannotKeepEpisode("stop_out_of_course", sentence, field="stopped_on")
    facts = {"stopped_on": stopped_on.isoformat(), "ending": reason}
    return change_episode(by=by, on=on, now=now, episode=episode, facts=facts)


def close_course(*, by: User, on: date, now: datetime, episode: Episode) -> Episode:
    """Close the course by its closing record, which says why it ended and how regularly the drugs were taken.

    Raises:
        CannotKeepEpisode: ``no_closing_record`` while there is none.
    """
    records = ServiceRecord.objects.standing().filter(resident=episode.resident_id, form=CLOSING_FORM)
    record = records.filter(done_on__gte=episode.starts_on).order_by("-done_on", "-pk").first()
    if record is None:
        raise CannotKeepEpisode("no_closing_record", "请先登记肺结核结案记录，再结案。")
    kept = {name: record.values[name] for name in _KEPT if name in record.values}
    rate = kept.get("regular_rate")
    facts = kept | ({"is_regular": is_regular(Decimal(str(rate)))} if rate is not None else {})
    reason = ENDINGS.get(str(kept.get("ending")), ENDINGS["other"])
    return close_episode(
        by=by, on=on, now=now, episode=episode, ends_on=record.done_on, reason=reason, facts=facts
    )


_UNKNOWN = {
    "case": "case_unknown", "phase": "phase_unknown", "supervisor": "supervisor_unknown", "reason": "ending_unknown"
}  # fmt: skip


def _refuse_unknown(value: str, known: dict[str, str], field: str, sentence: str) -> None:
    if value not in known:
        raise CannotKeepEpisode(_UNKNOWN[field], sentence, field=field)
