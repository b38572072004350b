"""New techniques and policies that residents are told of: entered, corrected, ended (items 8 and 9)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Q

from core.history import credited_to
from core.refusals import Refusal
from outreach.choices import TechniqueKind
from outreach.disclosures.plain import plain_line
from outreach.models import NewTechnique, PolicyNotice
from teams.models import Institution, User

N = TypeVar("N", NewTechnique, PolicyNotice)
_ONE = timedelta(days=1)
_LOCK = 706  # of the policies of a district, which have no row above them to lock


class CannotKeepNotice(Refusal):
    """The technique or policy cannot be kept like this."""


@dataclass(frozen=True)
class TechniqueFacts:
    """What is said of a technique; an open end is None."""

    kind: TechniqueKind
    title: str
    text: str
    starts_on: date
    ends_on: date | None = None
    phone: str = ""


@dataclass(frozen=True)
class PolicyFacts:
    """What is said of a policy; an open end is None. ``document``: what it rests on."""

    title: str
    text: str
    starts_on: date
    ends_on: date | None = None
    document: str = ""


def add_technique(*, by: User, institution: Institution, facts: TechniqueFacts) -> NewTechnique:
    """A technique that residents may ask for.

    Raises:
        CannotKeepNotice: it says nothing, its days are reversed, or the institution has one of that name in these days.
    """
    with _writing(by, institution.pk):
        return _technique(NewTechnique(institution=institution), facts)


def change_technique(*, by: User, on: date, technique: NewTechnique, facts: TechniqueFacts) -> NewTechnique:
    """Correct a technique; what was published before stays as it was published.

    Raises:
        CannotKeepNotice: as ``add_technique``; it is over, or would end in the past.
    """
    with _writing(by, technique.institution_id):
        return _technique(_standing(technique, facts, on), facts)


def end_technique(*, by: User, on: date, technique: NewTechnique, ends_on: date) -> None:
    """Told for the last time on ``ends_on``; a last day before its first takes away what has not begun.

    Raises:
        CannotKeepNotice: it is over, or the day lies before yesterday.
    """
    with _writing(by, technique.institution_id):
        _end(technique, on, ends_on)


def add_policy(*, by: User, institution: Institution | None, facts: PolicyFacts) -> PolicyNotice:
    """A policy that residents are told of; of the whole district without an institution.

    Raises:
        CannotKeepNotice: as ``add_technique``.
    """
    with _writing(by, institution.pk if institution else None):
        return _policy(PolicyNotice(institution=institution), facts)


def change_policy(*, by: User, on: date, policy: PolicyNotice, facts: PolicyFacts) -> PolicyNotice:
    """As ``change_technique``."""
    with _writing(by, policy.institution_id):
        return _policy(_standing(policy, facts, on), facts)


def end_policy(*, by: User, on: date, policy: PolicyNotice, ends_on: date) -> None:
    """As ``end_technique``."""
    with _writing(by, policy.institution_id):
        _end(policy, on, ends_on)


@contextmanager
def _writing(by: User, institution: int | None) -> Iterator[None]:
    """One writes for an institution, or for the district, at a time: two could else enter the same."""
    with transaction.atomic(), credited_to(by):
        if institution is None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])
        else:
            Institution.objects.select_for_update(of=("self",)).get(pk=institution)
        yield


def _technique(row: NewTechnique, facts: TechniqueFacts) -> NewTechnique:
    row.kind, row.phone = facts.kind, facts.phone
    return _kept(row, facts)


def _policy(row: PolicyNotice, facts: PolicyFacts) -> PolicyNotice:
    row.document = plain_line(facts.document)
    return _kept(row, facts)


def _kept(row: N, facts: TechniqueFacts | PolicyFacts) -> N:
    row.title, row.text = plain_line(facts.title), plain_line(facts.text)
    row.starts_on, row.ends_on = facts.starts_on, facts.ends_on
    _check(row)
    row.save()
    return row


def _check(row: NewTechnique | PolicyNotice) -> None:
    for field, label in (("title", "名称（标题）"), ("text", "内容")):
        if not getattr(row, field):
            raise CannotKeepNotice(f"no_{field}", f"请填写{label}，居民看到的就是这些文字。", field=field)
    if row.ends_on and row.ends_on < row.starts_on:
        raise CannotKeepNotice("ends_before_start", "结束日期不能早于开始日期，请核对。", field="ends_on")
    meets = Q(ends_on__isnull=True) | Q(ends_on__gte=row.starts_on)
    if row.ends_on:
        meets &= Q(starts_on__lte=row.ends_on)
    same = type(row)._default_manager.filter(meets, institution=row.institution_id, title=row.title)
    if same.exclude(pk=row.pk).exists():
        raise CannotKeepNotice(
            "same_title", "这段时间已有同名的一项，请修改原来那一项，或换一个名称。", field="title"
        )


def _standing(row: N, facts: TechniqueFacts | PolicyFacts, on: date) -> N:
    """The stored row, if it may still be changed."""
    stored = _stored(row, on)
    if facts.ends_on and facts.ends_on < on and facts.ends_on != stored.ends_on:
        raise CannotKeepNotice("ends_in_past", "结束日期已经过去，请填今天或以后的日期。", field="ends_on")
    return stored


def _end(row: N, on: date, ends_on: date) -> None:
    stored = _stored(row, on)
    if ends_on < on - _ONE:
        raise CannotKeepNotice("ended_in_past", "最后一天不能早于昨天，请核对。", field="ends_on")
    if ends_on < stored.starts_on:
        stored.delete()
        return
    stored.ends_on = ends_on
    stored.save(update_fields=["ends_on"])


def _stored(row: N, on: date) -> N:
    stored = type(row)._default_manager.filter(pk=row.pk).first()
    if stored is None:
        raise CannotKeepNotice("is_gone", "这一项已经撤下，请返回列表。")
    if stored.ends_on and stored.ends_on < on:
        raise CannotKeepNotice("is_over", "这一项已经结束，不能再改；需要时请另建一项。")
    return stored
