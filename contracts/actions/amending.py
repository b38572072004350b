"""Amendment: a typo corrected, or services changed with the resident's word, without a new agreement (4.6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from contracts.actions.asking import held_for, refuse
from contracts.actions.promising import write_promises
from contracts.choices import AgreementKind, AgreementState, EventKind, SignChannel
from contracts.models import (
    Agreement,
    AgreementEvent,
    ChosenItem,
    EnrolledPackage,
    PackageItem,
    ServicePackage,
)
from contracts.parties import loads
from contracts.queries.amending import parties_now
from contracts.queries.cases import cases_of
from contracts.queries.packages import menus_of, packages_offered, suits_of
from contracts.rules import amending, signing
from contracts.rules.households import object_for_anybody
from contracts.rules.states import Verb
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from teams.models import User

_OTHER = "专项服务包"  # its name would tell a restricted diagnosis to whoever reads the story


class CannotAmend(Refusal):
    """The agreement stays as it is."""


@dataclass(frozen=True)
class Amendment:
    """How the agreement shall read.

    Attributes:
        corrected: keys of contracts.rules.amending.PARTICULARS (or members) to copy anew from what is registered.
        is_agreed: the resident or his guardian agreed to the change of services.
    """

    channel: str
    disease: str
    packages: tuple[ServicePackage, ...]
    chosen: tuple[PackageItem, ...]
    corrected: frozenset[str]
    is_agreed: bool
    reason: str


def amend(*, by: User, on: date, agreement: Agreement, wanted: Amendment) -> Agreement:
    """Correct or change a running agreement; its story and its paper tell what changed from what to what.

    Raises:
        CannotAmend: nothing changes, no reason or no consent, a package that is not on offer or not for them, or not
            one's own team's running agreement.
    """
    with transaction.atomic(), credited_to(by):
        held = held_for(Verb.AMEND, agreement, CannotAmend, by=by, on=on)
        now_packages = list(held.packages.order_by("pk"))
        held_items = PackageItem.objects.filter(pk__in=held.chosen.values("content")).in_order()
        now_chosen = list(held_items.select_related("package", "item"))
        promise = _promise_told(now_packages, now_chosen, wanted)
        told = [*_facts_told(held, now_packages, wanted), *promise]
        refuse(
            CannotAmend,
            amending.object_to_amendment(
                [*told, *wanted.corrected],
                changes_promise=bool(promise),
                is_agreed=wanted.is_agreed,
                reason=tidy(wanted.reason),
            ),
        )
        if promise:
            _check_packages(held, now_packages, wanted, on=on)
            _change_promise(held, wanted)
        told += _correct(held, wanted.corrected, on=on)
        held.channel, held.disease = wanted.channel, _disease(held, wanted)
        held.save(update_fields=["channel", "disease", "as_signed"])
        consent = "居民同意" if promise else ""
        note = "；".join(one for one in (*told, consent, f"原因：{tidy(wanted.reason)}") if one)
        AgreementEvent.objects.create(agreement=held, kind=EventKind.AMENDED, on=on, by=by, note=note[:500])
    return held


def _disease(held: Agreement, wanted: Amendment) -> str:
    return tidy(wanted.disease)[:60] if held.kind == AgreementKind.SUPPLEMENTARY else ""


def _facts_told(held: Agreement, packages: list[ServicePackage], wanted: Amendment) -> list[str]:
    told = []
    if wanted.channel != held.channel:
        channel = SignChannel(wanted.channel).label
        told.append(f"签约渠道由“{held.get_channel_display()}”更正为“{channel}”")
    disease = _disease(held, wanted)
    if disease != held.disease:
        is_hidden = any(one.is_restricted for one in (*packages, *wanted.packages))
        told.append("病种已更正" if is_hidden else f"病种由“{held.disease}”更正为“{disease}”")
    return told


def _promise_told(packages: list[ServicePackage], chosen: list[PackageItem], wanted: Amendment) -> list[str]:
    lines = (
        amending.swapped("服务包", map(_name, packages), map(_name, wanted.packages)),
        amending.swapped("所选服务", map(_item_name, chosen), map(_item_name, wanted.chosen)),
    )
    return [one for one in lines if one]


def _name(package: ServicePackage) -> str:
    return f"{_OTHER}{package.pk}" if package.is_restricted else f"{package.name}（第{package.version}版）"


def _item_name(content: PackageItem) -> str:
    return f"专项服务{content.pk}" if content.package.is_restricted else content.item.name


def _check_packages(held: Agreement, now: Collection[ServicePackage], wanted: Amendment, *, on: date) -> None:
    """What is new must be on offer and for somebody in it; what stands may stay whatever became of it."""
    kept = {one.pk for one in now}
    offered = packages_offered(on=on, teams=[held.team], kind=AgreementKind(held.kind), sees_restricted=True)
    known = kept | {one.pk for one in offered}
    codes = [one.code for one in wanted.packages]
    refuse(
        CannotAmend,
        signing.object_to_packages(codes, all_enabled={one.pk for one in wanted.packages} <= known),
    )
    people = held.enrollments.filter(state=AgreementState.ACTIVE).values_list("resident", flat=True)
    cases = list(cases_of(list(people), [held.team_id], AgreementKind(held.kind), on=on).values())
    for one in wanted.packages:
        if one.pk not in kept:
            refuse(CannotAmend, object_for_anybody(one.name, suits_of(one), cases))
    refuse(
        CannotAmend,
        signing.object_to_choice(menus_of(wanted.packages), [one.pk for one in wanted.chosen]),
    )


def _change_promise(held: Agreement, wanted: Amendment) -> None:
    """What was done under a package that goes stays done."""
    held.packages.set(wanted.packages)
    people = held.enrollments.filter(state=AgreementState.ACTIVE)
    gone = EnrolledPackage.objects.filter(enrollment__in=people).exclude(package__in=wanted.packages)
    gone.delete()
    held.chosen.exclude(content__in=wanted.chosen).delete()
    ChosenItem.objects.bulk_create(
        (ChosenItem(agreement=held, content=one) for one in wanted.chosen), ignore_conflicts=True
    )
    write_promises([held.pk])


def _correct(held: Agreement, keys: frozenset[str], *, on: date) -> list[str]:
    """Copy what is registered now into the paper's parties; what no longer differs is passed over."""
    now = parties_now(held, on=on) if keys else None
    if now is None:
        return []
    then = loads(held.as_signed)
    open_ones = [one for one in amending.differences(then, now) if one.key in keys]
    held.as_signed = amending.corrected(then, now, [one.key for one in open_ones]).dumps()
    return [one.told() for one in open_ones]
