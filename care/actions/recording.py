"""Writing a service down: one entry serves follow-up, contact, fulfilment and points at once (P3)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from care.actions.drafts import drop_record_drafts
from care.actions.proving import prove
from care.actions.settling import Settled
from care.choices import ServiceMode
from care.formbook import current_forms, form_of
from care.models import ServiceRecord
from care.policy import policy_on
from care.queries.colleagues import colleagues_of
from care.queries.serving import Serving, serving
from care.queries.verdicts import Judged, judge
from care.querysets import sees_restricted
from care.rules.filling import Visit, fill
from care.rules.forms import FormSchema
from care.rules.visits import Person, object_to_day, object_to_next
from contracts.rules import Objection
from core.history import credited_to
from core.refusals import Refusal
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import User

_GONE = (LifeStatus.DECEASED, LifeStatus.MOVED_OUT)


class CannotRecord(Refusal):
    """Nothing was written down.

    Attributes:
        form: whose fields ``problems`` and ``questions`` are, where several are saved at once.
        problems: key of the field (a cell: "drugs-0-name") -> sentence.
        questions: key of an unlikely value -> sentence; ticked as right, it is taken.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        field: str = "",
        form: str = "",
        problems: Mapping[str, str] | None = None,
        questions: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, sentence, field=field)
        self.form = form
        self.problems = dict(problems or {})
        self.questions = dict(questions or {})


@dataclass(frozen=True)
class Entry:
    """One form of a visit.

    Attributes:
        values: as typed, or plain, by the key of the field.
        items: ids of promised services that were given at the same time.
        next_on: agreed with the resident; None leaves it to the rule.
        confirmed: keys of unlikely values that were ticked as right.
    """

    form: str
    values: Mapping[str, Any]
    items: Collection[int] = ()
    next_on: date | None = None
    confirmed: Collection[str] = ()


@dataclass(frozen=True)
class Saved:
    """What came of an entry.

    Attributes:
        is_new: False if this very form had been saved before; then nothing was changed.
        settled: tasks it closed and opened; None if nothing was changed.
    """

    record: ServiceRecord
    is_new: bool
    judged: Judged = field(default_factory=Judged)
    settled: Settled | None = None

    @property
    def is_outside_term(self) -> bool:
        """It is kept as a record, but no agreement counts it."""
        return self.record.enrollment_id is None


def save_record(
    *, by: User, on: date, now: datetime, resident: Resident, form: str, done_on: date, mode: str,
    values: Mapping[str, Any], client_token: UUID, done_by: User | None = None, items: Collection[int] = (),
    sheet: UUID | None = None, next_on: date | None = None, confirmed: Collection[str] = (),
) -> Saved:  # fmt: skip
    """Write one service down. See ``save_visit``."""
    entry = Entry(form, values, items, next_on, confirmed)
    return save_visit(
        by=by, on=on, now=now, resident=resident, done_on=done_on, mode=mode, entries=[entry],
        client_token=client_token, done_by=done_by, sheet=sheet,
    )[0]  # fmt: skip


def save_visit(
    *, by: User, on: date, now: datetime, resident: Resident, done_on: date, mode: str, entries: Sequence[Entry],
    client_token: UUID, done_by: User | None = None, sheet: UUID | None = None,
) -> list[Saved]:  # fmt: skip
    """Write down what was done at one visit, each form as a record of its own: all of them, or nothing.

    Args:
        client_token: of the page; sent again, the first records are returned and nothing changes.
        done_by: who gave the service, if not the one who writes it down: a colleague.
        sheet: what several records of one page share.

    Raises:
        CannotRecord: a day, a value or a next date that cannot be; a form, mode or colleague that is not there.
    """
    with transaction.atomic(), credited_to(by):
        held = locked(resident)
        saved = [
            _save(one, by=by, on=on, now=now, held=held, done_on=done_on, mode=mode, token=token_of(client_token, one.form),
                  done_by=done_by or by, sheet=sheet if len(entries) == 1 else sheet or client_token)
            for one in entries
        ]  # fmt: skip
        drop_record_drafts(by=by, resident=held, forms=[one.form for one in entries])
    return saved


def check_entry(
    *,
    by: User,
    on: date,
    resident: Resident,
    done_on: date,
    mode: str,
    entry: Entry,
    done_by: User | None = None,
) -> Judged:
    """What an entry would be judged as; nothing is written.

    Raises:
        CannotRecord: as ``save_visit``.
    """
    return judged_entry(
        entry, by=by, on=on, held=resident, done_on=done_on, mode=mode, done_by=done_by or by
    ).judged


def token_of(client_token: UUID, form: str) -> UUID:
    """The token of one form of a page: the same page sent again has the same."""
    return uuid5(client_token, form)


def locked(resident: Resident) -> Resident:
    """The resident's row, locked: entries for one person come one after another."""
    rows = Resident.objects.select_for_update(of=("self",))
    return rows.select_related("managing_team").get(pk=resident.pk)


