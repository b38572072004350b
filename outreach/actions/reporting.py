"""Sending a report from a grid: taken once, whoever sends it again; its clocks begin (S2-26 to S2-29, 7.3)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.calendar import working_test
from core.crypto import seal_bytes
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from grids.models import Grid, Posting
from outreach.actions.acknowledging import open_acks
from outreach.actions.clusters import look_for_cluster
from outreach.choices import ReportKind, ReportStep
from outreach.models import GridReport, ReportEvent, ReportPhoto
from outreach.policy import OutreachPolicy, policy_on
from outreach.queries.whistles import PHOTO_PURPOSE, team_of_grid
from outreach.rules.urgent import settle_due_at
from outreach.rules.whistle import Objection, deadline, is_restricted, object_to_silence, read_facts
from residents.rules.phones import normal_phone
from residents.searchable import phone_index
from teams.models import User

_CALENDAR_DAYS = 400  # of the working calendar, read at once: more than ninety working days


class CannotReport(Refusal):
    """The report is not taken like this."""


@dataclass(frozen=True)
class Sent:
    """A report that is in the database; ``is_new`` is False when it was sent again."""

    report: GridReport
    is_new: bool


def send_report(
    *, by: User, on: date, now: datetime, posting: Posting | None, grid: Grid, kind: str, facts: Mapping[str, Any],
    client_token: UUID, person_name: str = "", phone: str = "", address: str = "", description: str = "",
    photos: Sequence[bytes] = (), typed_at: datetime | None = None, place: Mapping[str, Any] | None = None,
    is_training: bool = False,
) -> Sent:  # fmt: skip
    """Take a report of a grid worker. It belongs to the team that answers for the grid on that day, if there is one.

    Args:
        posting: as what he works; its village must be the grid's. None: the grid must lie in his areas.
        facts: by kind, see ``outreach.rules.whistle.read_facts``.
        client_token: made on the telephone; sent again, the first report is returned and nothing changes.
        photos: JPEGs drawn anew (contracts.pictures).
        typed_at: by the telephone's clock; one that is ahead is not believed.
        place: {"latitude": .., "longitude": .., "accuracy_m": ..} of WGS-84.
        is_training: for practice: no clock, nobody is told, in no count.

    Raises:
        CannotReport: something is missing, not his village, or a token of somebody else.
    """
    policy = policy_on(on)
    with transaction.atomic(), credited_to(by):
        known = GridReport.objects.filter(client_token=client_token).first()
        if known:
            return _again(known, by)
        _refuse_place(posting, grid, by=by, on=on)
        said = _said(person_name=person_name, phone=phone, address=address, description=description)
        kept = _checked(kind, facts, said, policy=policy, on=on)
        report, is_new = GridReport.objects.get_or_create(
            client_token=client_token,
            defaults={
                **said,
                **_place(place),
                **({} if is_training else clocks(kind, policy, at=now)),
                "kind": kind,
                "grid": grid,
                "team": team_of_grid(grid, on=on),
                "posting": posting,
                "reporter": by,
                "is_training": is_training,
                "is_restricted": is_restricted(kind, kept),
                "facts": kept,
                "typed_at": typed_at if typed_at and typed_at <= now else None,
                "reported_at": now,
            },
        )
        if not is_new:  # sent twice in the same moment
            return _again(report, by)
        ReportEvent.objects.create(report=report, step=ReportStep.SENT, at=now, by=by)
        keep_photos(report, photos, now=now)
        if not is_training:
            _tell_others(report, on=on, now=now)
    return Sent(report, is_new=True)


def _again(report: GridReport, by: User) -> Sent:
    if report.reporter_id != by.pk:
        raise CannotReport("token_of_other", "这条上报是别的账号发的，请回到首页重新填写。")
    return Sent(report, is_new=False)


def _refuse_place(posting: Posting | None, grid: Grid, *, by: User, on: date) -> None:
    if grid.closed_on is not None and grid.closed_on <= on:
        raise CannotReport("grid_closed", "这个网格已停用，请另选网格。", field="grid")
    if posting is None:
        if not Grid.objects.visible_to(by).filter(pk=grid.pk).exists():
            raise CannotReport("grid_elsewhere", "只能上报自己村（居）的情况，请另选网格。", field="grid")
        return
    if posting.user_id != by.pk or not Posting.objects.active_on(on).filter(pk=posting.pk).exists():
        raise CannotReport("not_posted", "您今天没有在任的网格身份，请联系镇街。")
    village = posting.village_id or (posting.grid and posting.grid.village_id)
    if village != grid.village_id:
        raise CannotReport("grid_elsewhere", "只能上报自己村（居）的情况，请另选网格。", field="grid")


def _said(*, person_name: str, phone: str, address: str, description: str) -> dict[str, Any]:
    """What was typed, in the form and the length in which it is kept."""
    number = normal_phone(phone)
    if tidy(phone) and not number:
        raise CannotReport(
            "phone_form", "电话请填11位手机号，或带区号的座机号；不清楚可以不填。", field="phone"
        )
    return {
        "person_name": tidy(person_name)[:40],
        "phone": number,
        "phone_index": phone_index(number) if number else None,
        "address": tidy(address)[:120],
        "description": tidy(description)[:1000],
    }


def _checked(
    kind: str, facts: Mapping[str, Any], said: Mapping[str, Any], *, policy: OutreachPolicy, on: date
) -> dict[str, Any]:
    kept = read_facts(kind, facts, allow_hiv=policy.allow_hiv_clue, on=on)
    if isinstance(kept, Objection):
        raise CannotReport(kept.code, kept.sentence, field=kept.field)
    silence = object_to_silence(kind, said=any(said.values()))
    if silence:
        raise CannotReport(silence.code, silence.sentence, field=silence.field)
    return kept


def _place(place: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: (place or {}).get(name) for name in ("latitude", "longitude", "accuracy_m")}


def clocks(kind: str, policy: OutreachPolicy, *, at: datetime) -> dict[str, datetime | None]:
    """When a report that came in at a moment must be answered and settled. One query.

    Of an urgent one the two sides have clocks of their own; it must be settled in natural hours.
    """
    if kind == ReportKind.URGENT:
        settle_by = settle_due_at(at, hours=policy.urgent_settle_hours)
        return {"respond_by": None, "settle_by": settle_by}
    respond, settle = {
        ReportKind.NEW_PERSON: (policy.clue_respond_days, policy.clue_settle_days),
        ReportKind.CHANGE: (policy.change_respond_days, policy.clue_settle_days),
        ReportKind.NEED: (policy.need_respond_days, policy.need_settle_days),
        ReportKind.SYMPTOM: (policy.symptom_respond_days, policy.need_settle_days),
    }[ReportKind(kind)]
    zone = timezone.get_default_timezone()
    day = at.astimezone(zone).date()
    working = working_test(day, day + timedelta(days=_CALENDAR_DAYS))
    return {
        "respond_by": deadline(at, respond, is_working=working, zone=zone),
        "settle_by": deadline(at, max(respond, settle), is_working=working, zone=zone),
    }


def keep_photos(report: GridReport, photos: Sequence[bytes], *, now: datetime) -> None:
    """The pictures, sealed, each once."""
    found = {hashlib.sha256(one).hexdigest(): one for one in photos}
    ReportPhoto.objects.bulk_create(
        ReportPhoto(report=report, sha256=key, sealed=seal_bytes(one, purpose=PHOTO_PURPOSE), added_at=now)
        for key, one in found.items()
    )


def _tell_others(report: GridReport, *, on: date, now: datetime) -> None:
    """Both sides of an urgent report, and whoever watches for clusters of a symptom."""
    if report.kind == ReportKind.URGENT:
        open_acks(report, now=now)
    elif report.kind == ReportKind.SYMPTOM:
        look_for_cluster(report, on=on, now=now)
