"""What a team does with a report: take, pass on, verify, note, close, set aside, open again; the sender takes back (7.3).

Every step is one row of the log. What the sender hears of it follows from the step (``outreach.rules.whistle.told``).
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from outreach.actions.acknowledging import acknowledge
from outreach.actions.reporting import clocks
from outreach.choices import AckSide, Escalation, Outcome, ReportKind, ReportState, ReportStep
from outreach.models import GridReport, ReportEvent
from outreach.policy import policy_on
from outreach.queries.whistles import team_answering
from outreach.rules.whistle import OUTCOMES_OF_CLOSING, OUTCOMES_OF_INVALID, Verb, object_to_verb
from residents.models import Resident
from teams.models import Team, TeamMembership, User

_TWO_TAPS = timedelta(minutes=1)


class CannotAnswer(Refusal):
    """The report stays as it is."""


def take_report(*, by: User, on: date, now: datetime, report: GridReport) -> GridReport:
    """Take a report on: the first clock stops. Of two who tap at once the second is told that it is taken.

    Raises:
        CannotAnswer: ``cannot_take`` where somebody has it, ``not_own_team``.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.TAKE, by=by, on=on, now=now)
        move(held, ReportStep.TAKEN, by=by, now=now, state=ReportState.ASSIGNED, handler=by, taken_at=now)
    return held


def pass_report(
    *, by: User, on: date, now: datetime, report: GridReport, to: User, note: str = ""
) -> GridReport:
    """Give a report to a colleague of the team; it counts as taken.

    Raises:
        CannotAnswer: ``not_colleague``, ``passed_to_same``, or as ``take_report``.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.HAND_ON, by=by, on=on, now=now)
        if not TeamMembership.objects.active_on(on).filter(team=held.team, user=to).exists():
            raise CannotAnswer("not_colleague", "只能转给本团队成员，请重新选择。", field="to")
        if held.handler_id == to.pk:
            raise CannotAnswer("passed_to_same", f"现在就由{to.name}办理，不用再转。", field="to")
        state = ReportState.ASSIGNED if held.state == ReportState.NEW else held.state
        said = f"转给{to.name}。{tidy(note)}"
        move(
            held, ReportStep.PASSED, by=by, now=now, note=said, state=state, handler=to,
            taken_at=held.taken_at or now,
        )  # fmt: skip
    return held


def begin_verifying(*, by: User, on: date, now: datetime, report: GridReport, note: str = "") -> GridReport:
    """Say that the matter is being looked into; whoever begins has it, if nobody had."""
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.VERIFY, by=by, on=on, now=now)
        move(
            held, ReportStep.VERIFYING, by=by, now=now, note=note, state=ReportState.VERIFYING,
            handler=held.handler or by, taken_at=held.taken_at or now,
        )  # fmt: skip
    return held


def add_note(
    *, by: User, on: date, now: datetime, report: GridReport, note: str, typed_at: datetime | None = None
) -> ReportEvent:
    """A further word, by the team or by the sender, whatever has become of the report.

    Args:
        typed_at: by the clock of whoever types. The same words written down since are this note, sent again; without
            it, within a minute. 电话没人接 of another day is another note.

    Raises:
        CannotAnswer: ``note_missing``, ``not_own_team``.
    """
    said = tidy(note)[:500]
    if not said:
        raise CannotAnswer("note_missing", "请填写要补充的内容。", field="note")
    with transaction.atomic(), credited_to(by):
        held = locked(report)
        if held.reporter_id != by.pk:
            answering_team(held, by=by, on=on)
            _heard(held, by=by, now=now)
        since = typed_at if typed_at and typed_at <= now else now - _TWO_TAPS
        for one in held.events.filter(by=by, step=ReportStep.NOTED, at__gte=since).order_by("pk"):
            if one.note == said:
                return one
        return ReportEvent.objects.create(report=held, step=ReportStep.NOTED, at=now, by=by, note=said)


def link_resident(*, by: User, on: date, now: datetime, report: GridReport, resident: Resident) -> GridReport:
    """Say whom a report is about, so that services can be booked for him. Nothing of him is changed."""
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.LINK, by=by, on=on, now=now)
        if held.resident_id != resident.pk:
            said = f"对应居民：{resident.masked_name}"
            move(held, ReportStep.NOTED, by=by, now=now, note=said, resident=resident)
    return held


def close_report(
    *, by: User, on: date, now: datetime, report: GridReport, outcome: str, note: str = "", reply: str = ""
) -> GridReport:
    """Settle a report with a coded outcome.

    Args:
        note: for colleagues. reply: a word to the sender; nothing about anybody's health belongs there.

    Raises:
        CannotAnswer: ``outcome_of_other_kind``, ``reply_restricted``, or as ``take_report``.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.CLOSE, by=by, on=on, now=now)
        if outcome not in OUTCOMES_OF_CLOSING[ReportKind(held.kind)]:
            raise CannotAnswer("outcome_of_other_kind", "请从列表里选择处理结果。", field="outcome")
        end(
            held, ReportStep.CLOSED, ReportState.CLOSED, by=by, now=now, outcome=outcome, note=note,
            reply=reply,
        )  # fmt: skip
    return held


