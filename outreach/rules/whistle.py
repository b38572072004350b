"""What a grid report may say, when it must be answered, which step may follow, and what its sender is told. Pure.

Sources: the nine kinds of S2-26, S2-27, S2-29, S0-10; states and clocks of 7.3.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices

from outreach.choices import (
    OPEN_STATES,
    ChangeType,
    NeedType,
    Outcome,
    ReportKind,
    ReportState,
    ReportStep,
    Symptom,
    UrgentBehavior,
)
from residents.choices import RESTRICTED, Population

# The nine kinds of S2-26, in its order.
REPORTED_POPULATIONS = (
    Population.CHILD_0_6,
    Population.PERINATAL,
    Population.ELDERLY_65,
    Population.HYPERTENSION,
    Population.DIABETES_T2,
    Population.SMI,
    Population.TB,
    Population.HIV,
    Population.DISABLED,
)
MOST_PERSONS = 99  # in one report of a symptom; more is typed by mistake
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Objection:
    """Why a report cannot be taken like this; ``field`` is the fact or column it is about, "" for none."""

    code: str
    sentence: str
    field: str = ""


# Kinds of which several things can be ticked: what is known, and what is said when nothing was.
_LISTS: dict[str, tuple[tuple[str, ...], Objection]] = {
    ReportKind.NEW_PERSON: (
        REPORTED_POPULATIONS,
        Objection("populations_missing", "请选择属于哪一类人员。", "populations"),
    ),
    ReportKind.NEED: (
        tuple(NeedType.values),
        Objection("needs_missing", "请选择需要什么帮助。", "needs"),
    ),
    ReportKind.URGENT: (
        tuple(UrgentBehavior.values),
        Objection("behaviors_missing", "请选择看到的情况。", "behaviors"),
    ),
}


def read_facts(
    kind: str, facts: Mapping[str, Any], *, allow_hiv: bool, on: date
) -> dict[str, Any] | Objection:
    """The facts of a report in the form in which they are kept, each list in the order of its codes.

    Args:
        facts: {"populations": [..]} of a new person, {"change": .., "since": "2026-11-01" or a day or ""} of a change,
            {"needs": [..]}, {"behaviors": [..]} of an urgent report, {"symptom": .., "count": 1} of a symptom.
        allow_hiv: whether the district takes HIV clues at all.
    """
    if kind in _LISTS:
        known, missing = _LISTS[kind]
        name = missing.field
        chosen = set(facts.get(name) or ())
        if not chosen or not chosen <= set(known):
            return missing
        if Population.HIV in chosen and kind == ReportKind.NEW_PERSON and not allow_hiv:
            return Objection("population_not_taken", "本区不通过网格端收集这类线索，请另选类别。", name)
        return {name: [str(one) for one in known if one in chosen]}
    if kind == ReportKind.CHANGE:
        return _read_change(facts, on)
    if kind == ReportKind.SYMPTOM:
        return _read_symptom(facts)
    return Objection("kind_unknown", "没有这种上报，请返回首页重新选择。", "kind")


def _read_change(facts: Mapping[str, Any], on: date) -> dict[str, Any] | Objection:
    change, since = facts.get("change", ""), facts.get("since") or ""
    if change not in ChangeType.values:
        return Objection("change_missing", "请选择发生了什么变动。", "change")
    try:
        day = date.fromisoformat(since) if isinstance(since, str) and since else since
    except ValueError:
        return Objection("since_form", "日期写法不对，请重新选择日期；不清楚可以不填。", "since")
    if day and day > on:
        return Objection("since_to_come", "日期还没有到，请填今天或以前的日期。", "since")
    return {"change": str(change), "since": f"{day:%Y-%m-%d}" if day else ""}


def _read_symptom(facts: Mapping[str, Any]) -> dict[str, Any] | Objection:
    symptom, count = facts.get("symptom", ""), facts.get("count", 1)
    if symptom not in Symptom.values:
        return Objection("symptom_missing", "请选择看到的症状。", "symptom")
    if not isinstance(count, int) or not 1 <= count <= MOST_PERSONS:
        return Objection("count_range", f"人数请填 1 到 {MOST_PERSONS}。", "count")
    return {"symptom": str(symptom), "count": count}


def object_to_silence(kind: str, *, said: bool) -> Objection | None:
    """A report must lead somewhere: a name, an address, a phone or a sentence. Grid and number are enough for a symptom,
    and nobody is held up who reports danger."""
    if said or kind in (ReportKind.SYMPTOM, ReportKind.URGENT):
        return None
    return Objection(
        "nothing_said", "请至少填写姓名（称呼）、住址、电话、情况说明中的一项，医生才能找到人。", "address"
    )


def is_restricted(kind: str, facts: Mapping[str, Any]) -> bool:
    """Mental illness and HIV: only for those who may know them."""
    return kind == ReportKind.URGENT or bool(set(RESTRICTED) & set(facts.get("populations", ())))


def deadline(at: datetime, days: int, *, is_working: Callable[[date], bool], zone: tzinfo) -> datetime:
    """The same time of day ``days`` working days later; what comes on a day off counts from 00:00 of the next
    working day."""
    local = at.astimezone(zone)
    day, clock = local.date(), local.time()
    while not is_working(day):
        day, clock = day + _ONE, time(0)
    while days > 0:
        day += _ONE
        days -= is_working(day)
    return datetime.combine(day, clock, tzinfo=zone)


_LABELS: dict[str, type[TextChoices]] = {
    "populations": Population,
    "needs": NeedType,
    "behaviors": UrgentBehavior,
    "change": ChangeType,
    "symptom": Symptom,
}


def facts_in_words(facts: Mapping[str, Any], *, is_list: bool = False) -> str:
    """What was ticked: 65岁及以上老年人、高血压患者; 新搬入（2026-11-01）; 发热 2 人. For those who may know it.

    Args:
        is_list: mental illness and HIV are not named in lists, whoever reads them.
    """
    name = next((one for one in _LABELS if one in facts), "")
    if not name:
        return ""
    codes = facts[name] if isinstance(facts[name], list) else [facts[name]]
    words = [
        "受限类别" if is_list and code in RESTRICTED else str(_LABELS[name](code).label) for code in codes
    ]
    said = "、".join(dict.fromkeys(words))
    if facts.get("since"):
        return f"{said}（{facts['since']}）"
    return f"{said} {facts['count']} 人" if "count" in facts else said


def stage_due(state: str, respond_by: datetime | None, settle_by: datetime | None) -> datetime | None:
    """The clock of the stage a report is in: until somebody takes it, then until it is settled; None once it has ended.

    An urgent report is never waited for to be taken: its two sides have clocks of their own.
    """
    if state == ReportState.NEW and respond_by:
        return respond_by
    return settle_by if state in OPEN_STATES else None


class Verb(StrEnum):
    """What may be done with a report."""

    TAKE = "take"
    HAND_ON = "hand_on"
    VERIFY = "verify"
    NOTE = "note"
    LINK = "link"
    CONFIRM = "confirm"
    CLOSE = "close"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    REOPEN = "reopen"
    BOOK = "book"
    WITHDRAW = "withdraw"


_ENDED = tuple(one for one in ReportState if one not in OPEN_STATES)
# Clues and changes are confirmed, everything else is closed (7.3).
CONFIRMED_KINDS = (ReportKind.NEW_PERSON, ReportKind.CHANGE)
_FROM: dict[Verb, tuple[ReportState, ...]] = {
    Verb.TAKE: (ReportState.NEW,),
    Verb.HAND_ON: OPEN_STATES,
    Verb.VERIFY: (ReportState.NEW, ReportState.ASSIGNED),
    Verb.NOTE: tuple(ReportState),
    Verb.LINK: OPEN_STATES,
    Verb.CONFIRM: OPEN_STATES,
    Verb.CLOSE: OPEN_STATES,
    Verb.DUPLICATE: OPEN_STATES,
    Verb.INVALID: OPEN_STATES,
    Verb.REOPEN: tuple(one for one in _ENDED if one != ReportState.WITHDRAWN),
    Verb.BOOK: (*OPEN_STATES, ReportState.CONFIRMED, ReportState.CLOSED),
    Verb.WITHDRAW: (ReportState.NEW,),
}
_NOT_NOW = {
    Verb.TAKE: "这条上报已经有人接单，请刷新页面。",
    Verb.REOPEN: "这条上报不能重新打开：它还没有结束，或上报人已经撤回。",
    Verb.WITHDRAW: "团队已经接单，不能再撤回；情况有变请补充说明。",
}


def object_to_verb(verb: Verb, *, state: str, kind: str) -> Objection | None:
    """Why a report in this state does not take this step."""
    if verb == Verb.CONFIRM and kind not in CONFIRMED_KINDS:
        return Objection("verb_of_other_kind", "这类上报不用核实确认，请选择办结。")
    if verb == Verb.WITHDRAW and kind == ReportKind.URGENT:
        return Objection("urgent_stays", "紧急上报已经同时报出，不能撤回；情况有变请补充说明。")
    if state not in _FROM[verb]:
        return Objection(f"cannot_{verb}", _NOT_NOW.get(verb, "这条上报已经结束；需要继续办理请先重新打开。"))
    return None


_O = Outcome
OUTCOMES_OF_CLOSING: dict[str, tuple[Outcome, ...]] = {
    ReportKind.NEED: (
        _O.CONTACTED, _O.SERVED, _O.PLANNED, _O.REFERRED, _O.PASSED_ON, _O.REFUSED, _O.NOT_FOUND,
    ),
    ReportKind.URGENT: (_O.SERVED, _O.REFERRED, _O.PASSED_ON, _O.CONTACTED, _O.PLANNED, _O.NOT_FOUND),
    ReportKind.SYMPTOM: (_O.CONTACTED, _O.SERVED, _O.REFERRED, _O.PASSED_ON, _O.REFUSED, _O.NOT_FOUND),
    ReportKind.NEW_PERSON: (_O.REFUSED, _O.PASSED_ON, _O.NOT_FOUND),
    ReportKind.CHANGE: (_O.KNOWN, _O.UPDATED, _O.PASSED_ON, _O.NOT_FOUND),
}  # fmt: skip
OUTCOMES_OF_INVALID = (_O.NOT_TRUE, _O.NOT_FOUND)


_CLOSED_WORDS = "已收到，由专人处理。"
_TOLD = {
    ReportStep.SENT: "已收到，家庭医生团队会在规定时间内处理。",
    ReportStep.TAKEN: "家庭医生团队已接单。",
    ReportStep.PASSED: "已转给负责的同事处理。",
    ReportStep.VERIFYING: "团队正在核实处理。",
    ReportStep.NOTED: "团队正在核实处理。",
    ReportStep.ACKED: "已有人确认收到，正在处理。",
    ReportStep.ESCALATED: "处理超时，已上报催办。",
    ReportStep.BOOKED: "团队已提供或安排服务。",
    ReportStep.DUPLICATE: "这件事已经有人报过，团队正一并处理，谢谢您。",
    ReportStep.INVALID: "团队核实后，情况与上报的不一致，谢谢您留意。",
    ReportStep.WITHDRAWN: "您已撤回这条上报。",
    ReportStep.REOPENED: "已重新打开，团队会继续处理。",
}
_TOLD_URGENT = {
    ReportStep.SENT: "已同时报给村（居）委会和家庭医生团队。有危险请先打110、120。",
    ReportStep.ESCALATED: "已报上级催办。有危险请先打110、120。",
    ReportStep.ACKED: _TOLD[ReportStep.ACKED],
    ReportStep.WITHDRAWN: _TOLD[ReportStep.WITHDRAWN],
}
_ENDINGS = {
    Outcome.REGISTERED: "团队已核实并登记建档，谢谢您。",
    Outcome.FLAGGED: "团队已核实并开始管理服务，谢谢您。",
    Outcome.KNOWN: "这个人团队已经在管理，谢谢您。",
    Outcome.UPDATED: "资料已经更新，谢谢您。",
    Outcome.SERVED: "团队已提供服务，谢谢您。",
    Outcome.CONTACTED: "团队已联系并答复，谢谢您。",
    Outcome.PLANNED: "团队已安排好服务，谢谢您。",
    Outcome.REFERRED: "团队已协助转诊，谢谢您。",
    Outcome.PASSED_ON: "已转给负责的部门，谢谢您。",
    Outcome.REFUSED: "团队已联系，本人暂不需要，谢谢您。",
    Outcome.NOT_FOUND: "团队没有找到本人。如果您知道怎么联系，请补报。",
}


def told(step: str, outcome: str, kind: str, *, restricted: bool = False) -> str:
    """What the sender of a report is told at a stage: no diagnosis, no name, and of restricted matters no more than
    that somebody has them in hand.

    Args:
        step: the last step that is in the log of the report.
        outcome: of the report, "" while it has none.
        restricted: ``GridReport.is_restricted``; an urgent report is, whatever is given.
    """
    if kind == ReportKind.URGENT:
        return _TOLD_URGENT.get(ReportStep(step), _CLOSED_WORDS)
    if restricted:
        return _TOLD[ReportStep.WITHDRAWN] if step == ReportStep.WITHDRAWN else _CLOSED_WORDS
    if step in (ReportStep.CONFIRMED, ReportStep.CLOSED):
        return _ENDINGS.get(Outcome(outcome), "团队已处理完毕，谢谢您。")
    return _TOLD[ReportStep(step)]
