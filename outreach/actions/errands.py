"""Verbs of errands: the team orders, a grid worker goes, and says how it went (S2-31)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from contracts.queries.signing import works_for
from contracts.rules import Objection
from core.calendar import working_days_after
from core.crypto import seal_bytes
from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone
from core.text import tidy
from grids.models import Posting
from outreach.choices import ErrandKind, ErrandState
from outreach.models import ErrandOrder, GridReport
from outreach.policy import policy_on
from outreach.queries.errands import RECEIPT_PURPOSE, covers
from outreach.rules.errands import object_to_due, object_to_move, object_to_result
from residents.choices import LifeStatus
from residents.models import Resident
from residents.queries import responsible_teams
from teams.models import Team, User


class CannotOrderErrand(Refusal):
    """Nobody is sent."""


class CannotDoErrand(Refusal):
    """The errand stays as it is."""


def order_errand(
    *, by: User, on: date, now: datetime, resident: Resident, kind: str, medicines: str, client_token: UUID,
    due_on: date | None = None, posting: Posting | None = None, report: GridReport | None = None,
) -> ErrandOrder:  # fmt: skip
    """Ask for an errand after the team has seen the person.

    Args:
        posting: who is asked to go; None: whoever works the grid may take it.
        due_on: None: after the working days of the policy.
        report: from which it comes. client_token: of the form; sent again, the first order is returned.

    Raises:
        CannotOrderErrand: not_here, no_medicines, due_in_past, no_team, not_own_team, works_elsewhere, other_person,
            token_of_other.
    """
    with transaction.atomic(), credited_to(by):
        alone(
            f"outreach.errand:{client_token}"
        )  # two forms of one token: the second finds the order of the first
        held = Resident.objects.select_for_update(of=("self",)).select_related("grid").get(pk=resident.pk)
        known = ErrandOrder.objects.filter(client_token=client_token).first()
        if known:
            return _own(known, held, by)
        if held.life_status != LifeStatus.PRESENT:
            raise CannotOrderErrand("not_here", f"{held.masked_name}不在册，不能安排代办。")
        wanted = tidy(medicines)[:500]
        if not wanted:
            raise CannotOrderErrand(
                "no_medicines", "请写明要取什么药、送什么药或提醒什么。", field="medicines"
            )
        last = due_on or working_days_after(on, policy_on(on).errand_days)
        _refuse_order(object_to_due(last, today=on))
        if posting and not covers(posting, held.grid, on=on):
            raise CannotOrderErrand(
                "works_elsewhere", "代办人今天不在这个网格任职，请另选。", field="posting"
            )
        if report and report.resident_id != held.pk:
            raise CannotOrderErrand("other_person", "这个上报不是关于这位居民的。")
        return ErrandOrder.objects.create(
            client_token=client_token,
            kind=ErrandKind(kind),
            grid=held.grid,
            team=_team_of(held, by, on),
            resident=held,
            medicines=wanted,
            asked_by=by,
            asked_at=now,
            due_on=last,
            posting=posting,
            report=report,
        )


def _own(known: ErrandOrder, resident: Resident, by: User) -> ErrandOrder:
    if (known.resident_id, known.asked_by_id) != (resident.pk, by.pk):
        raise CannotOrderErrand(
            "token_of_other", "这张表单已经用过，没有安排新的代办。请回到居民页面重新点“安排代办”填写。"
        )
    return known


def _refuse_order(objection: Objection | None) -> None:
    if objection:
        raise CannotOrderErrand(objection.code, objection.sentence, field=objection.field)


def _team_of(resident: Resident, by: User, on: date) -> Team:
    """The team that manages him, else the one that answers for his grid; the orderer works for it."""
    answering = responsible_teams([resident.grid_id], on=on).get(resident.grid_id)
    wanted = [one for one in (resident.managing_team_id, answering) if one]
    teams = Team.objects.select_related("institution").in_bulk(wanted)
    if not teams:
        raise CannotOrderErrand("no_team", "这位居民还没有责任团队，请先请卫健局分派。")
    own = next((teams[pk] for pk in wanted if works_for(by, teams[pk], on=on)), None)
    if own is None:
        raise CannotOrderErrand("not_own_team", "只能为自己团队或本机构的居民安排代办。")
    return own


def take_errand(*, by: User, on: date, now: datetime, errand: ErrandOrder, posting: Posting) -> ErrandOrder:
    """A grid worker goes. Taken by him already: nothing changes.

    Raises:
        CannotDoErrand: not_own_posting, works_elsewhere, asked_another, taken, ended.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(errand)
        if posting.user_id != by.pk:
            raise CannotDoErrand("not_own_posting", "只能用自己的身份接单。")
        if held.state == ErrandState.TAKEN and held.posting_id == posting.pk:
            return held
        if not covers(posting, held.grid, on=on):
            raise CannotDoErrand("works_elsewhere", "这个代办不在您今天任职的网格。")
        if held.posting and held.posting.user_id != by.pk:
            raise CannotDoErrand("asked_another", "这个代办已经请别人去办。")
        _move(held, ErrandState.TAKEN)
        held.posting, held.taken_at = posting, now
        held.save(update_fields=["state", "posting", "taken_at"])
    return held


