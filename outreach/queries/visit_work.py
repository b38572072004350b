"""What was made at a visit and stands elsewhere, and what was made in its time and is not counted there yet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from care.choices import FACE_TO_FACE
from care.formbook import form_of
from care.models import Reading, ServiceRecord
from contracts.choices import AgreementState, ProofKind, SignChannel
from contracts.models import Agreement, Enrollment
from outreach.choices import PointService, WorkKind
from outreach.models import OutreachVisit, VisitStaff, VisitWork
from outreach.rules.visiting import services_of
from residents.models import Resident, ResidentEvent
from teams.models import User

_ONLINE = (SignChannel.ONLINE_RESIDENT, SignChannel.ONLINE_DOCTOR)
NOT_SIGNED = (AgreementState.DRAFT, AgreementState.VOID)
MOST = 200  # of what is offered at once: more than a team does in a day


@dataclass(frozen=True)
class Found:
    """Something that was made while the visit went on and is counted at no visit.

    Attributes:
        key: as in ``VisitWork``. services: as what it would count. words: what it is, without anything of its content.
    """

    kind: WorkKind
    key: str
    services: tuple[PointService, ...]
    resident: Resident
    at: datetime
    words: str


def floor_of(visit: OutreachVisit, *, also: Iterable[Found] = ()) -> tuple[dict[str, int], int]:
    """Service -> persons of whom it is written down one by one, and how many persons they are in all. Four queries.

    Args:
        also: what is about to be counted with it.
    """
    persons: dict[str, set[int]] = defaultdict(set)
    for found in also:
        for service in found.services:
            persons[service].add(found.resident.pk)
    for one in standing_works(visit):
        persons[one.service].add(one.resident_id)
    everybody = set().union(*persons.values()) if persons else set()
    return {service: len(ids) for service, ids in persons.items()}, len(everybody)


def standing_works(visit: OutreachVisit) -> list[VisitWork]:
    """What was made there, the newest first, without what was voided since. Four queries at most."""
    rows = list(
        VisitWork.objects.filter(visit=visit)
        .select_related("resident", "added_by")
        .order_by("-added_at", "-pk")
    )
    standing = _standing({one.key for one in rows})
    return [one for one in rows if one.key in standing]


def _standing(keys: Collection[str]) -> set[str]:
    ids: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        kind, _, pk = key.partition(":")
        ids[kind].add(int(pk))
    found = {f"resident:{pk}" for pk in ids["resident"]}
    if ids["reading"]:
        readings = Reading.objects.filter(pk__in=ids["reading"], voided_at__isnull=True)
        found |= {f"reading:{pk}" for pk in readings.values_list("pk", flat=True)}
    if ids["record"]:
        newest = ServiceRecord.objects.standing().filter(Q(pk__in=ids["record"]) | Q(root__in=ids["record"]))
        found |= {one.key for one in newest.only("root_id")}
    if ids["agreement"]:
        signed = Agreement.objects.filter(pk__in=ids["agreement"]).exclude(state__in=NOT_SIGNED)
        found |= {f"agreement:{pk}" for pk in signed.values_list("pk", flat=True)}
    return found


def found_since(visit: OutreachVisit, user: User) -> list[Found]:
    """What those at the visit have entered since it began, of persons whom the user sees. Seven queries at most.

    Facts, not clicks: it does not matter on which page or telephone it was entered, or whether a session ended in
    between.
    """
    if visit.began_at is None:
        return []
    staff = {
        user.pk,
        *VisitStaff.objects.filter(visit=visit).values_list("user_id", flat=True),
    }
    found = [
        *_records(visit, user, staff, visit.began_at),
        *_agreements(visit, user, staff, visit.began_at),
        *_residents(visit, user, staff, visit.began_at),
    ]
    counted = set(VisitWork.objects.filter(key__in=[one.key for one in found]).values_list("key", flat=True))
    return sorted((one for one in found if one.key not in counted), key=lambda one: (one.at, one.key))


def _records(visit: OutreachVisit, user: User, staff: Collection[int], since: datetime) -> Iterator[Found]:
    rows = ServiceRecord.objects.visible_to(user).standing()
    rows = rows.filter(
        team=visit.team_id,
        done_on=visit.on,
        recorded_by__in=staff,
        recorded_at__gte=since,
        mode__in=FACE_TO_FACE,
    )
    for one in rows.select_related("resident").order_by("pk")[:MOST]:
        schema = form_of(one.form, one.form_version)
        services = services_of(one.form, one.values, is_follow_up=schema.proof == ProofKind.FOLLOW_UP)
        yield Found(WorkKind.RECORD, one.key, services, one.resident, one.recorded_at, schema.short)


def _agreements(visit: OutreachVisit, user: User, staff: Collection[int], since: datetime) -> Iterator[Found]:
    """An agreement counts once, for its representative or the person who signed."""
    rows = (
        Agreement.objects.visible_to(user)
        .filter(team=visit.team_id, signed_on=visit.on, created_by__in=staff, created_at__gte=since)
        .exclude(state__in=NOT_SIGNED)
        .exclude(channel__in=_ONLINE)
        .defer("as_signed")
        .select_related("representative")
        .order_by("pk")[:MOST]
    )
    signed = list(rows)
    first = _first_persons(signed)
    for one in signed:
        resident = one.representative or first.get(one.pk)
        if resident:
            yield Found(
                WorkKind.AGREEMENT, f"agreement:{one.pk}", (PointService.SIGN,), resident, one.created_at,
                f"协议 {one.number}",
            )  # fmt: skip


def _first_persons(agreements: Iterable[Agreement]) -> dict[int, Resident]:
    alone = [one.pk for one in agreements if one.representative_id is None]
    rows = Enrollment.objects.filter(agreement__in=alone).select_related("resident").order_by("-pk")
    return {one.agreement_id: one.resident for one in rows}


def _residents(visit: OutreachVisit, user: User, staff: Collection[int], since: datetime) -> Iterator[Found]:
    new = Resident.objects.visible_to(user).filter(created_at__gte=since)
    if visit.ended_at:
        new = new.filter(created_at__lte=visit.ended_at)
    events = ResidentEvent.objects.filter(
        resident__in=new, kind=ResidentEvent.Kind.REGISTERED, by__in=staff
    ).select_related("resident")
    for one in events.order_by("pk")[:MOST]:
        yield Found(
            WorkKind.RESIDENT, f"resident:{one.resident_id}", (PointService.RECORD,), one.resident, one.at, "登记居民",
        )  # fmt: skip
