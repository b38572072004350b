"""Changes among the people of a grid: its leader reports them, the street enters them (S2-23)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone
from core.text import clean_name, tidy
from grids.actions import CannotAppoint, CannotEndPosting, amend_posting, appoint, end_posting
from grids.choices import PostingRole
from grids.models import Grid, Posting
from outreach.choices import ChangeState, PersonnelChangeKind
from outreach.models import PersonnelChange
from teams.models import User

K = PersonnelChangeKind
FARTHEST = timedelta(days=92)  # days back or ahead: further away it is a slip of the finger
_ONE = timedelta(days=1)


class CannotReportChange(Refusal):
    """The change was not sent."""


class CannotDecideChange(Refusal):
    """The change was not entered."""


def report_change(
    *, by: User, on: date, now: datetime, client_token: UUID, kind: str, grid: Grid, since: date,
    posting: Posting | None = None, name: str = "", phone: str = "", origin: str = "", note: str = "",
) -> PersonnelChange:  # fmt: skip
    """Tell the street of a change. The same token is the same report, however often it arrives.

    Args:
        posting: who left, was replaced or has another number; None for somebody who joined.
        since: first day on which it is so: whoever left was in post until the day before.
        name, phone, origin: of the new person; of a changed number the number only.

    Raises:
        CannotReportChange: ``not_yours`` (another's token), ``token_of_other`` change, ``posting_missing``, ``name_missing``,
            ``phone_missing``, ``origin_missing``, ``since_far``, ``waiting``: one about that person is open.
    """
    about = None if kind == K.JOINED else posting
    with transaction.atomic(), credited_to(by):
        alone(f"outreach.personnel:{client_token}")  # the same report, sent twice at once
        sent = PersonnelChange.objects.filter(client_token=client_token).first()
        if sent:
            return _again(sent, kind, grid, about, by)
        _check(kind, posting, name, phone, origin)
        if abs(since - on) > FARTHEST:
            raise CannotReportChange("since_far", "变动日期请填前后三个月以内的日期。", field="since")
        return _written(
            client_token=client_token, kind=kind, grid=grid, since=since, phone=phone.strip(), posting=about,
            name=clean_name(name) if kind in (K.JOINED, K.REPLACED) else "",
            origin=origin if kind in (K.JOINED, K.REPLACED) else "",
            note=tidy(note)[:200], reported_by=by, reported_at=now,
        )  # fmt: skip


def _again(
    sent: PersonnelChange, kind: str, grid: Grid, posting: Posting | None, by: User
) -> PersonnelChange:
    if sent.reported_by_id != by.pk:
        raise CannotReportChange("not_yours", "这条上报来自另一账号，请重新填写。")
    if (sent.kind, sent.grid_id, sent.posting_id) != (kind, grid.pk, posting.pk if posting else None):
        raise CannotReportChange(
            "token_of_other", "这张表单已经报过另一条变动，这一条没有报上。请重新打开页面填写。"
        )
    return sent


def _check(kind: str, posting: Posting | None, name: str, phone: str, origin: str) -> None:
    if kind != K.JOINED and posting is None:
        raise CannotReportChange("posting_missing", "请选择是谁的变动。", field="posting")
    if kind in (K.JOINED, K.REPLACED):
        if not clean_name(name):
            raise CannotReportChange("name_missing", "请填写新人员姓名。", field="name")
        is_sentinel = posting is None or posting.role == PostingRole.SENTINEL
        if is_sentinel and not origin:
            raise CannotReportChange("origin_missing", "请选择来源（如专职网格员、楼长）。", field="origin")
    if kind != K.LEFT and not phone.strip():
        raise CannotReportChange("phone_missing", "请填写新的联系电话。", field="phone")


def _written(*, posting: Posting | None, **values: Any) -> PersonnelChange:
    if posting is not None:
        # Locked first: two changes of one person at once are told one after the other.
        Posting.objects.select_for_update().get(pk=posting.pk)
        if PersonnelChange.objects.filter(posting=posting, state=ChangeState.NEW).exists():
            raise CannotReportChange(
                "waiting", f"{posting.name}已有一条变动待镇街办理，请等办理后再报。", field="posting"
            )
    return PersonnelChange.objects.create(posting=posting, **values)


def apply_change(
    *, by: User, on: date, now: datetime, change: PersonnelChange, note: str = ""
) -> PersonnelChange:
    """Enter it: end the posting, appoint, or write the new number, as it was reported.

    Raises:
        CannotDecideChange: ``decided`` before, or what the grid's own verbs refuse, by their code and sentence.
    """
    with transaction.atomic(), credited_to(by):
        row = _open(change)
        try:
            _enter(row, by, on)
        except (CannotAppoint, CannotEndPosting) as refusal:
            raise CannotDecideChange(refusal.code, f"{refusal.sentence}可以退回并说明。") from refusal
        return _decided(row, ChangeState.APPLIED, by, now, note)


def refuse_change(
    *, by: User, on: date, now: datetime, change: PersonnelChange, note: str
) -> PersonnelChange:
    """Send it back with the reason, which the sender reads.

    Raises:
        CannotDecideChange: ``decided`` before, ``no_reason``.
    """
    if not tidy(note):
        raise CannotDecideChange("no_reason", "退回请写明原因，上报人会看到。", field="decision")
    with transaction.atomic(), credited_to(by):
        return _decided(_open(change), ChangeState.REFUSED, by, now, note)


def _open(change: PersonnelChange) -> PersonnelChange:
    rows = PersonnelChange.objects.select_for_update(of=("self",)).select_related("posting", "grid")
    row = rows.get(pk=change.pk)
    if row.state != ChangeState.NEW:
        raise CannotDecideChange("decided", "这条变动已经办理过了。")
    return row


def _decided(row: PersonnelChange, state: ChangeState, by: User, now: datetime, note: str) -> PersonnelChange:
    row.state, row.decided_by, row.decided_at, row.decision = state, by, now, tidy(note)[:200]
    row.save(update_fields=["state", "decided_by", "decided_at", "decision"])
    return row


def _enter(row: PersonnelChange, by: User, on: date) -> None:
    old = row.posting
    if old is not None and row.kind in (K.LEFT, K.REPLACED):
        end_posting(posting=old, ends_on=row.since - _ONE, by=by, on=on)
    if row.kind in (K.JOINED, K.REPLACED):
        role = old.role if old is not None else PostingRole.SENTINEL
        appoint(
            role=role, grid=old.grid if old is not None else row.grid, name=row.name, phone=row.phone,
            origin=row.origin, starts_on=row.since, by=by, on=on,
        )  # fmt: skip
    if old is not None and row.kind == K.PHONE:
        amend_posting(posting=old, name=old.name, phone=row.phone, origin=old.origin, by=by, on=on)
