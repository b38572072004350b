"""Proofs of one issue, pictures that were seen before, places used before (S0-23)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Max, Min, Q, QuerySet

from core.crypto import unseal_bytes
from outreach.choices import DisclosureChannel, DisclosureState, ItemState, ProofState
from outreach.disclosures.base import Month
from outreach.models import DisclosureProof, MonthlyDisclosure, PhotoTwin, ProofPhoto
from outreach.rules.proofs import Told
from teams.models import User

PURPOSE = "disclosure.proof"  # what the pictures are sealed for
_MOST_PLACES = 40  # offered again


@dataclass(frozen=True)
class ProofLine:
    """A proof and the ids of its pictures.

    Attributes:
        twins: pictures elsewhere that look like one of its own.
        is_outside: dated outside the month, so that it does not count.
    """

    proof: DisclosureProof
    photos: tuple[int, ...]
    twins: int
    is_outside: bool


def proof_lines(proofs: Sequence[DisclosureProof]) -> list[ProofLine]:
    """``proofs`` with their issue read. Two queries, none of them reads a picture."""
    photos: dict[int, list[int]] = defaultdict(list)
    for proof, pk in ProofPhoto.objects.filter(proof__in=proofs).order_by("pk").values_list("proof", "pk"):
        photos[proof].append(pk)
    rows = (
        PhotoTwin.objects.filter(later__proof__in=proofs)
        .values_list("later__proof")
        .annotate(n=Count("earlier", distinct=True))
    )
    twins = dict(rows)
    return [ProofLine(one, tuple(photos[one.pk]), twins.get(one.pk, 0), _is_outside(one)) for one in proofs]


def _is_outside(proof: DisclosureProof) -> bool:
    month = Month(proof.disclosure.month)
    return not month.first <= proof.posted_on <= month.last


def proofs_of(disclosure: MonthlyDisclosure) -> QuerySet[DisclosureProof]:
    """Of an issue, the newest first."""
    found = DisclosureProof.objects.filter(disclosure=disclosure)
    return found.select_related("disclosure", "recorded_by", "decided_by").order_by("-posted_on", "-pk")


def flagged_for(user: User) -> QuerySet[DisclosureProof]:
    """Proofs in one's scope that wait for a decision, the oldest first."""
    found = DisclosureProof.objects.visible_to(user).filter(state=ProofState.FLAGGED)
    return found.select_related(
        "disclosure__team", "disclosure__institution", "recorded_by", "decided_by"
    ).order_by("recorded_at", "pk")


def told_of(disclosures: QuerySet[MonthlyDisclosure]) -> dict[int, Told]:
    """Issue -> what was done for it. Three queries, whatever the number of issues."""
    issues = list(
        disclosures.annotate(told=Count("items", filter=~Q(items__state=ItemState.GAP))).values_list(
            "pk", "state", "published_at__date", "told"
        )
    )
    chosen = DisclosureProof.objects.filter(disclosure__in=disclosures.values("pk"))
    channels: dict[int, dict[str, date]] = defaultdict(dict)
    counted = (
        chosen.filter(state=ProofState.COUNTED, posted_on__gte=F("disclosure__month"))
        .values_list("disclosure", "channel")
        .annotate(first=Min("posted_on"))
    )
    for issue, channel, first in counted:
        channels[issue][channel] = first
    flagged = dict(chosen.filter(state=ProofState.FLAGGED).values_list("disclosure").annotate(n=Count("pk")))
    return {
        pk: Told(DisclosureState(state), published_on, told, channels.get(pk, {}), flagged.get(pk, 0))
        for pk, state, published_on, told in issues
    }


@dataclass(frozen=True)
class Place:
    channel: DisclosureChannel
    name: str


def places_before(disclosure: MonthlyDisclosure) -> list[Place]:
    """Where the same team (or institution) has posted, by kind of channel, those used last. One query."""
    same = DisclosureProof.objects.exclude(state=ProofState.WITHDRAWN).filter(
        disclosure__institution=disclosure.institution_id, disclosure__team=disclosure.team_id
    )
    rows = same.values_list("channel", "place").annotate(last=Max("posted_on")).order_by("-last", "place")
    found = [Place(DisclosureChannel(channel), place) for channel, place, _ in rows[:_MOST_PLACES]]
    order = list(DisclosureChannel)
    return sorted(found, key=lambda one: (order.index(one.channel), one.name))


@dataclass(frozen=True)
class TwinLine:
    """A picture of a proof beside one that came before it.

    Attributes:
        is_same: the same file, not only a likeness.
    """

    later: int
    earlier: int
    proof: DisclosureProof
    distance: int
    is_same: bool


def twins_of(proof: DisclosureProof) -> list[TwinLine]:
    """The same file first, then the nearest; each with the proof it was used for before. One query."""
    rows = (
        PhotoTwin.objects.filter(later__proof=proof)
        .select_related(
            "later", "earlier__proof__disclosure__team", "earlier__proof__disclosure__institution"
        )
        .select_related("earlier__proof__recorded_by")
        .defer("later__sealed", "earlier__sealed")
        .order_by("distance", "earlier", "later")
    )
    found = [
        TwinLine(
            later=one.later_id, earlier=one.earlier_id, proof=one.earlier.proof, distance=one.distance,
            is_same=one.later.sha256 == one.earlier.sha256,
        )
        for one in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.is_same)


def photo_for(user: User, pk: int, *, may_compare: bool) -> ProofPhoto | None:
    """A picture in one's scope; for whoever judges also the one before it, wherever that was posted."""
    found = ProofPhoto.objects.visible_to(user).filter(pk=pk).first()
    if found or not may_compare:
        return found
    return ProofPhoto.objects.filter(pk=pk, later_twins__in=PhotoTwin.objects.visible_to(user)).first()


def picture_of(photo: ProofPhoto) -> bytes:
    """The JPEG as it was kept."""
    return unseal_bytes(photo.sealed, purpose=PURPOSE)