def mark_invalid(
    *, by: User, on: date, now: datetime, report: GridReport, outcome: str, note: str, reply: str = ""
) -> GridReport:
    """What was reported is not so, or nobody could be found; why must be said.

    Raises:
        CannotAnswer: ``note_missing``, ``outcome_of_other_kind``, or as ``take_report``.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.INVALID, by=by, on=on, now=now)
        if outcome not in OUTCOMES_OF_INVALID:
            raise CannotAnswer("outcome_of_other_kind", "请从列表里选择处理结果。", field="outcome")
        if not tidy(note):
            raise CannotAnswer("note_missing", "请写明怎么核实的、为什么不属实。", field="note")
        end(
            held, ReportStep.INVALID, ReportState.INVALID, by=by, now=now, outcome=outcome, note=note,
            reply=reply,
        )  # fmt: skip
    return held


def mark_duplicate(
    *, by: User, on: date, now: datetime, report: GridReport, of: GridReport, note: str = ""
) -> GridReport:
    """The matter was reported before. What was thought a duplicate of this one becomes one of the other.

    Raises:
        CannotAnswer: ``duplicate_of_itself``, ``duplicate_elsewhere``, or as ``take_report``.
    """
    with transaction.atomic(), credited_to(by):
        first = of.duplicate_of or of
        rows = GridReport.objects.select_for_update(of=("self",)).order_by("pk")
        list(rows.filter(pk__in=[report.pk, first.pk]).values_list("pk"))
        held, other = begun(report, Verb.DUPLICATE, by=by, on=on, now=now), locked(first)
        if other.pk == held.pk:
            raise CannotAnswer("duplicate_of_itself", "不能判为与自己重复，请另选一条。", field="of")
        if other.is_training or other.state == ReportState.DUPLICATE or other.kind != held.kind:
            raise CannotAnswer("duplicate_elsewhere", "只能判为与同类的另一条上报重复。", field="of")
        if other.grid.village_id != held.grid.village_id:
            raise CannotAnswer("duplicate_elsewhere", "只能判为与同一村（居）的上报重复。", field="of")
        held.duplicates.update(duplicate_of=other)
        held.duplicate_of = other
        end(
            held, ReportStep.DUPLICATE, ReportState.DUPLICATE, by=by, now=now, outcome=Outcome.DUPLICATE,
            note=note,
        )  # fmt: skip
    return held


def reopen_report(*, by: User, on: date, now: datetime, report: GridReport, note: str) -> GridReport:
    """Take an ended report up again; the clock for settling it runs anew, and it can be late anew.

    What was changed in the registry by confirming it stays as it is.

    Raises:
        CannotAnswer: ``note_missing``, ``cannot_reopen``, ``not_own_team``.
    """
    if not tidy(note):
        raise CannotAnswer("note_missing", "请写明为什么重新打开。", field="note")
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.REOPEN, by=by, on=on, now=now)
        settle_by = None if held.is_training else clocks(held.kind, policy_on(on), at=now)["settle_by"]
        move(
            held, ReportStep.REOPENED, by=by, now=now, note=note, state=ReportState.ASSIGNED, handler=by,
            ended_at=None, outcome=Outcome.NONE, reply="", duplicate_of=None, settle_by=settle_by,
            escalated=Escalation.NONE,
        )  # fmt: skip
    return held


def withdraw_report(*, by: User, now: datetime, report: GridReport, note: str = "") -> GridReport:
    """The sender takes back what nobody has taken on yet.

    Raises:
        CannotAnswer: ``not_the_sender``, ``cannot_withdraw``.
    """
    with transaction.atomic(), credited_to(by):
        held = locked(report)
        if held.reporter_id != by.pk:
            raise CannotAnswer("not_the_sender", "只有上报人可以撤回。")
        refuse_verb(held, Verb.WITHDRAW)
        end(
            held, ReportStep.WITHDRAWN, ReportState.WITHDRAWN, by=by, now=now, outcome=Outcome.NONE, note=note
        )
    return held


# --- shared with the verbs that confirm and book ----------------------------------------------------------------


def locked(report: GridReport) -> GridReport:
    """The row, locked: steps of one report come one after another."""
    rows = GridReport.objects.select_for_update(of=("self",))
    return rows.select_related("grid", "team__institution", "handler", "resident").get(pk=report.pk)


def begun(report: GridReport, verb: Verb, *, by: User, on: date, now: datetime) -> GridReport:
    """The locked report, once it is certain that this person may take this step with it now.

    Where another team answers for the grid by now, the report goes to the team of whoever goes on with it.
    """
    held = locked(report)
    held.team = answering_team(held, by=by, on=on)
    refuse_verb(held, verb)
    _heard(held, by=by, now=now)
    return held


def _heard(report: GridReport, *, by: User, now: datetime) -> None:
    """Whoever of the team does something about an urgent report has heard of it."""
    if report.kind == ReportKind.URGENT and report.is_open:
        acknowledge(report=report, side=AckSide.TEAM, by=by, now=now)


def answering_team(report: GridReport, *, by: User, on: date) -> Team:
    """The team for which he answers it.

    Raises:
        CannotAnswer: ``not_own_team``.
    """
    team = team_answering(report, by, on=on)
    if team is None:
        raise CannotAnswer("not_own_team", "这条上报由其他团队负责，您只能查看。")
    return team


def refuse_verb(report: GridReport, verb: Verb) -> None:
    objection = object_to_verb(verb, state=report.state, kind=report.kind)
    if objection:
        raise CannotAnswer(objection.code, objection.sentence)


def move(
    report: GridReport, step: ReportStep, *, by: User, now: datetime, note: str = "", **columns: Any
) -> None:
    """Write what changes, and the row of the log."""
    for name, value in columns.items():
        setattr(report, name, value)
    report.save(update_fields=["team", *columns])
    ReportEvent.objects.create(report=report, step=step, at=now, by=by, note=tidy(note)[:500])


def end(
    report: GridReport, step: ReportStep, state: ReportState, *, by: User, now: datetime, outcome: str,
    note: str = "", reply: str = "", **columns: Any,
) -> None:  # fmt: skip
    """The last step, with what is told to the sender; whoever ends it has answered it.

    Raises:
        CannotAnswer: ``reply_restricted``: of mental illness and HIV nothing is told but the fixed sentence.
    """
    said = tidy(reply)[:200]
    if said and report.is_restricted:
        raise CannotAnswer(
            "reply_restricted",
            "受限类上报只反馈“已收到，由专人处理”，请不要填写给上报人的话。",
            field="reply",
        )
    if state != ReportState.WITHDRAWN:
        columns |= {"handler": report.handler or by, "taken_at": report.taken_at or now}
    more = {"duplicate_of": report.duplicate_of} if state == ReportState.DUPLICATE else {}
    move(
        report, step, by=by, now=now, note=note, state=state, ended_at=now, outcome=outcome, reply=said,
        **more, **columns,
    )  # fmt: skip