def decline_errand(*, by: User, errand: ErrandOrder, note: str) -> ErrandOrder:
    """He cannot go after all: it waits again for whoever works the grid. Given back already: nothing changes.

    Raises:
        CannotDoErrand: not_his, no_reason, ended.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(errand)
        if held.state == ErrandState.ASKED and held.posting_id is None:
            return held
        _refuse_other(held, by)
        said = tidy(note)[:200]
        if not said:
            raise CannotDoErrand("no_reason", "请填写不能去的原因。", field="note")
        if held.state != ErrandState.ASKED:
            _move(held, ErrandState.ASKED)
        held.posting, held.taken_at, held.note = None, None, said
        held.save(update_fields=["state", "posting", "taken_at", "note"])
    return held


def finish_errand(
    *, by: User, now: datetime, errand: ErrandOrder, received_by: str, receipt: bytes = b"", note: str = ""
) -> ErrandOrder:
    """Done, with who took it. Sent again by him, nothing changes.

    Args:
        receipt: a JPEG drawn anew (contracts.pictures), b"" for none.

    Raises:
        CannotDoErrand: not_his, no_receiver, ended.
    """
    return _end(errand, ErrandState.DONE, by=by, now=now, received_by=received_by, receipt=receipt, note=note)


def fail_errand(*, by: User, now: datetime, errand: ErrandOrder, note: str) -> ErrandOrder:
    """It could not be done, and why: the team decides what next. Sent again by him, nothing changes.

    Raises:
        CannotDoErrand: not_his, no_reason, ended.
    """
    return _end(errand, ErrandState.FAILED, by=by, now=now, note=note)


def _end(
    errand: ErrandOrder, state: ErrandState, *, by: User, now: datetime, received_by: str = "",
    receipt: bytes = b"", note: str = "",
) -> ErrandOrder:  # fmt: skip
    with transaction.atomic(), credited_to(by):
        held = _held(errand)
        _refuse_other(held, by)
        if held.state == state:
            return held
        _move(held, state)
        who, said = tidy(received_by)[:40], tidy(note)[:200]
        _refuse_doing(object_to_result(state, received_by=who, note=said))
        held.taken_at = held.taken_at or now
        # Also where nothing was said: what stood there is why somebody before him could not go.
        held.ended_at, held.received_by, held.note = now, who, said
        held.receipt = seal_bytes(receipt, purpose=RECEIPT_PURPOSE) if receipt else None
        held.save(update_fields=["state", "taken_at", "ended_at", "received_by", "note", "receipt"])
    return held


def cancel_errand(*, by: User, on: date, now: datetime, errand: ErrandOrder, note: str) -> ErrandOrder:
    """Not needed any more.

    Raises:
        CannotDoErrand: not_own_team, no_reason, ended.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(errand)
        _refuse_stranger(held, by, on)
        _move(held, ErrandState.CANCELLED)
        said = tidy(note)[:200]
        _refuse_doing(object_to_result(ErrandState.CANCELLED, received_by="", note=said))
        held.ended_at, held.note = now, said
        held.save(update_fields=["state", "ended_at", "note"])
    return held


def ask_another(*, by: User, on: date, errand: ErrandOrder, posting: Posting | None) -> ErrandOrder:
    """Ask somebody else to go, or (None) whoever works the grid.

    Raises:
        CannotDoErrand: not_own_team, works_elsewhere, ended.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(errand)
        _refuse_stranger(held, by, on)
        if posting and not covers(posting, held.grid, on=on):
            raise CannotDoErrand("works_elsewhere", "代办人今天不在这个网格任职，请另选。", field="posting")
        if held.state != ErrandState.ASKED:
            _move(held, ErrandState.ASKED)
        held.posting, held.taken_at = posting, None
        held.save(update_fields=["state", "posting", "taken_at"])
    return held


def _held(errand: ErrandOrder) -> ErrandOrder:
    rows = ErrandOrder.objects.select_for_update(of=("self",)).select_related(
        "grid", "posting", "team__institution", "resident"
    )
    return rows.defer("receipt").get(pk=errand.pk)


def _move(errand: ErrandOrder, state: ErrandState) -> None:
    _refuse_doing(object_to_move(errand.state, state))
    errand.state = state


def _refuse_doing(objection: Objection | None) -> None:
    if objection:
        raise CannotDoErrand(objection.code, objection.sentence, field=objection.field)


def _refuse_other(errand: ErrandOrder, by: User) -> None:
    if errand.posting is None or errand.posting.user_id != by.pk:
        raise CannotDoErrand("not_his", "这个代办不在您名下，请先接单。")


def _refuse_stranger(errand: ErrandOrder, by: User, on: date) -> None:
    if not works_for(by, errand.team, on=on):
        raise CannotDoErrand("not_own_team", "只能办理自己团队或本机构的代办。")