def _save(
    entry: Entry, *, by: User, on: date, now: datetime, held: Resident, done_on: date, mode: str, token: UUID,
    done_by: User, sheet: UUID | None,
) -> Saved:  # fmt: skip
    known = ServiceRecord.objects.filter(client_token=token, resident=held).select_related("resident").first()
    if known:
        return Saved(known, is_new=False)
    written = judged_entry(entry, by=by, on=on, held=held, done_on=done_on, mode=mode, done_by=done_by)
    record = write(written, by=by, token=token, sheet=sheet)
    settled = prove(record, written.judged.verdict, by=by, on=on, now=now)
    return Saved(record, is_new=True, judged=written.judged, settled=settled)


@dataclass(frozen=True)
class Written:
    """An entry that nothing speaks against, ready to be stored."""

    held: Resident
    schema: FormSchema
    served: Serving
    judged: Judged
    values: dict[str, Any]
    items: list[int]
    next_on: date | None
    done_on: date
    mode: str
    done_by: User


def judged_entry(
    entry: Entry, *, by: User, on: date, held: Resident, done_on: date, mode: str, done_by: User,
    instead_of: ServiceRecord | None = None,
) -> Written:  # fmt: skip
    """Everything that may speak against an entry, and its class.

    Args:
        instead_of: the record it corrects; keeps the version of its form and its team.

    Raises:
        CannotRecord: see ``save_visit``.
    """
    schema = _schema(entry.form, instead_of, by=by)
    _refuse_frame(held, mode=mode, done_on=done_on, done_by=done_by, by=by, on=on, instead_of=instead_of)
    served = serving(held, on=done_on)
    if instead_of and served.team is None:
        served = Serving(instead_of.team, None)
    if served.team is None:
        raise CannotRecord(
            "record_without_team", "该居民没有签约，也没有管理团队，请先签约或指定管理团队，再登记服务。"
        )
    visit = Visit(done_on, held.born_on)
    filled = fill(schema, entry.values, visit=visit, confirmed=entry.confirmed)
    if not filled.is_good:
        raise CannotRecord(
            "record_values", "有几处需要更正或确认，已在下面标出；已填的内容都还在。", form=schema.code,
            problems=filled.problems, questions=filled.questions,
        )  # fmt: skip
    judged = judge(schema, filled.values, resident=held, done_on=done_on, on=on, instead_of=instead_of)
    if entry.next_on:
        _refuse(object_to_next(entry.next_on, done_on, judged.proposal), form=schema.code)
    items = sorted(set(entry.items))
    return Written(held, schema, served, judged, filled.values, items, entry.next_on, done_on, mode, done_by)


def _schema(code: str, instead_of: ServiceRecord | None, *, by: User) -> FormSchema:
    if code not in current_forms():
        raise CannotRecord("record_no_form", "没有这种服务记录表，请从居民页重新选择。", field="form")
    schema = form_of(code, instead_of.form_version if instead_of else None)
    if schema.is_restricted and not sees_restricted(by):
        raise CannotRecord("record_restricted", "没有登记这种服务记录的权限。", field="form")
    return schema


def _refuse_frame(
    held: Resident, *, mode: str, done_on: date, done_by: User, by: User, on: date, instead_of: ServiceRecord | None
) -> None:  # fmt: skip
    if mode not in ServiceMode.values:
        raise CannotRecord("record_no_mode", "请选择服务方式。", field="mode")
    if held.life_status == LifeStatus.MERGED:
        raise CannotRecord("record_of_merged", "该居民的登记已并入另一人，请到合并后的居民页登记服务。")
    is_gone = held.life_status in _GONE
    person = Person(
        held.born_on,
        held.life_status_on if is_gone else None,
        held.get_life_status_display() if is_gone else "",
    )
    late_days = policy_on(on).late_entry_days
    if instead_of:  # what was entered in time may be corrected later
        late_days = max(late_days, (on - instead_of.done_on).days)
    _refuse(object_to_day(done_on, person, on=on, late_days=late_days))
    is_known = done_by == by or (instead_of is not None and done_by == instead_of.done_by)
    if not is_known and not colleagues_of(by, on=on).filter(pk=done_by.pk).exists():
        raise CannotRecord(
            "record_no_colleague", "服务人须是本团队成员或本机构专干，请重新选择。", field="done_by"
        )


def _refuse(objection: Objection | None, *, form: str = "") -> None:
    if objection:
        raise CannotRecord(objection.code, objection.sentence, field=objection.field, form=form)


def write(
    written: Written, *, by: User, token: UUID, sheet: UUID | None, replaces: ServiceRecord | None = None
) -> ServiceRecord:
    """Store one version of a record."""
    verdict = written.judged.verdict
    return ServiceRecord.objects.create(  # type: ignore[misc]  # refused above
        resident=written.held,
        form=written.schema.code,
        form_version=written.schema.version,
        program=written.schema.program,
        team=written.served.team,
        enrollment=written.served.enrollment,
        done_on=written.done_on,
        mode=written.mode,
        values=written.values,
        verdict=verdict.code if verdict else "",
        next_on=written.next_on,
        items=written.items,
        is_restricted=written.schema.is_restricted,
        root_id=(replaces.root_id or replaces.pk) if replaces else None,
        replaces=replaces,
        client_token=token,
        sheet=sheet,
        done_by=written.done_by,
        recorded_by=by,
    )
